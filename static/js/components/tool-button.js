/** The button of the open analysis's row that opens a panel below it. */

import { html } from "../html.js";

/** @param {import("../state.js").State} state @param {string} id of the tool @param {string} label */
export function toolButton(state, id, label) {
  const opened = state.tool === id;
  return html`<button type="button" class="button" id="tool-${id}" data-verb="openTool" data-slot="${id}" aria-expanded="${String(opened)}" aria-controls="panel-${id}">${label}</button>`;
}
