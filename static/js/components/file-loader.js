/** Loading a file of events into the shop: choose or drop it, say what its columns are, check it, load it. */

import { emit, html, render } from "../html.js";
import { load, mayAnalyse } from "../state.js";
import { dropZone, takeFiles } from "./drop-zone.js";
import { mountFileColumns } from "./file-columns.js";
import { outcome } from "./file-outcome.js";
import { jobNote, percent } from "./job-note.js";
import { empty } from "./picture.js";

/** @param {Element} root */
export function mountFileLoader(root) {
  render(
    root,
    html`<h2 id="heading-file-loader">Load a file</h2>
      <div class="file-choice"></div>
      <div class="file-notes"></div>
      <div class="file-columns"></div>`,
  );
  const [choice, notes, columns] = ["file-choice", "file-notes", "file-columns"].map((name) => root.querySelector(`.${name}`));
  let state;
  takeFiles(choice, ([file]) => state.work.upload?.status !== "running" && emit(choice, "uploadFile", { file }));
  const update = mountFileColumns(columns, { verb: "loadFile", label: "Load it" });

  return (next) => {
    state = next;
    const analyst = mayAnalyse(state.user);
    const file = analyst && state.route.file;
    render(choice, analyst ? (file ? html`` : chooser(state.work.upload)) : empty("Analysts and owners load files here."));
    render(notes, html`${file ? opened(state) : ""}${jobNote(state.work.load, LOADED)}`);
    update(state);
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
    ${dropZone("file-input", "Drop a file here, or choose one.", { disabled: busy })} ${busy ? receiving(upload) : ""}
    ${upload?.status === "failed" ? html`<div class="notice notice-bad" role="alert" id="upload-failed"><p>${upload.error}</p></div>` : ""}`;
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
