/** Insights: make an analysis, watch it, read it, find the earlier ones. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { arrangementOf, roleViewOf } from "../role-views.js";
import { routeLink } from "../route.js";
import { load, mayAnalyse, timeZone } from "../state.js";
import { mountAnalysisTools } from "./analysis-tools.js";
import { drawCharts } from "./chart.js";
import { mountChatPanel } from "./chat-panel.js";
import { dataTable } from "./data-table.js";
import { empty, picture } from "./picture.js";
import { productList, productSection } from "./products.js";
import { remarks, renderKeepingTyped, takeRemarks } from "./remarks.js";
import { report, scopes } from "./report.js";
import { segmentName } from "./segment-picker.js";
import { wording } from "./wording.js";

const ASKING = "asking_the_model";

/** @param {Element} root */
export function mountInsightsPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Insights</h1>
      <div class="run" aria-live="polite"></div>
      <div class="insights">
        <div class="insights-open">
          <div class="insights-tools"></div>
          <div class="insights-report"></div>
        </div>
        <div class="insights-beside">
          <div class="insights-chat"></div>
          <aside class="insights-saved" aria-labelledby="heading-saved"></aside>
        </div>
      </div>`,
  );
  const [run, open, saved] = ["run", "insights-report", "insights-saved"].map((name) => root.querySelector(`.${name}`));
  const tools = mountAnalysisTools(root.querySelector(".insights-tools"));
  const chat = mountChatPanel(root.querySelector(".insights-chat"));
  let charts = {};
  takeRemarks(open);
  open.addEventListener("toggle", () => drawCharts(open, charts), true);
  return (state) => {
    render(run, progress(state.run));
    tools(state);
    chat(state);
    renderKeepingTyped(
      open,
      state.route.analysis
        ? picture(load(state, "analysis"), "analysis", (analysis) => report(analysis, reading(analysis, state)))
        : html`${invitation(state)}${picture(load(state, "recommendations"), "recommendations", featured)}`,
    );
    charts = load(state, "analysis").data?.charts ?? {};
    drawCharts(open, charts);
    render(
      saved,
      html`<h2 id="heading-saved">Saved analyses</h2>
        ${picture(load(state, "analyses"), "analyses", (page) => list(page, state))}`,
    );
  };
}

/** As this reader reads it. */
function reading(analysis, state) {
  const views = load(state, "roleViews").data?.items;
  const arrangement = arrangementOf(views, roleViewOf(state), analysis.report);
  const segment = segmentName(state, analysis.scope.filters);
  return { timeZone: timeZone(state), segment, arrangement, remarks: remarks(state) };
}

/** The latest saved recommendations, or those of this moment. */
export function featured({ user_id, source, items, why_empty }) {
  return productSection(user_id ? "Recommended for you" : "Products to feature", source, productList(items, why_empty));
}

/** @param {import("../state.js").Job} job */
function progress(job) {
  if (job.status === "failed")
    return html`<div class="notice notice-bad" role="alert"><p>The analysis failed. ${job.error}</p></div>`;
  if (job.status !== "running") return html``;
  return html`<div class="notice run-progress">
    <p>
      <label for="run-progress"
        >${job.stage ? wording(job.stage) : "Starting"} …
        ${job.heard && job.stage === ASKING ? format.count(job.heard, "character") : job.total ? `${format.number(job.done)} of ${format.number(job.total)}` : ""}</label
      >
    </p>
    <progress id="run-progress" ${job.total ? html`max="${job.total}" value="${job.done}"` : ""}></progress>
    ${job.id ? html`<p><button type="button" class="button" data-verb="cancelAnalysis" id="cancel">Cancel</button></p>` : ""}
  </div>`;
}

function invitation({ user, run }) {
  if (run.status === "running") return html``;
  if (!mayAnalyse(user))
    return empty("Choose a saved analysis to read it.", "An analyst or the owner can make new ones.");
  return html`<div class="picture-empty">
    <p>
      An analysis measures everything in the chosen window and says what stands out, with the facts under every
      sentence.
    </p>
    <p><button type="button" class="button button-first" data-verb="analyse" id="analyse-here">Run Analysis</button></p>
  </div>`;
}

function list(page, state) {
  if (!page.items.length) return html`<p class="soft">None yet.</p>`;
  const columns = [
    { title: "Made", cell: (item) => link(item, state.route) },
    { title: "Scope", words: true, cell: (item) => scopes(item, timeZone(state), segmentName(state, item.scope.filters)) },
    { title: "Status", words: true, cell: (item) => wording(item.status) },
  ];
  return html`${dataTable("Analyses, latest first", columns, page.items)}
  ${page.next ? html`<p><button type="button" class="button" data-verb="more" data-slot="analyses" id="more-analyses">Show more</button></p>` : ""}`;
}

function link({ analysis_id, created_at }, route) {
  const current = route.analysis === analysis_id ? html`aria-current="true"` : "";
  return html`<a class="nowrap" href="${routeLink(route, { analysis: analysis_id })}" ${current}
    >${format.moment(created_at)}</a
  >`;
}
