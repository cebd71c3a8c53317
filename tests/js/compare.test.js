import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVerbs, comparisonQuery, NO_SIDE_B, ofComparison, presets, sideB, sideOfScope, swapped } from "../../static/js/compare.js";
import { changeRoute, parseRoute, routeQuery, scopeOf } from "../../static/js/route.js";

const TODAY = "2026-03-11"; // a Wednesday
const url = (path, query) => `${path}?${new URLSearchParams(query)}`;
const preset = (id, route = parseRoute("?page=compare"), datasets = []) =>
  changeRoute(route, presets(route, TODAY, datasets).find((one) => one.id === id).patch);
const queryOf = (route) => comparisonQuery(route, TODAY);

test("both sides are in the address and survive the way to a route and back", () => {
  const query = "?page=compare&from=2026-03-01&to=2026-03-03&device=mobile&b_dataset=d1&b_range=7&b_country=DE&b_view=all";
  const route = parseRoute(query);
  assert.equal(routeQuery(route), query);
  assert.deepEqual(queryOf(route), {
    since: "2026-03-01",
    until: "2026-03-04",
    device: "mobile",
    b_dataset: "d1",
    b_since: "2026-03-05",
    b_until: "2026-03-12",
    b_country: "DE",
    b_view: "all",
  });
});

test("nonsense about side B is left out", () => {
  const route = parseRoute("?page=compare&b_from=yesterday&b_range=13&b_view=some");
  assert.deepEqual(scopeOf(sideB(route), TODAY), {});
});

test("days chosen on side B replace its preset and leave side A alone", () => {
  const route = changeRoute(parseRoute("?page=compare&range=7&b_range=28"), { b_from: "2026-03-01" });
  assert.deepEqual([route.range, route.b_range, route.b_from], ["7", "custom", "2026-03-01"]);
  assert.deepEqual([changeRoute(route, { b_range: "90" }).b_from, changeRoute(route, { b_range: "90" }).b_range], ["", "90"]);
});

test("sides that are the same are not asked for", () => {
  assert.equal(queryOf(parseRoute("?page=compare")), null);
  assert.equal(queryOf(parseRoute("?page=compare&device=mobile&b_device=mobile")), null);
  assert.equal("compare" in ofComparison(parseRoute("?page=compare"), TODAY, url, []), false);
  assert.match(ofComparison(parseRoute("?page=compare&b_device=mobile"), TODAY, url, ["device"]).compare, /compare\?b_device=mobile$/);
});

test("this week runs from its Monday to today, the last one is whole", () => {
  assert.deepEqual(queryOf(preset("weeks")), {
    since: "2026-03-02",
    until: "2026-03-09",
    b_since: "2026-03-09",
    b_until: "2026-03-12",
  });
});

test("the period before is as long as the one that was chosen", () => {
  const chosen = parseRoute("?page=compare&from=2026-03-08&to=2026-03-10&dataset=d1");
  assert.deepEqual(queryOf(preset("period", chosen)), {
    dataset: "d1",
    since: "2026-03-05",
    until: "2026-03-08",
    b_dataset: "d1",
    b_since: "2026-03-08",
    b_until: "2026-03-11",
  });
  const { since, b_since: later, b_until: end } = queryOf(preset("period"));
  assert.deepEqual([since, later, end], ["2026-01-15", "2026-02-12", "2026-03-12"]);
});

test("devices are compared over the same days", () => {
  const route = preset("devices", parseRoute("?page=compare&range=7&country=DE"));
  const { device, b_device: other, since, b_since: also, country } = queryOf(route);
  assert.deepEqual([device, other, since === also, country], ["desktop", "mobile", true, undefined]);
});

test("days that an earlier preset compared narrow no later one", () => {
  const weeks = preset("weeks");
  const period = preset("period", weeks);
  assert.deepEqual(queryOf(period), { since: "2026-03-06", until: "2026-03-09", b_since: "2026-03-09", b_until: "2026-03-12" });
  assert.deepEqual(preset("period", period), period);
  assert.deepEqual(preset("period", changeRoute(weeks, swapped(weeks))), period);
  for (const earlier of [weeks, period])
    for (const id of ["devices", "visitors"]) assert.deepEqual(preset(id, earlier), preset(id));
  const chosen = preset("devices", parseRoute("?page=compare&range=7"));
  assert.deepEqual(preset("visitors", chosen), preset("visitors", parseRoute("?page=compare&range=7")));
});

test("versions are offered where one of the logs has one", () => {
  const datasets = [{ dataset_id: "d2", version_of: "d1" }];
  const ids = (route) => presets(route, TODAY, datasets).map(({ id }) => id);
  assert.equal(ids(parseRoute("?page=compare")).includes("versions"), false);
  const route = preset("versions", parseRoute("?page=compare&dataset=d2"), datasets);
  assert.deepEqual(queryOf(route), { dataset: "d1", b_dataset: "d2" });
});

test("sides are swapped whole, and swapped again they are as before", () => {
  const route = parseRoute("?page=compare&range=7&b_device=mobile&b_dataset=d1");
  const other = changeRoute(route, swapped(route));
  assert.deepEqual(scopeOf(other, TODAY), scopeOf(sideB(route), TODAY));
  assert.deepEqual(changeRoute(other, swapped(other)), route);
  assert.equal(routeQuery(changeRoute(route, NO_SIDE_B)), "?page=compare&range=7");
});

test("a saved scope becomes a side by the days of the shop's clock", () => {
  const scope = { dataset: "live", since: "2026-03-01T00:00:00.000Z", until: "2026-03-03T00:00:00.000Z", filters: { device: "tv" }, view: "all" };
  const side = sideOfScope(scope, (moment) => moment.slice(0, 10));
  assert.deepEqual([side.dataset, side.from, side.to, side.device, side.country, side.view], ["", "2026-03-01", "2026-03-02", "tv", "", "all"]);
  assert.deepEqual(sideOfScope({ ...scope, since: null, until: null }, () => "x").from, "");
});

test("explaining analyses both sides, as they stand in the address", async () => {
  const route = parseRoute("?page=compare&device=desktop&b_device=mobile&b_range=7");
  const made = [];
  const verbs = compareVerbs({ held: () => ({ route, today: TODAY }), makeAnalysis: (body) => made.push(body) });
  verbs.explain();
  assert.deepEqual(made, [
    { device: "desktop", report: "comparison", against: { since: "2026-03-05", until: "2026-03-12", device: "mobile" } },
  ]);
});

test("a saved segment takes the place of the filters of its side only", () => {
  const route = parseRoute("?page=compare&device=desktop&b_device=mobile&b_country=DE&b_range=7");
  const loads = { savedSegments: { data: { items: [{ segment_id: "s1", filters: { channel: "paid" } }] } } };
  const visited = [];
  const verbs = compareVerbs({ held: () => ({ route, loads }), visit: (to) => visited.push(routeQuery(to)) });
  verbs.chooseSideSegment({ patch: { b_segment: "s1" } });
  verbs.chooseSideSegment({ patch: { b_segment: "" } });
  assert.deepEqual(visited, ["?page=compare&device=desktop&b_range=7&b_channel=paid", "?page=compare&device=desktop&b_range=7"]);
});

test("a replay is asked of the open analysis and kept by its id", () => {
  const asked = [];
  const held = () => ({ route: parseRoute("?page=insights&analysis=a%2F1") });
  const verbs = compareVerbs({ held, api: { post: (path) => path }, act: (slot, effect) => asked.push([slot, effect()]) });
  verbs.replay();
  assert.deepEqual(asked, [["replay-a/1", "/api/analyses/a%2F1/replay"]]);
});

test("values of one dataset are asked for once", () => {
  const slots = (query) => Object.keys(ofComparison(parseRoute(query), TODAY, url, ["device"]));
  assert.deepEqual(slots("?page=compare&b_device=mobile"), ["datasets", "compare"]);
  assert.deepEqual(slots("?page=compare&b_dataset=d1"), ["datasets", "b_known_device", "compare"]);
});
