/** What the columns of a file are, and its first rows as they would be read. */

import { format } from "../format.js";
import { html } from "../html.js";
import { dataTable } from "./data-table.js";
import { wording } from "./wording.js";

const OWN = "Keep as a property";

/** @param {any} preview what /api/imports/{id}/preview answers */
export function fileMapping(preview) {
  const { columns, words, mapping } = preview;
  return html`${columns.length ? table(preview) : html`<p>Rows of ${preview.format} are events as they are; nothing has to be mapped.</p>`}
    ${mapping.shipped ? html`<p class="note">Recognised as <strong>${mapping.shipped}</strong>, a format that comes along. Change a column to read it your own way.</p>` : ""}
    ${columns.length && !mapping.shipped ? details(preview) : ""} ${words.length ? wordsTable(preview) : ""}
    ${lacking(preview)} ${firstRows(preview)}`;
}

function table(preview) {
  return dataTable(
    "Columns of the file",
    [
      { title: "Column", cell: ({ name }) => name },
      { title: "First values", words: true, cell: ({ samples }) => html`<span class="file-samples">${samples.join(" · ")}</span>` },
      { title: "Is", words: true, cell: (column) => fieldChoice(column, preview) },
    ],
    preview.columns,
  );
}

function fieldChoice(column, { columns, field_names }) {
  const index = columns.indexOf(column);
  const own = column.field && !(column.field in field_names) ? column.field : property(column.name);
  return html`<select id="column-${index}" name="column:${index}" aria-label="What ${column.name} is">
    ${option("", "Leave it out", column.field)}
    ${Object.entries(field_names).map(([field, label]) => option(field, label, column.field))}
    ${own in field_names || !own ? "" : option(own, `${OWN}: ${own}`, column.field)}
  </select>`;
}

/** The column's name as a property may be called. */
function property(name) {
  return name.replace(/[.$\0]/g, "_").replace(/^_+|_+$/g, "").slice(0, 128);
}

function details({ mapping, columns, time_formats, event_types }) {
  const hasType = columns.some(({ field }) => field === "event_type");
  return html`<div class="file-details">
    ${
      hasType
        ? ""
        : select("event_type", "Every row is", mapping.event_type, [["", "not said yet"], ...event_types.map((type) => [type, wording(type)])])
    }
    ${select("time_format", "Times are written", mapping.time_format, [["", "as 2026-03-31T18:00:00Z, or seconds since 1970"], ...time_formats.map((name) => [name, example(name)])])}
    <p class="field">
      <label for="time_zone">in the time zone</label>
      <input id="time_zone" name="time_zone" value="${mapping.time_zone}" autocomplete="off" spellcheck="false" />
    </p>
    ${select("decimal", "Numbers are written", mapping.decimal, [[".", "12.50"], [",", "12,50"]])}
  </div>`;
}

function select(name, label, value, options) {
  return html`<p class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${options.map(([each, text]) => option(each, text, value))}
    </select>
  </p>`;
}

function option(value, text, chosen) {
  return html`<option value="${value}" ${value === chosen ? "selected" : ""}>${text}</option>`;
}

const PARTS = { d: "31", m: "03", Y: "2026", y: "26", H: "18", I: "06", M: "05", S: "09", p: "PM", b: "Mar", a: "Tue", z: "+0100" };

/** "%d.%m.%Y" -> "31.03.2026" */
function example(format_) {
  return format_.replace(/%([a-zA-Z])/g, (whole, letter) => PARTS[letter] ?? whole);
}

function wordsTable({ words, event_types, mapping }) {
  return dataTable(
    "What happened, in the file's words",
    [
      { title: "Word", cell: ({ word }) => word },
      { title: "Rows of the sample", cell: ({ count }) => format.number(count) },
      { title: "Means", words: true, cell: (row) => meaning(row, words.indexOf(row), mapping.types, event_types) },
    ],
    words,
  );
}

function meaning({ word, becomes, known }, index, types, event_types) {
  const chosen = types[word] ?? "";
  const usual = known && !chosen ? wording(becomes) : "Keep it as it is";
  return html`<select id="word-${index}" name="word:${index}" aria-label="What ${word} means">
    ${option("", usual, chosen)} ${event_types.map((type) => option(type, wording(type), chosen))}
  </select>`;
}

function lacking({ missing, problem }) {
  const said = [...Object.values(missing), ...(problem ? [problem] : [])];
  if (!said.length) return "";
  return html`<div class="notice" role="status" id="mapping-lacks">
    <p>Before it can be read:</p>
    <ul>
      ${said.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
  </div>`;
}

function firstRows({ rows, sampled, refused, place }) {
  if (!rows.length) return "";
  const caption = `The first ${format.number(rows.length)} rows as they would be read. Of the first ${format.number(sampled)}, ${format.number(refused)} would be refused.`;
  return html`<div id="first-rows">${dataTable(caption, rowColumns(place), rows)}</div>`;
}

function rowColumns(place) {
  const of = (show) => ({ event }) => (event ? show(event) : "");
  return [
    { title: wording(place), cell: (row) => format.number(row.place) },
    { title: "What", words: true, cell: (row) => (row.event ? wording(row.event.event_type) : refusal(row)) },
    { title: "When", words: true, cell: of((event) => format.moment(event.timestamp, "UTC")) },
    { title: "Who", words: true, cell: of((event) => event.user_id ?? event.client_id ?? event.session_id) },
    { title: "Page", words: true, cell: of((event) => event.page ?? "") },
    { title: "Properties", words: true, cell: of(properties) },
  ];
}

function refusal({ code, fields, values }) {
  return html`<span class="live-fault">refused <code>${code}</code></span>
    ${Object.entries(fields).map(([name, reason]) => html`<code>${name}</code> ${reason}${name in values ? html` (<code>${values[name]}</code>)` : ""} `)}`;
}

function properties({ properties: found }) {
  return html`<ul class="properties">
    ${Object.entries(found).map(([name, value]) => html`<li><span class="soft">${name}</span> ${typeof value === "string" ? value : JSON.stringify(value)}</li>`)}
  </ul>`;
}
