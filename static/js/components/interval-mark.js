/** Where an interval lies beside nothing: a line from its low to its high end, a dot at the difference, a tick at zero. */

import { html } from "../html.js";

const WIDTH = 72;
const ROOM = 4;

/** @param {{difference: number, low: number | null, high: number | null}} row */
export function intervalMark({ difference, low, high }) {
  if (low === null || high === null) return "";
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const x = (value) => (WIDTH / 2 + (value / reach) * (WIDTH / 2 - ROOM)).toFixed(1);
  return html`<svg class="interval-mark" viewBox="0 0 ${WIDTH} 12" aria-hidden="true" focusable="false">
    <line class="interval-zero" x1="${x(0)}" x2="${x(0)}" y1="0" y2="12" />
    <line class="interval-line" x1="${x(low)}" x2="${x(high)}" y1="6" y2="6" />
    <circle cx="${x(difference)}" cy="6" r="3" />
  </svg>`;
}
