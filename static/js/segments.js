/** Saved segments: which one the address names, and the verbs that choose, save, change and delete them. */

import { changeRoute, filtersOf, NO_FILTERS } from "./route.js";

const SEGMENTS = "/api/segments";

/**
 * @typedef {{segment_id: string, name: string, filters: Record<string, string>, created_by: string}} Segment
 */

/** Whether two sets of filters select the same sessions. */
export function sameFilters(a, b) {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? "") === (b[name] ?? ""));
}

/**
 * The saved segment that goes by these filters, first of all the one of this id.
 * @param {Segment[]} segments @param {Record<string, string>} filters @param {string} [id]
 */
export function segmentFor(segments, filters, id = "") {
  const alike = segments.filter((segment) => sameFilters(segment.filters, filters));
  return alike.find(({ segment_id }) => segment_id === id) ?? alike[0];
}

/** The saved segment of this id. @param {import("./state.js").State} state @param {string} id @returns {Segment | undefined} */
export function segmentOf({ loads }, id) {
  return loads.savedSegments?.data?.items.find(({ segment_id }) => segment_id === id);
}

/**
 * @param {object} outside
 * @param {{post: Function, patch: Function, remove: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {(slot: string, key: string) => Promise<any>} outside.fetchInto
 * @param {(route: import("./route.js").Route) => Promise<any>} outside.visit
 * @param {(slots: string[]) => void} outside.drop
 * @param {() => import("./state.js").State} outside.held
 */
export function segmentVerbs({ api, act, fetchInto, visit, drop, held }) {
  const at = (id) => `${SEGMENTS}/${encodeURIComponent(id)}`;
  const filters = () => filtersOf(held().route);

  async function change(effect) {
    drop(["segmentChange"]);
    if (!(await act("segmentChange", effect))) return null;
    await fetchInto("savedSegments", SEGMENTS);
    return held().loads.segmentChange.data;
  }

  return {
    chooseSegment: ({ segment: id }) => {
      const segment = segmentOf(held(), id);
      drop(["segmentChange"]);
      return visit(changeRoute(held().route, { ...NO_FILTERS, ...segment?.filters, segment: segment ? id : "" }));
    },
    saveSegment: async ({ name }) => {
      const saved = await change(() => api.post(SEGMENTS, { name, filters: filters() }));
      if (saved) await visit(changeRoute(held().route, { segment: saved.segment_id }));
    },
    renameSegment: ({ id, name }) => change(() => api.patch(at(id), { name })),
    updateSegment: ({ id }) => change(() => api.patch(at(id), { filters: filters() })),
    deleteSegment: async ({ id }) => {
      if (await change(() => api.remove(at(id)))) await visit(changeRoute(held().route, { segment: "" }));
    },
  };
}
