/** Two sides of a comparison: side A is the route's own scope, side B the same names after `b_`. Pure, but for the verbs. */

import { analysisPath } from "./api.js";
import { addDays, changeRoute, FILTERS, NO_FILTERS, scopeOf } from "./route.js";
import { segmentOf } from "./segments.js";

const DAYS = 28;
const WINDOW = ["range", "from", "to"];
const OF_SIDE = ["dataset", ...WINDOW, ...FILTERS, "view"];
const NO_WINDOW = { range: "", from: "", to: "" };

/** The scope of side B as a route of its own. @param {import("./route.js").Route} route */
export function sideB(route) {
  return { ...route, ...Object.fromEntries(OF_SIDE.map((name) => [name, route[`b_${name}`]])), segment: "" };
}

/** What is changed on a side, as a change of the route. @param {"" | "b_"} prefix @param {Record<string, string>} fields */
export function onSide(prefix, fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${prefix}${name}`, value]));
}

export const NO_SIDE_B = Object.freeze(onSide("b_", Object.fromEntries(OF_SIDE.map((name) => [name, ""]))));

/** Both scopes as the API's query, or null where they are the same. @param {import("./route.js").Route} route @param {string} today */
export function comparisonQuery(route, today) {
  const [a, b] = [scopeOf(route, today), scopeOf(sideB(route), today)];
  return sameScope(a, b) ? null : { ...a, ...onSide("b_", b) };
}

function sameScope(a, b) {
  const sorted = (scope) => JSON.stringify(Object.entries(scope).sort());
  return sorted(a) === sorted(b);
}

/** What the page needs. @param {import("./route.js").Route} route @param {string} today @param {(path: string, query: object) => string} url @param {string[]} known dimensions */
export function ofComparison(route, today, url, known) {
  const query = comparisonQuery(route, today);
  const other = route.b_dataset ? { dataset: route.b_dataset } : {};
  const own = route.b_dataset === route.dataset ? [] : known;
  return {
    datasets: "/api/datasets?limit=100",
    ...Object.fromEntries(own.map((name) => [`b_known_${name}`, url("/api/metrics/segments", { ...other, dimension: name })])),
    ...(query ? { compare: url("/api/compare", query) } : {}),
  };
}

/** Sides exchanged, as a change of the route. @param {import("./route.js").Route} route */
export function swapped(route) {
  const a = Object.fromEntries(OF_SIDE.map((name) => [name, route[`b_${name}`]]));
  return { ...a, ...onSide("b_", Object.fromEntries(OF_SIDE.map((name) => [name, route[name]]))), segment: "" };
}

/**
 * Comparisons that people ask for, each as a change of the route. The earlier, or the usual, is side A. Days in which the
 * sides differ were compared, not chosen: only the period before goes on from them, from the later ones.
 * @param {import("./route.js").Route} route @param {string} today
 * @param {{dataset_id: string, version_of: string | null}[]} [datasets]
 * @returns {{id: string, title: string, patch: Record<string, string>}[]}
 */
export function presets(route, today, datasets = []) {
  const monday = addDays(today, -((new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7));
  const plain = { ...NO_FILTERS, segment: "" };
  const windows = (a, b) => ({ ...sides(route, plain), ...a, ...onSide("b_", b) });
  const by = (name, a, b) => sides(route, { ...plain, ...sharedWindow(route, today) }, { [name]: a }, { [name]: b });
  const version = datasets.find(({ dataset_id: id, version_of: older }) => older && [route.dataset, route.b_dataset].includes(id));
  return [
    { id: "weeks", title: "This week against last", patch: windows({ from: addDays(monday, -7), to: addDays(monday, -1) }, { from: monday, to: today }) },
    { id: "period", title: "Against the period before", patch: windows(...periods(route, today)) },
    { id: "devices", title: "Mobile against desktop", patch: by("device", "desktop", "mobile") },
    { id: "visitors", title: "New against returning", patch: by("visitor", "returning", "new") },
    ...(version
      ? [{ id: "versions", title: "This version against the one before", patch: { ...sides(route, plain), dataset: version.version_of, b_dataset: version.dataset_id } }]
      : []),
  ];
}

/** Both sides alike, but for what is told of each. */
function sides(route, both, a = {}, b = {}) {
  const base = { dataset: route.dataset, view: route.view, ...NO_WINDOW, ...both };
  const { segment: _, ...other } = base;
  return { ...base, ...a, ...onSide("b_", { ...other, ...b }) };
}

/** The days chosen on either side, the later first. */
function windowsOf(route, today) {
  const windows = [route, sideB(route)].filter(({ range }) => range).map(({ range, from, to }) => ({ range, from, to }));
  const since = (window) => scopeOf(window, today).since ?? "";
  return windows.sort((one, other) => since(other).localeCompare(since(one)));
}

/** The days of both sides, or of the only one that has any. */
function sharedWindow(route, today) {
  const [later = NO_WINDOW, earlier = later] = windowsOf(route, today);
  return sameScope(scopeOf(later, today), scopeOf(earlier, today)) ? later : NO_WINDOW;
}

/** The chosen days, else the last four weeks, and as many before them. */
function periods(route, today) {
  const [later = NO_WINDOW] = windowsOf(route, today);
  const { since, until } = scopeOf(later, today);
  const end = until ?? addDays(today, 1);
  const start = since && since < end ? since : addDays(end, -DAYS);
  const length = Math.round((Date.parse(end) - Date.parse(start)) / 86_400_000);
  return [
    { from: addDays(start, -length), to: addDays(start, -1) },
    { from: start, to: addDays(end, -1) },
  ];
}

/**
 * A saved scope as one side of the route: its days by the shop's clock.
 * @param {{dataset: string, since: string | null, until: string | null, filters: Record<string, string>, view: string}} scope
 * @param {(moment: string) => string} dayOf
 */
export function sideOfScope(scope, dayOf) {
  const last = scope.until && dayOf(new Date(Date.parse(scope.until) - 1).toISOString());
  return {
    dataset: scope.dataset === "live" ? "" : scope.dataset,
    range: "",
    from: scope.since ? dayOf(scope.since) : "",
    to: last || "",
    ...NO_FILTERS,
    ...scope.filters,
    view: scope.view === "all" ? "all" : "",
  };
}

/**
 * @param {object} outside
 * @param {{post: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {(body: object) => Promise<any>} outside.makeAnalysis
 * @param {(route: import("./route.js").Route) => Promise<any>} outside.visit
 * @param {() => import("./state.js").State} outside.held
 */
export function compareVerbs({ api, act, makeAnalysis, visit, held }) {
  return {
    explain: () => {
      const { route, today } = held();
      return makeAnalysis({ ...scopeOf(route, today), report: "comparison", against: scopeOf(sideB(route), today) });
    },
    chooseSideSegment: ({ patch }) => {
      const [[name, id]] = Object.entries(patch);
      const prefix = name.startsWith("b_") ? "b_" : "";
      const { filters } = segmentOf(held(), id) ?? {};
      return visit(changeRoute(held().route, onSide(prefix, { ...NO_FILTERS, ...filters })));
    },
    replay: () => {
      const analysis = held().route.analysis;
      return act(`replay-${analysis}`, () => api.post(`${analysisPath(analysis)}/replay`));
    },
  };
}

