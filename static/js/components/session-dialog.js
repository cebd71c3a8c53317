/** One session as its ordered events, in a dialog whose address can be shared. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { load, timeZone } from "../state.js";
import { dataTable } from "./data-table.js";
import { picture } from "./picture.js";
import { valueName, wording } from "./wording.js";

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
      html`<div class="section-head">
          <h2 id="heading-session">Session <code>${state.route.session}</code></h2>
          <form method="dialog"><button class="button">Close</button></form>
        </div>
        ${picture(load(state, "session"), "session", (found) => about(found, state))}`,
    );
    return root.open || root.showModal();
  };
}

function about({ session, events, deleted }, state) {
  const facts = [
    session.visitor,
    session.device,
    valueName("country", session.country),
    session.channel,
    format.duration(session.duration),
    format.count(session.orders, "order"),
    ...(session.revenue.length ? [format.money(session.revenue)] : []),
  ];
  return html`<p class="soft">${format.moment(session.start, timeZone(state))} · ${facts.join(" · ")}</p>
    ${deleted ? html`<p class="notice">This session’s events are older than this installation keeps them, and deleted; what was measured of them stays.${events.length ? " Orders and refunds are kept." : ""}</p>` : ""}
    ${deleted && !events.length ? "" : dataTable(`Events in order, ${format.number(events.length)}`, columns(timeZone(state)), events)}`;
}

const columns = (zone) => [
  {
    title: "Time",
    cell: (event) =>
      html`<time class="nowrap" datetime="${event.timestamp}">${format.time(event.timestamp, zone)}</time>`,
  },
  { title: "Event", words: true, cell: what },
];

function what({ event_type, page, properties: all }) {
  return html`<strong>${wording(event_type)}</strong> ${page ?? ""} ${properties(all ?? {})}`;
}

function properties(all) {
  return html`<ul class="properties">
    ${Object.entries(all).map(
      ([name, value]) =>
        html`<li>
          <span class="soft">${name}</span> ${typeof value === "object" ? JSON.stringify(value) : String(value)}
        </li>`,
    )}
  </ul>`;
}
