/** What a share link shows: one analysis, read-only, to anybody who holds the link. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { arrangementOf, roleViewOf } from "../role-views.js";
import { load } from "../state.js";
import { drawCharts } from "./chart.js";
import { failed, waiting } from "./picture.js";
import { readOnlyRemarks } from "./remarks.js";
import { report } from "./report.js";

const FORMATS = [
  ["pdf", "PDF"],
  ["md", "Markdown"],
];

/** @param {Element} root */
export function mountSharedPage(root) {
  let charts = {};
  root.addEventListener("toggle", () => drawCharts(root, charts), true);
  return (state) => {
    const { data, error } = load(state, "shared");
    render(root, data ? shown(data, state) : error ? refused(error) : html`<h1 tabindex="-1">Shared analysis</h1>${waiting()}`);
    charts = data?.charts ?? {};
    drawCharts(root, charts);
  };
}

function shown(analysis, state) {
  const arrangement = arrangementOf(load(state, "roleViews").data?.items, roleViewOf(state), analysis.report);
  const remarks = readOnlyRemarks(analysis.comments ?? []);
  return html`<h1 tabindex="-1">${title(analysis)}</h1>
    <p class="soft shared-note">
      Shared to be read, until ${format.moment(analysis.expires_at)}.
      ${FORMATS.map(([name, title]) => html`<a href="${exportOf(state, name)}" download>${title}</a> `)}
    </p>
    ${report(analysis, { timeZone: analysis.time_zone, arrangement, remarks })}`;
}

function title({ scope, against }) {
  const named = ({ dataset_name: name }) => (name ? html`<bdi>${name}</bdi>` : "the shop");
  if (against && scope.dataset_name === against.dataset_name) return html`Comparison within ${named(scope)}`;
  if (against) return html`Comparison of ${named(scope)} and ${named(against)}`;
  return scope.dataset_name ? html`Journey log ${named(scope)}` : "Shop analysis";
}

function exportOf(state, name) {
  const query = new URLSearchParams({ format: name, ...(roleViewOf(state) && { role_view: roleViewOf(state) }) });
  return `/api/shared/${state.ticket.token}/export?${query}`;
}

/** @param {{message: string, code: string}} error */
function refused(error) {
  if (error.code !== "share_unknown") return html`<h1 tabindex="-1">Not to be read right now</h1>${failed(error, "shared")}`;
  return html`<h1 tabindex="-1">Nothing to read here</h1>
    <div class="notice" role="alert">
      <p>${error.message}</p>
      <p>It has expired, was revoked, or is not complete. Ask whoever sent it for a new one.</p>
    </div>`;
}
