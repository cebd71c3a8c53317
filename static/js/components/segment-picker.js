/** The saved segments in the filter bar: choose one, save what is selected, rename, change, delete. */

import { emit, html } from "../html.js";
import { filtersOf } from "../route.js";
import { segmentFor, segmentOf } from "../segments.js";
import { load, mayAnalyse, mayOwn } from "../state.js";
import { confirmed } from "./confirm.js";
import { askedName } from "./name-dialog.js";
import { filterWords } from "./scope-sentence.js";

const saved = (state) => load(state, "savedSegments").data?.items ?? [];
const inView = (state) => segmentFor(saved(state), filtersOf(state.route), state.route.segment);

/** The name of the saved segment that a scope's filters are, if any. @param {import("../state.js").State} state */
export function segmentName(state, filters = {}) {
  return Object.keys(filters).length ? (segmentFor(saved(state), filters, state.route.segment)?.name ?? "") : "";
}

/** @param {import("../state.js").State} state */
export function segmentPicker(state) {
  const segments = saved(state);
  const [shown, kept] = [inView(state), segmentOf(state, state.route.segment)];
  if (!segments.length && !mayAnalyse(state.user)) return "";
  const option = ({ segment_id: id, name }) =>
    html`<option value="${id}" ${id === shown?.segment_id ? "selected" : ""}>${name}</option>`;
  return html`<span class="segment-picker" role="group" aria-label="Saved segments">
    ${segments.length
      ? html`<label class="field-inline"
          ><span class="unseen">Segment</span>
          <select id="segment" name="segment" data-change="chooseSegment" class="${shown ? "is-set" : ""}">
            <option value="">Segment</option>
            ${segments.map(option)}
          </select></label
        >`
      : ""}
    ${mayAnalyse(state.user) ? acts(state, shown, kept) : ""} ${refusal(load(state, "segmentChange"))}
  </span>`;
}

/** A chosen segment whose filters were changed by hand since can take them over, by who may. */
function acts(state, shown, kept) {
  const filtered = Object.keys(filtersOf(state.route)).length > 0;
  const own = (segment) => segment && (segment.created_by === state.user.username || mayOwn(state.user));
  const act = (what, words, id = "") =>
    html`<button type="button" class="link" data-segment="${what}" data-id="${id}" id="segment-${what}">${words}</button>`;
  return [
    filtered && !shown ? act("save", "Save this selection …") : "",
    filtered && !shown && own(kept) ? act("update", `Change “${kept.name}” to it`, kept.segment_id) : "",
    own(shown) ? [act("rename", "Rename …", shown.segment_id), act("delete", "Delete …", shown.segment_id)] : "",
  ];
}

function refusal({ status, error }) {
  return status === "error" ? html`<span class="field-wrong" role="alert">${error.message}</span>` : "";
}

/** @param {Element} root @param {() => import("../state.js").State} now */
export function hearSegmentActs(root, now) {
  root.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-segment]");
    if (!button) return;
    const segment = segmentOf(now(), button.dataset.id);
    const said = await ACTS[button.dataset.segment](segment, filtersOf(now().route));
    if (said) emit(root, said.verb, { id: segment?.segment_id, ...said });
  });
}

/** What a button asks first, and the verb it then is; null where it was taken back. */
const ACTS = {
  save: async (_, filters) => {
    const text = `Everybody who reads here can choose it: ${filterWords(filters).join(", ")}.`;
    const name = await askedName({ title: "Save this selection", text, button: "Save" });
    return name && { verb: "saveSegment", name };
  },
  rename: async ({ name: value }) => {
    const text = "Its filters stay as they are.";
    const name = await askedName({ title: "Rename the segment", text, button: "Rename", value });
    return name && { verb: "renameSegment", name };
  },
  update: () => ({ verb: "updateSegment" }),
  delete: async ({ name }) => {
    const text = "It goes for everybody. What was measured of it stays, and so does every link: links carry the filters.";
    return (await confirmed({ title: `Delete the segment “${name}”?`, text, button: "Delete" })) && { verb: "deleteSegment" };
  },
};
