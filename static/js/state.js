/** All state and every way it changes. Pure: no fetch, no clock, no DOM. */

import { analysisPath } from "./api.js";
import { USUAL } from "./brief.js";
import { chatTransitions, NO_CHAT, ofChat } from "./chat.js";
import { ofComparison } from "./compare.js";
import { heard, heldBack, ofData, ofFile, SILENT } from "./data.js";
import { behindOf, isScoped, optionsOf, scopeOf, windowDays } from "./route.js";
import { ofAnalysis, ofLink } from "./sharing.js";

/**
 * @template T
 * @typedef {object} Loadable
 * @property {"idle" | "loading" | "ready" | "error"} status
 * @property {string} [key] the URL it was asked from
 * @property {T} [data]
 * @property {string} [dataKey] the URL `data` came from; another one than `key` while a new answer is on its way
 * @property {{message: string, code: string, fields: Record<string, string>}} [error]
 * @property {string} [at] ISO time `data` arrived
 */

/**
 * @typedef {object} Job work the server does in the background
 * @property {"idle" | "running" | "done" | "failed"} status
 * @property {string} [stage]
 * @property {number} [done]
 * @property {number} [total]
 * @property {string} [error]
 * @property {number} [heard] characters a model has answered
 * @property {string} [id] of the analysis being made
 */

/**
 * @typedef {object} State
 * @property {import("./route.js").Route} route
 * @property {string} today YYYY-MM-DD
 * @property {"" | "light" | "dark"} theme
 * @property {"unknown" | "setup" | "out" | "in"} session
 * @property {{username: string, role: string, language: string} | null} user
 * @property {import("./members.js").Ticket | null} ticket the one-time link that was opened
 * @property {Record<string, Loadable<any>>} loads
 * @property {import("./chat.js").Chat} chat about the open analysis
 * @property {string} tool whose panel is open beside the open analysis
 * @property {import("./brief.js").Brief} brief how the next analysis is to be written
 * @property {boolean} briefing whether that has been looked at
 * @property {string} roleView this account's usual view of reports
 * @property {Job} run the analysis being made
 * @property {Job} sample the sample data being loaded
 * @property {Upload[]} uploads files sent since the page was opened, the latest first
 * @property {Record<string, Job>} work on the Data page, by what it is: upload, check, load, undo, noise
 * @property {import("./data.js").Live} live events as they arrive
 */

/**
 * @typedef {object} Upload a file on its way to being a dataset
 * @property {number} id
 * @property {string} name
 * @property {number} size bytes
 * @property {number} sent bytes
 * @property {"sending" | "loading" | "done" | "failed" | "known" | "checked"} status
 * @property {any} [report] what a dry run found
 * @property {string} [stage]
 * @property {number} [done]
 * @property {number} [total]
 * @property {string} [error]
 * @property {string} [dataset]
 */

/** How the last save, check and choice went: told on the page where it was asked, and forgotten when it is left. */
export const NOTES = [
  ...["providerSave", "providerCheck", "modelSave"],
  ...["writeKeyMade", "writeKeyChanged", "writeKeyRevoked", "demoShopOpened"],
  "segmentChange",
  ...["memberChange", "resetLink", "inviteMade", "inviteRevoked", "passwordChange", "everywhere", "languageChange"],
  ...["shareMade", "shareRevoked", "exported"],
];

const IDLE = Object.freeze({ status: "idle" });
const NO_JOB = Object.freeze({ status: "idle" });

/** @returns {State} */
export function initialState({ route, today, theme, ticket = null }) {
  const none = { brief: USUAL, briefing: false, tool: "", chat: NO_CHAT, roleView: "", run: NO_JOB, sample: NO_JOB, uploads: [], work: {}, live: SILENT };
  return { route, today, theme, ticket, session: "unknown", user: null, loads: {}, ...none };
}

const transitions = {
  routed: (state, { route, today }) => ({
    ...state,
    route,
    today: today ?? state.today,
    tool: route.analysis === state.route.analysis ? state.tool : "",
    chat: route.analysis === state.route.analysis ? state.chat : NO_CHAT,
    loads: route.page === state.route.page ? state.loads : without(state.loads, NOTES),
  }),
  dropped: (state, { slots }) => ({ ...state, loads: without(state.loads, slots) }),
  ticketed: (state, { ticket }) => ({ ...state, ticket }),
  themed: (state, { theme }) => ({ ...state, theme }),
  signedIn: (state, { user, roleView = "", brief = USUAL }) => ({ ...state, session: "in", user, roleView, brief }),
  languageChosen: (state, { user }) => ({ ...state, user }),
  briefed: (state, { brief }) => ({ ...state, brief }),
  briefOpened: (state) => ({ ...state, briefing: true }),
  viewedAs: (state, { roleView }) => ({ ...state, roleView }),
  toolOpened: (state, { tool }) => ({ ...state, tool: state.tool === tool ? "" : tool }),
  unreachable: (state, { error }) => put(state, "me", { status: "error", error }),
  signedOut: (state) => ({
    ...state,
    session: "out",
    user: null,
    loads: {},
    run: NO_JOB,
    sample: NO_JOB,
    uploads: [],
    work: {},
  }),
  setupNeeded: (state) => ({ ...state, session: "setup", user: null, loads: {} }),
  loading: (state, { slot, key }) =>
    put(state, slot, { ...load(state, slot), status: "loading", key, error: undefined }),
  loaded: (state, { slot, key, data, at }) =>
    answer(state, slot, key, { status: "ready", key, data, dataKey: key, at }),
  appended: (state, { slot, key, data }) => answer(state, slot, key, append(load(state, slot), data)),
  failed: (state, { slot, key, error }) => answer(state, slot, key, failure(load(state, slot), key, error)),
  invalidated: (state) => ({ ...state, loads: mapValues(state.loads, (held) => ({ ...held, key: undefined })) }),
  ran: (state, { run }) => ({ ...state, run: { ...state.run, ...run } }),
  uploading: (state, { upload }) => ({ ...state, uploads: [upload, ...state.uploads] }),
  uploaded: (state, { id, change }) => ({
    ...state,
    uploads: state.uploads.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)),
  }),
  sampled: (state, { sample }) => ({ ...state, sample: { ...state.sample, ...sample } }),
  worked: (state, { name, job }) => ({ ...state, work: { ...state.work, [name]: { ...state.work[name], ...job } } }),
  workForgotten: (state, { names }) => ({ ...state, work: without(state.work, names) }),
  ...chatTransitions,
  heard: (state, { told }) => ({ ...state, live: heard(state.live, told) }),
  heldBack: (state, { paused }) => ({ ...state, live: heldBack(state.live, paused) }),
};

/** @param {State} state @param {{type: string}} action @returns {State} */
export function reduce(state, action) {
  const transition = transitions[action.type];
  if (!transition) throw new Error(`unknown action ${action.type}`);
  return transition(state, action);
}

/** @param {State} state @param {string} slot @returns {Loadable<any>} */
export function load(state, slot) {
  return state.loads[slot] ?? IDLE;
}

/**
 * What the page in view needs, as slot -> URL. The controller fetches whatever is not held under that URL.
 * @param {State} state @returns {Record<string, string>}
 */
export function needs(state) {
  if (state.ticket?.kind === "share") return ofLink(state.ticket.token);
  if (state.session !== "in") return {};
  if (state.route.page === "journeys" && mayRead(state.user)) return ofJourneys(state.route, mayAnalyse(state.user));
  if (state.route.page === "settings") return { ...OF_SETTINGS, ...(mayOwn(state.user) ? OF_OWNER : {}) };
  if (state.route.page === "members") return ofMembers(state);
  if (!mayRead(state.user)) return { recommendations: "/api/recommendations" };
  if (state.route.page === "data") return ofData(state.route, mayAnalyse(state.user));
  const { route } = state;
  const scope = scopeOf(route, state.today);
  const metric = (id, options = {}) => url(`/api/metrics/${id}`, { ...scope, ...options });
  const dataset = route.dataset ? { dataset: route.dataset } : {};
  const common = {
    definitions: "/api/metrics",
    overview: metric("overview"),
    savedSegments: "/api/segments",
    ...Object.fromEntries(KNOWN.map((name) => [`known_${name}`, url("/api/metrics/segments", { ...dataset, dimension: name })])),
    ...(route.dataset ? { dataset: `/api/datasets/${encodeURIComponent(route.dataset)}` } : {}),
    ...(state.briefing ? OF_BRIEF : {}),
  };
  const opened = route.page === "insights" && route.analysis ? { ...ofAnalysis(route.analysis, mayAnalyse(state.user)), ...ofChat(route.analysis, state.chat) } : {};
  return { ...common, ...OF_PAGE[route.page](route, scope, metric, state.today), ...opened, ...dialogs(route, metric) };
}

function ofMembers({ route, user }) {
  if (!mayOwn(user)) return {};
  return {
    waiting: "/api/members?status=pending&limit=100",
    members: url("/api/members", { limit: 50, ...(route.find && { q: route.find }) }),
    invites: "/api/invites?limit=20",
    allShares: "/api/shares?limit=20",
    audit: url("/api/audit", {
      limit: 50,
      ...(route.action && { action: route.action }),
      ...(route.who && { username: route.who }),
    }),
  };
}

/** @param {import("./route.js").Route} route */
function ofJourneys({ log, file }, analyst) {
  return {
    datasets: "/api/datasets?limit=50",
    ...(analyst ? ofFile(file) : {}),
    ...(log ? { log: `/api/datasets/${encodeURIComponent(log)}` } : {}),
  };
}

const OF_BRIEF = { presets: "/api/presets", provider: "/api/openrouter/key" };
const OF_SETTINGS = { provider: "/api/openrouter/key", models: "/api/openrouter/models" };
const OF_OWNER = { writeKeys: "/api/write-keys", demoShop: "/api/demo-shop" };

/** Dimensions whose values the data tells. */
const KNOWN = ["device", "country", "channel", "variant"];

const OF_PAGE = {
  summary: (route, scope, metric) => {
    const days = windowDays(scope);
    const interval = days !== null && days <= 2 ? "hour" : "day";
    return { series: metric("series", { interval }), cart: metric("cart") };
  },
  metrics: (route, scope, metric) => OF_TOPIC[route.topic](route, (id, more) => metric(id, { ...optionsOf(route, id), ...more }), scope),
  compare: (route, scope, metric, today) => ofComparison(route, today, url, KNOWN),
  insights: ({ analysis, dataset }) => ({
    analyses: url("/api/analyses", { limit: "20", dataset: dataset || "live" }),
    ...(analysis
      ? { analysis: analysisPath(analysis) }
      : { recommendations: "/api/recommendations" }),
  }),
};

const OF_TOPIC = {
  funnel: (route, metric) => ({ funnel: metric("funnel"), event_types: metric("event_types", { limit: "100" }) }),
  paths: (route, metric) => ({ paths: metric("paths") }),
  carts: (route, metric) => ({ cart: metric("cart"), checkout: metric("checkout"), friction: metric("friction", { limit: "20" }) }),
  search: (route, metric) => ({ search: metric("search", { limit: "50" }) }),
  products: (route, metric) => ({ products: metric("products", { limit: "25" }), bought_together: metric("bought_together", { limit: "25" }) }),
  retention: (route, metric) => ({ retention: metric("retention"), rfm: metric("rfm") }),
  segments: (route, metric) => ({
    differences: metric("differences"),
    segments: metric("segments"),
    devices: metric("segments", { dimension: "device" }),
  }),
  experiments: (route, metric) => ({ variants: metric("variants") }),
  channels: (route, metric) => ({ channels: metric("channels") }),
  trends: (route, metric) => ({ trends: metric("trends") }),
  content: (route, metric) => ({ pages: metric("pages", { limit: "50" }), event_types: metric("event_types") }),
  sessions: (route, metric, scope) => ({ sessions: url("/api/sessions", { ...scope, limit: "50" }) }),
};

/** Whatever page they were opened on. */
function dialogs(route, metric) {
  const behind = behindOf(route);
  const listed = behind && { sessions: "true", of: behind.of, ...(behind.value ? { value: behind.value } : {}) };
  return {
    ...(behind
      ? { behind: metric(behind.metric, { ...optionsOf(route, behind.metric), ...listed, limit: "20" }) }
      : {}),
    ...(route.session
      ? { session: url(`/api/sessions/${encodeURIComponent(route.session)}`, given({ dataset: route.dataset, view: route.view })) }
      : {}),
  };
}

/** Nothing has ever been collected: without window and filters there is still no event. @param {State} state */
export function isEmptyDataset(state) {
  const overview = load(state, "overview").data;
  if (!overview || isScoped(state.route) || state.route.dataset) return false;
  return overview.result.events === 0 && !overview.result.noisy_events && !overview.range;
}

/** The wall clock the shop's days are cut by. @param {State} state @returns {string | undefined} */
export function timeZone(state) {
  return load(state, "overview").data?.time_zone;
}

/** @param {{role: string} | null} user */
export function mayRead(user) {
  return ["owner", "analyst", "viewer"].includes(user?.role);
}

/** @param {{role: string} | null} user */
export function mayOwn(user) {
  return user?.role === "owner";
}

/** @param {{role: string} | null} user */
export function mayAnalyse(user) {
  return ["owner", "analyst"].includes(user?.role);
}

function put(state, slot, loadable) {
  return { ...state, loads: { ...state.loads, [slot]: loadable } };
}

/** An answer counts only while its question still stands. */
function answer(state, slot, key, loadable) {
  return load(state, slot).key === key ? put(state, slot, loadable) : state;
}

function append(held, page) {
  return { ...held, status: "ready", data: { ...page, items: [...held.data.items, ...page.items] } };
}

/** Numbers of another scope are never left standing beside an error. */
function failure(held, key, error) {
  const kept = held.dataKey === key ? { data: held.data, dataKey: key, at: held.at } : {};
  return { status: "error", key, error, ...kept };
}

function without(object, names) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function given(query) {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
}

function url(path, query) {
  const text = new URLSearchParams(query).toString();
  return text ? `${path}?${text}` : path;
}
