// Copyright (C) ngx_civic_module contributors
//
// Draws the chat.  A bubble once drawn stays; only its status changes, so
// that focus, scroll and what a screen reader has said are left alone.

import { clock, day, make, makeSvg } from "./calls.js";
import { miniMap } from "./map.js";

const STATUS = {
    pending: "not delivered yet", sent: "sent", delivered: "delivered",
    read: "read", failed: "failed",
};

let drawn = new Map();
let lastDay = "";


export function clearLog(log) {
    drawn = new Map();
    lastDay = "";
    log.replaceChildren();
}


export function drawBubbles(log, bubbles, acts) {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    let added = false;

    for (const bubble of bubbles) {
        const known = drawn.get(bubble.wamid);

        if (known) {
            setStatus(known, bubble.status);
            setReaction(known, bubble.reaction);
            continue;
        }

        if (day(bubble.time) !== lastDay) {
            lastDay = day(bubble.time);
            log.append(make("li", { className: "day" }, lastDay));
        }

        const item = drawBubble(bubble, acts);
        drawn.set(bubble.wamid, item);
        log.append(item);
        added = true;
    }

    if (added && (atEnd || bubbles.at(-1).direction === "in")) {
        log.scrollTop = log.scrollHeight;
    }
}


function drawBubble(bubble, acts) {
    const inner = make("div", { className: "inner" });
    const item = make("li", {
        className: `bubble ${bubble.direction} ${bubble.kind}`,
    }, inner);

    if (bubble.quoted !== undefined) {
        inner.append(make("p", { className: "quoted", dir: "auto" },
                          bubble.quoted));
    }

    if (bubble.header) {
        inner.append(make("p", { className: "head", dir: "auto" },
                          bubble.header));
    }

    inner.append(...content(bubble));

    if (bubble.footer) {
        inner.append(make("p", { className: "foot", dir: "auto" },
                          bubble.footer));
    }

    inner.append(stamp(bubble));
    item.append(...choices(bubble, acts));

    if (bubble.direction === "out") {
        item.append(thumbs(bubble, acts));
    }

    setStatus(item, bubble.status);
    setReaction(item, bubble.reaction);

    return item;
}


function content(bubble) {
    const parts = [];

    if (bubble.kind === "photo" || bubble.kind === "sticker") {
        parts.push(make("img", { src: bubble.media, alt: bubble.kind }));
    }

    if (bubble.kind === "voice") {
        parts.push(make("audio", { src: bubble.media, controls: true,
                                   preload: "metadata" }));
    }

    if (bubble.latitude !== undefined) {
        parts.push(miniMap(bubble.latitude, bubble.longitude));
    }

    if (bubble.kind === "template") {
        parts.push(make("p", { className: "foot" },
                        `template ${bubble.template}, ${bubble.language}`));
    }

    if (bubble.text) {
        parts.push(make("p", { className: "words", dir: "auto" },
                        ...styled(bubble.text)));
    } else if (bubble.latitude !== undefined) {
        parts.push(make("p", { className: "foot" },
                        `${bubble.latitude}, ${bubble.longitude}`));
    }

    return parts;
}


// *bold* and _italic_, as the app shows them.
function styled(text) {
    return text.split(/(\*[^*\n]+\*|(?<!\w)_[^_\n]+_(?!\w))/).map((part, i) => {
        if (i % 2 === 0) {
            return part;
        }

        return make(part[0] === "*" ? "strong" : "em", {}, part.slice(1, -1));
    });
}


function stamp(bubble) {
    return make("p", { className: "stamp" },
        make("span", {}, clock(bubble.time)),
        makeSvg("svg", { class: "ticks", viewBox: "0 0 18 12",
                         "aria-hidden": "true" },
            makeSvg("path", { d: "M1 6.5 4.5 10 11 2" }),
            makeSvg("path", { class: "second", d: "M7.5 9.2 8.2 10 15 2" })),
        make("span", { className: "state" }));
}


function setStatus(item, status) {
    const state = item.querySelector(".state");

    item.dataset.status = status;
    state.textContent = STATUS[status];
    state.classList.toggle("hidden",
                           status !== "failed" && status !== "pending");
}


function setReaction(item, emoji) {
    for (const button of item.querySelectorAll(".thumbs [data-emoji]")) {
        button.setAttribute("aria-pressed",
                            String(button.dataset.emoji === emoji));
    }
}


// What can be done with a message: quote it, or give it a thumb.
function thumbs(bubble, acts) {
    const button = (text, label, onclick) =>
        make("button", { type: "button", title: label, onclick,
                         ariaLabel: label }, text);

    const thumb = (emoji, label) => {
        const one = button(emoji, label, () => acts.react(
            bubble, one.getAttribute("aria-pressed") === "true" ? "" : emoji));

        one.dataset.emoji = emoji;
        return one;
    };

    return make("div", { className: "thumbs" },
        button("\u21a9", "Answer to this message", () => acts.quote(bubble)),
        thumb("\ud83d\udc4d", "Thumb up"),
        thumb("\ud83d\udc4e", "Thumb down"));
}


function choices(bubble, acts) {
    const button = (text, onclick) =>
        make("button", { type: "button", onclick, dir: "auto" }, text);

    if (bubble.buttons) {
        return bubble.buttons.map((one) =>
            button(one.title, () => acts.tap(bubble, one)));
    }

    if (bubble.rows) {
        return [button(bubble.list_button, () => acts.pick(bubble))];
    }

    if (bubble.kind === "location_request") {
        return [button("Send location", acts.place)];
    }

    if (bubble.kind === "link") {
        return [make("a", { href: bubble.link, rel: "noreferrer",
                            target: "_blank" }, bubble.link_title)];
    }

    return [];
}
