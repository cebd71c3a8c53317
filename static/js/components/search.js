/** Site search: what visitors looked for, what they found, what the misses may cost. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
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
        ${behind("search", "searches", figure("search.searches", result.searches, format.number(result.searches)))}
        ${result.searches === 1 ? "search" : "searches"} in ${format.count(result.sessions, "session")}.
        <strong>${format.rate(result.zero_result_rate)}</strong> of those with a known result count found nothing
        (${format.pair(result.zero_result_rate)}), which puts
        <strong>${moneyFigures("search.revenue_at_risk", result.revenue_at_risk, format)}</strong> at risk.
      </p>
      <dl class="small-print">
        ${RATES.map(([field, label, of]) => rate(field, definer(state)("search", field, label), result, of))}
      </dl>
      <div class="split">
        ${chartPlace("search", "Most frequent queries, with and without results; the table beside it has every value")}
        ${dataTable(caption(result), TERMS, result.terms)}
      </div>`,
};

const RATES = [
  ["zero_result_rate", "Nothing found", "zero"],
  ["success_rate", "Success", "successes"],
  ["click_through_rate", "Click-through", "clicked"],
  ["refinement_rate", "Refined", "refinements"],
  ["exit_rate", "Left after searching", "exits"],
  ["conversion_successful", "Bought after a successful search"],
  ["conversion_zero", "Bought after a zero-result search"],
];

const TERMS = [
  { title: "Query", cell: (row) => html`<q>${row.query}</q>` },
  { title: "Searches", cell: (row) => behind("search", "term", format.number(row.searches), row.query) },
  { title: "Zero results", cell: (row) => format.number(row.zero) },
  { title: "Successful", cell: (row) => format.number(row.successes) },
  { title: "Revenue at risk", cell: (row) => format.money(row.revenue_at_risk) },
];

function rate(field, label, result, of) {
  const pair = format.pair(result[field]);
  return html`<div>
    <dt>${label}</dt>
    <dd>
      ${rateFigure(`search.${field}`, result[field], format)} <span class="soft">${of ? behind("search", of, pair) : pair}</span>
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
