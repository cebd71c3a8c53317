import assert from "node:assert/strict";
import { test } from "node:test";
import { atWork, heard, heldBack, listens, mappingOf, ofData, SILENT } from "../../static/js/data.js";

const items = (...names) => names.map((name) => ({ kind: "stored", name }));
const names = (list) => list.map(({ name }) => name);
const MAPPING = { columns: { Wann: "timestamp", Wer: "" }, event_type: "", types: { Kauf: "purchase", Alt: "search" }, time_format: "", time_zone: "UTC", decimal: ".", shipped: "rees46" };
const PREVIEW = { columns: [{ name: "Wann" }, { name: "Wer" }], words: [{ word: "Kauf" }], mapping: MAPPING };

function form(values) {
  const data = new FormData();
  Object.entries(values).forEach(([name, value]) => data.append(name, value));
  return data;
}

test("the latest event is heard first, and a bounded number is kept", () => {
  let live = heard(SILENT, { status: "open" });
  live = heard(live, { items: items("a", "b") });
  live = heard(live, { items: items("c") });
  assert.deepEqual(names(live.items), ["c", "b", "a"]);
  live = heard(live, { items: items(...Array.from({ length: 300 }, (_, n) => String(n))) });
  assert.equal(live.items.length, 100);
  assert.equal(live.items[0].name, "299");
});

test("while paused nothing moves, and what came meanwhile appears afterwards", () => {
  let live = heldBack(heard(SILENT, { items: items("a") }), true);
  live = heard(live, { items: items("b", "c") });
  assert.deepEqual(names(live.items), ["a"]);
  assert.deepEqual(names(heldBack(live, false).items), ["c", "b", "a"]);
});

test("a stream that opens again begins anew instead of doubling what it repeats", () => {
  const live = heard(heard(SILENT, { items: items("a") }), { status: "lost" });
  assert.deepEqual(names(live.items), ["a"]);
  assert.deepEqual(heard(live, { status: "open" }).items, []);
});

test("only analysts and owners on the page listen", () => {
  const state = (role, page) => ({ session: "in", user: { role }, route: { page } });
  assert.equal(listens(state("analyst", "data")), true);
  assert.equal(listens(state("owner", "summary")), false);
  assert.equal(listens(state("viewer", "data")), false);
  assert.equal(listens({ ...state("owner", "data"), session: "out" }), false);
});

test("a viewer's page asks for nothing a viewer may not read", () => {
  assert.deepEqual(Object.keys(ofData({ file: "f1" }, false)), ["dataState", "sources", "imports"]);
  assert.equal(ofData({ file: "a/b" }, true).preview, "/api/imports/a%2Fb/preview");
});

test("a form becomes a mapping, with what it does not show as it was", () => {
  const typed = form({ "column:0": "timestamp", "column:1": "client_id", "word:0": "", decimal: ",", time_zone: " Europe/Berlin " });
  assert.deepEqual(mappingOf(typed, PREVIEW), {
    columns: { Wann: "timestamp", Wer: "client_id" },
    event_type: "",
    types: { Alt: "search" },
    time_format: "",
    time_zone: "Europe/Berlin",
    decimal: ",",
    shipped: "",
  });
});

test("a list with a file at work is asked for again", () => {
  assert.equal(atWork({ items: [{ state: "loaded" }, { state: "undoing" }] }), true);
  assert.equal(atWork({ items: [{ state: "interrupted" }] }), false);
  assert.equal(atWork(undefined), false);
});
