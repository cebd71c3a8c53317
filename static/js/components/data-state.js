/** How far the numbers are behind the events, how many there are, and what was refused. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { load } from "../state.js";
import { dataTable } from "./data-table.js";
import { picture } from "./picture.js";

const SOON_SECONDS = 15;

/** @param {Element} root */
export function mountDataState(root) {
  return (state) =>
    render(
      root,
      html`<header class="section-head">
          <h2 id="heading-data-state">Now</h2>
          <button type="button" class="link" data-verb="lookAgain" id="data-refresh">Refresh</button>
        </header>
        ${picture(load(state, "dataState"), "dataState", body)}`,
    );
}

function body(now) {
  const refused = Object.values(now.refused).reduce((sum, count) => sum + count, 0);
  const facts = [
    ["Events stored", format.number(now.events), "data-events"],
    ["The numbers", standing(now), "data-standing"],
    ["Last changed", now.changed_at ? format.moment(now.changed_at) : "never"],
    ["Refused", html`${format.number(refused)} <span class="soft">since ${format.moment(now.since)}</span>`, "data-refused"],
    ...(now.database ? [["Database", now.database]] : []),
    ["On disk", size(now.bytes)],
    ["Version of the numbers", `${format.number(now.watermark)}${now.generation > 1 ? `, rebuilt ${format.count(now.generation - 1, "time")}` : ""}`],
  ];
  return html`<dl class="small-print">
      ${facts.map(
        ([label, value, id]) =>
          html`<div>
            <dt>${label}</dt>
            <dd ${id ? html`id="${id}"` : ""}>${value}</dd>
          </div>`,
      )}
    </dl>
    ${now.rebuilding ? rebuilding(now.rebuilding) : ""}
    <div class="row row-2">${refused ? refusals(now.refused) : ""}${now.write_keys.length ? keys(now.write_keys) : ""}</div>`;
}

/** Whether what is stored is in the numbers. */
function standing({ behind, days_waiting }) {
  const marks = behind.open + behind.closed;
  if (!marks) return days_waiting ? `${format.count(days_waiting, "day")} still to be summed` : "are up to date";
  const waiting = format.count(marks, "write");
  const since = format.duration(behind.oldest_seconds);
  if (behind.oldest_seconds <= SOON_SECONDS) return `follow in a moment: ${waiting} to go`;
  return html`<span class="data-late">are ${since} behind: ${waiting} to go</span>`;
}

function rebuilding({ sessions, of }) {
  return html`<p aria-live="polite">
      <label for="rebuild-progress"
        >Sessions and days are computed anew: ${format.number(sessions)} of about ${format.number(of)} sessions. Until then
        the earlier numbers are shown.</label
      >
    </p>
    <progress id="rebuild-progress" max="${Math.max(of, 1)}" value="${Math.min(sessions, of)}"></progress>`;
}

function refusals(refused) {
  const rows = Object.entries(refused).map(([code, count]) => ({ code, count }));
  const columns = [
    { title: "Refused because", cell: ({ code }) => html`<code>${code}</code>` },
    { title: "Events", cell: ({ count }) => format.number(count) },
  ];
  return html`<div>${dataTable("Refused by this server since it started", columns, rows)}</div>`;
}

function keys(used) {
  const columns = [
    { title: "Write key", cell: ({ label, last4, test }) => html`${label} <span class="soft">…${last4}${test ? ", test" : ""}</span>` },
    { title: "Accepted", cell: ({ accepted }) => format.number(accepted) },
    { title: "Repeats", cell: ({ duplicates }) => format.number(duplicates) },
    { title: "Refused", cell: ({ refused }) => format.number(refused) },
    { title: "Last", cell: ({ last }) => format.time(last), words: true },
  ];
  return html`<div>${dataTable("Write keys this server has heard from since it started", columns, used)}</div>`;
}

/** @param {number} bytes */
export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power ? format.decimal(value) : format.number(value)} ${units[power]}`;
}
