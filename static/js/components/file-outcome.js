/** What became of a file's rows: counts by reason, with the first places of each. */

import { format } from "../format.js";
import { html } from "../html.js";
import { dataTable } from "./data-table.js";

/** @param {{read: number, accepted: number, duplicates: number, refused: Record<string, number>, places: Record<string, {place: number, said: string, values: Record<string, string>}[]>, place: string, fault: string | null}} result */
export function outcome({ read, accepted, duplicates, refused, places, place, fault }) {
  const total = Object.values(refused).reduce((sum, count) => sum + count, 0);
  return html`<dl class="small-print file-outcome">
      <div><dt>Rows read</dt><dd>${format.number(read)}</dd></div>
      <div><dt>Valid</dt><dd data-accepted="${accepted}">${format.number(accepted)}</dd></div>
      ${duplicates ? html`<div><dt>There already</dt><dd>${format.number(duplicates)}</dd></div>` : ""}
      <div><dt>Refused</dt><dd>${format.number(total)}</dd></div>
    </dl>
    ${fault ? html`<p>${fault}</p>` : ""}
    ${total ? dataTable("Refused rows by reason, with the first places of each", columns(place), rows(refused, places)) : ""}`;
}

function rows(refused, places) {
  return Object.entries(refused).map(([code, count]) => ({ code, count, shown: places[code] ?? [] }));
}

function columns(place) {
  return [
    { title: "Reason", cell: ({ code }) => html`<code>${code}</code>` },
    { title: "Rows", cell: ({ count }) => format.number(count) },
    {
      title: "For example",
      words: true,
      cell: ({ shown }) =>
        html`<ul>
          ${shown.map((one) => html`<li>${place} ${format.number(one.place)}: ${one.said}${values(one.values)}</li>`)}
        </ul>`,
    },
  ];
}

function values(found) {
  return Object.values(found).map((value) => html` (<code>${value}</code>)`);
}
