import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, stream } from "../../static/js/api.js";
import { chatVerbs, heardIn, messagesOf, NEW, NO_CHAT, ofChat, reportLink, suggestionsOf } from "../../static/js/chat.js";
import { parseRoute } from "../../static/js/route.js";
import { initialState, needs, reduce } from "../../static/js/state.js";

const ASKED = { question: "Why?", status: "asking", error: "", chatId: "", sentences: [], withheld: [], measuring: [] };
const day = (instant) => instant.slice(0, 10);

function stateOn(analysis, chat = NO_CHAT) {
  const state = initialState({ route: parseRoute(`?page=insights&analysis=${analysis}`), today: "2026-03-01", theme: "" });
  return { ...state, session: "in", user: { username: "ann", role: "analyst" }, chat };
}

test("an answer grows by what is heard of it, and not any more once it has ended", () => {
  const heard = [
    ["begun", { chat_id: "c1" }],
    ["measuring", { call: { metric_id: "cart", title: "Carts" } }],
    ["sentence", { text: "Three in four." }],
    ["withheld", { reason: "a number" }],
    ["something new", {}],
    ["failed", { error: "The model left." }],
    ["sentence", { text: "Too late." }],
  ];
  const turn = heard.reduce((held, [name, data]) => heardIn(held, name, data), ASKED);

  assert.equal(turn.chatId, "c1");
  assert.deepEqual(turn.sentences, [{ text: "Three in four." }]);
  assert.deepEqual([turn.withheld.length, turn.measuring.length, turn.status, turn.error], [1, 1, "failed", "The model left."]);
});

test("an open analysis needs its chats, the one that is read by its id", () => {
  assert.equal(needs(stateOn("a 1")).chat, "/api/analyses/a%201/chat");
  assert.equal(needs(stateOn("a1", { id: "c2", turn: null })).chat, "/api/analyses/a1/chat?chat_id=c2");
  assert.equal(ofChat("a1", { id: NEW, turn: null }).chat, "/api/analyses/a1/chat");
  assert.equal("chat" in needs({ ...stateOn(""), route: parseRoute("?page=insights") }), false);
});

test("a new chat is empty whatever the latest one holds, and another analysis closes it", () => {
  const held = { messages: [{ role: "question" }], suggestions: ["What?"] };

  assert.deepEqual(messagesOf({ id: NEW }, held), []);
  assert.deepEqual(suggestionsOf({ id: NEW }, held), ["What?"]);
  assert.deepEqual(suggestionsOf({ id: "" }, { messages: [{ suggestions: ["And then?"] }], suggestions: ["What?"] }), ["And then?"]);
  const elsewhere = reduce(stateOn("a1", { id: NEW, turn: ASKED }), { type: "routed", route: parseRoute("?page=insights&analysis=a2") });
  assert.deepEqual(elsewhere.chat, NO_CHAT);
});

const SCOPE = { dataset: "live", since: null, until: null, user_id: null, filters: {}, view: "clean" };
const REPORTS = [
  ["carts stand under their topic", { metric_id: "friction", options: {}, scope: SCOPE }, "?page=metrics&topic=carts"],
  ["numbers of the summary on it", { metric_id: "overview", options: {}, scope: SCOPE }, "?"],
  [
    "window, filters and dataset",
    {
      metric_id: "trends",
      options: {},
      scope: { ...SCOPE, dataset: "log-1", since: "2026-03-01T00:00:00Z", until: "2026-03-08T00:00:00Z", filters: { device: "mobile" } },
    },
    "?page=metrics&topic=trends&dataset=log-1&from=2026-03-01&to=2026-03-07&device=mobile",
  ],
  ["options of the metric", { metric_id: "paths", options: { who: "buyers", limit: 5 }, scope: SCOPE }, "?page=metrics&topic=paths&paths.who=buyers"],
  ["the dimension of a table", { metric_id: "segments", options: { dimension: "country" }, scope: SCOPE }, "?page=metrics&topic=segments&dimension=country"],
  ["noise", { metric_id: "search", options: {}, scope: { ...SCOPE, view: "all" } }, "?page=metrics&topic=search&view=all"],
  ["no page is about one person", { metric_id: "cart", options: {}, scope: { ...SCOPE, user_id: "ann" } }, ""],
];

for (const [label, call, link] of REPORTS)
  test(`a report's link: ${label}`, () => assert.equal(reportLink(call, day), link));

/** Verbs over a state of their own; `stream` is the server's answer. */
function asking(answer, got = {}) {
  let state = stateOn("a1");
  const sent = [];
  const dispatch = (action) => (state = reduce(state, action));
  const verbs = chatVerbs({
    api: {
      stream: (path, body, hear, signal) => (sent.push([path, body]), answer(hear, signal)),
      remove: async (path) => sent.push([path]),
    },
    act: async (slot, effect) => (await effect(), true),
    fetchInto: async (slot, key) => {
      sent.push([key]);
      dispatch({ type: "loading", slot, key });
      dispatch({ type: "loaded", slot, key, data: got[key], at: "" });
    },
    dispatch,
    held: () => state,
  });
  return { verbs, sent, state: () => state };
}

test("a question is answered sentence by sentence and then read again from its chat", async () => {
  const read = { "/api/analyses/a1/chat?chat_id=c1": { chat_id: "c1", messages: [{}, {}] } };
  const seen = [];
  const { verbs, sent, state } = asking(async (hear) => {
    hear("begun", { chat_id: "c1" });
    hear("sentence", { text: "Three in four." });
    seen.push(state().chat.turn.sentences.length);
    hear("done", { message: {} });
    return true;
  }, read);
  await verbs.askChat({ question: "  Why?  " });

  assert.deepEqual(sent[0], ["/api/analyses/a1/chat", { question: "Why?" }]);
  assert.deepEqual(seen, [1]);
  assert.deepEqual(state().chat, { id: "c1", turn: null });
  assert.equal(state().loads.chat.data.messages.length, 2);
});

test("a stopped answer stays in view as stopped, and the next question goes on with its chat", async () => {
  let turn = 0;
  const { verbs, sent, state } = asking(async (hear, signal) => {
    hear("begun", { chat_id: "c1" });
    if (turn++) return hear("done", {}) ?? true;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return false;
  });
  const first = verbs.askChat({ patch: { question: "Why?" } });
  await new Promise((resolve) => setTimeout(resolve));
  await verbs.askChat({ question: "And?" }); // one at a time
  verbs.stopChat();
  await first;
  assert.equal(state().chat.turn.status, "stopped");

  await verbs.askChat({ question: "And now?" });
  assert.deepEqual(sent.filter(([, body]) => body).map(([, body]) => body), [{ question: "Why?" }, { question: "And now?", chat_id: "c1" }]);
});

test("what the server refuses is told in its words, and a broken stream as one", async () => {
  const refused = asking(async () => {
    throw new ApiError({ error: "Too many questions.", code: "too_many", status: 429 });
  });
  await refused.verbs.askChat({ question: "Why?" });
  assert.deepEqual([refused.state().chat.turn.status, refused.state().chat.turn.error], ["failed", "Too many questions."]);

  const broken = asking(async () => true);
  await broken.verbs.askChat({ question: "Why?" });
  assert.equal(broken.state().chat.turn.status, "failed");
});

test("a deleted chat is closed", async () => {
  const { verbs, sent, state } = asking(async () => true, {});
  await verbs.openChat({ patch: { chat: "c1" } });
  assert.equal(state().chat.id, "c1");
  await verbs.deleteChat({ id: "c1" });
  assert.equal(state().chat.id, "");
  assert.ok(sent.some(([path]) => path === "/api/chats/c1"));
});

test("events are read from a stream however it is cut, and signs of life are none", async () => {
  const wire = ': still here\n\nevent: begun\ndata: {"chat_id":"c1"}\n\n: still here\n\nevent: sentence\ndata: {"text":"Größe: 3\\n"}\n\n';
  const bytes = new TextEncoder().encode(wire);
  const cut = [bytes.slice(0, 20), bytes.slice(20, 75), bytes.slice(75, 117), bytes.slice(117)];
  const heard = [];
  globalThis.fetch = async () => new Response(new ReadableStream({ start: (to) => (cut.forEach((one) => to.enqueue(one)), to.close()) }));

  assert.equal(await stream("/x", {}, (...event) => heard.push(event), new AbortController().signal), true);
  assert.deepEqual(heard, [["begun", { chat_id: "c1" }], ["sentence", { text: "Größe: 3\n" }]]);

  globalThis.fetch = async () => new Response('{"error":"No.","code":"no","status":409}', { status: 409 });
  await assert.rejects(stream("/x", {}, () => {}, new AbortController().signal), { message: "No.", code: "no" });
});
