/** Verbs come in, effects happen here, one new state goes down. */

import { analysisPath, ApiError } from "./api.js";
import { bodyOf, briefVerbs, readBrief, wrongIn } from "./brief.js";
import { chatVerbs } from "./chat.js";
import { compareVerbs, NO_SIDE_B } from "./compare.js";
import { dataVerbs, listens } from "./data.js";
import { exportVerbs } from "./exporting.js";
import { languageVerbs } from "./languages.js";
import { memberVerbs, parseTicket } from "./members.js";
import { personVerbs } from "./persons.js";
import { providerVerbs } from "./provider.js";
import { changeRoute, clearScope, parseRoute, routeQuery, scopeOf } from "./route.js";
import { segmentVerbs } from "./segments.js";
import { sharingVerbs } from "./sharing.js";
import { initialState, load, needs, reduce } from "./state.js";
import { uploadVerbs } from "./uploads.js";
import { writeKeyVerbs } from "./write-keys.js";

/**
 * @typedef {object} Outside everything the controller touches that is not state
 * @property {{get: Function, post: Function, put: Function, patch: Function, remove: Function, upload: Function, download: Function, stream: Function, followAnalysis: Function, followJob: Function, followArrivals: Function, poll: Function}} api
 * @property {{search: () => string, hash: () => string, push: (query: string) => void, forgetHash: () => void}} address
 * @property {() => Date} now
 * @property {{read: () => string, write: (theme: string) => void}} themes
 * @property {{read: (username: string) => string, write: (username: string, roleView: string) => void}} [roleViews] each account's usual view
 * @property {{read: (username: string) => string, write: (username: string, text: string) => void}} [briefs] how each account had its last analysis written
 * @property {(state: import("./state.js").State) => void} publish
 */

const BEGUN = { status: "running", id: "", stage: "", done: 0, total: 0, heard: 0, error: "" };

const NOTHING_KEPT = { read: () => "", write: () => undefined };

/** @param {Outside} outside */
export function createController({ api, address, now, themes, roleViews = NOTHING_KEPT, briefs = NOTHING_KEPT, publish }) {
  let state = initialState({
    route: parseRoute(address.search()),
    today: localDay(now()),
    theme: themes.read(),
    ticket: parseTicket(address.hash()),
  });

  let endListening = null;

  function dispatch(action) {
    state = reduce(state, action);
    publish(state);
    listenWhereNeeded();
  }

  /** The stream of arriving events is open exactly while somebody looks at it. */
  function listenWhereNeeded() {
    if (listens(state) === Boolean(endListening)) return;
    if (endListening) endListening();
    endListening = endListening ? null : api.followArrivals((told) => dispatch({ type: "heard", told }));
  }

  /** Fetch what the page needs and does not hold; a refused session shows the log-in. */
  function sync() {
    return Promise.all(
      Object.entries(needs(state)).map(([slot, key]) => load(state, slot).key !== key && fetchInto(slot, key)),
    );
  }

  async function fetchInto(slot, key) {
    dispatch({ type: "loading", slot, key });
    await guarded(slot, key, async () => {
      const data = await api.get(key);
      dispatch({ type: "loaded", slot, key, data, at: now().toISOString() });
      if (slot === "analysis") resume(data);
    });
  }

  /** An opened analysis may still be in the making. */
  function resume({ analysis_id, status, stage, done, total }) {
    if (!["queued", "running"].includes(status) || state.run.status === "running") return;
    ranSoFar(analysis_id, { status, stage, done, total });
    api.followAnalysis(analysis_id, (progress) => ranSoFar(analysis_id, progress));
  }

  async function guarded(slot, key, effect) {
    try {
      await effect();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 && slot !== "account") dispatch({ type: signedOutBy(error) });
      else
        dispatch({
          type: "failed",
          slot,
          key,
          error: { message: error.message, code: error.code, fields: error.fields },
        });
    }
  }

  function visit(route) {
    address.push(routeQuery(route));
    dispatch({ type: "routed", route, today: localDay(now()) });
    return sync();
  }

  async function enter(path, credentials) {
    dispatch({ type: "loading", slot: "account", key: path });
    await guarded("account", path, async () => {
      const { user, token } = await api.post(path, credentials);
      dispatch({
        type: "loaded",
        slot: "account",
        key: path,
        data: { waiting: token === null },
        at: now().toISOString(),
      });
      dropTicket();
      if (token === null) return;
      signedIn(user);
      await sync();
    });
  }

  function signedIn(user) {
    dispatch({ type: "signedIn", user, roleView: roleViews.read(user.username), brief: readBrief(briefs.read(user.username)) });
  }

  /** A one-time link is used, or not wanted. */
  function dropTicket() {
    if (!state.ticket) return;
    address.forgetHash();
    dispatch({ type: "ticketed", ticket: null });
  }

  /** Start a background job; one that cannot start has failed in the API's words. */
  async function begin(type, name, start) {
    dispatch({ type, [name]: { ...BEGUN } });
    try {
      await start();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      dispatch({ type, [name]: { status: "failed", error: error.message } });
    }
  }

  /** Start work on the Data page and follow its job to the end; what cannot start has failed in the API's words. */
  async function beginWork(name, start, ended = () => undefined) {
    const told = (job) => dispatch({ type: "worked", name, job });
    const toldSoFar = ({ status, stage, done, total, error, result }) =>
      told({ status: status === "interrupted" ? "failed" : status, stage, done, total, error, result });
    told({ ...BEGUN, result: null });
    try {
      const { job_id } = await start(told);
      if (!job_id) return told({ status: "done" });
      told({ id: job_id });
      await api.followJob(job_id, toldSoFar);
      return await ended();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return told({ status: "failed", error: error.message });
    }
  }

  /** Do something on the server; how it went is told in `slot`, beside the button that asked for it. */
  async function act(slot, effect) {
    dispatch({ type: "loading", slot, key: slot });
    await guarded(slot, slot, async () =>
      dispatch({ type: "loaded", slot, key: slot, data: await effect(), at: now().toISOString() }),
    );
    return load(state, slot).status === "ready";
  }

  function drop(slots) {
    dispatch({ type: "dropped", slots });
  }

  function renew() {
    dispatch({ type: "invalidated" });
    return sync();
  }

  /** Start an analysis, written as chosen, and show how it is made; one that cannot start leaves open what is. */
  async function makeAnalysis(body) {
    const show = (patch) => visit(changeRoute(state.route, { ...NO_SIDE_B, page: "insights", ...patch }));
    const wrong = wrongIn(state.brief);
    if (wrong) dispatch({ type: "ran", run: { ...BEGUN, status: "failed", error: wrong } });
    else await startAnalysis(body, () => show({ analysis: "" }));
    if (state.run.status === "failed" && state.route.page !== "insights") await show({});
  }

  function startAnalysis(body, show) {
    return begin("ran", "run", async () => {
      const { analysis_id } = await api.post("/api/analyze", { ...body, ...bodyOf(state.brief) });
      show();
      dispatch({ type: "ran", run: { id: analysis_id } });
      api.followAnalysis(analysis_id, (progress) => ranSoFar(analysis_id, progress));
    });
  }

  const verbs = {
    go: ({ patch }) => visit(changeRoute(state.route, patch)),
    open: ({ search }) => visit(parseRoute(search)),
    clearScope: () => visit(clearScope(state.route)),
    retry: ({ slot }) => fetchInto(slot, needs(state)[slot]),
    refresh: renew,
    start,
    signIn: (credentials) => enter("/api/login", credentials),
    signUp: (credentials) => enter("/api/signup", credentials),
    resetPassword: (chosen) => enter("/api/reset-password", chosen),
    dropTicket: () => {
      dropTicket();
      return sync();
    },
    signOut: async () => {
      await guarded("account", undefined, () => api.post("/api/logout"));
      dispatch({ type: "signedOut" });
    },
    theme: ({ theme }) => {
      themes.write(theme);
      dispatch({ type: "themed", theme });
    },
    more: async ({ slot }) => {
      const key = load(state, slot).key;
      const after = load(state, slot).data.next;
      await guarded(slot, key, async () =>
        dispatch({ type: "appended", slot, key, data: await api.get(`${key}&after=${encodeURIComponent(after)}`) }),
      );
    },
    analyse: () => makeAnalysis({ ...scopeOf(state.route, state.today), report: state.route.dataset ? "journey" : "store" }),
    cancelAnalysis: () => act("cancel", () => api.post(`${analysisPath(state.run.id)}/cancel`)),
    ...languageVerbs({ api, act, dispatch }),
    ...briefVerbs({ dispatch, sync, held: () => state, briefs }),
    ...memberVerbs({
      api,
      act,
      renew,
      drop,
      start,
      user: () => state.user,
      left: () => dispatch({ type: "signedOut" }),
    }),
    ...segmentVerbs({ api, act, fetchInto, visit, drop, held: () => state }),
    ...uploadVerbs({ api, now: () => state, dispatch, act, renew, visit }),
    ...dataVerbs({ api, act, begin: beginWork, dispatch, guarded, renew, fetchInto, visit, held: () => state }),
    ...personVerbs({ api, act, renew, drop }),
    ...providerVerbs({ api, act, renew, drop }),
    ...writeKeyVerbs({ api, act, renew, drop }),
    ...compareVerbs({ api, act, makeAnalysis, visit, held: () => state }),
    ...chatVerbs({ api, act, fetchInto, dispatch, held: () => state }),
    ...exportVerbs({ api, act, held: () => state }),
    ...sharingVerbs({
      api,
      act,
      fetchInto,
      drop,
      dispatch,
      visit,
      held: () => state,
      roleViews,
    }),
    loadSample: () =>
      begin("sampled", "sample", async () => {
        await startSample();
        api.poll("/api/sample-data", sampledSoFar);
      }),
  };

  async function startSample() {
    try {
      await api.post("/api/sample-data");
    } catch (error) {
      if (error.code !== "already_running") throw error;
    }
  }

  function ranSoFar(id, { status, stage, done, total, heard, error }) {
    const run = { id, status: status === "queued" ? "running" : status, stage, done, total, heard, error };
    dispatch({ type: "ran", run });
    if (status !== "done") return undefined;
    if (state.route.page !== "insights") return renew();
    dispatch({ type: "invalidated" });
    return visit(changeRoute(state.route, { analysis: id }));
  }

  function sampledSoFar({ status, done, total, error }) {
    dispatch({ type: "sampled", sample: { status: status === "queued" ? "running" : status, done, total, error } });
    if (status === "done") renew();
  }

  async function start() {
    publish(state);
    if (state.ticket?.kind === "share") return sync(); // whoever holds the link needs no account
    try {
      signedIn(await api.get("/api/me"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) return dispatch({ type: signedOutBy(error) });
      return dispatch({ type: "unreachable", error: { message: error.message, code: error.code, fields: {} } });
    }
    return sync();
  }

  /** Whether the shop has moved on since the numbers in view were measured; only then are they fetched again. */
  async function follow() {
    const { status, key, dataKey, data } = load(state, "overview");
    if (status !== "ready" || key !== dataKey || needs(state).overview !== key) return undefined;
    try {
      const { watermark } = await api.get(key);
      return watermark === data.watermark || load(state, "overview").key !== key ? undefined : renew();
    } catch (error) {
      if (error instanceof ApiError) return undefined; // what is in view says since when it is
      throw error;
    }
  }

  return {
    start,
    follow,
    /** @param {{verb: string}} detail */
    handle: ({ verb, ...detail }) => verbs[verb](detail),
    /** The address changed by itself: back, forward. */
    returned: () => {
      dispatch({ type: "routed", route: parseRoute(address.search()), today: localDay(now()) });
      dispatch({ type: "ticketed", ticket: parseTicket(address.hash()) });
      return state.session === "unknown" ? start() : sync();
    },
  };
}

function signedOutBy(error) {
  return error.code === "setup_needed" ? "setupNeeded" : "signedOut";
}

/** Today where the reader is. @param {Date} moment */
function localDay(moment) {
  const pad = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
}
