import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName } from "../../static/js/api.js";
import { csvOf, exportPath, exportVerbs } from "../../static/js/exporting.js";

const WISH = { format: "pdf", language: "de", chats: false, comments: true, roleView: "" };

test("an export is asked for with what was wished for, and nothing else", () => {
  assert.equal(exportPath("a 1", WISH), "/api/analyses/a%201/export?format=pdf&language=de&comments=true");
});

test("a metric's tables are where the metric is, with the same scope and options", () => {
  assert.equal(csvOf("/api/metrics/funnel?since=2026-03-01"), "/api/metrics/funnel/export?since=2026-03-01");
  assert.equal(csvOf("/api/metrics/rfm"), "/api/metrics/rfm/export");
  assert.deepEqual(["/api/sessions?limit=50", "/api/metrics", undefined].map((key) => csvOf(key)), ["", "", ""]);
});

test("all sessions that are listed are there for analysts, whatever page is shown", () => {
  const key = "/api/sessions?dataset=d%201&device=mobile&limit=50";
  assert.equal(csvOf(key, true), "/api/datasets/d%201/sessions?format=csv&device=mobile");
  assert.equal(csvOf("/api/sessions", true), "/api/datasets/live/sessions?format=csv");
  assert.equal(csvOf(key), "");
});

test("a file is saved under the name it was sent with, in any alphabet", () => {
  assert.equal(fileName('attachment; filename="a b.csv"'), "a b.csv");
  assert.equal(fileName("attachment; filename=\"_o.md\"; filename*=UTF-8''%C3%A1o.md"), "áo.md");
  assert.equal(fileName(""), "export");
});

test("one export at a time is written, and belongs to its analysis", async () => {
  const done = [];
  const held = { route: { analysis: "a1" }, loads: {} };
  const act = async (slot, effect) => void done.push([slot, await effect()]);
  const verbs = exportVerbs({ api: { download: async (path) => ({ name: path }) }, act, held: () => held });
  await verbs.exportAnalysis({ wish: WISH });
  held.loads.exported = { status: "loading" };
  await verbs.exportAnalysis({ wish: WISH });
  assert.deepEqual(done, [["exported", { analysis: "a1", name: exportPath("a1", WISH) }]]);
});
