import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, DEFAULT_TYPES, parseExclusions, parseSteps, writeExclusions, writeSteps } from "../../static/js/steps.js";

const AT = { step: 1, alternative: 0, condition: 0 };
const types = (steps) => steps.map((step) => step.map(({ type }) => type).join("|"));

test("no steps in the address are the default ones, and those need no address", () => {
  assert.deepEqual(types(parseSteps("")), DEFAULT_TYPES);
  assert.equal(writeSteps(parseSteps("")), "");
});

test("what cannot be read as steps is the default, not half of it", () => {
  for (const text of ["{", "7", "[]", '["search"]', '["search", 4]', '["search", {"any": []}]', '[null, null]'])
    assert.deepEqual(types(parseSteps(text)), DEFAULT_TYPES, text);
});

test("steps survive the way to the address and back", () => {
  const text = '["search",{"any":["product_view",{"type":"search_click","where":[{"property":"position","op":"at_most","value":3}]}]},"purchase"]';
  assert.equal(writeSteps(parseSteps(text)), text);
});

test("every change does what its button says", () => {
  const steps = parseSteps("");
  const table = [
    ["addStep", { type: "coupon" }, ["session", "product_view", "add_to_cart", "checkout", "coupon", "purchase"]],
    ["removeStep", {}, ["session", "add_to_cart", "checkout", "purchase"]],
    ["lowerStep", {}, ["session", "add_to_cart", "product_view", "checkout", "purchase"]],
    ["addAlternative", { type: "search" }, ["session", "product_view|search", "add_to_cart", "checkout", "purchase"]],
    ["setType", { type: "search" }, ["session", "search", "add_to_cart", "checkout", "purchase"]],
  ];
  for (const [change, given, expected] of table) assert.deepEqual(types(changes[change](steps, AT, given)), expected, change);
  assert.deepEqual(types(changes.raiseStep(steps, { step: 2 })), ["session", "add_to_cart", "product_view", "checkout", "purchase"]);
  const both = changes.addAlternative(steps, AT, { type: "search" });
  assert.deepEqual(types(changes.removeAlternative(both, { step: 1, alternative: 0 }))[1], "search");
});

test("a condition is added with a number where numbers are compared, and removed again", () => {
  const steps = changes.addCondition(parseSteps(""), AT, { property: "price", op: "at_least", value: "20" });
  assert.deepEqual(steps[1][0].where, [{ property: "price", op: "at_least", value: 20 }]);
  const set = changes.addCondition(steps, AT, { property: "brand", op: "is_set", value: "" });
  assert.deepEqual(set[1][0].where[1], { property: "brand", op: "is_set" });
  assert.deepEqual(changes.removeCondition(set, AT)[1][0].where, [{ property: "brand", op: "is_set" }]);
});

test("another type forgets the conditions of the one before", () => {
  const steps = changes.addCondition(parseSteps(""), AT, { property: "price", op: "at_least", value: "20" });
  assert.deepEqual(changes.setType(steps, AT, { type: "search" })[1], [{ type: "search", where: [] }]);
});

test("exclusions live in the address only where there are any", () => {
  assert.deepEqual(parseExclusions("nonsense"), []);
  assert.equal(writeExclusions([]), "");
  const text = '["payment_error"]';
  assert.equal(writeExclusions(parseExclusions(text)), text);
});
