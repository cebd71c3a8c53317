/** How sessions that buy differ from those that leave a cart. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { choice } from "./choice.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { dimensionName, valueName, wording } from "./wording.js";

const AGAINST = { "": "those who left a cart", others: "all who did not buy" };
const MEASURES = {
  day_part: "Time of day",
  duration: "Length of the visit",
  found_nothing: "A search found nothing",
  pageviews: "Page views",
  price_seen: "Price of products viewed",
  products_added: "Products added",
  products_viewed: "Products viewed",
  searched: "Searched",
  searches: "Searches",
  stumbled: "Met an error at the checkout",
  weekend: "At the weekend",
};

export const differences = {
  slot: "differences",
  title: "Buyers and abandoners",
  isEmpty: ({ buyers, others, minimum }) => Math.min(buyers, others) < minimum,
  whenEmpty: "Too few sessions on one of the two sides to compare them (30 are needed).",
  controls: ({ route }) => choice(route, "differences.against", "buyers against", AGAINST),
  body: ({ result }, state) =>
    html`<p class="standfirst">
        ${behind("differences", "buyers", format.number(result.buyers))} sessions that bought against
        ${behind("differences", "others", format.number(result.others))}
        ${result.against === "others" ? "that did not" : "that left a cart behind"}, the largest effects first.
      </p>
      <div class="split">
        ${chartPlace("differences", "Effects by size, buyers to the right; the table beside it has every value")}
        ${dataTable("Differences, the largest effect first", columns(definer(state)), result.rows)}
      </div>
      <p class="note">
        <strong>Bold</strong> differences have a corrected p below 0.05. An effect of 0.2 is small, 0.5 medium, 0.8 large.
        ${result.hidden ? `${format.number(result.hidden)} rows that too few sessions share are left out.` : ""}
      </p>`,
};

function columns(defined) {
  return [
    { title: "Measure", cell: nameOf },
    { title: "Buyers", cell: (row) => side(row, row.buyers) },
    { title: "The others", cell: (row) => side(row, row.others) },
    { title: defined("differences", "difference", "Difference"), cell: difference },
    { title: defined("differences", "effect", "Effect"), cell: ({ effect }) => format.effect(effect) },
    { title: defined("differences", "p_adjusted", "p"), cell: (row) => format.probability(row.p_adjusted) },
  ];
}

function nameOf({ measure, value, currency }) {
  const name = MEASURES[measure] ?? dimensionName(measure) ?? wording(measure);
  if (currency) return `${name}, ${currency}`;
  return value === null ? name : `${name}: ${measure === "day_part" ? value : valueName(measure, value)}`;
}

function side({ unit, currency }, value) {
  if (unit === "share") return format.rate(value);
  return amount(unit, currency, value.mean);
}

/** @param {string} unit @param {string | null} currency @param {number} value */
export function amount(unit, currency, value) {
  if (unit === "seconds") return format.duration(value);
  return unit === "money" ? format.amount({ currency, amount: value }) : format.decimal(value);
}

function difference({ unit, currency, difference: found, low, high, p_adjusted: p }) {
  const shown = unit === "share" ? format.points : (value) => signed(unit, currency, value);
  const sure = p !== null && p < 0.05;
  return html`${sure ? html`<strong>${shown(found)}</strong>` : shown(found)}
    <span class="soft nowrap">${shown(low)} to ${shown(high)}</span>`;
}

/** The same with its sign. */
export function signed(unit, currency, value) {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  return `${sign}${amount(unit, currency, Math.abs(value))}`;
}
