/** What can be done with the open analysis: a row of controls, and under it what they open. */

import { html, render } from "../html.js";
import { load } from "../state.js";
import { exportTool } from "./export-panel.js";
import { compareTool, replayTool } from "./replay-tool.js";
import { roleViewTool } from "./role-view-tool.js";
import { shareTool } from "./share-panel.js";

/**
 * @typedef {object} Tool
 * @property {string} id
 * @property {(analysis: any, state: import("../state.js").State) => unknown} control markup of one button or select; "" where this reader may not
 * @property {(place: Element) => (analysis: any, state: import("../state.js").State) => void} [mountPanel] what stands below the row once its `toolButton` is pressed
 */

const askTool = { id: "ask", control: () => html`<a class="button" href="#chat-question">Ask</a>` };

/** In the order of the row. @type {Tool[]} */
const TOOLS = [askTool, roleViewTool, exportTool, shareTool, replayTool, compareTool];

/** @param {Element} root */
export function mountAnalysisTools(root) {
  render(
    root,
    html`<div class="analysis-tools" role="group" aria-label="This analysis"></div>
      ${TOOLS.map(({ id }) => html`<div class="analysis-panel" id="panel-${id}"></div>`)}`,
  );
  const row = root.querySelector(".analysis-tools");
  const panels = TOOLS.map(({ id, mountPanel }) => mountPanel?.(root.querySelector(`#panel-${id}`)));
  return (state) => {
    const analysis = openAnalysis(state);
    root.hidden = !analysis;
    if (!analysis) return;
    const controls = TOOLS.map(({ control }) => control(analysis, state)).filter((markup) => markup !== "");
    row.hidden = !controls.length;
    render(row, html`${controls}`);
    TOOLS.forEach(({ id }, index) => {
      root.querySelector(`#panel-${id}`).hidden = state.tool !== id;
      panels[index]?.(analysis, state);
    });
  };
}

/** The analysis that is read, once it is finished. @param {import("../state.js").State} state */
export function openAnalysis(state) {
  const { data } = load(state, "analysis");
  return state.route.analysis && data?.analysis_id === state.route.analysis && data.status === "done" ? data : null;
}
