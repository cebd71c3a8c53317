/** A bar inside a table's cell: the eye compares, the number beside it tells. */

import { html } from "../html.js";

/** @param {number} value @param {number} most the value of the longest bar */
export function bar(value, most) {
  const width = most ? (100 * value) / most : 0;
  return html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect width="${width.toFixed(2)}" height="10"></rect>
  </svg>`;
}
