/** Loading a file of events: choose or drop it, say what its columns are, check it, load it. */

import { emit, html, render } from "../html.js";
import { load, mayAnalyse } from "../state.js";
import { mappingOf } from "../data.js";
import { format } from "../format.js";
import { fileMapping } from "./file-mapping.js";
import { outcome } from "./file-outcome.js";
import { jobNote, percent } from "./job-note.js";
import { empty, picture } from "./picture.js";

/** @param {Element} root */
export function mountFileLoader(root) {
  render(
    root,
    html`<h2 id="heading-file-loader">Load a file</h2>
      <div class="file-choice"></div>
      <div class="file-notes"></div>
      <form class="file-form" novalidate></form>
      <div class="file-steps"></div>`,
  );
  const [choice, notes, form, steps] = ["file-choice", "file-notes", "file-form", "file-steps"].map((name) =>
    root.querySelector(`.${name}`),
  );
  let state;
  const preview = () => load(state, "preview").data;
  listenForFiles(choice, () => state.work.upload?.status === "running");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => emit(form, "mapColumns", { mapping: mappingOf(new FormData(form), preview()) }));

  return (next) => {
    state = next;
    const analyst = mayAnalyse(state.user);
    const file = analyst && state.route.file;
    render(choice, analyst ? (file ? html`` : chooser(state.work.upload)) : empty("Analysts and owners load files here."));
    render(notes, html`${file ? opened(state) : ""}${jobNote(state.work.load, LOADED)}`);
    render(form, file ? picture(load(state, "preview"), "preview", fileMapping) : html``);
    render(steps, file && preview() ? actions(state, preview()) : html``);
  };
}

const LOADED = {
  name: "load",
  running: "Loading the file",
  measure: percent,
  done: (result) => html`<div class="notice notice-good"><p>The file is loaded, and the numbers have followed.</p>${result ? outcome(result) : ""}</div>`,
};

function chooser(upload) {
  const busy = upload?.status === "running";
  return html`<p>
      Events as NDJSON, JSON or CSV, also gzipped. Nothing is stored before you have seen how it would be read, and what is
      loaded can be taken back.
    </p>
    <div class="drop" id="drop">
      <p>
        <label class="button button-first" for="file-input" ${busy ? html`aria-disabled="true"` : ""}>Choose a file</label>
        <input type="file" id="file-input" class="unseen" ${busy ? "disabled" : ""} />
        <span class="soft">or drop one here</span>
      </p>
      ${busy ? receiving(upload) : ""}
      ${upload?.status === "failed" ? html`<div class="notice notice-bad" role="alert" id="upload-failed"><p>${upload.error}</p></div>` : ""}
    </div>`;
}

function receiving({ done, total }) {
  return html`<p role="status">
      <label for="upload-progress">Sending … ${total ? percent(done, total) : ""}</label>
    </p>
    <progress id="upload-progress" ${total ? html`max="${total}" value="${done}"` : ""}></progress>`;
}

function opened(state) {
  const held = load(state, "file").data;
  if (!held) return "";
  return html`<p>
    <strong>${held.name}</strong> <span class="soft">${held.format}</span>
    <button type="button" class="link" data-verb="discardFile" data-file="${held.import_id}" id="discard">Discard</button>
    <button type="button" class="link" data-verb="openFile" data-file="" id="file-later">Do this later</button>
  </p>`;
}

function actions({ work }, preview) {
  const busy = ["check", "load"].some((name) => work[name]?.status === "running");
  const ready = !Object.keys(preview.missing).length && !preview.problem;
  return html`<p class="settings-buttons">
      <button type="button" class="button" data-verb="checkFile" id="check-file" ${busy || !ready ? "disabled" : ""}>
        Check the whole file
      </button>
      <button type="button" class="button button-first" data-verb="loadFile" id="load-file" ${busy || !ready ? "disabled" : ""}>
        Load it
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

/** A file chosen or dropped anywhere in the box. */
function listenForFiles(box, busy) {
  const take = (file) => file && !busy() && emit(box, "uploadFile", { file });
  const over = (event, on) => {
    event.preventDefault();
    box.querySelector(".drop")?.classList.toggle("drop-over", on);
  };
  box.addEventListener("change", ({ target }) => {
    take(target.files?.[0]);
    target.value = "";
  });
  box.addEventListener("dragover", (event) => over(event, true));
  box.addEventListener("dragleave", (event) => over(event, false));
  box.addEventListener("drop", (event) => {
    over(event, false);
    take(event.dataTransfer.files[0]);
  });
}
