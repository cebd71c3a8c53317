/** Against the window before, and days unlike their weekday. */

import { format } from "../format.js";
import { html } from "../html.js";
import { timeZone } from "../state.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { wording } from "./wording.js";

const NAMES = {
  aov: "Average order",
  carts: "Carts created",
  conversions: "Buying sessions",
  duration_median: "Median visit",
  pageviews: "Page views",
  zero_result_rate: "Searches without results",
};
/** Metric and field that define a measure, where it is not the overview's of the same name. */
const DEFINED = {
  carts: ["cart", "created"],
  cart_abandonment_rate: ["cart", "abandonment_rate"],
  checkout_abandonment_rate: ["checkout", "abandonment_rate"],
  searches: ["search", "searches"],
  zero_result_rate: ["search", "zero_result_rate"],
};
const nameOf = ({ name, currency }) => `${NAMES[name] ?? wording(name)}${currency ? `, ${currency}` : ""}`;

export const trends = {
  slot: "trends",
  title: "Against the window before",
  body: ({ result }, state) =>
    html`<p class="standfirst">${sentence(result, timeZone(state))}</p>
      ${chartPlace("trends", "Change of each measure; the table below has every value")}
      ${dataTable("Measures now and before", columns(definer(state)), result.rows)}
      <p class="note"><strong>Bold</strong> differences of rates have p below 0.05.</p>
      <h3>Unusual days</h3>
      ${anomalies(result.anomalies)}`,
};

function sentence({ now, before, days }, zone) {
  const window = `${format.day(now.since, zone)} to ${format.moment(now.until, zone)}`;
  if (!before) return `${window}. There is nothing before it to compare it with.`;
  return `${window} (${format.count(days, "day")}) against ${format.day(before.since, zone)} to ${format.moment(before.until, zone)}: the same weekdays, for as long.`;
}

function shown(row, value) {
  if (value === null || value === undefined) return format.number(null);
  if (row.unit === "money") return format.amount({ currency: row.currency, amount: value });
  if (row.unit === "seconds") return format.duration(value);
  return row.unit === "rate" ? format.share(value.value ?? value) : format.number(value);
}

function columns(defined) {
  return [
    {
      title: "Measure",
      cell: (row) => defined(...(DEFINED[row.name] ?? ["overview", row.name]), nameOf(row)),
    },
    { title: "Before", cell: (row) => shown(row, row.before) },
    { title: "Now", cell: (row) => shown(row, row.now) },
    { title: defined("trends", "change", "Change"), cell: change },
    { title: "95 % interval", cell: interval },
    { title: "p", cell: (row) => format.probability(row.p_value) },
  ];
}

function change(row) {
  if (row.unit === "rate") {
    const points = format.points(row.change?.difference ?? null);
    return row.p_value !== null && row.p_value < 0.05 ? html`<strong>${points}</strong>` : points;
  }
  const value = row.change?.value ?? null;
  return value === null ? format.share(null) : `${value > 0 ? "+" : ""}${format.share(value)}`;
}

function interval({ interval: found }) {
  return found ? `${format.points(found.low)} to ${format.points(found.high)}` : "";
}

function anomalies({ rows, days_judged: judged, too_few: tooFew }) {
  const note = `${format.count(judged, "value")} judged against the same weekday's eight values before; ${format.number(tooFew)} had too few to judge.`;
  if (!rows.length) return html`<p class="soft">${judged ? "No day stands out." : "Nothing could be judged yet."} ${note}</p>`;
  return html`${dataTable(
    "Days at least three standard deviations from their weekday's mean",
    [
      { title: "Day", cell: ({ day }) => format.day(day) },
      { title: "Measure", words: true, cell: nameOf },
      { title: "Value", cell: (row) => unitless(row, row.value) },
      { title: "Usual", cell: (row) => unitless(row, row.mean) },
      { title: "z", cell: ({ z }) => format.decimal(z) },
    ],
    rows,
  )}
  <p class="note">${note}</p>`;
}

function unitless(row, value) {
  if (row.currency) return format.amount({ currency: row.currency, amount: value });
  return row.name.endsWith("_rate") ? format.share(value) : format.decimal(value);
}
