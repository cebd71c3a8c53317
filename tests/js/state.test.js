import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRoute } from "../../static/js/route.js";
import { initialState, isEmptyDataset, load, needs, reduce } from "../../static/js/state.js";

const TODAY = "2026-03-10";
const OWNER = { username: "alice", role: "owner" };
const FAILURE = { message: "The database does not answer.", code: "database_unavailable", fields: {} };

const fresh = (query = "") => initialState({ route: parseRoute(query), today: TODAY, theme: "" });
const after = (state, ...actions) => actions.reduce(reduce, state);
const signedIn = (query, user = OWNER) => after(fresh(query), { type: "signedIn", user });
const loading = (key, slot = "overview") => ({ type: "loading", slot, key });
const loaded = (key, data, slot = "overview") => ({ type: "loaded", slot, key, data, at: "2026-03-10T10:00:00Z" });
const failed = (key, slot = "overview") => ({ type: "failed", slot, key, error: FAILURE });

test("nothing is asked for before somebody is known to be signed in", () => {
  assert.deepEqual(needs(fresh()), {});
  assert.deepEqual(needs(after(fresh(), { type: "signedOut" })), {});
});

test("a shopper asks for no shop numbers", () => {
  const bob = { username: "bob", role: "shopper" };
  assert.deepEqual(needs(signedIn("?page=metrics", bob)), { recommendations: "/api/recommendations" });
});

test("the settings need no numbers, whoever asks, and the owner's the write keys", () => {
  const needed = { provider: "/api/openrouter/key", models: "/api/openrouter/models" };
  const owned = { ...needed, writeKeys: "/api/write-keys", demoShop: "/api/demo-shop" };
  for (const [role, expected] of Object.entries({ owner: owned, viewer: needed, shopper: needed }))
    assert.deepEqual(needs(signedIn("?page=settings", { username: "bob", role })), expected);
});

test("how a save went is told until the page is left", () => {
  const noted = after(
    signedIn("?page=settings"),
    loading("providerSave", "providerSave"),
    loaded("providerSave", { saved: true }, "providerSave"),
    loading("/k", "provider"),
    loaded("/k", 1, "provider"),
  );
  const stayed = after(noted, { type: "routed", route: parseRoute("?page=settings&range=7") });
  assert.equal(load(stayed, "providerSave").status, "ready");
  const left = after(noted, { type: "routed", route: parseRoute("?page=insights") });
  assert.deepEqual([load(left, "providerSave").status, load(left, "provider").data], ["idle", 1]);
});

test("products to feature stand where no analysis is open", () => {
  assert.equal(needs(signedIn("?page=insights")).recommendations, "/api/recommendations");
  assert.equal(needs(signedIn("?page=insights&analysis=a1")).recommendations, undefined);
});

test("the summary asks for the scope of the address", () => {
  const urls = needs(signedIn("?range=7&device=mobile"));
  assert.equal(urls.overview, "/api/metrics/overview?since=2026-03-04&until=2026-03-11&device=mobile");
  assert.equal(urls.series, "/api/metrics/series?since=2026-03-04&until=2026-03-11&device=mobile&interval=day");
  assert.equal(urls.funnel, undefined);
});

test("two days or less are shown by the hour", () => {
  assert.match(needs(signedIn("?from=2026-03-09&to=2026-03-10")).series, /interval=hour/);
  assert.match(needs(signedIn("?from=2026-03-08&to=2026-03-10")).series, /interval=day/);
});

test("an open analysis and an open session are asked for by their encoded ids", () => {
  assert.equal(needs(signedIn("?page=insights&analysis=a%2F1")).analysis, "/api/analyses/a%2F1");
  assert.equal(needs(signedIn("?page=metrics&session=c1%3A9")).session, "/api/sessions/c1%3A9");
});

test("an answer to a question that no longer stands is dropped", () => {
  const state = after(signedIn(), loading("/old"), loading("/new"), loaded("/old", "late"));
  assert.deepEqual(load(state, "overview"), { status: "loading", key: "/new", error: undefined });
});

test("while new numbers load the old ones are kept and known to be old", () => {
  const held = load(after(signedIn(), loading("/a"), loaded("/a", 1), loading("/b")), "overview");
  assert.deepEqual([held.status, held.data, held.dataKey, held.key], ["loading", 1, "/a", "/b"]);
});

test("numbers of another scope do not stand beside an error", () => {
  const held = load(after(signedIn(), loading("/a"), loaded("/a", 1), loading("/b"), failed("/b")), "overview");
  assert.deepEqual(held, { status: "error", key: "/b", error: FAILURE });
});

test("a failed refresh keeps the numbers of the same scope and since when", () => {
  const held = load(after(signedIn(), loading("/a"), loaded("/a", 1), loading("/a"), failed("/a")), "overview");
  assert.deepEqual([held.status, held.data, held.at], ["error", 1, "2026-03-10T10:00:00Z"]);
});

test("a refresh makes every need unmet and forgets nothing", () => {
  const state = after(signedIn(), loading("/a"), loaded("/a", 1), { type: "invalidated" });
  assert.deepEqual([load(state, "overview").key, load(state, "overview").data], [undefined, 1]);
});

test("more sessions are added behind those already there", () => {
  const page = (items, next) => ({ items, next });
  const state = after(signedIn(), loading("/s", "sessions"), loaded("/s", page([1, 2], "2"), "sessions"), {
    type: "appended", slot: "sessions", key: "/s", data: page([3], null),
  });
  assert.deepEqual(load(state, "sessions").data, page([1, 2, 3], null));
});

test("signing out leaves no number behind", () => {
  const state = after(signedIn(), loading("/a"), loaded("/a", 1), { type: "signedOut" });
  assert.deepEqual([state.loads, state.user, state.session], [{}, null, "out"]);
});

test("an empty window, a filter without matches and a shop of noise are not empty installations", () => {
  const overview = (query, range, noisy = 0) =>
    after(signedIn(query), loading("/a"), loaded("/a", { result: { events: 0, noisy_events: noisy }, range }));
  assert.equal(isEmptyDataset(overview("?range=7", { since: "2026-01-01", until: "2026-02-01" })), false);
  assert.equal(isEmptyDataset(overview("?device=toaster", null)), false);
  assert.equal(isEmptyDataset(overview("", null, 12)), false);
  assert.equal(isEmptyDataset(overview("", null)), true);
  assert.equal(isEmptyDataset(signedIn()), false);
});

test("no state is changed in place", () => {
  const state = Object.freeze(signedIn());
  Object.freeze(state.loads);
  assert.notEqual(after(state, loading("/a")), state);
  assert.deepEqual(state.loads, {});
});

test("an unknown action is an error, not a silence", () => {
  assert.throws(() => reduce(fresh(), { type: "nonsense" }), /unknown action nonsense/);
});

test("a topic asks for its own metrics, and a number for the sessions behind it, with the same options", () => {
  const urls = needs(signedIn("?page=metrics&range=7&funnel.mode=strict&behind=funnel%2Freached%2F2"));
  assert.match(urls.funnel, /^\/api\/metrics\/funnel\?since=2026-03-04&until=2026-03-11&mode=strict$/);
  assert.match(urls.behind, /&mode=strict&sessions=true&of=reached&value=2&limit=20$/);
  assert.equal(urls.cart, undefined);
  assert.equal(needs(signedIn("?page=metrics&topic=carts")).funnel, undefined);
});

test("a dataset of its own is asked for everywhere, and the live shop without a name", () => {
  const urls = needs(signedIn("?dataset=d1&page=insights"));
  assert.equal(urls.overview, "/api/metrics/overview?dataset=d1");
  assert.equal(urls.analyses, "/api/analyses?limit=20&dataset=d1");
  assert.equal(urls.dataset, "/api/datasets/d1");
  assert.equal(needs(signedIn("?page=insights")).analyses, "/api/analyses?limit=20&dataset=live");
  assert.deepEqual(needs(signedIn("?page=journeys&log=d1")), { datasets: "/api/datasets?limit=50", log: "/api/datasets/d1" });
});
