/** One section of a page: heading, its picture, its charts. */

import { csvOf } from "../exporting.js";
import { html, render } from "../html.js";
import { load, mayAnalyse } from "../state.js";
import { drawCharts } from "./chart.js";
import { definitionOf, term } from "./definition.js";
import { disagreements, empty, picture } from "./picture.js";

/**
 * @typedef {object} Section
 * @property {string} slot of the answer it shows
 * @property {string} title
 * @property {string} [metric] whose definition the title opens; the slot's name unless told
 * @property {(answer: any, state: import("../state.js").State) => unknown} body markup of the answer
 * @property {(result: any) => boolean} [isEmpty]
 * @property {string} [whenEmpty] sentence shown then
 * @property {(state: import("../state.js").State) => unknown} [controls] markup beside the heading
 */

/**
 * @param {Element} root @param {Section} section
 * @returns {(state: import("../state.js").State) => void}
 */
export function mountSection(root, { slot, title, metric = slot, body, isEmpty, whenEmpty = "", controls }) {
  root.classList.add("section");
  root.id = slot;
  root.setAttribute("aria-labelledby", `heading-${slot}`);
  return (state) => {
    const held = load(state, slot);
    const definition = definitionOf(load(state, "definitions").data, metric) || held.data?.definition;
    const show = (answer) =>
      isEmpty?.(answer.result) ? empty(whenEmpty) : html`${disagreements(answer.reconciliation)}${body(answer, state)}`;
    render(
      root,
      html`<header class="section-head">
          <h2 id="heading-${slot}">${term(`section-${slot}`, title, definition)}</h2>
          ${csvLink(held, title, state)} ${controls?.(state)}
        </header>
        ${picture(held, slot, show)}`,
    );
    drawCharts(root, { [slot]: held.data?.chart });
  };
}

/** Every table of what is shown, with all its rows. */
function csvLink({ status, key }, title, { user }) {
  const path = status === "ready" ? csvOf(key, mayAnalyse(user)) : "";
  return path ? html`<a class="csv-link" href="${path}" download aria-label="${title} as CSV">CSV</a>` : "";
}
