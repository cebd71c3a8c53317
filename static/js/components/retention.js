/** Who comes back: cohorts week by week, and buyers by recency and frequency. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { choice } from "./choice.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { wording } from "./wording.js";

const FIRST = { "": "first visit, back for any visit", purchase: "first purchase, back for another" };
const MODES = { "": "in that week or later", n_week: "in that very week" };
const WEEKS = { 4: "4 weeks", 8: "8 weeks", "": "12 weeks", 26: "26 weeks", 52: "52 weeks" };
const SHADES = 5;

export const retention = {
  slot: "retention",
  title: "Retention",
  isEmpty: ({ cohorts }) => !cohorts.length,
  whenEmpty: "Nobody came for the first time in this window.",
  controls: ({ route }) =>
    html`<div class="topic-options">
      ${choice(route, "retention.first", "from the", FIRST)} ${choice(route, "retention.mode", "", MODES)}
      ${choice(route, "retention.weeks", "over", WEEKS)}
    </div>`,
  body: ({ result }) =>
    html`${chartPlace("retention", "Share of each weekly cohort that came back; the table below has every value")}
      ${dataTable("Cohorts by the week of their first time, and the share that came back", columns(result), [...result.cohorts, mean(result)])}
      <p class="note">
        Weeks are ISO weeks. A cell in <em class="immature">italics</em> may still grow: its week has not ended. The mean
        leaves such cells out.
      </p>`,
};

function columns({ first, cohorts }) {
  const deepest = Math.max(0, ...cohorts.map(({ cells }) => cells.length));
  const weeks = Array.from({ length: deepest }, (_, index) => ({
    title: `+${index + 1}`,
    cell: ({ week, cells }) => cell(week, cells[index]),
  }));
  const repeat = { title: "Bought again", cell: (row) => (row.repeat === undefined ? "" : format.rate(row.repeat)) };
  return [
    { title: "Week", cell: ({ week }) => week },
    {
      title: "Visitors",
      cell: ({ week, size }) => (size === undefined ? "" : behind("retention", "cohort", format.number(size), week)),
    },
    ...(first === "purchase" ? [repeat] : []),
    ...weeks,
  ];
}

function cell(week, found) {
  if (!found) return "";
  const shown = html`<span class="shade-${shade(found.back.value)} ${found.immature ? "immature" : ""}"
    >${format.rate(found.back)}</span
  >`;
  return found.plain ? shown : behind("retention", "cell", shown, `${week}:${found.week}`);
}

function shade(value) {
  return value === null ? 0 : Math.min(SHADES, Math.ceil(value * SHADES));
}

/** The last row: the mean of each week over the cohorts for which it has ended. */
function mean({ means }) {
  return { week: "Mean", cells: means.map((one) => ({ ...one, plain: true })) };
}

export const rfm = {
  slot: "rfm",
  title: "Buyers",
  isEmpty: ({ buyers }) => buyers === 0,
  whenEmpty: "Nobody bought in this window.",
  body: ({ result }, state) =>
    html`<p class="standfirst">
        ${format.count(result.buyers, "buyer")}, scored by how recently and how often they bought, as of
        ${format.day(result.reference_day)}.
      </p>
      ${chartPlace("rfm", "Buyers by segment; the table below has every value")}
      ${dataTable("Buyers by recency and frequency", buyerColumns(definer(state)), result.segments)}`,
};

function buyerColumns(defined) {
  return [
    {
      title: defined("rfm", "segment", "Segment"),
      cell: ({ segment }) => wording(segment),
    },
    { title: "Buyers", cell: ({ segment, visitors }) => behind("rfm", "segment", format.number(visitors), segment) },
    { title: "Share", cell: ({ share }) => format.rate(share) },
    { title: "Orders", cell: ({ orders }) => format.number(orders) },
    { title: "Revenue", cell: ({ revenue }) => format.money(revenue) },
    { title: "Days since last order", cell: (row) => format.number(row.recency_median) },
    { title: "Orders a buyer", cell: (row) => format.number(row.frequency_median) },
  ];
}
