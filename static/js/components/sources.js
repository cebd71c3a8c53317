/** Which sources events name, how many events each, and since when. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { load } from "../state.js";
import { dataTable } from "./data-table.js";
import { empty, picture } from "./picture.js";

/** @param {Element} root */
export function mountSources(root) {
  return (state) =>
    render(
      root,
      html`<h2 id="heading-sources">Sources</h2>
        ${picture(load(state, "sources"), "sources", body)}`,
    );
}

function body({ items, more, first, last }) {
  if (!first) return empty("No event has arrived yet.");
  const span = html`<p class="note">
    The first event arrived ${format.moment(first)}, the last ${format.moment(last)}. Events that name no
    <code>source</code> are the shop's own.
  </p>`;
  if (!items.length) return html`${span}${empty("No event names a source.")}`;
  return html`${span}${dataTable(more ? `The first ${format.number(items.length)} sources` : "Sources named by events", COLUMNS, items)}`;
}

const COLUMNS = [
  {
    title: "Source",
    cell: ({ source, noise }) => html`${source}${noise ? html` <span class="badge">left out of analyses</span>` : ""}`,
  },
  { title: "Events", cell: ({ events, more }) => `${more ? "more than " : ""}${format.number(events)}` },
  { title: "First arrival", cell: ({ first }) => format.moment(first), words: true },
  { title: "Last arrival", cell: ({ last }) => format.moment(last), words: true },
];
