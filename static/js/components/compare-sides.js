/** The two sides of a comparison: dataset, days, filters and saved segment of each, all of it in the address. */

import { onSide, presets, sideB, swapped } from "../compare.js";
import { html } from "../html.js";
import { filtersOf, NO_FILTERS, RANGES, routeLink } from "../route.js";
import { segmentFor } from "../segments.js";
import { load } from "../state.js";
import { days, filters } from "./filter-bar.js";

const NO_SCOPE = { ...NO_FILTERS, range: "", from: "", to: "", view: "", dataset: "" };
const SIDES = [
  { letter: "A", prefix: "", of: (route) => route },
  { letter: "B", prefix: "b_", of: sideB },
];

/** @param {import("../state.js").State} state */
export function compareSides(state) {
  return html`<div class="compare-sides">${SIDES.map((side) => fields(side, state))}</div>
    <p class="compare-presets">
      ${presets(state.route, state.today, datasets(state)).map(({ id, title, patch }) => html`<a href="${routeLink(state.route, patch)}" id="preset-${id}">${title}</a>`)}
      <a href="${routeLink(state.route, swapped(state.route))}" id="swap">Swap A and B</a>
    </p>`;
}

function fields({ letter, prefix, of }, state) {
  const route = of(state.route);
  const isSet = Object.keys(NO_SCOPE).some((name) => route[name]);
  const cleared = { ...onSide(prefix, NO_SCOPE), ...(prefix ? {} : { segment: "" }) };
  return html`<fieldset class="compare-side compare-side-${letter.toLowerCase()}">
    <legend>Side ${letter}</legend>
    <div class="filters-fields">
      ${dataset(prefix, route.dataset, state)} ${window(prefix, route.range)} ${days(state.route, prefix)} ${filters(state, prefix)} ${segments(prefix, route, state)}
      <label class="field-inline"
        ><input type="checkbox" id="${prefix}view" name="${prefix}view" value="all" data-change="go" ${route.view ? "checked" : ""} /> Include
        noise</label
      >
      ${isSet ? html`<a href="${routeLink(state.route, cleared)}" id="clear-${letter.toLowerCase()}">Clear</a>` : ""}
    </div>
  </fieldset>`;
}

function window(prefix, chosen) {
  const words = { "": "All days", ...Object.fromEntries(RANGES.map((range) => [range, `Last ${range} days`])), ...(chosen === "custom" ? { custom: "From – to" } : {}) };
  return html`<label class="field-inline"
    ><span class="unseen">Window</span>
    <select id="${prefix}range" name="${prefix}range" data-change="go" class="${chosen ? "is-set" : ""}">
      ${["", ...RANGES, "custom"].filter((range) => range in words).map((range) => html`<option value="${range}" ${range === chosen ? "selected" : ""}>${words[range]}</option>`)}
    </select></label
  >`;
}

function datasets(state) {
  return (load(state, "datasets").data?.items ?? []).filter(({ status }) => status === "ready");
}

/** A dataset that came with the address stays chosen, whatever the list holds. */
function dataset(prefix, chosen, state) {
  const known = datasets(state).map(({ dataset_id: id, name, version_of: older }) => [id, older ? `${name}, later version` : name]);
  const all = !chosen || known.some(([id]) => id === chosen) ? known : [...known, [chosen, chosen]];
  return html`<label class="field-inline"
    ><span class="unseen">Dataset</span>
    <select id="${prefix}dataset" name="${prefix}dataset" data-change="go" class="${chosen ? "is-set" : ""}">
      <option value="">The shop</option>
      ${all.map(([id, name]) => html`<option value="${id}" ${id === chosen ? "selected" : ""}>${name}</option>`)}
    </select></label
  >`;
}

function segments(prefix, route, state) {
  const saved = load(state, "savedSegments").data?.items ?? [];
  const chosen = segmentFor(saved, filtersOf(route));
  if (!saved.length) return "";
  return html`<label class="field-inline"
    ><span class="unseen">Segment</span>
    <select id="${prefix}segment" name="${prefix}segment" data-change="chooseSideSegment" class="${chosen ? "is-set" : ""}">
      <option value="">Segment</option>
      ${saved.map(({ segment_id: id, name }) => html`<option value="${id}" ${id === chosen?.segment_id ? "selected" : ""}>${name}</option>`)}
    </select></label
  >`;
}
