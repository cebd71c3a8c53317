/** A term that opens its definition: click, Enter or Space; Escape closes. */

import { html } from "../html.js";
import { load } from "../state.js";

/**
 * @param {string} id unique in the page
 * @param {string} label
 * @param {string} text the definition
 * @param {unknown} [more] markup below it
 */
export function term(id, label, text, more = "") {
  if (!text) return html`<span class="term-plain">${label}</span>`;
  return html`<button type="button" class="term" id="term-${id}" popovertarget="definition-${id}">${label}</button>
    <div class="definition" id="definition-${id}" popover role="dialog" aria-label="Definition of ${label}">
      <p class="definition-title">${label}</p>
      <p>${text}</p>
      ${more}
    </div>`;
}

/**
 * The definition of one field of a metric: its own, else the metric's.
 * @param {{items: Array<{id: string, definition: string, fields?: Record<string, string>}>} | undefined} definitions
 * @param {string} metric
 * @param {string} [field]
 */
export function definitionOf(definitions, metric, field) {
  const found = definitions?.items.find((item) => item.id === metric);
  return found?.fields?.[field] ?? found?.definition ?? "";
}

/**
 * A label that opens the definition of a metric's field.
 * @param {import("../state.js").State} state
 * @returns {(metric: string, field: string, label: string) => object}
 */
export function definer(state) {
  const definitions = load(state, "definitions").data;
  return (metric, field, label) => term(`${metric}-${field}`, label, definitionOf(definitions, metric, field));
}

const GAP = 6;

/** Keep an opened definition beside its term and inside the window. @param {Document} document */
export function placeDefinitions(document) {
  document.addEventListener("toggle", (event) => event.newState === "open" && place(event.target), true);
}

function place(definition) {
  if (!definition.matches(".definition")) return;
  const opener = document.querySelector(`[popovertarget="${definition.id}"]`).getBoundingClientRect();
  const size = definition.getBoundingClientRect();
  const below = opener.bottom + GAP + size.height <= window.innerHeight;
  const left = Math.min(opener.left, window.innerWidth - size.width - GAP);
  definition.style.left = `${Math.max(GAP, left)}px`;
  definition.style.top = `${below ? opener.bottom + GAP : Math.max(GAP, opener.top - GAP - size.height)}px`;
}
