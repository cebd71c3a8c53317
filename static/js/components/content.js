/** What is looked at and what is done: pages and event types. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { asTable, dataTable } from "./data-table.js";
import { wording } from "./wording.js";

const count = (title, field) => ({ title, cell: (row) => format.number(row[field]) });

const linked = (title, field, metric, of, key) => ({
  title,
  cell: (row) => behind(metric, of, format.number(row[field]), row[key]),
});

export const pages = {
  slot: "pages",
  title: "Pages",
  isEmpty: ({ pages: rows }) => !rows.length,
  whenEmpty: "No page view in this window names its page.",
  body: ({ result }) =>
    html`<div class="split">
      ${chartPlace("pages", "Most viewed pages; the table beside it has every value")}
      ${dataTable(`Pages, ${format.number(result.pages.length)} of ${format.number(result.total)}`, PAGES, result.pages)}
    </div>`,
};

export const eventTypes = {
  slot: "event_types",
  title: "Event types",
  isEmpty: ({ types }) => !types.length,
  whenEmpty: "No event in this window.",
  body: ({ result }) =>
    html`${chartPlace("event_types", "Events by type; the table below has every value")}
    ${asTable("event_types", dataTable(`Event types, ${format.number(result.types.length)} of ${format.number(result.total)}`, TYPES, result.types))}`,
};

const PAGES = [
  { title: "Page", cell: (row) => row.page },
  count("Page views", "pageviews"),
  linked("Sessions", "sessions", "pages", "page", "page"),
  linked("Entries", "entries", "pages", "entry", "page"),
  linked("Exits", "exits", "pages", "exit", "page"),
];

const TYPES = [
  { title: "Type", cell: (row) => wording(row.type) },
  count("Events", "events"),
  linked("Sessions", "sessions", "event_types", "type", "type"),
];
