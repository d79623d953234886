// Copyright (C) ngx_civic_module contributors
//
// Wires the page: who the citizen is, what is sent, and when to look again.
// Drawing is done by bubbles.js, sheets.js and desk.js.

import { clearLog, drawBubbles } from "./bubbles.js";
import { getJson, postJson } from "./calls.js";
import { drawRequests, drawTroubles, wireDesk } from "./desk.js";
import { askCitizen, askPlace, attach, pickRow, wireSheets } from "./sheets.js";

const KNOWN = [
    ["910000000011", "सुनीता वर्मा"],
    ["910000000012", "Ramesh Patidar"],
    ["910000000013", "Farida Khan"],
    ["910000000017", "पूजा चौहान"],
];

// What a citizen can answer a message with.
const QUOTING = ["text", "pin", "photo", "voice"];

const byId = (id) => document.getElementById(id);

const people = new Map(KNOWN);
let business = "";
let quoted = null;          // the message of the city that is answered to


function phone() {
    return byId("who").value;
}


function drawPeople() {
    const now = phone() || KNOWN[0][0];

    byId("who").replaceChildren(...[...people].map(([number, name]) =>
        new Option(`${name} (\u2026${number.slice(-4)})`, number, false, number === now)));
}


function quote(bubble) {
    quoted = bubble;
    byId("quoting").hidden = !bubble;
    byId("quoting-words").textContent = bubble ? bubble.text : "";

    if (bubble) {
        byId("words").focus();
    }
}


async function act(what) {
    byId("said").textContent = "";

    try {
        const done = await postJson("_control/citizen", {
            phone: phone(),
            name: people.get(phone()),
            twice: byId("twice").checked,
            hide_phone: byId("hide-phone").checked ? 1 : 0,
            ...(quoted && QUOTING.includes(what.type)
                ? { quotes: quoted.wamid } : {}),
            ...what,
        });

        if (QUOTING.includes(what.type)) {
            quote(null);
        }

        if (done.webhook_status !== 200) {
            byId("said").textContent = "The webhook answered "
                + (done.webhook_status || "nothing")
                + "; it is being delivered again.";
        }

        return true;

    } catch (error) {
        byId("said").textContent = error.message;
        return false;
    }
}


async function lookAtChat() {
    const asked = phone();
    const bubbles = await getJson(`_control/chat?phone=${asked}`);
    const all = await getJson("_control/people");

    for (const person of all) {
        people.set(person.phone, person.name);
    }

    if (byId("who").options.length !== people.size) {
        drawPeople();
    }

    if (asked !== phone()) {
        return;
    }

    const me = all.find((person) => person.phone === asked);
    byId("peer-state").textContent = me && me.typing
        ? "typing\u2026" : `+${business}`;

    drawBubbles(byId("log"), bubbles, {
        tap: (bubble, button) =>
            act({ type: "tap", id: button.id, wamid: bubble.wamid }),
        pick: async (bubble) => {
            const row = await pickRow(bubble);
            return row && act({ type: "pick", id: row.id, wamid: bubble.wamid });
        },
        place: sendPlace,
        quote,
        react: (bubble, emoji) =>
            act({ type: "react", emoji, wamid: bubble.wamid }),
    });
}


async function lookAtDesk() {
    drawRequests(await getJson("_control/requests"));
    drawTroubles(await getJson("_control/state"));
}


// Many events close together are one look.
function soon(look) {
    let waiting = false;

    return () => {
        if (!waiting) {
            waiting = true;
            setTimeout(() => { waiting = false; look(); }, 40);
        }
    };
}


async function sendPlace() {
    const place = await askPlace();
    return place && act({ type: "pin", ...place });
}


async function sendWords(event) {
    event.preventDefault();

    const words = byId("words");
    const text = words.value.trim();

    if (text && await act({ type: "text", text })) {
        words.value = "";
    }

    words.focus();
}


async function sendAttachment() {
    const what = await attach();

    if (what === "pin") {
        sendPlace();
    } else if (what && await act({ ...what, caption: byId("words").value })
               && what.type === "photo")
    {
        byId("words").value = "";
    }
}


async function beNewCitizen() {
    const citizen = await askCitizen();

    if (citizen) {
        people.set(citizen.phone, citizen.name);
        drawPeople();
        byId("who").value = citizen.phone;
        beSomeone();
    }
}


function beSomeone() {
    quote(null);
    clearLog(byId("log"));
    lookAtChat();
}


function show(view) {
    document.body.dataset.view = view;

    for (const tab of document.querySelectorAll(".views button")) {
        tab.setAttribute("aria-pressed", String(tab.dataset.view === view));
    }
}


function listen() {
    const chat = soon(lookAtChat);
    const desk = soon(lookAtDesk);
    const events = new EventSource("_control/events");

    events.onopen = () => { chat(); desk(); };
    events.onmessage = (event) => {
        const what = JSON.parse(event.data);

        if (what.requests) {
            desk();
        } else if (what.chat === phone() || !people.has(what.chat)) {
            chat();
        }
    };
}


async function start() {
    drawPeople();
    wireSheets();
    wireDesk(lookAtDesk);

    byId("composer").addEventListener("submit", sendWords);
    byId("words").addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            sendWords(event);
        }
    });
    byId("attach").addEventListener("click", sendAttachment);
    byId("quoting-off").addEventListener("click", () => quote(null));
    byId("new-citizen").addEventListener("click", beNewCitizen);
    byId("who").addEventListener("change", beSomeone);

    for (const tab of document.querySelectorAll(".views button")) {
        tab.addEventListener("click", () => show(tab.dataset.view));
    }

    business = (await getJson("_control/state")).phone;
    byId("send").disabled = false;
    listen();
}


start();
