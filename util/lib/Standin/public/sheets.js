// Copyright (C) ngx_civic_module contributors
//
// The sheets that slide over the phone: attach, list, place, new citizen.
// Each asks one question and gives the answer, or nothing when it is closed.

import { make } from "./calls.js";
import { mark, wireMap } from "./map.js";

const PLACES = [
    ["Rajwada", 22.7186, 75.8553],
    ["Vijay Nagar", 22.7533, 75.8937],
    ["Bhawarkua", 22.6934, 75.8671],
    ["Outside", 22.9623, 76.0508],
];

const PHOTO_EDGE = 640;

const byId = (id) => document.getElementById(id);


// Opens a sheet; resolves with what give() is called with, or undefined.
function ask(sheet, prepare) {
    return new Promise((resolve) => {
        let answer;

        sheet.addEventListener("close", () => resolve(answer), { once: true });
        prepare((value) => { answer = value; sheet.close(); });
        sheet.showModal();
    });
}


export function pickRow(bubble) {
    byId("list-title").textContent = bubble.list_button;

    return ask(byId("list-sheet"), (give) => {
        let section = "";
        const parts = [];

        for (const row of bubble.rows) {
            if (row.section && row.section !== section) {
                section = row.section;
                parts.push(make("h3", { dir: "auto" }, section));
            }

            parts.push(make("button",
                { type: "button", dir: "auto", onclick: () => give(row) },
                row.title,
                ...(row.description
                    ? [make("small", {}, row.description)] : [])));
        }

        byId("rows").replaceChildren(...parts);
    });
}


export function askPlace() {
    const answer = ask(byId("place-sheet"), (give) => {
        byId("place").onsubmit = (event) => {
            event.preventDefault();
            const fields = new FormData(byId("place"));
            give({ latitude: fields.get("latitude"),
                   longitude: fields.get("longitude") });
        };
    });

    // Only a map that is shown can tell the ward.
    showPoint();
    return answer;
}


export function askCitizen() {
    return ask(byId("citizen-sheet"), (give) => {
        byId("citizen").onsubmit = (event) => {
            event.preventDefault();
            give(Object.fromEntries(new FormData(byId("citizen"))));
        };
    });
}


// "pin", or what to send: {type, jpeg?}
export function attach() {
    return ask(byId("attach-sheet"), (give) => {
        byId("file").onchange = async (event) => {
            const [file] = event.target.files;
            event.target.value = "";
            give({ type: "photo", jpeg: await asJpeg(file) });
        };

        for (const choice of document.querySelectorAll("[data-attach]")) {
            const what = choice.dataset.attach;

            choice.onclick = () => {
                if (what === "file") {
                    byId("file").click();
                } else {
                    give(what === "pin" ? what : { type: what });
                }
            };
        }
    });
}


async function asJpeg(file) {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, PHOTO_EDGE / Math.max(picture.width,
                                                    picture.height));
    const canvas = make("canvas", { width: picture.width * scale,
                                    height: picture.height * scale });

    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width,
                                      canvas.height);
    return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
}


function setPoint(latitude, longitude) {
    const form = byId("place");

    form.latitude.value = latitude.toFixed(6);
    form.longitude.value = longitude.toFixed(6);
    showPoint();
}


function showPoint() {
    const form = byId("place");

    byId("ward").textContent = mark(byId("map"), Number(form.latitude.value),
                                    Number(form.longitude.value));
}


export function wireSheets() {
    for (const close of document.querySelectorAll("[data-close]")) {
        close.addEventListener("click", () => close.closest("dialog").close());
    }

    byId("presets").append(...PLACES.map(([name, latitude, longitude]) =>
        make("button", { type: "button",
                         onclick: () => setPoint(latitude, longitude) },
             name)));

    wireMap(byId("map"), setPoint);
    byId("place").addEventListener("input", showPoint);
    setPoint(PLACES[0][1], PLACES[0][2]);
}
