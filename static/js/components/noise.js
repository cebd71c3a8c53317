/** Noise by reason: counted, tagged, given back; deleted by the owner, who types how much. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { load, mayAnalyse } from "../state.js";
import { dataTable } from "./data-table.js";
import { jobNote } from "./job-note.js";
import { empty, picture } from "./picture.js";
import { wording } from "./wording.js";

/** @param {Element} root */
export function mountNoise(root) {
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const { confirm, reason } = Object.fromEntries(new FormData(event.target));
    emit(root, "deleteNoise", { body: { confirm, ...(reason && { reason }) } });
  });
  return (state) =>
    render(
      root,
      html`<h2 id="heading-noise">Noise</h2>
        ${mayAnalyse(state.user) ? picture(load(state, "noise"), "noise", (data) => body(data, state)) : empty("Analysts and owners clean here.")}`,
    );
}

function body({ reasons, statistics }, { user, work }) {
  const busy = work.noise?.status === "running" ? "disabled" : "";
  const rows = statistics?.reasons ?? reasons.map(({ name, rule }) => ({ reason: name, rule, untagged: null, tagged: null }));
  return html`<p>
      Tagged events stay stored and are left out of the numbers; tags can be taken off again. What is not tagged is never
      deleted.
    </p>
    ${dataTable(caption(statistics), columns(user, busy), rows)}
    <p class="settings-buttons">
      <button type="button" class="button" data-verb="countNoise" id="count-noise" ${busy}>Count now</button>
      <button type="button" class="button" data-verb="tagNoise" id="tag-noise" ${busy || !statistics?.untagged ? "disabled" : ""}>
        Tag all${statistics?.untagged ? ` ${format.number(statistics.untagged)}` : ""}
      </button>
    </p>
    ${jobNote(work.noise, NOTE)}
    ${user.role === "owner" && statistics?.tagged ? deletion(statistics, busy) : ""}`;
}

const NOTE = {
  name: "noise",
  running: "Working on the noise",
  measure: (done, total) => `${format.number(done)} of ${format.number(total)} events`,
  done: (result) => html`<p class="notice notice-good">Done${result?.statistics ? `: ${format.count(result.events, "event")} changed` : ""}.</p>`,
};

function caption(statistics) {
  if (!statistics) return "Why an event is noise; not counted yet";
  return `Why an event is noise; counted ${format.moment(statistics.at)} among ${format.count(statistics.events, "event")}`;
}

function columns(user, busy) {
  return [
    { title: "Reason", cell: ({ reason, rule }) => html`${wording(reason)} <span class="noise-rule soft">${rule}</span>` },
    { title: "Not tagged", cell: ({ untagged }) => format.number(untagged) },
    { title: "Tagged", cell: ({ tagged }) => format.number(tagged) },
    {
      title: html`<span class="unseen">What can be done</span>`,
      words: true,
      cell: ({ reason, tagged }) =>
        tagged
          ? html`<button type="button" class="link" data-verb="untagNoise" data-reason="${reason}" id="untag-${reason}" ${busy}>Take tags off</button>`
          : "",
    },
  ];
}

function deletion({ reasons, tagged }, busy) {
  const choices = reasons.filter((one) => one.tagged);
  return html`<details class="as-table" id="delete-noise">
    <summary>Delete tagged events for good</summary>
    <form class="settings-form">
      <p class="field">
        <label for="delete-reason">Which</label>
        <select id="delete-reason" name="reason">
          <option value="">All that are tagged (${format.number(tagged)})</option>
          ${choices.map((one) => html`<option value="${one.reason}">${wording(one.reason)} (${format.number(one.tagged)})</option>`)}
        </select>
      </p>
      <p class="field">
        <label for="delete-confirm">Type “delete” and how many events that are</label>
        <input id="delete-confirm" name="confirm" autocomplete="off" placeholder="delete ${tagged}" />
        <span class="field-hint">This cannot be undone. The sessions and days they were in are computed anew.</span>
      </p>
      <p><button class="button" id="delete-really" ${busy}>Delete</button></p>
    </form>
  </details>`;
}
