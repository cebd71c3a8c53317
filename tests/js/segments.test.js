import assert from "node:assert/strict";
import { test } from "node:test";
import { filtersOf, parseRoute, routeQuery } from "../../static/js/route.js";
import { sameFilters, segmentFor, segmentVerbs } from "../../static/js/segments.js";

const PHONES = { segment_id: "p1", name: "Phones", filters: { device: "mobile" } };
const TWIN = { segment_id: "p2", name: "Mobiles", filters: { device: "mobile" } };
const GERMANS = { segment_id: "g1", name: "Germans", filters: { country: "DE", variant: "B" } };

/** Verbs over a page that has these segments; `calls` is what they did. */
function page(search, refused = false) {
  const calls = [];
  const state = { route: parseRoute(search), loads: { savedSegments: { data: { items: [PHONES, GERMANS] } } } };
  const sent = (method) => async (path, body) => {
    calls.push([method, path, body]);
    return { segment_id: "new" };
  };
  const verbs = segmentVerbs({
    api: { post: sent("POST"), patch: sent("PATCH"), remove: sent("DELETE") },
    act: async (slot, effect) => {
      if (refused) return false;
      state.loads[slot] = { data: await effect() };
      return true;
    },
    fetchInto: async (slot) => calls.push(["fetch", slot]),
    visit: async (route) => calls.push(["visit", routeQuery(route)]),
    drop: () => {},
    held: () => state,
  });
  return { verbs, calls };
}

test("a segment is known by its filters, whatever their order, and by its id among equals", () => {
  assert.equal(segmentFor([PHONES, GERMANS], { variant: "B", country: "DE" }), GERMANS);
  assert.equal(segmentFor([PHONES, TWIN], { device: "mobile" }, "p2"), TWIN);
  assert.equal(segmentFor([PHONES, TWIN], { device: "tablet" }, "p2"), undefined);
  assert.equal(sameFilters({ device: "" }, {}), true);
});

test("choosing a segment puts all its filters, and no others, into the address", async () => {
  const { verbs, calls } = page("?page=metrics&range=7&device=tablet&visitor=new");
  await verbs.chooseSegment({ segment: "g1" });
  assert.deepEqual(calls, [["visit", "?page=metrics&range=7&country=DE&variant=B&segment=g1"]]);
});

test("choosing none takes the filters off and keeps the window", async () => {
  const { verbs, calls } = page("?range=7&country=DE&variant=B&segment=g1");
  await verbs.chooseSegment({ segment: "" });
  assert.deepEqual(calls, [["visit", "?range=7"]]);
});

test("what is selected is saved under a name, and then chosen", async () => {
  const { verbs, calls } = page("?range=7&device=mobile&visitor=new&variant=A");
  await verbs.saveSegment({ name: "New" });
  assert.deepEqual(calls, [
    ["POST", "/api/segments", { name: "New", filters: { device: "mobile", visitor: "new", variant: "A" } }],
    ["fetch", "savedSegments"],
    ["visit", "?range=7&device=mobile&visitor=new&variant=A&segment=new"],
  ]);
});

test("a refused name changes nothing", async () => {
  const { verbs, calls } = page("?device=mobile", true);
  await verbs.saveSegment({ name: "Phones" });
  assert.deepEqual(calls, []);
});

test("a deleted segment leaves its filters in the address", async () => {
  const { verbs, calls } = page("?device=mobile&segment=p1");
  await verbs.deleteSegment({ id: "p1" });
  assert.deepEqual(calls.at(-1), ["visit", "?device=mobile"]);
  assert.deepEqual(filtersOf(parseRoute("?device=mobile&segment=p1")), { device: "mobile" });
});
