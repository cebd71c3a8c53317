/** One uploaded log: its files, and what became of every record in them. */

import { format } from "../format.js";
import { html } from "../html.js";
import { routeLink } from "../route.js";
import { mayAnalyse } from "../state.js";
import { dataTable } from "./data-table.js";
import { dropZone } from "./drop-zone.js";
import { wording } from "./wording.js";

/** @param {any} dataset as GET /api/datasets/{id} answers @param {import("../state.js").State} state */
export function logReport(dataset, state) {
  const mine = mayAnalyse(state.user) && (state.user.role === "owner" || state.user.username === dataset.created_by);
  return html`<section class="section" aria-labelledby="heading-log">
    <header class="section-head">
      <h2 id="heading-log">${dataset.name}</h2>
      <a href="${routeLink(state.route, { log: "" })}">Close</a>
    </header>
    ${dataset.error ? html`<div class="notice notice-bad" role="alert"><p>${dataset.error}</p></div>` : ""}
    ${dataset.files.map((file) => fileReport(file, dataset, mine))} ${mine ? changes(dataset) : ""}
  </section>`;
}

function fileReport({ file_id: id, name, bytes, report }, dataset, mine) {
  const remove =
    mine && dataset.files.length > 1
      ? html` <button type="button" class="link" data-verb="removeFile" data-dataset="${dataset.dataset_id}" data-file="${id}" id="remove-${id}">Take it out</button>`
      : "";
  return html`<h3>${name} <span class="soft">${format.bytes(bytes)}</span>${remove}</h3>
    ${report ? told(report, id) : html`<p class="soft">Not read yet.</p>`}`;
}

/** What became, or would become, of a file's records. @param {any} report @param {string} id @param {string} [stored] */
export function told(report, id, stored = "stored") {
  const refused = Object.values(report.refused).reduce((total, n) => total + n, 0);
  return html`<p>
      ${format.count(report.records, "record")} (${report.format}): ${format.count(report.events, "event")} ${stored},
      ${format.number(report.duplicates)} there already, ${format.number(refused)} refused.
    </p>
    ${report.fault ? html`<div class="notice notice-bad" role="alert"><p>${report.fault}</p></div>` : ""}
    ${report.notes.length ? html`<ul class="notes">${report.notes.map(({ text, sessions }) => html`<li>${format.count(sessions, "session")}: ${text}</li>`)}</ul>` : ""}
    ${refused ? refusals(report, refused, id) : ""} ${report.flags.length ? flags(report.flags, id) : ""}
    ${report.unknown_types.length ? unknownTypes(report.unknown_types, id) : ""}`;
}

function refusals({ refused, rejected }, total, id) {
  const columns = [
    { title: "Where", cell: ({ path }) => html`<code>${path}</code>` },
    { title: "Code", words: true, cell: ({ code }) => code },
    { title: "What is wrong", words: true, cell: ({ message }) => message },
    { title: "What stands there", words: true, cell: ({ value }) => (value === null ? "" : html`<code>${value}</code>`) },
  ];
  const counts = Object.entries(refused).map(([code, n]) => `${code} ${format.number(n)}`);
  return html`<details class="as-table" id="refused-${id}" open>
    <summary>Refused: ${counts.join(", ")}</summary>
    ${dataTable(`The first ${format.number(rejected.length)} of ${format.number(total)}`, columns, rejected)}
  </details>`;
}

const CLAIMS = { conversion: "that it bought", total_value: "what it spent", new_user: "that its visitor is new" };

function flags(found, id) {
  const columns = [
    { title: "The log claims of a session", cell: ({ flag }) => CLAIMS[flag] ?? wording(flag) },
    { title: "Agrees with the events", cell: ({ agree }) => format.number(agree) },
    { title: "Disagrees", cell: ({ disagree }) => format.number(disagree) },
    { title: "Cannot be told", cell: ({ unknown }) => format.number(unknown) },
    { title: "For example", words: true, cell: ({ examples }) => examples.slice(0, 1).map(example) },
  ];
  return html`<details class="as-table" id="flags-${id}" open>
    <summary>What the log says about itself</summary>
    ${dataTable("Claims of the log, which are never used, against what its events show", columns, found)}
  </details>`;
}

const example = ({ session_id: session, claimed, measured }) => `${session}: ${claimed} claimed, ${measured} measured`;

function unknownTypes(types, id) {
  const columns = [
    { title: "Type", cell: ({ type }) => type },
    { title: "Events", cell: ({ events }) => format.number(events) },
  ];
  return html`<details class="as-table" id="types-${id}">
    <summary>Event types no definition knows, kept as they are</summary>
    ${dataTable("Unknown event types", columns, types)}
  </details>`;
}

function changes({ dataset_id: id, name, status }) {
  return html`${status === "ready" ? dropZone(`add-to-${id}`, "Drop another file here to add it to this dataset.") : ""}
    <form class="log-name">
      <input type="hidden" name="dataset" value="${id}" />
      <label class="field-inline">Name <input name="name" value="${name}" required maxlength="200" id="log-name" /></label>
      <button class="button">Rename</button>
      <button
        type="button"
        class="button"
        data-delete-log="${id}"
        data-name="${name}"
        id="delete-log"
      >
        Delete
      </button>
    </form>`;
}
