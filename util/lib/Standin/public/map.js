// Copyright (C) ngx_civic_module contributors
//
// The outline of the wards, as a map to choose a point on and as a small
// picture of a chosen one.  Without an outline there is no map, only numbers.

import { getJson, makeSvg } from "./calls.js";

const outline = await getJson("_control/wards");

export const hasMap = outline.wards.length > 0;


function toMap(latitude, longitude) {
    return {
        x: (longitude - outline.west) / (outline.east - outline.west)
           * outline.width,
        y: (outline.north - latitude) / (outline.north - outline.south)
           * outline.height,
    };
}


function drawWards(svg) {
    for (const ward of outline.wards) {
        const path = makeSvg("path", { d: ward.d },
            makeSvg("title", {}, `Ward ${ward.ward_no}, ${ward.name}`));
        path.dataset.ward = `Ward ${ward.ward_no}, ${ward.name}`;
        svg.append(path);
    }
}


export function miniMap(latitude, longitude) {
    const { x, y } = hasMap ? toMap(latitude, longitude) : { x: 0, y: 0 };
    const svg = makeSvg("svg", {
        class: "mini", viewBox: `${x - 24} ${y - 14} 48 28`,
        role: "img", "aria-label": `Map at ${latitude}, ${longitude}`,
    });

    drawWards(svg);
    svg.append(makeSvg("circle", { cx: x, cy: y, r: 2 }));
    return svg;
}


// onPoint(latitude, longitude) is called when a point is chosen on the map.
export function wireMap(svg, onPoint) {
    svg.toggleAttribute("hidden", !hasMap);

    if (!hasMap) {
        return;
    }

    svg.setAttribute("viewBox", `-4 -4 ${outline.width + 8} `
                                + `${outline.height + 8}`);
    drawWards(svg);
    svg.append(makeSvg("circle", { r: 5, visibility: "hidden" }));

    svg.addEventListener("click", (event) => {
        const point = new DOMPoint(event.clientX, event.clientY)
            .matrixTransform(svg.getScreenCTM().inverse());

        onPoint(outline.north - point.y / outline.height
                * (outline.north - outline.south),
                outline.west + point.x / outline.width
                * (outline.east - outline.west));
    });
}


// Marks the point and tells the ward under it, "" outside the city.
export function mark(svg, latitude, longitude) {
    if (!hasMap) {
        return "";
    }

    const { x, y } = toMap(latitude, longitude);
    const circle = svg.querySelector("circle");

    circle.setAttribute("cx", x);
    circle.setAttribute("cy", y);
    circle.setAttribute("visibility", "visible");

    const under = [...svg.querySelectorAll("path")]
        .find((path) => path.isPointInFill(new DOMPoint(x, y)));

    return under ? under.dataset.ward : "Outside the city";
}
