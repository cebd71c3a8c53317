/** Uploaded journey logs: send them, see what became of them, open one. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { changeRoute, clearScope, routeLink } from "../route.js";
import { load, mayAnalyse } from "../state.js";
import { confirmed } from "./confirm.js";
import { dataTable } from "./data-table.js";
import { dropZone, takeFiles } from "./drop-zone.js";
import { mountFileColumns } from "./file-columns.js";
import { logReport, told } from "./log-report.js";
import { failed, picture } from "./picture.js";
import { wording } from "./wording.js";

const ACCEPT = ".json,.ndjson,.jsonl,.csv,.tsv,.gz";

/** @param {Element} root */
export function mountJourneysPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Journey logs</h1>
      <div class="journeys-upload"></div>
      <div class="journeys-sent" aria-live="polite"></div>
      <div class="journeys-table"></div>
      <div class="journeys-columns"></div>
      <div class="journeys-list"></div>
      <div class="journeys-log"></div>`,
  );
  const place = (name) => root.querySelector(`.journeys-${name}`);
  takeFiles(root, (files, id) =>
    emit(root, "uploadLogs", {
      files,
      dataset: id.startsWith("add-to-") ? id.slice("add-to-".length) : "",
      dry: id === "upload-logs" && root.querySelector("#only-check").checked,
    }),
  );
  const columns = mountFileColumns(place("columns"), { verb: "loadTable", label: "Load it as a journey log" });
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const { dataset, name } = Object.fromEntries(new FormData(event.target));
    if (!dataset) return;
    emit(root, "renameDataset", { dataset, name });
  });
  root.addEventListener("click", async ({ target }) => {
    const { deleteLog, name } = target.dataset;
    if (deleteLog && (await confirmed(deleting(name)))) emit(root, "deleteDataset", { patch: { dataset: deleteLog } });
  });
  return (state) => {
    render(place("upload"), mayAnalyse(state.user) ? invitation() : readOnly());
    render(place("sent"), html`${state.uploads.map((upload) => sending(upload, state.route))}`);
    render(place("table"), state.route.file && mayAnalyse(state.user) ? table(load(state, "file").data) : html``);
    columns(state);
    render(place("list"), list(state));
    const { log } = state.route;
    render(place("log"), log ? picture(load(state, "log"), "log", (found) => logReport(found, state)) : html``);
  };
}

function invitation() {
  return html`<p class="standfirst">
      A log of customer journeys becomes a dataset of its own, measured and explained like the live shop.
    </p>
    ${dropZone("upload-logs", "Drop logs here, or choose them: sessions or events, as JSON, NDJSON or CSV, gzipped or not.", { accept: ACCEPT, several: true })}
    <label class="field-inline"><input type="checkbox" id="only-check" /> Only check it: read it, store nothing</label>`;
}

/** @param {{import_id: string, name: string} | undefined} held the table whose columns are being mapped */
function table(held) {
  if (!held) return html``;
  return html`<h2>${held.name}</h2>
    <p>
      Say what its columns are, and it becomes a journey log of its own.
      <button type="button" class="link" data-verb="discardFile" data-file="${held.import_id}" id="discard">Discard</button>
    </p>`;
}

function deleting(name) {
  return { title: `Delete ${name}?`, text: "Its sessions and analyses go with it. This cannot be undone.", button: "Delete" };
}

function readOnly() {
  return html`<p class="soft">An analyst or the owner can upload logs; you can read those that are there.</p>`;
}

/** @param {import("../state.js").Upload} upload */
function sending(upload, route) {
  const { id, name, status } = upload;
  return html`<div class="notice ${TONES[status] ?? ""}" ${status === "failed" ? html`role="alert"` : ""}>
    <p><label for="upload-${id}">${name}: ${SAID[status](upload, route)}</label></p>
    ${status === "sending" || status === "loading" ? bar(upload) : ""}
    ${status === "checked" ? told(upload.report, `check-${id}`, "to store") : ""}
  </div>`;
}

const TONES = { failed: "notice-bad", done: "notice-good", checked: "notice-good" };

const SAID = {
  sending: ({ sent, size }) => `sending ${format.bytes(sent)} of ${format.bytes(size)} …`,
  loading: ({ stage }) => `${stage ? wording(stage) : "Waiting"} …`,
  done: ({ dataset, analysis }, route) =>
    html`loaded. <a href="${opened(route, dataset)}">Open its numbers</a>${analysis ? html` or <a href="${opened(route, dataset, analysis)}">read what stands out</a>` : ""}.`,
  known: ({ id, dataset }, route) =>
    html`is there already, with the same content. <a href="${opened(route, dataset)}">Open it</a> or
      <button type="button" class="link" data-verb="uploadAgain" data-upload="${id}" id="again-${id}">
        load it as a new version</button
      >.`,
  checked: () => "checked; nothing was stored.",
  mapping: () => "its columns are not clear yet; say below what they are.",
  failed: ({ error }) => error,
};

function bar({ id, status, sent, size, done, total }) {
  const [value, max] = status === "sending" ? [sent, size] : [done, total];
  return html`<progress id="upload-${id}" ${max ? html`max="${max}" value="${value}"` : ""}></progress>`;
}

/** The summary of a dataset, or an analysis of it, without the filters of the one before. */
function opened(route, dataset, analysis = "") {
  const page = analysis ? "insights" : "summary";
  return routeLink(clearScope(route), { page, dataset, analysis, log: "", session: "", behind: "" });
}

/** A later version beside the one before; any other log beside the shop. */
function comparedWith({ dataset_id: id, version_of: older }, route) {
  return routeLink(clearScope(route), { page: "compare", dataset: older ?? "", b_dataset: id, log: "", session: "", behind: "" });
}

function list(state) {
  const changed = load(state, "logChange");
  return html`${changed.status === "error" ? failed(changed.error, "datasets") : ""}
  ${picture(load(state, "datasets"), "datasets", ({ items }) => (items.length ? logs(items, state) : nothing()))}`;
}

function nothing() {
  return html`<p class="picture-empty">No log has been uploaded yet.</p>`;
}

function logs(items, state) {
  return dataTable(
    `Uploaded logs, latest first`,
    [
      { title: "Log", cell: (item) => link(item, state.route) },
      { title: "Sessions", cell: (item) => format.number(sessionsOf(item)) },
      { title: "Events", cell: (item) => format.number(sum(item, "events")) },
      { title: "Refused", cell: (item) => format.number(refusedOf(item)) },
      { title: "State", words: true, cell: stateOf },
      { title: "Uploaded", cell: (item) => format.moment(item.created_at) },
      { title: "By", words: true, cell: (item) => item.created_by },
      { title: "", words: true, cell: (item) => (item.status === "ready" ? html`<a href="${opened(state.route, item.dataset_id)}">Numbers</a> <a href="${comparedWith(item, state.route)}">Compare</a>${item.analysis_id ? html` <a href="${opened(state.route, item.dataset_id, item.analysis_id)}">Insights</a>` : ""}` : "") },
    ],
    items,
  );
}

function link({ dataset_id, name }, route) {
  const current = route.log === dataset_id ? html`aria-current="true"` : "";
  return html`<a href="${routeLink(changeRoute(route, {}), { log: dataset_id })}" ${current}>${name}</a>`;
}

function stateOf({ status, interrupted, error, version_of: older }) {
  if (interrupted) return "interrupted: what was stored is taken back within a minute";
  const version = older ? ", a later version" : "";
  return `${status}${version}${error && status !== "failed" ? "; the last file was refused" : ""}`;
}

const reports = ({ files }) => files.map(({ report }) => report).filter(Boolean);

/** Sessions of the dataset as the last file left it. */
function sessionsOf(item) {
  return reports(item).at(-1)?.sessions ?? null;
}

function sum(item, field) {
  const found = reports(item);
  return found.length ? found.reduce((total, report) => total + report[field], 0) : null;
}

function refusedOf(item) {
  const found = reports(item);
  if (!found.length) return null;
  return found.flatMap(({ refused }) => Object.values(refused)).reduce((total, n) => total + n, 0);
}
