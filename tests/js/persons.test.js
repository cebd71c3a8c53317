import assert from "node:assert/strict";
import { test } from "node:test";

import { pathOf, personVerbs } from "../../static/js/persons.js";

function outside({ fails = false } = {}) {
  const told = [];
  const call = (name) => async (...given) => {
    told.push([name, ...given]);
    return {};
  };
  const act = async (slot, effect) => {
    told.push(["act", slot]);
    await effect();
    return !fails;
  };
  return {
    told,
    verbs: personVerbs({ api: { get: call("get"), post: call("post") }, act, drop: (slots) => told.push(["drop", slots]), renew: call("renew") }),
  };
}

test("a user id of any kind has an address", () => {
  assert.equal(pathOf("a/b ü?"), "/api/persons/a%2Fb%20%C3%BC%3F");
});

test("looking somebody up forgets the last receipt", async () => {
  const { told, verbs } = outside();
  await verbs.findPerson({ userId: "ann" });
  assert.deepEqual(told, [["drop", ["personErased"]], ["act", "person"], ["get", "/api/persons/ann"]]);
});

test("after erasing, everything is read anew", async () => {
  const { told, verbs } = outside();
  await verbs.erasePerson({ userId: "ann", body: { confirm: "ann", account: true } });
  assert.deepEqual(told, [
    ["act", "personErased"],
    ["post", "/api/persons/ann/erase", { confirm: "ann", account: true }],
    ["drop", ["person"]],
    ["renew"],
  ]);
});

test("what was refused leaves everything as it is", async () => {
  const { told, verbs } = outside({ fails: true });
  await verbs.erasePerson({ userId: "ann", body: { confirm: "x", account: false } });
  assert.equal(told.some(([name]) => name === "drop" || name === "renew"), false);
});
