import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/js/api.js";
import { createController } from "../../static/js/controller.js";
import { load } from "../../static/js/state.js";

const ME = { username: "alice", role: "owner" };
const refusal = (status, code, fields = {}) => new ApiError({ error: `refused: ${code}`, code, status, fields });

/** A browser and a server made of tables. A route answers with its value, an error is thrown. */
function world(routes, search = "", hash = "") {
  const seen = { states: [], asked: [], pushed: [], followed: null };
  const answer = async (method, path, body) => {
    seen.asked.push(`${method} ${path}`);
    seen.body = body ?? seen.body;
    const key = `${method} ${path.split("?")[0]}`;
    const found = key in routes ? routes[key] : {};
    if (found instanceof Error) throw found;
    return found;
  };
  let address = search;
  const controller = createController({
    api: {
      get: (path) => answer("GET", path),
      post: (path, body) => answer("POST", path, body),
      put: (path, body) => answer("PUT", path, body),
      patch: (path, body) => answer("PATCH", path, body),
      remove: (path) => answer("DELETE", path),
      followAnalysis: (id, report) => (seen.followed = { id, report }),
      followJob: (id, report) => new Promise((end) => (seen.job = { id, report, end })),
      followArrivals: (report) => {
        seen.listening = report;
        return () => (seen.listening = null);
      },
      upload: (path, file, told) => {
        told(1, 2);
        return answer("UPLOAD", path, file);
      },
      poll: (path, report) => (seen.polled = { path, report }),
    },
    address: {
      search: () => address,
      hash: () => hash,
      push: (query) => seen.pushed.push((address = query)),
      forgetHash: () => (hash = ""),
    },
    now: () => new Date(2026, 2, 10, 12),
    themes: { read: () => "", write: (theme) => (seen.theme = theme) },
    roleViews: { read: (username) => (username === ME.username ? "product" : ""), write: () => undefined },
    publish: (state) => seen.states.push(state),
  });
  const state = () => seen.states.at(-1);
  const goTo = (fragment) => (hash = fragment);
  return { controller, seen, state, goTo };
}

test("a new installation asks for its owner", async () => {
  const { controller, state } = world({ "GET /api/me": refusal(401, "setup_needed") });
  await controller.start();
  assert.equal(state().session, "setup");
});

test("an account's usual view of reports comes with its log-in", async () => {
  const { controller, state } = world({ "GET /api/me": ME });
  await controller.start();
  assert.equal(state().roleView, "product");
});

test("whoever opens a share link is asked nothing, not even who it is", async () => {
  const { controller, state, seen } = world({ "GET /api/shared/t0k": { status: "done" } }, "", "#share=t0k");
  await controller.start();
  assert.equal(load(state(), "shared").status, "ready");
  assert.deepEqual(seen.asked, ["GET /api/shared/t0k", "GET /api/role-views"]);
});

test("whoever goes back from a share link is asked who it is", async () => {
  const { controller, state, goTo } = world({ "GET /api/me": ME }, "", "#share=t0k");
  await controller.start();
  goTo("");
  await controller.returned();
  assert.equal(state().session, "in");
});

test("a stranger is asked to log in and no number is fetched", async () => {
  const { controller, state, seen } = world({ "GET /api/me": refusal(401, "unauthenticated") });
  await controller.start();
  assert.equal(state().session, "out");
  assert.deepEqual(seen.asked, ["GET /api/me"]);
});

test("a server that does not answer is said so, and can be asked again", async () => {
  const routes = { "GET /api/me": refusal(0, "unreachable") };
  const { controller, state } = world(routes);
  await controller.start();
  assert.equal(load(state(), "me").error.message, "refused: unreachable");
  routes["GET /api/me"] = ME;
  await controller.handle({ verb: "start" });
  assert.equal(state().session, "in");
});

test("signing in loads the page's numbers", async () => {
  const { controller, state } = world({ "GET /api/me": refusal(401, "x"), "POST /api/login": { token: "t", user: ME } });
  await controller.start();
  await controller.handle({ verb: "signIn", username: "alice", password: "secret99" });
  assert.equal(state().user.username, "alice");
  assert.equal(load(state(), "overview").status, "ready");
});

test("a wrong password stays at the form, in the API's words", async () => {
  const { controller, state } = world({ "GET /api/me": refusal(401, "x"), "POST /api/login": refusal(401, "wrong_credentials") });
  await controller.start();
  await controller.handle({ verb: "signIn", username: "alice", password: "nope" });
  assert.equal(state().session, "out");
  assert.equal(load(state(), "account").error.message, "refused: wrong_credentials");
});

test("an account that waits for approval is not signed in", async () => {
  const { controller, state } = world({ "GET /api/me": refusal(401, "x"), "POST /api/signup": { token: null, user: ME } });
  await controller.start();
  await controller.handle({ verb: "signUp", username: "alice", password: "secret99" });
  assert.equal(state().session, "out");
  assert.equal(load(state(), "account").data.waiting, true);
});

test("a filter goes into the address and only what it changes is fetched again", async () => {
  const { controller, seen } = world({ "GET /api/me": ME });
  await controller.start();
  seen.asked.length = 0;
  await controller.handle({ verb: "go", patch: { device: "mobile" } });
  assert.deepEqual(seen.pushed, ["?device=mobile"]);
  assert.deepEqual(seen.asked.sort(), [
    "GET /api/metrics/cart?device=mobile",
    "GET /api/metrics/overview?device=mobile",
    "GET /api/metrics/series?device=mobile&interval=day",
  ]);
});

test("a session that ends in mid-work leads to the log-in", async () => {
  const routes = { "GET /api/me": ME };
  const { controller, state } = world(routes);
  await controller.start();
  routes["GET /api/metrics/overview"] = refusal(401, "unauthenticated");
  await controller.handle({ verb: "refresh" });
  assert.equal(state().session, "out");
});

test("one section's failure is its own, and trying again asks for it alone", async () => {
  const routes = { "GET /api/me": ME, "GET /api/metrics/cart": refusal(503, "database_unavailable") };
  const { controller, state, seen } = world(routes);
  await controller.start();
  assert.equal(load(state(), "cart").status, "error");
  assert.equal(load(state(), "series").status, "ready");
  delete routes["GET /api/metrics/cart"];
  seen.asked.length = 0;
  await controller.handle({ verb: "retry", slot: "cart" });
  assert.equal(load(state(), "cart").status, "ready");
  assert.deepEqual(seen.asked, ["GET /api/metrics/cart"]);
});

test("an analysis is made of the scope in view, followed, and opened when done", async () => {
  const routes = { "GET /api/me": ME, "POST /api/analyze": { analysis_id: "a1" } };
  const { controller, state, seen } = world(routes, "?from=2026-03-01&to=2026-03-02&device=mobile");
  await controller.start();
  await controller.handle({ verb: "analyse" });
  assert.deepEqual(seen.body, { since: "2026-03-01", until: "2026-03-03", device: "mobile", report: "store" });
  assert.equal(state().run.status, "running");
  seen.followed.report({ status: "running", stage: "measuring", done: 2, total: 9 });
  assert.deepEqual([state().run.stage, state().run.done, state().run.total], ["measuring", 2, 9]);
  await seen.followed.report({ status: "done" });
  assert.match(seen.pushed.at(-1), /page=insights.*analysis=a1/);
  assert.equal(state().run.status, "done");
});

test("an opened analysis that is still being made is followed to its end", async () => {
  const routes = { "GET /api/me": ME, "GET /api/analyses/a1": { analysis_id: "a1", status: "running", stage: "funnel", done: 3, total: 9 } };
  const { controller, state, seen } = world(routes, "?page=insights&analysis=a1");
  await controller.start();
  assert.deepEqual([state().run.status, state().run.done, seen.followed.id], ["running", 3, "a1"]);
  routes["GET /api/analyses/a1"] = { analysis_id: "a1", status: "done" };
  await seen.followed.report({ status: "done" });
  assert.equal(load(state(), "analysis").data.status, "done");
});

test("a finished analysis does not pull the reader off another page", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, "POST /api/analyze": { analysis_id: "a1" } });
  await controller.start();
  await controller.handle({ verb: "analyse" });
  await controller.handle({ verb: "go", patch: { page: "metrics" } });
  await seen.followed.report({ status: "done" });
  assert.equal(state().route.page, "metrics");
});

test("an analysis that cannot start says why", async () => {
  const { controller, state } = world({ "GET /api/me": ME, "POST /api/analyze": refusal(503, "database_unavailable") });
  await controller.start();
  await controller.handle({ verb: "analyse" });
  assert.deepEqual([state().run.status, state().run.error], ["failed", "refused: database_unavailable"]);
});

test("an analysis that cannot start leaves the open one open", async () => {
  const routes = { "GET /api/me": ME, "GET /api/analyses/a1": { status: "done" }, "POST /api/analyze": refusal(429, "too_many") };
  const { controller, state, seen } = world(routes, "?page=insights&analysis=a1");
  await controller.start();
  await controller.handle({ verb: "analyse" });
  assert.deepEqual([state().run.status, state().route.analysis], ["failed", "a1"]);
  seen.asked.length = 0;
  await controller.handle({ verb: "brief", patch: { temperature: "3" } });
  await controller.handle({ verb: "analyse" });
  assert.deepEqual([state().run.error, state().route.analysis], ["The temperature goes from 0 to 2.", "a1"]);
  assert.deepEqual([seen.asked, seen.pushed], [[], []]);
});

test("sample data is counted while it loads and shown when it is there", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME });
  await controller.start();
  await controller.handle({ verb: "loadSample" });
  seen.polled.report({ status: "running", done: 100, total: 6000 });
  assert.deepEqual([state().sample.done, state().sample.total], [100, 6000]);
  seen.asked.length = 0;
  await seen.polled.report({ status: "done", done: 6000, total: 6000 });
  assert.ok(seen.asked.includes("GET /api/metrics/overview"));
});

test("sample data that somebody else is loading is waited for", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, "POST /api/sample-data": refusal(409, "already_running") });
  await controller.start();
  await controller.handle({ verb: "loadSample" });
  assert.equal(state().sample.status, "running");
  assert.equal(seen.polled.path, "/api/sample-data");
});

test("the next page of sessions is asked for behind the last one", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, "GET /api/sessions": { items: [{}], next: "a&b" } }, "?page=metrics&topic=sessions");
  await controller.start();
  await controller.handle({ verb: "more", slot: "sessions" });
  assert.equal(seen.asked.at(-1), "GET /api/sessions?limit=50&after=a%26b");
  assert.equal(load(state(), "sessions").data.items.length, 2);
});

test("a chosen theme is remembered", async () => {
  const { controller, seen, state } = world({ "GET /api/me": ME });
  await controller.handle({ verb: "theme", theme: "dark" });
  assert.deepEqual([seen.theme, state().theme], ["dark", "dark"]);
});

const KEY = "/api/openrouter/key";

test("a saved key changes what is in use and which models there are", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, [`PUT ${KEY}`]: { saved: true } }, "?page=settings");
  await controller.start();
  seen.asked.length = 0;
  await controller.handle({ verb: "saveProvider", body: { kind: "openai", key: "sk-1" } });
  assert.deepEqual(seen.body, { kind: "openai", key: "sk-1" });
  assert.deepEqual(seen.asked.slice(0, 3), [`PUT ${KEY}`, `GET ${KEY}`, "GET /api/openrouter/models"]);
  assert.equal(load(state(), "providerSave").status, "ready");
});

test("the numbers follow the shop: they are fetched again once it has moved on, and left alone until then", async () => {
  const routes = { "GET /api/me": ME, "GET /api/metrics/overview": { watermark: 1, result: {} } };
  const { controller, state, seen } = world(routes);
  await controller.start();
  for (const [watermark, isNews] of [
    [1, false],
    [2, true],
    [2, false],
  ]) {
    routes["GET /api/metrics/overview"] = { watermark, result: {} };
    seen.asked.length = 0;
    await controller.follow();
    assert.equal(seen.asked.length > 1, isNews);
    assert.equal(load(state(), "overview").data.watermark, watermark);
  }
  routes["GET /api/metrics/overview"] = refusal(503, "database_unavailable");
  await controller.follow();
  assert.equal(load(state(), "overview").status, "ready");
});

test("nothing is followed where there are no numbers", async () => {
  const { controller, seen } = world({ "GET /api/me": ME }, "?page=settings");
  await controller.start();
  seen.asked.length = 0;
  await controller.follow();
  assert.deepEqual(seen.asked, []);
});

test("no key is kept in the state", async () => {
  const { controller, seen } = world({ "GET /api/me": ME, [`PUT ${KEY}`]: refusal(400, "invalid_input", { key: "is odd" }) });
  await controller.start();
  await controller.handle({ verb: "saveProvider", body: { key: "sk-secret" } });
  await controller.handle({ verb: "checkProvider", body: { key: "sk-secret" } });
  assert.equal(JSON.stringify(seen.states).includes("sk-secret"), false);
});

test("a key that is refused leaves everything as it was and says why", async () => {
  const routes = { "GET /api/me": ME, [`PUT ${KEY}`]: refusal(400, "invalid_input", { key: "is odd" }) };
  const { controller, state, seen } = world(routes, "?page=settings");
  await controller.start();
  seen.asked.length = 0;
  await controller.handle({ verb: "saveProvider", body: { key: "odd key" } });
  assert.deepEqual(seen.asked, [`PUT ${KEY}`]);
  assert.deepEqual(load(state(), "providerSave").error.fields, { key: "is odd" });
});

test("a test of the connection asks for nothing else and forgets the last notes", async () => {
  const routes = { "GET /api/me": ME, [`PUT ${KEY}`]: { saved: true }, "POST /api/openrouter/check": refusal(502, "llm_key_refused") };
  const { controller, state, seen } = world(routes, "?page=settings");
  await controller.start();
  await controller.handle({ verb: "saveProvider", body: { key: "sk-1" } });
  seen.asked.length = 0;
  await controller.handle({ verb: "checkProvider", body: {} });
  assert.deepEqual(seen.asked, ["POST /api/openrouter/check"]);
  assert.equal(load(state(), "providerCheck").error.message, "refused: llm_key_refused");
  assert.equal(load(state(), "providerSave").status, "idle");
});

test("a model is chosen by its id, and a deleted key is asked about again", async () => {
  const { controller, seen } = world({ "GET /api/me": ME }, "?page=settings");
  await controller.start();
  await controller.handle({ verb: "chooseModel", patch: { model: "acme/large" } });
  assert.deepEqual(seen.body, { model: "acme/large" });
  seen.asked.length = 0;
  await controller.handle({ verb: "forgetProvider", patch: {} });
  assert.deepEqual(seen.asked.slice(0, 2), [`DELETE ${KEY}`, `GET ${KEY}`]);
});

test("an analysis that is being made can be cancelled", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, "POST /api/analyze": { analysis_id: "a/1" } });
  await controller.start();
  await controller.handle({ verb: "analyse" });
  assert.equal(state().run.id, "a/1");
  await controller.handle({ verb: "cancelAnalysis", patch: {} });
  assert.equal(seen.asked.at(-1), "POST /api/analyses/a%2F1/cancel");
  seen.followed.report({ status: "failed", error: "This analysis was cancelled." });
  assert.deepEqual([state().run.status, state().run.error], ["failed", "This analysis was cancelled."]);
});

test("a new analysis begins without what the last one had counted", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, "POST /api/analyze": { analysis_id: "a1" } });
  await controller.start();
  await controller.handle({ verb: "analyse" });
  seen.followed.report({ status: "running", stage: "asking_the_model", done: 5, total: 9, heard: 700 });
  assert.equal(state().run.heard, 700);
  const begun = controller.handle({ verb: "analyse" });
  assert.deepEqual([state().run.heard, state().run.id, state().run.done], [0, "", 0]);
  await begun;
});

const FILE = { "GET /api/me": ME, "GET /api/imports/f1/preview": { columns: [{ name: "a" }], words: [], mapping: { columns: { a: "" } } } };

test("events are listened to while the Data page is open, and not after", async () => {
  const { controller, seen, state } = world({ "GET /api/me": ME }, "?page=data");
  await controller.start();
  seen.listening({ items: [{ kind: "stored" }] });
  assert.equal(state().live.items.length, 1);
  await controller.handle({ verb: "go", patch: { page: "summary" } });
  assert.equal(seen.listening, null);
});

test("a file is sent, opened and looked at", async () => {
  const { controller, seen, state } = world({ ...FILE, "UPLOAD /api/imports": { import_id: "f1" } }, "?page=data");
  await controller.start();
  await controller.handle({ verb: "uploadFile", file: { name: "März.csv" } });
  assert.ok(seen.asked.includes("UPLOAD /api/imports?name=M%C3%A4rz.csv"));
  assert.equal(state().route.file, "f1");
  assert.equal(state().work.upload.status, "done");
  assert.equal(load(state(), "preview").status, "ready");
});

test("an upload that is refused is told in the API's words", async () => {
  const { controller, state } = world({ "GET /api/me": ME, "UPLOAD /api/imports": refusal(400, "empty_file") }, "?page=data");
  await controller.start();
  await controller.handle({ verb: "uploadFile", file: { name: "a" } });
  assert.deepEqual([state().work.upload.status, state().work.upload.error], ["failed", "refused: empty_file"]);
});

test("only the answer to the last change of a mapping is shown", async () => {
  const routes = { ...FILE };
  const { controller, state } = world(routes, "?page=data&file=f1");
  await controller.start();
  const answers = [];
  Object.defineProperty(routes, "POST /api/imports/f1/preview", { get: () => new Promise((done) => answers.push(done)) });
  const first = controller.handle({ verb: "mapColumns", mapping: {} });
  const second = controller.handle({ verb: "mapColumns", mapping: {} });
  answers[1]({ mapping: "second" });
  answers[0]({ mapping: "first" });
  await Promise.all([first, second]);
  assert.equal(load(state(), "preview").data.mapping, "second");
});

test("a file that is loaded closes its form, and every number is asked for again", async () => {
  const { controller, seen, state } = world({ ...FILE, "POST /api/imports/f1/load": { job_id: "j1" } }, "?page=data&file=f1");
  await controller.start();
  const ended = controller.handle({ verb: "loadFile" });
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(seen.body, { mapping: { columns: { a: "" } } });
  seen.job.report({ status: "running", done: 1, total: 2 });
  assert.deepEqual([state().work.load.id, state().work.load.done], ["j1", 1]);
  seen.asked.length = 0;
  seen.job.report({ status: "done", result: { read: 1 } });
  seen.job.end();
  await ended;
  assert.equal(state().route.file, "");
  assert.ok(seen.asked.includes("GET /api/ingest/state"));
});

test("what moves by itself is asked for now and then, on the Data page alone", async () => {
  const { controller, seen } = world({ "GET /api/me": ME, "GET /api/imports": { items: [{ state: "loading" }] } }, "?page=data");
  await controller.start();
  seen.asked.length = 0;
  await controller.handle({ verb: "tick" });
  assert.deepEqual(seen.asked, ["GET /api/ingest/state", "GET /api/imports?limit=10"]);
  await controller.handle({ verb: "go", patch: { page: "settings" } });
  seen.asked.length = 0;
  await controller.handle({ verb: "tick" });
  assert.deepEqual(seen.asked, []);
});

const MEMBERS = "?page=members";
const BOB = { username: "bob", role: "viewer", status: "active" };
const INVITED = "#invite=tok_en-1";

test("an opened invitation goes with the sign-up and is gone afterwards", async () => {
  const routes = { "GET /api/me": refusal(401, "unauthenticated"), "POST /api/signup": { token: "t", user: BOB } };
  const { controller, state, seen } = world(routes, "", INVITED);
  await controller.start();
  assert.deepEqual(state().ticket, { kind: "invite", token: "tok_en-1" });
  await controller.handle({ verb: "signUp", username: "bob", password: "secret99", invite: "tok_en-1" });
  assert.deepEqual(seen.body, { username: "bob", password: "secret99", invite: "tok_en-1" });
  assert.deepEqual([state().ticket, state().session], [null, "in"]);
  controller.returned();
  assert.equal(state().ticket, null);
});

test("an invitation that is over is said so, and the form stays", async () => {
  const routes = { "GET /api/me": refusal(401, "x"), "POST /api/signup": refusal(400, "invite_used", { invite: "has been used" }) };
  const { controller, state } = world(routes, "", INVITED);
  await controller.start();
  await controller.handle({ verb: "signUp", username: "bob", password: "secret99" });
  assert.equal(load(state(), "account").error.code, "invite_used");
  assert.equal(state().ticket.kind, "invite");
});

test("a reset link signs in with the new password", async () => {
  const routes = { "GET /api/me": refusal(401, "x"), "POST /api/reset-password": { token: "t", user: BOB } };
  const { controller, state, seen } = world(routes, "", "#reset=abc");
  await controller.start();
  await controller.handle({ verb: "resetPassword", token: "abc", password: "secret99" });
  assert.deepEqual(seen.body, { token: "abc", password: "secret99" });
  assert.deepEqual([state().user.username, state().ticket], ["bob", null]);
});

test("who is logged in may leave somebody else's link alone", async () => {
  const { controller, state } = world({ "GET /api/me": ME }, "", INVITED);
  await controller.start();
  assert.equal(state().ticket.kind, "invite");
  await controller.handle({ verb: "dropTicket", patch: {} });
  assert.equal(state().ticket, null);
});

test("a new role is asked for by name and the lists are asked for again", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, "PATCH /api/members/b%2Fb": { ...BOB, role: "analyst" } }, MEMBERS);
  await controller.start();
  seen.asked.length = 0;
  await controller.handle({ verb: "changeMember", username: "b/b", body: { role: "analyst" } });
  assert.deepEqual(seen.body, { role: "analyst" });
  assert.equal(seen.asked[0], "PATCH /api/members/b%2Fb");
  assert.ok(seen.asked.includes("GET /api/members?limit=50"));
  assert.ok(!seen.asked.includes("GET /api/me"));
  assert.equal(load(state(), "memberChange").data.done, "role");
});

test("who changes the own role is asked anew who they are", async () => {
  const routes = { "GET /api/me": ME, "PATCH /api/members/alice": { ...ME, role: "viewer" } };
  const { controller, state, seen } = world(routes, MEMBERS);
  await controller.start();
  routes["GET /api/me"] = { ...ME, role: "viewer" };
  seen.asked.length = 0;
  await controller.handle({ verb: "changeMember", username: "alice", body: { role: "viewer" } });
  assert.equal(state().user.role, "viewer");
  assert.deepEqual(seen.asked, ["PATCH /api/members/alice", "GET /api/me"]);
});

test("the last owner's refusal is told and nothing is asked for again", async () => {
  const { controller, state, seen } = world({ "GET /api/me": ME, "PATCH /api/members/alice": refusal(409, "last_owner") }, MEMBERS);
  await controller.start();
  seen.asked.length = 0;
  await controller.handle({ verb: "changeMember", username: "alice", body: { role: "viewer" } });
  assert.equal(load(state(), "memberChange").error.code, "last_owner");
  assert.deepEqual(seen.asked, ["PATCH /api/members/alice"]);
});

test("a wrong old password keeps the reader logged in", async () => {
  const { controller, state } = world({ "GET /api/me": ME, "PUT /api/me/password": refusal(400, "wrong_password", { old_password: "is wrong" }) }, "?page=settings");
  await controller.start();
  await controller.handle({ verb: "changePassword", body: { old_password: "a", new_password: "b" } });
  assert.equal(state().session, "in");
  assert.deepEqual(load(state(), "passwordChange").error.fields, { old_password: "is wrong" });
});

test("logging out everywhere leads to the log-in", async () => {
  const { controller, state } = world({ "GET /api/me": ME }, "?page=settings");
  await controller.start();
  await controller.handle({ verb: "signOutEverywhere" });
  assert.deepEqual([state().session, state().user], ["out", null]);
});

test("a link that is shown once stays while other things are done", async () => {
  const routes = { "GET /api/me": ME, "POST /api/invites": { link: "/#invite=x" }, "POST /api/members/bob/reset-link": { link: "/#reset=y" } };
  const { controller, state } = world(routes, MEMBERS);
  await controller.start();
  await controller.handle({ verb: "invite", body: { role: "viewer" } });
  await controller.handle({ verb: "makeResetLink", patch: { username: "bob" } });
  assert.equal(load(state(), "inviteMade").data.link, "/#invite=x");
  assert.deepEqual(load(state(), "resetLink").data, { link: "/#reset=y", username: "bob" });
});
