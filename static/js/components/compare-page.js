/** Compare: any two scopes side by side, by the same metrics. */

import { comparisonQuery } from "../compare.js";
import { format } from "../format.js";
import { html, render } from "../html.js";
import { load, mayAnalyse } from "../state.js";
import { drawCharts, chartPlace } from "./chart.js";
import { compareRows } from "./compare-rows.js";
import { compareSides } from "./compare-sides.js";
import { empty, picture } from "./picture.js";
import { scopeSentence } from "./scope-sentence.js";

const CHOOSE = "Both sides are the same selection: choose what to compare.";
const NEXT = "Take one of the links above, or give one side other days, filters or another dataset.";

/** @param {Element} root */
export function mountComparePage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Compare</h1>
      <div class="compare-choice"></div>
      <div class="compare-found"></div>`,
  );
  const [choice, found] = ["choice", "found"].map((name) => root.querySelector(`.compare-${name}`));
  return (state) => {
    render(choice, compareSides(state));
    const held = load(state, "compare");
    const isAsked = comparisonQuery(state.route, state.today) !== null;
    render(found, isAsked ? answered(held, state) : empty(CHOOSE, NEXT));
    drawCharts(found, held.data?.charts ?? {});
  };
}

/** A side without sessions is empty, and no failure. */
function answered(held, state) {
  if (held.status === "error" && held.error.code === "empty_side")
    return empty(held.error.message, Object.entries(held.error.fields).map(([letter, reason]) => html`Side ${letter.toUpperCase()}: ${reason}. `));
  return picture(held, "compare", (answer) => compared(answer, state));
}

function compared(answer, state) {
  const { a, b, notes, tested, significant, topics, reasons, withheld, charts } = answer;
  return html`<div class="compare-head">
      <p class="standfirst" role="status">
        ${side("A", a, state)} ${side("B", b, state)}
        ${tested ? html`${format.number(significant)} of ${format.count(tested, "rate or mean", "rates and means")} that could be tested differ beyond chance.` : ""}
      </p>
      ${mayAnalyse(state.user) ? html`<button type="button" class="button button-first" data-verb="explain" id="explain">Explain what changed</button>` : ""}
    </div>
    ${notes.length ? html`<ul class="notice compare-notes">${notes.map(({ text }) => html`<li>${text}</li>`)}</ul>` : ""}
    ${withheld.length ? html`<p class="notice notice-bad" role="alert">Left out, as their parts do not add up: ${withheld.join(", ")}.</p>` : ""}
    <div class="row row-2 compare-charts">
      ${chart(charts, "comparison_series", "Sessions a day, from the first day of each side", "sessions")}
      ${chart(charts, "comparison_funnel", "Share of sessions that reach each step")}
      ${chart(charts, "comparison", "Rates with their 95 % intervals")}
    </div>
    ${compareRows(topics, reasons)}
    <p class="note">
      B less A. <strong>Beyond chance</strong>: a corrected p below 0.05 (Benjamini-Hochberg over all rows). The line is the
      difference's 95 % interval, its tick no difference. A difference is no cause: the sides may differ in things that were not measured.
    </p>`;
}

function side(letter, { scope, time_zone: timeZone, sessions }, state) {
  const name = load(state, "datasets").data?.items.find(({ dataset_id: id }) => id === scope.dataset)?.name;
  const where = scope.dataset === "live" ? "" : ` of ${name ?? scope.dataset}`;
  return html`<strong class="side-name side-${letter.toLowerCase()}">${letter}</strong> ${format.count(sessions, "session")}${where}:
    ${scopeSentence(scope, timeZone)}.`;
}

function chart(charts, name, title, measure = "") {
  if (!charts[name]) return "";
  return html`<figure class="${name === "comparison" ? "compare-rates" : ""}">
    <figcaption class="soft">${title}</figcaption>
    ${chartPlace(name, `${title}; the tables below have the values`, { measure })}
  </figure>`;
}
