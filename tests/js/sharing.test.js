import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTicket } from "../../static/js/members.js";
import { commentsOn, sharingVerbs } from "../../static/js/sharing.js";
import { initialState, needs, reduce } from "../../static/js/state.js";

const ROUTE = { page: "insights", analysis: "a1", role_view: "" };

/** The state holds what the page has loaded; what fails is told by `works`. */
function world({ works = true, loads = {} } = {}) {
  const seen = [];
  const say = (name) => (...given) => void seen.push([name, ...given]);
  const held = { route: ROUTE, user: { username: "alice" }, loads: { comments: { key: "/c" }, shares: { key: "/s" }, ...loads } };
  const verbs = sharingVerbs({
    api: { post: say("post"), patch: say("patch"), remove: say("remove") },
    act: async (slot, effect) => {
      await effect();
      return works;
    },
    fetchInto: say("fetch"),
    drop: say("drop"),
    dispatch: say("dispatch"),
    visit: say("visit"),
    held: () => held,
    roleViews: { write: say("remember") },
  });
  return { verbs, seen };
}

test("a comment is sent and the comments are fetched again", async () => {
  const { verbs, seen } = world();
  await verbs.addComment({ thread: "t", body: { text: "Why?" } });
  assert.deepEqual(seen, [["post", "/api/analyses/a1/comments", { text: "Why?" }], ["fetch", "comments", "/c"]]);
});

test("a comment that was refused leaves the comments as they are", async () => {
  const { verbs, seen } = world({ works: false });
  await verbs.changeComment({ thread: "t", id: "c1", body: { resolved: true } });
  assert.deepEqual(seen, [["patch", "/api/comments/c1", { resolved: true }]]);
});

test("what is being sent is not sent twice", async () => {
  const { verbs, seen } = world({ loads: { t: { status: "loading" }, shareMade: { status: "loading" } } });
  await verbs.addComment({ thread: "t", body: { text: "Why?" } });
  await verbs.share({ body: {} });
  assert.deepEqual(seen, []);
});

test("revoking a link fetches the lists that are held, and forgets the link just made", async () => {
  const { verbs, seen } = world();
  await verbs.revokeShare({ id: "s1" });
  assert.deepEqual(seen, [["drop", ["shareMade"]], ["remove", "/api/shares/s1"], ["fetch", "shares", "/s"]]);
});

test("a chosen view is remembered for the account and kept in the address", async () => {
  const { verbs, seen } = world();
  await verbs.viewAs({ role_view: "product" });
  assert.deepEqual(seen, [
    ["remember", "alice", "product"],
    ["dispatch", { type: "viewedAs", roleView: "product" }],
    ["visit", { ...ROUTE, role_view: "product" }],
  ]);
});

test("a comment stands under its sentence only", () => {
  const claim = { index: 0, hash: "h" };
  const on = (section, about) => ({ section, claim: about });
  const all = [on("a", claim), on("a", { index: 1, hash: "h" }), on("a", { index: 0, hash: "x" }), on("b", claim), on(null, null)];
  assert.deepEqual(commentsOn(all, "a", claim), [all[0]]);
  assert.deepEqual(commentsOn(all, null, null), [all[4]]);
});

test("whoever holds a link needs nothing but what it shows", () => {
  const ticket = parseTicket("#share=to-k_en");
  assert.deepEqual(ticket, { kind: "share", token: "to-k_en" });
  const state = initialState({ route: ROUTE, today: "2026-03-01", theme: "", ticket });
  assert.deepEqual(needs(state), { shared: "/api/shared/to-k_en", roleViews: "/api/role-views" });
});

test("a tool opens, closes, and closes when another analysis is opened", () => {
  const before = initialState({ route: ROUTE, today: "2026-03-01", theme: "" });
  const opened = reduce(before, { type: "toolOpened", tool: "share" });
  assert.equal(opened.tool, "share");
  assert.equal(reduce(opened, { type: "toolOpened", tool: "share" }).tool, "");
  assert.equal(reduce(opened, { type: "routed", route: { ...ROUTE, role_view: "owner" } }).tool, "share");
  assert.equal(reduce(opened, { type: "routed", route: { ...ROUTE, analysis: "a2" } }).tool, "");
});
