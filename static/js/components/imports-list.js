/** Files that were loaded: by whom, what became of them, and taking one back. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { load, mayAnalyse } from "../state.js";
import { size } from "./data-state.js";
import { dataTable } from "./data-table.js";
import { jobNote, percent } from "./job-note.js";
import { empty, picture } from "./picture.js";

/** @param {Element} root */
export function mountImportsList(root) {
  return (state) =>
    render(
      root,
      html`<h2 id="heading-imports-list">Loaded files</h2>
        ${failedAct(load(state, "discard"))}${jobNote(state.work.undo, UNDO)}
        ${picture(load(state, "imports"), "imports", (data) => body(data, state))}`,
    );
}

const UNDO = {
  name: "undo",
  running: "Taking the file back",
  measure: percent,
  done: (result) => html`<p class="notice notice-good">Taken back${result ? html`: ${taken(result)}` : ""}. The numbers have followed.</p>`,
};

function failedAct({ status, error }) {
  return status === "error" ? html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>` : "";
}

function body({ items, next }, state) {
  if (!items.length) return empty("No file has been loaded yet, neither here nor by ingest.py.");
  return html`${dataTable("Files, latest first", columns(state), items)}
    ${next ? html`<p><button type="button" class="button" data-verb="more" data-slot="imports" id="more-imports">Show more</button></p>` : ""}`;
}

function columns(state) {
  return [
    { title: "File", cell: ({ name, bytes, format: kind }) => html`${name} <span class="soft">${[kind, bytes === null ? "" : size(bytes)].filter(Boolean).join(", ")}</span>` },
    { title: "Since", words: true, cell: ({ created_at }) => format.moment(created_at) },
    { title: "By", words: true, cell: ({ created_by, via }) => created_by ?? (via === "script" ? "ingest.py" : "") },
    { title: "Its events", cell: ({ events }) => (events === null ? "" : format.number(events)) },
    { title: "There already", cell: ({ duplicates, read }) => (read ? format.number(duplicates) : "") },
    { title: "Refused", cell: ({ refused, read }) => (read ? format.number(sum(refused)) : "") },
    { title: "State", words: true, cell: standing },
    ...(mayAnalyse(state.user) ? [{ title: html`<span class="unseen">What can be done</span>`, words: true, cell: (held) => acts(held, state) }] : []),
  ];
}

function sum(counts) {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function standing(held) {
  const { state, fault, error } = held;
  const words = {
    uploaded: "waits to be loaded",
    loading: html`loading ${progress(held)}`,
    loaded: `loaded${fault ? `. ${fault}` : ""}`,
    undoing: html`being taken back ${progress(held)}`,
    undone: html`taken back: ${taken(held)}`,
    interrupted: html`<strong>interrupted</strong>${error ? `: ${error}` : ""}`,
  };
  return words[state];
}

function progress({ progress: far }) {
  return far?.total ? percent(far.done, far.total) : (far?.stage ?? "");
}

function taken({ deleted, kept }) {
  const stayed = kept ? `; ${format.number(kept)} stay, as they also came another way` : "";
  return `${format.count(deleted ?? 0, "event")} deleted${stayed}`;
}

function acts(held, { user, route }) {
  const { import_id, name, state, waiting, created_by } = held;
  const mine = user.role === "owner" || created_by === user.username;
  const readable = waiting && ["uploaded", "interrupted"].includes(state) && route.file !== import_id;
  const undoable = mine && ["loaded", "interrupted"].includes(state);
  return html`${readable ? html`<button type="button" class="link" data-verb="openFile" data-file="${import_id}" id="open-${import_id}">${state === "uploaded" ? "Go on" : "Load again"}</button> ` : ""}
    ${mine && state === "uploaded" ? html`<button type="button" class="link" data-verb="discardFile" data-file="${import_id}" id="drop-${import_id}">Discard</button>` : ""}
    ${undoable ? undo(import_id, name, held.events) : ""}`;
}

function undo(id, name, events) {
  return html`<button type="button" class="link" popovertarget="confirm-${id}" id="undo-${id}">Undo</button>
    <div class="definition" id="confirm-${id}" popover role="dialog" aria-label="Take ${name} back">
      <p>
        ${events === null ? "What this file brought" : `The ${format.count(events, "event")} of this file`} will be deleted and the
        numbers follow. Events that also came another way stay.
      </p>
      <p><button type="button" class="button" data-verb="undoImport" data-file="${id}" id="undo-really-${id}">Take it back</button></p>
    </div>`;
}
