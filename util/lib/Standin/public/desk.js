// Copyright (C) ngx_civic_module contributors
//
// Draws the 311 side and changes it.  A card once drawn is only updated, so
// that a note being written is not lost.

import { getJson, make, postJson } from "./calls.js";

const ACTS = [
    ["in_progress", "In progress"],
    ["fixed", "Fixed"],
    ["not_councils_responsibility", "Not ours"],
    ["reopen", "Reopen"],
];

const byId = (id) => document.getElementById(id);
const cards = new Map();


function facts(request) {
    return [
        ["Department", request.agency_responsible],
        ["Place", [request.address,
                   request.lat !== null && `${request.lat}, ${request.long}`]
            .filter(Boolean).join(" \u00b7 ")],
        ["Citizen", [[request.first_name, request.last_name]
            .filter(Boolean).join(" "), request.phone]
            .filter(Boolean).join(", ")],
        ["Expected", request.expected_datetime.slice(0, 16).replace("T", " ")],
        ["Reference", request.extended_attributes.client_ref],
        ["Token", request.token],
        ["Photo", request.media_url],
        ["Note", request.status_notes],
    ].filter(([, value]) => value);
}


function drawCard(id) {
    const note = make("input", { placeholder: "Note to the citizen",
                                 maxLength: 1000 });

    const say = async (status) => {
        await postJson("_control/request", { id, status, notes: note.value });
        note.value = "";
    };

    return make("li", { className: "card" },
        make("div", { className: "body" }),
        make("form", { onsubmit: (event) => event.preventDefault() },
            make("label", {},
                make("span", { className: "hidden" }, `Note on ${id}`), note),
            ...ACTS.map(([status, label]) => make("button", {
                type: "button", onclick: () => say(status),
            }, label))));
}


function updateCard(card, request) {
    const state = request.extended_attributes.detailed_status
        .replaceAll("_", " ");

    card.dataset.status = request.status;
    card.querySelector(".body").replaceChildren(
        make("div", { className: "card-top" },
            make("span", { className: "id" }, request.numbered
                ? request.service_request_id
                : `${request.service_request_id} (kept to itself)`),
            make("span", {}, request.service_code),
            make("span", { className: "badge" },
                 state === request.status ? state
                                          : `${request.status}: ${state}`)),
        make("h3", {}, request.service_name),
        make("p", { className: "told", dir: "auto" },
             request.description || ""),
        make("dl", {}, ...facts(request).map(([name, value]) =>
            make("div", { className: name === "Note" ? "wide" : "" },
                make("dt", {}, name),
                make("dd", { dir: "auto" }, value)))));
}


export function drawRequests(requests) {
    for (const request of requests) {
        const id = request.service_request_id;

        if (!cards.has(id)) {
            cards.set(id, drawCard(id));
            byId("cards").prepend(cards.get(id));
        }

        updateCard(cards.get(id), request);
    }

    const open = requests.filter((one) => one.status === "open").length;

    byId("desk-sum").textContent = requests.length
        ? `${open} open, ${requests.length - open} closed` : "";
    byId("tab-count").textContent = open;
    byId("no-cards").hidden = requests.length > 0;
}


export function drawTroubles({ faults }) {
    const items = Object.entries(faults).flatMap(([target, orders]) =>
        orders.map(({ left, ...order }) => {
            const what = ["delay_ms", "status", "hang", "drop", "body", "failed"]
                .filter((key) => order[key])
                .map((key) => `${key} ${order[key]}`).join(", ");

            return make("li", {},
                `${target}: ${what}, for ${left} more`,
                make("button", { type: "button", className: "quiet",
                    onclick: async () => drawTroubles(await postJson(
                        "_control/fault", { target, clear: 1 })) },
                    "Take back"));
        }));

    byId("troubles").replaceChildren(...items);
}


export function wireDesk() {
    const form = byId("trouble");

    form.addEventListener("submit", async (event) => {
        event.preventDefault();

        const [key, value] = form.what.value.split("=");
        drawTroubles(await postJson("_control/fault", {
            target: form.target.value, next: form.next.value, [key]: value,
        }));
    });

    form.target.addEventListener("change", () => {
        for (const option of form.what.options) {
            option.hidden = option.disabled =
                (option.dataset.only ?? form.target.value) !== form.target.value;
        }
    });

    setInterval(async () => drawTroubles(await getJson("_control/state")), 5000);
}
