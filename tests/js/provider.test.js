import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, choices, formOf, search } from "../../static/js/provider.js";

const OWNER = { username: "alice", role: "owner" };
const SHOPPER = { username: "bob", role: "shopper" };
const LOCAL = { kind: "compatible", base_url: "http://localhost:11434/v1" };
const MODELS = [
  { id: "acme/large", name: "Acme: Large" },
  { id: "acme/small", name: "Acme: Small" },
  { id: "openai/gpt-4o-mini", name: "OpenAI: GPT-4o-mini" },
];

test("only an owner is offered an address of their own", () => {
  assert.deepEqual(choices(OWNER), ["openrouter", "openai", "compatible"]);
  assert.deepEqual(choices(SHOPPER), ["openrouter", "openai"]);
  assert.deepEqual(choices(null), ["openrouter", "openai"]);
});

test("the form begins with what is in use, and never with a key", () => {
  assert.deepEqual(formOf({ ...LOCAL, masked: "…cdef" }, OWNER), { ...LOCAL, key: "" });
  assert.deepEqual(formOf({ kind: "openai", base_url: null }, SHOPPER), { kind: "openai", base_url: "", key: "" });
});

test("who may not choose what is in use begins with OpenRouter", () => {
  assert.deepEqual(formOf({ ...LOCAL, base_url: null }, SHOPPER), { kind: "openrouter", base_url: "", key: "" });
  assert.deepEqual(formOf({ kind: null, base_url: null }, OWNER), { kind: "openrouter", base_url: "", key: "" });
  assert.deepEqual(formOf(undefined, OWNER), { kind: "openrouter", base_url: "", key: "" });
});

test("a form nobody touched sends nothing, which means what is in use", () => {
  const initial = formOf(LOCAL, OWNER);
  assert.deepEqual(bodyOf(initial, initial), {});
  assert.deepEqual(bodyOf({ ...initial, key: "  " }, initial), {});
});

test("what was typed is sent with its provider", () => {
  const initial = formOf(undefined, OWNER);
  assert.deepEqual(bodyOf({ ...initial, key: " sk-or-v1-1 " }, initial), { kind: "openrouter", key: "sk-or-v1-1" });
  assert.deepEqual(bodyOf({ ...LOCAL, key: "" }, initial), LOCAL);
  assert.deepEqual(bodyOf({ kind: "openai", base_url: "", key: "" }, initial), { kind: "openai" });
});

test("an address is not sent to a provider that has its own", () => {
  const initial = formOf(LOCAL, OWNER);
  const typed = { kind: "openai", base_url: LOCAL.base_url, key: "sk-1" };
  assert.deepEqual(bodyOf(typed, initial), { kind: "openai", key: "sk-1" });
});

test("a model is found by any words of its id or name, in any case and order", () => {
  const ids = (query) => search(MODELS, query).shown.map(({ id }) => id);
  assert.deepEqual(ids(""), MODELS.map(({ id }) => id));
  assert.deepEqual(ids("ACME"), ["acme/large", "acme/small"]);
  assert.deepEqual(ids(" large acme "), ["acme/large"]);
  assert.deepEqual(ids("large openai"), []);
});

test("a long list is counted whole and shown in part", () => {
  const many = Array.from({ length: 400 }, (_, index) => ({ id: `m${index}`, name: `M ${index}` }));
  const { shown, total } = search(many, "m");
  assert.deepEqual([shown.length, total], [25, 400]);
});
