/** The URL is state: page, window, filters, open analysis, open session. Pure. */

/**
 * @typedef {object} Route
 * @property {"summary" | "metrics" | "insights" | "journeys" | "compare" | "data" | "members" | "settings"} page
 * @property {string} dataset "" for the live shop, else the id of an uploaded log
 * @property {string} log id of the uploaded log that is looked at
 * @property {string} range "" for all data, "7" | "28" | "90" days, or "custom" with from and to
 * @property {string} from first day, YYYY-MM-DD
 * @property {string} to last day, included
 * @property {string} device
 * @property {string} country
 * @property {string} channel
 * @property {string} visitor
 * @property {string} variant
 * @property {string} segment id of the saved segment that was chosen, for its name: the filters stand for themselves
 * @property {string} view "" for clean, "all"
 * @property {string} topic of the detailed metrics, one of TOPICS
 * @property {string} dimension of the segment table
 * @property {string} analysis id of the open analysis
 * @property {string} role_view for whom the open analysis is arranged, "" for everybody
 * @property {string} session id of the open session
 * @property {string} file id of the uploaded file whose columns are being mapped
 * @property {string} find part of a username
 * @property {string} action of the audit log
 * @property {string} who username in the audit log
 * @property {string} behind the number whose sessions are listed, "metric/part/value"
 *
 * Besides, side B of a comparison as its own scope after `b_`: "b_device"; and every option of a metric as OPTIONS names it: "funnel.mode".
 */

export const PAGES = ["summary", "metrics", "insights", "journeys", "compare", "data", "members", "settings"];
export const TOPICS = [
  "funnel",
  "paths",
  "carts",
  "search",
  "products",
  "retention",
  "segments",
  "experiments",
  "channels",
  "trends",
  "content",
  "sessions",
];
/** Options of metrics that a reader may choose; empty is the metric's own default. */
export const OPTIONS = {
  funnel: ["steps", "mode", "unit", "window_minutes", "exclude", "hold", "breakdown", "compare"],
  paths: ["over", "start", "end", "who", "steps"],
  products: ["sort"],
  bought_together: ["in"],
  retention: ["first", "mode", "weeks"],
  differences: ["against"],
  variants: ["experiment", "control", "split", "detect"],
};
export const RANGES = ["7", "28", "90"];
export const DIMENSIONS = ["device", "country", "channel", "visitor", "variant"];
export const FILTERS = DIMENSIONS;
export const NO_FILTERS = Object.freeze(Object.fromEntries(FILTERS.map((name) => [name, ""])));
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DEFAULTS = { page: "summary", topic: "funnel", dimension: "device" };
/** What the members page is narrowed by. */
export const OF_MEMBERS = ["find", "action", "who"];
const OPTION_KEYS = Object.entries(OPTIONS).flatMap(([metric, names]) => names.map((name) => `${metric}.${name}`));
const OF_SIDE_B = ["dataset", "range", "from", "to", ...FILTERS, "view"].map((name) => `b_${name}`);
const KEYS = [
  "page",
  "topic",
  "dataset",
  "log",
  "range",
  "from",
  "to",
  ...FILTERS,
  "segment",
  "view",
  "dimension",
  ...OPTION_KEYS,
  "analysis",
  "role_view",
  "session",
  "behind",
  "file",
  ...OF_MEMBERS,
  ...OF_SIDE_B,
];
/** What the names of a side begin with. */
const SIDES = ["", "b_"];

/** @param {string} search @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const text = Object.fromEntries(KEYS.map((key) => [key, query.get(key) ?? DEFAULTS[key] ?? ""]));
  return {
    ...text,
    page: PAGES.includes(text.page) ? text.page : "summary",
    topic: TOPICS.includes(text.topic) ? text.topic : DEFAULTS.topic,
    dimension: DIMENSIONS.includes(text.dimension) ? text.dimension : "device",
    ...Object.assign({}, ...SIDES.map((side) => windowOf(text, side))),
  };
}

/** What of a side's window and view can be used. */
function windowOf(text, side) {
  const [from, to] = ["from", "to"].map((name) => (isDay(text[`${side}${name}`]) ? text[`${side}${name}`] : ""));
  return {
    [`${side}view`]: text[`${side}view`] === "all" ? "all" : "",
    [`${side}from`]: from,
    [`${side}to`]: to,
    [`${side}range`]: from || to ? "custom" : RANGES.includes(text[`${side}range`]) ? text[`${side}range`] : "",
  };
}

/** @param {Route} route @returns {string} "?..." or "" */
export function routeQuery(route) {
  const query = new URLSearchParams();
  for (const key of KEYS) {
    const implied = ["range", "b_range"].includes(key) && route[key] === "custom";
    if (route[key] && route[key] !== DEFAULTS[key] && !implied) query.set(key, route[key]);
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/**
 * A change of the route. Choosing a preset drops the custom days and the other way round.
 * @param {Route} route @param {Partial<Route>} patch @returns {Route}
 */
export function changeRoute(route, patch) {
  const next = { ...route, ...patch };
  for (const side of SIDES) {
    const [range, from, to] = ["range", "from", "to"].map((name) => `${side}${name}`);
    if (range in patch && patch[range] !== "custom" && !patch[from] && !patch[to]) Object.assign(next, { [from]: "", [to]: "" });
    if (from in patch || to in patch) next[range] = next[from] || next[to] ? "custom" : (patch[range] ?? "");
  }
  return next;
}

/** A link to a changed route. @param {Route} route @param {Partial<Route>} patch */
export function routeLink(route, patch) {
  return routeQuery(changeRoute(route, patch)) || "?";
}

/** @param {Route} route @returns {Route} every filter and the window off, the page kept */
export function clearScope(route) {
  return changeRoute(route, { range: "", view: "", segment: "", ...NO_FILTERS });
}

/** The filters that are set. @param {Route} route @returns {Record<string, string>} */
export function filtersOf(route) {
  return Object.fromEntries(FILTERS.map((name) => [name, route[name]]).filter(([, value]) => value));
}

/** @param {Route} route */
export function isScoped(route) {
  return Boolean(route.range || route.view || FILTERS.some((name) => route[name]));
}

/**
 * The scope as the API's query. Days travel as plain dates; the server cuts them in its own time zone. `until` is exclusive.
 * @param {Route} route @param {string} today YYYY-MM-DD
 * @returns {Record<string, string>}
 */
export function scopeOf(route, today) {
  const window = RANGES.includes(route.range)
    ? { since: addDays(today, 1 - Number(route.range)), until: addDays(today, 1) }
    : { since: route.from, until: route.to && addDays(route.to, 1) };
  const all = { dataset: route.dataset, ...window, ...filtersOf(route), view: route.view };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

/** The options of a metric that the address names. @param {Route} route @param {string} metric */
export function optionsOf(route, metric) {
  const named = (OPTIONS[metric] ?? []).map((name) => [name, route[`${metric}.${name}`]]);
  const dimension = metric === "segments" ? [["dimension", route.dimension]] : [];
  return Object.fromEntries([...named, ...dimension].filter(([, value]) => value));
}

/** @typedef {{metric: string, of: string, value: string}} Behind which part of which metric */

/** @param {string} metric @param {string} of @param {string | number} [value] @returns {string} for the address */
export function behindKey(metric, of, value = "") {
  return `${metric}/${of}/${value}`;
}

/** @param {Route} route @returns {Behind | null} */
export function behindOf({ behind }) {
  const [, metric, of, value] = behind.match(/^(\w+)\/(\w+)\/(.*)$/s) ?? [];
  return metric ? { metric, of, value } : null;
}

/** Days of the window, or null when it is open-ended. @param {Record<string, string>} scope */
export function windowDays(scope) {
  return scope.since && scope.until ? (Date.parse(scope.until) - Date.parse(scope.since)) / 86_400_000 : null;
}

/** @param {string} day @param {number} count */
export function addDays(day, count) {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + count);
  return moment.toISOString().slice(0, 10);
}

function isDay(text) {
  return DAY.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
}
