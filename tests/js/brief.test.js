import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, briefVerbs, isUsual, readBrief, USUAL, wrongIn } from "../../static/js/brief.js";
import { writtenWith } from "../../static/js/components/authorship.js";
import { parseRoute } from "../../static/js/route.js";
import { initialState, needs, reduce } from "../../static/js/state.js";

const text = (markup) => String(markup).replace(/<[^>]*>/g, "").replace(/\s+/g, " ").trim();

test("only what differs from the usual is sent", () => {
  assert.deepEqual(bodyOf(USUAL), {});
  assert.deepEqual(bodyOf({ preset: "ux", prompt: "  phones \n", temperature: "0" }), { preset: "ux", prompt: "phones", temperature: 0 });
  assert.ok(isUsual({ ...USUAL, prompt: "  " }));
  assert.ok(!isUsual({ ...USUAL, temperature: "0" }));
});

test("what a browser remembered is read, and anything else is the usual", () => {
  const brief = { preset: "churn", prompt: "carts", temperature: "0.5" };
  assert.deepEqual(readBrief(JSON.stringify(brief)), brief);
  for (const broken of ["", "{", "null", "7", "[]"]) assert.deepEqual(readBrief(broken), { ...USUAL });
});

test("a temperature is refused outside 0 to 2, and none is fine", () => {
  for (const temperature of ["", "0", "0.7", "2"]) assert.equal(wrongIn({ ...USUAL, temperature }), "", temperature);
  for (const temperature of ["-0.1", "2.1", "30", "warm"]) assert.match(wrongIn({ ...USUAL, temperature }), /from 0 to 2/, temperature);
});

/** The verbs over a state, with what they wrote. */
function world() {
  const seen = { state: reduce(initialState({ route: {}, today: "", theme: "" }), { type: "signedIn", user: { username: "ana", role: "analyst" } }), kept: [], synced: 0 };
  const verbs = briefVerbs({
    dispatch: (action) => (seen.state = reduce(seen.state, action)),
    sync: () => (seen.synced += 1),
    held: () => seen.state,
    briefs: { write: (...kept) => seen.kept.push(kept) },
  });
  return { seen, verbs };
}

test("a choice is held, and kept for this account", () => {
  const { seen, verbs } = world();
  verbs.brief({ patch: { preset: "ux" } });
  verbs.brief({ patch: { temperature: "1" } });
  assert.deepEqual(seen.state.brief, { preset: "ux", prompt: "", temperature: "1" });
  assert.equal(seen.kept.at(-1)[0], "ana");
  assert.deepEqual(readBrief(seen.kept.at(-1)[1]), seen.state.brief);
  verbs.usualBrief();
  assert.deepEqual(seen.state.brief, USUAL);
});

test("presets and the model in use are asked for once somebody looks", () => {
  const { seen, verbs } = world();
  const asked = () => Object.keys(needs({ ...seen.state, route: parseRoute("?page=insights") }));
  assert.ok(!asked().includes("presets"));
  verbs.openBrief();
  assert.equal(seen.synced, 1);
  assert.ok(asked().includes("presets") && asked().includes("provider"));
});

test("an analysis says what it was written with, where that was not the usual", () => {
  assert.equal(text(writtenWith({ preset: "general", prompt: "", temperature: null })), "");
  assert.equal(text(writtenWith({})), "");
  const said = writtenWith({ preset: "ux", prompt: "<b>phones</b>", temperature: 0 });
  assert.ok(text(said).startsWith("Written for User experience, at temperature 0"));
  assert.ok(String(said).includes("&lt;b&gt;phones"));
});
