/** One session as its ordered events, in a dialog whose address can be shared. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { load, timeZone } from "../state.js";
import { dataTable } from "./data-table.js";
import { picture } from "./picture.js";
import { wording } from "./wording.js";

/** @param {HTMLDialogElement} root */
export function mountSessionDialog(root) {
  root.className = "session-dialog";
  root.setAttribute("aria-labelledby", "heading-session");
  let wanted = false;
  root.addEventListener("close", () => wanted && emit(root, "go", { patch: { session: "" } }));
  return (state) => {
    wanted = Boolean(state.route.session) && state.session === "in";
    if (!wanted) return root.open && root.close();
    render(
      root,
      html`<div class="section-head"><h2 id="heading-session">Session <code>${state.route.session}</code></h2>
          <form method="dialog"><button class="button">Close</button></form></div>
        ${picture(load(state, "session"), "session", (session) => dataTable("Events in order", columns(timeZone(state)), session.events))}`,
    );
    return root.open || root.showModal();
  };
}

const columns = (zone) => [
  { title: "Time", cell: (event) => html`<time datetime="${event.timestamp}">${format.time(event.timestamp, zone)}</time>` },
  { title: "Event", words: true, cell: (event) => wording(event.event_type) },
  { title: "Page", words: true, cell: (event) => event.page ?? "" },
  { title: "Properties", words: true, cell: (event) => properties(event.properties ?? {}) },
];

function properties(all) {
  return html`<ul class="properties">${Object.entries(all).map(
    ([name, value]) => html`<li><span class="soft">${name}</span> ${typeof value === "object" ? JSON.stringify(value) : String(value)}</li>`,
  )}</ul>`;
}
