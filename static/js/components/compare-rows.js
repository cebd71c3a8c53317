/** The rows of a comparison, topic by topic: both sides, the difference with its interval, and the verdict in words. */

import { format } from "../format.js";
import { html } from "../html.js";
import { dataTable } from "./data-table.js";
import { amount, signed } from "./differences.js";
import { intervalMark } from "./interval-mark.js";
import { dimensionName, valueName, wording } from "./wording.js";

const SIGNIFICANT = 0.05;
const TOPICS = { terms: "Search terms", products: "Products", funnel: "The way to a purchase", cart: "Carts" };
const VERDICTS = {
  alike: "neither varies",
  counted: "counted",
  currency: "other currency",
  overlap: "sides overlap",
  shared_visitors: "shared visitors",
  too_few: "too few",
  unknown: "unknown",
  versions: "same log",
};

/** @param {{topic: string, rows: any[]}[]} topics @param {Record<string, string>} reasons */
export function compareRows(topics, reasons) {
  return topics.map(({ topic, rows }) => {
    const title = topicName(topic);
    return html`<section class="compare-topic" aria-labelledby="topic-${topic}">
      <h3 id="topic-${topic}">${title}</h3>
      ${dataTable(`${title}: side A, side B, and what B lies from A`, columns(reasons), rows)}
    </section>`;
  });
}

function topicName(topic) {
  const dimension = topic.startsWith("by_") ? dimensionName(topic.slice(3)) : null;
  return dimension ? `By ${dimension.toLowerCase()}` : (TOPICS[topic] ?? wording(topic));
}

function columns(reasons) {
  return [
    { title: "Measure", cell: label },
    { title: "A", cell: (row) => side(row, row.a) },
    { title: "B", cell: (row) => side(row, row.b) },
    { title: "Difference", cell: difference },
    { title: "Interval", words: true, cell: interval },
    { title: "Verdict", words: true, cell: (row) => verdict(row, reasons) },
  ];
}

function label({ label: text, dimension, value, currency }) {
  const named = value === null ? text : text.replace(value, valueName(dimension, value));
  return currency ? `${named}, ${currency}` : named;
}

function side({ unit, currency, per_day: perDay }, { value }) {
  if (value === null) return format.number(null);
  if (unit === "rate") return format.share(value);
  const shown = unit === "count" && !perDay ? format.number(value) : amount(unit, currency, value);
  return perDay ? html`${shown} <span class="soft">a day</span>` : shown;
}

function difference({ unit, currency, per_day: perDay, difference: found, change }) {
  if (found === null) return format.number(null);
  if (unit === "rate") return format.points(found);
  const shown = unit === "count" && !perDay ? whole(found) : signed(unit, currency, found);
  return change === null ? shown : html`${shown} <span class="soft nowrap">(${relative(change)})</span>`;
}

function whole(value) {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${format.number(Math.abs(value))}`;
}

function relative(change) {
  return `${change > 0 ? "+" : change < 0 ? "−" : ""}${format.share(Math.abs(change))}`;
}

function interval(row) {
  if (row.low === null) return "";
  const shown = row.unit === "rate" ? format.points : (value) => signed(row.unit, row.currency, value);
  return html`${intervalMark(row)} <span class="soft nowrap">${shown(row.low)} to ${shown(row.high)}</span>`;
}

function verdict({ p_adjusted: p, untested }, reasons) {
  if (untested) return html`<span class="soft" title="${reasons[untested]}">${VERDICTS[untested] ?? wording(untested)}</span>`;
  return p < SIGNIFICANT
    ? html`<strong>beyond chance</strong> <span class="soft nowrap">p ${format.probability(p)}</span>`
    : html`within chance <span class="soft nowrap">p ${format.probability(p)}</span>`;
}
