/** "Replay": the open analysis measured again, and what of it has changed. */

import { onSide, sideOfScope } from "../compare.js";
import { dayIn, format } from "../format.js";
import { html, render } from "../html.js";
import { routeLink } from "../route.js";
import { load, timeZone } from "../state.js";
import { dataTable } from "./data-table.js";
import { failed, waiting } from "./picture.js";
import { value } from "./report.js";
import { toolButton } from "./tool-button.js";

const FATES = { changed: "", new: "new", gone: "gone" };

export const replayTool = {
  id: "replay",
  control: (analysis, state) => toolButton(state, "replay", "Replay"),
  mountPanel,
};

/** The Compare page with the scope of the open analysis as side A. */
export const compareTool = {
  id: "compare",
  control(analysis, state) {
    const dayOf = (moment) => dayIn(moment, timeZone(state));
    const b = analysis.against ? sideOfScope(analysis.against, dayOf) : {};
    const patch = { ...sideOfScope(analysis.scope, dayOf), ...onSide("b_", b) };
    return html`<a class="button" id="tool-compare" href="${routeLink(state.route, { ...patch, page: "compare", analysis: "", segment: "" })}">Compare</a>`;
  },
};

/** @param {Element} root */
function mountPanel(root) {
  return (analysis, state) => {
    const held = load(state, `replay-${analysis.analysis_id}`);
    const isRunning = held.status === "loading";
    render(
      root,
      html`<p>The same selection is measured again as of now, and what differs is shown. Nothing of this analysis is overwritten.</p>
        <p><button type="button" class="button" data-verb="replay" id="replay-now" ${isRunning ? "disabled" : ""}>Measure again</button></p>
        <div aria-live="polite">${found(held)}</div>`,
    );
  };
}

function found(held) {
  if (held.status === "loading") return waiting("Measuring");
  if (held.status === "error") return failed(held.error, "replay", "replay");
  return held.data ? told(held.data) : "";
}

function told({ same, facts, why, at, watermark }) {
  const columns = [
    { title: "Fact", cell: ({ label, fate }) => html`${label}${FATES[fate] ? html` <span class="badge">${FATES[fate]}</span>` : ""}` },
    { title: "Then", cell: (fact) => shown(fact, fact.old) },
    { title: "Now", cell: (fact) => shown(fact, fact.new) },
  ];
  return html`<p>
      As of ${format.moment(at)}: ${format.count(same, "fact")} as then, ${format.number(facts.length)} not. Data version
      ${format.number(watermark.then)} then, ${format.number(watermark.now)} now.
    </p>
    <ul class="replay-why">${why.map(({ text }) => html`<li>${text}</li>`)}</ul>
    ${facts.length ? dataTable("Facts then and now", columns, facts) : ""}`;
}

function shown({ unit }, found) {
  return found === null ? format.number(null) : value({ unit, value: found });
}
