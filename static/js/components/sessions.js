/** The sessions behind the numbers, latest first. */

import { format } from "../format.js";
import { html } from "../html.js";
import { timeZone } from "../state.js";
import { dataTable } from "./data-table.js";
import { valueName } from "./wording.js";

export const sessions = {
  slot: "sessions",
  title: "Sessions",
  body: (page, state) =>
    page.items.length
      ? sessionTable("Sessions, latest first", page, "sessions", state)
      : html`<p class="soft">No session in this window.</p>`,
};

/**
 * Sessions, each of which opens, and more of them on request.
 * @param {string} caption @param {{items: any[], next: string | null}} page @param {string} slot it was loaded into
 * @param {import("../state.js").State} state
 */
export function sessionTable(caption, page, slot, state) {
  return html`${dataTable(caption, columns(timeZone(state), slot), page.items)}
  ${page.next ? html`<p><button type="button" class="button" data-verb="more" data-slot="${slot}" id="more-${slot}">Show more sessions</button></p>` : ""}`;
}

const columns = (zone, slot) => [
  {
    title: "Start",
    cell: (row) =>
      html`<button
        type="button"
        class="link nowrap"
        data-verb="go"
        data-session="${row.session_id}"
        id="open-${slot}-${row.session_id}"
      >
        ${format.moment(row.start, zone)}
      </button>`,
  },
  { title: "Visitor", words: true, cell: (row) => row.visitor },
  { title: "Duration", cell: (row) => format.duration(row.duration) },
  { title: "Events", cell: (row) => format.number(row.events) },
  { title: "Page views", cell: (row) => format.number(row.pageviews) },
  { title: "Device", words: true, cell: (row) => row.device },
  { title: "Country", words: true, cell: (row) => valueName("country", row.country) },
  { title: "Channel", words: true, cell: (row) => row.channel },
  { title: "Revenue", cell: (row) => format.money(row.revenue) },
];
