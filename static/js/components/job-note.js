/** Work the server does: how far it is, how it ended. */

import { format } from "../format.js";
import { html } from "../html.js";

/**
 * @param {import("../state.js").Job & {result?: any}} job
 * @param {object} words
 * @param {string} words.name in `state.work`
 * @param {string} words.running what is being done
 * @param {(result: any) => unknown} words.done
 * @param {(done: number, total: number) => string} [words.measure]
 * @param {boolean} [words.stoppable]
 */
export function jobNote(job, { name, running, done, measure, stoppable = true }) {
  if (!job || job.status === "idle") return "";
  if (job.status === "failed") return html`<div class="notice notice-bad" role="alert" id="${name}-failed"><p>${job.error}</p></div>`;
  if (job.status === "done") return html`<div id="${name}-done" role="status">${done(job.result)}</div>`;
  const stage = job.stage ? `${running}, ${job.stage}` : running;
  return html`<div class="job-note" id="${name}-running">
    <p role="status">
      <label for="${name}-progress">${stage} …${measure && job.total ? ` ${measure(job.done, job.total)}` : ""}</label>
    </p>
    <progress
      id="${name}-progress"
      ${job.total ? html`max="${job.total}" value="${Math.min(job.done, job.total)}"` : ""}
    ></progress>
    ${stoppable && job.id ? html`<button type="button" class="link" data-verb="cancelWork" data-slot="${name}" id="${name}-cancel">Stop</button>` : ""}
  </div>`;
}

/** "42 %" */
export function percent(done, total) {
  return format.share(Math.min(done / total, 1));
}
