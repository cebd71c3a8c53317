/** An uploaded file whose columns are being mapped: the mapping, a dry run, and loading it by what it says. */

import { mappingOf } from "../data.js";
import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { load, mayAnalyse } from "../state.js";
import { fileMapping } from "./file-mapping.js";
import { outcome } from "./file-outcome.js";
import { jobNote, percent } from "./job-note.js";
import { picture } from "./picture.js";

/**
 * @param {Element} root
 * @param {{verb: string, label: string}} wanted what the last button does
 */
export function mountFileColumns(root, wanted) {
  render(root, html`<form class="file-form" novalidate></form><div class="file-steps"></div>`);
  const [form, steps] = [root.querySelector(".file-form"), root.querySelector(".file-steps")];
  let preview;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
  });
  form.addEventListener("change", () => emit(form, "mapColumns", { mapping: mappingOf(new FormData(form), preview) }));

  return (state) => {
    const file = mayAnalyse(state.user) && state.route.file;
    preview = load(state, "preview").data;
    render(form, file ? picture(load(state, "preview"), "preview", fileMapping) : html``);
    render(steps, file && preview ? actions(state, preview, wanted) : html``);
  };
}

function actions({ work }, preview, { verb, label }) {
  const busy = ["check", "load"].some((name) => work[name]?.status === "running");
  const ready = !Object.keys(preview.missing).length && !preview.problem;
  return html`<p class="settings-buttons">
      <button type="button" class="button" data-verb="checkFile" id="check-file" ${busy || !ready ? "disabled" : ""}>
        Check the whole file
      </button>
      <button type="button" class="button button-first" data-verb="${verb}" id="load-file" ${busy || !ready ? "disabled" : ""}>
        ${label}
      </button>
    </p>
    ${jobNote(work.check, {
      name: "check",
      running: "Reading every row",
      measure: percent,
      done: (result) =>
        result
          ? html`<div class="notice"><p>Nothing was stored: this was a dry run of ${format.count(result.read, "row")}.</p>${outcome(result)}</div>`
          : "",
    })}`;
}
