/** Site search: what visitors looked for, what they found, what the misses may cost. */

import { format } from "../format.js";
import { html } from "../html.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { figure, moneyFigures, rateFigure } from "./figure.js";

export const search = {
  slot: "search",
  title: "Search",
  isEmpty: ({ searches }) => searches === 0,
  whenEmpty: "Nobody searched in this window.",
  body: ({ result }, state) =>
    html`<p class="standfirst">
        ${figure("search.searches", result.searches, format.number(result.searches))}
        ${result.searches === 1 ? "search" : "searches"} in ${format.count(result.sessions, "session")}.
        <strong>${format.rate(result.zero_result_rate)}</strong> of those with a known result count found nothing
        (${format.pair(result.zero_result_rate)}), which puts
        <strong>${moneyFigures("search.revenue_at_risk", result.revenue_at_risk, format)}</strong> at risk.
      </p>
      <dl class="small-print">
        ${RATES.map(([field, label]) => rate(field, definer(state)("search", field, label), result))}
      </dl>
      <div class="split">
        ${chartPlace("search", "Most frequent queries, with and without results; the table beside it has every value")}
        ${dataTable(caption(result), TERMS, result.terms)}
      </div>`,
};

const RATES = [
  ["zero_result_rate", "Nothing found"],
  ["success_rate", "Success"],
  ["click_through_rate", "Click-through"],
  ["refinement_rate", "Refined"],
  ["exit_rate", "Left after searching"],
  ["conversion_successful", "Bought after a successful search"],
  ["conversion_zero", "Bought after a zero-result search"],
];

const TERMS = [
  { title: "Query", cell: (row) => html`<q>${row.query}</q>` },
  { title: "Searches", cell: (row) => format.number(row.searches) },
  { title: "Zero results", cell: (row) => format.number(row.zero) },
  { title: "Successful", cell: (row) => format.number(row.successes) },
  { title: "Revenue at risk", cell: (row) => format.money(row.revenue_at_risk) },
];

function rate(field, label, result) {
  return html`<div>
    <dt>${label}</dt>
    <dd>
      ${rateFigure(`search.${field}`, result[field], format)} <span class="soft">${format.pair(result[field])}</span>
    </dd>
  </div>`;
}

function caption({ terms, terms_total }) {
  const shown =
    terms.length < terms_total
      ? `the ${format.number(terms.length)} most frequent of ${format.number(terms_total)}`
      : "all of them";
  return `Queries, ${shown}`;
}
