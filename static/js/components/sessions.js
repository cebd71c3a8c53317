/** The sessions behind the numbers, latest first. */

import { format } from "../format.js";
import { html } from "../html.js";
import { timeZone } from "../state.js";
import { dataTable } from "./data-table.js";
import { valueName } from "./wording.js";

export const sessions = {
  slot: "sessions",
  title: "Sessions behind these numbers",
  body: (page, state) => {
    if (!page.items.length) return html`<p class="soft">No session in this window.</p>`;
    return html`${dataTable("Sessions, latest first", columns(timeZone(state)), page.items)}
    ${page.next ? html`<p><button type="button" class="button" data-verb="more" data-slot="sessions" id="more-sessions">Show more sessions</button></p>` : ""}`;
  },
};

const columns = (zone) => [
  {
    title: "Start",
    cell: (row) =>
      html`<button
        type="button"
        class="link nowrap"
        data-verb="go"
        data-session="${row.session_id}"
        id="open-${row.session_id}"
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
