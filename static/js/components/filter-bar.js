/** The one filter bar: window, filters, noise view. Everything in it is in the URL. */

import { html, render } from "../html.js";
import { clearScope, filtersOf, isScoped, RANGES, routeLink, scopeOf } from "../route.js";
import { isEmptyDataset, load, mayAnalyse, mayRead } from "../state.js";
import { mountBriefPanel } from "./brief-panel.js";
import { scopeSentence } from "./scope-sentence.js";
import { hearSegmentActs, segmentName, segmentPicker } from "./segment-picker.js";
import { valueName } from "./wording.js";

const VISITORS = ["new", "returning"];
const UNSCOPED = ["settings", "journeys", "compare", "data", "members"];

/** @param {Element} root */
export function mountFilterBar(root) {
  const wide = matchMedia("(min-width: 60rem)");
  render(root, html`<div class="filters-place"></div><div class="brief-place"></div><div class="run-place"></div>`);
  const [place, brief, run] = [".filters-place", ".brief-place", ".run-place"].map((name) => root.querySelector(name));
  const updateBrief = mountBriefPanel(brief);
  let latest;
  hearSegmentActs(root, () => latest);
  return (state) => {
    latest = state;
    root.hidden = !isUsed(state);
    const changed = render(place, root.hidden ? html`` : scopeFields(state));
    brief.hidden = !mayAnalyse(state.user);
    updateBrief(state);
    render(run, mayAnalyse(state.user) ? analyse(state) : html``);
    if (changed && wide.matches) root.querySelector("#filters")?.setAttribute("open", "");
  };
}

function isUsed(state) {
  return mayRead(state.user) && state.ticket === null && !isEmptyDataset(state) && !UNSCOPED.includes(state.route.page);
}

function scopeFields(state) {
  const { route } = state;
  return html`<details class="filters" id="filters">
    <summary>${scopeSentence(scopeShown(state), undefined, segmentName(state, filtersOf(route)))}</summary>
    <div class="filters-fields">
      ${route.dataset ? dataset(state) : ""} ${presets(route)} ${days(route)} ${filters(state)} ${segmentPicker(state)}
      <label class="field-inline"
        ><input
          type="checkbox"
          id="view"
          name="view"
          value="all"
          data-change="go"
          ${route.view ? "checked" : ""}
        />
        Include noise</label
      >
      ${isScoped(route) ? html`<button type="button" class="link" data-verb="clearScope" id="clear-scope">Clear</button>` : ""}
    </div>
  </details>`;
}

function scopeShown({ route, today }) {
  const scope = scopeOf(route, today);
  return { ...scope, filters: scope };
}

/** Which log is read, and the way back to the shop. */
function dataset(state) {
  const name = load(state, "dataset").data?.name ?? state.route.dataset;
  const back = routeLink(clearScope(state.route), { dataset: "", session: "", behind: "", analysis: "" });
  return html`<span class="filters-dataset"
    >Log <strong>${name}</strong> <a href="${back}" title="Back to the live shop" aria-label="Back to the live shop">✕</a></span
  >`;
}

function presets(route) {
  const names = { "": "All", 7: "7 d", 28: "28 d", 90: "90 d" };
  const spoken = (range) => (range ? `Last ${range} days` : "All data");
  const link = (range) =>
    html`<a
      href="${routeLink(route, { range })}"
      aria-label="${spoken(range)}"
      title="${spoken(range)}"
      ${range === route.range ? html`aria-current="true"` : ""}
      >${names[range]}</a
    >`;
  return html`<span class="filters-presets" role="group" aria-label="Window">${["", ...RANGES].map(link)}</span>`;
}

/** @param {import("../route.js").Route} route @param {"" | "b_"} [side] */
export function days(route, side = "") {
  const input = (name, label, bound) =>
    html`<input
      type="date"
      id="${side}${name}"
      name="${side}${name}"
      value="${route[`${side}${name}`]}"
      aria-label="${label}"
      data-change="go"
      ${bound}
    />`;
  return html`<span class="field-inline"
    >${input("from", "First day", route[`${side}to`] && html`max="${route[`${side}to`]}"`)} –
    ${input("to", "Last day", route[`${side}from`] && html`min="${route[`${side}from`]}"`)}</span
  >`;
}

/** @param {import("../state.js").State} state @param {"" | "b_"} [side] */
export function filters(state, side = "") {
  const from = state.route[`${side}dataset`] === state.route.dataset ? "" : side; // one dataset knows the values of both
  const known = (name) => load(state, `${from}known_${name}`).data?.result.values ?? [];
  const variants = known("variant");
  const choose = (name, label, values) => choice(state.route, side, name, label, values);
  return [
    choose("device", "Device", known("device")),
    choose("country", "Country", known("country")),
    choose("channel", "Channel", known("channel")),
    choose("visitor", "Visitors", VISITORS),
    variants.some((value) => value !== "unknown") || state.route[`${side}variant`] ? choose("variant", "Variant", variants) : "",
  ];
}

/** A value that came with the URL stays choosable, whatever the data knows. */
function choice(route, side, name, label, values) {
  const chosen = route[`${side}${name}`];
  const all = !chosen || values.includes(chosen) ? values : [...values, chosen];
  return html`<label class="field-inline"
    ><span class="unseen">${label}</span>
    <select id="${side}${name}" name="${side}${name}" data-change="go" class="${chosen ? "is-set" : ""}">
      <option value="">${label}</option>
      ${all.map((value) => html`<option value="${value}" ${value === chosen ? "selected" : ""}>${valueName(name, value)}</option>`)}
    </select></label
  >`;
}

function analyse({ run }) {
  const running = run.status === "running";
  return html`<button
    type="button"
    class="button button-first"
    data-verb="analyse"
    id="analyse"
    ${running ? "disabled" : ""}
  >
    ${running ? "Analysing …" : "Run Analysis"}
  </button>`;
}
