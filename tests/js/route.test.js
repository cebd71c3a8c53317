import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, behindKey, behindOf, changeRoute, clearScope, isScoped, optionsOf, parseRoute, routeQuery, scopeOf, windowDays } from "../../static/js/route.js";

const TODAY = "2026-03-10";

test("an address without a query is the summary of all data", () => {
  const route = parseRoute("");
  assert.equal(route.page, "summary");
  assert.deepEqual(scopeOf(route, TODAY), {});
  assert.equal(routeQuery(route), "");
  assert.equal(isScoped(route), false);
});

test("every address survives the way to a route and back", () => {
  for (const query of [
    "?page=metrics&range=7&device=mobile&view=all&dimension=country",
    "?from=2026-03-01&to=2026-03-05&country=DE&channel=paid&visitor=new",
    "?page=insights&analysis=a%2F1",
    "?page=metrics&session=c1%3A99",
    "?page=settings",
    "?page=metrics&topic=search&behind=search%2Fterm%2Fa%2Fb",
    "?page=metrics&funnel.mode=strict&paths.over=page",
  ]) {
    assert.equal(routeQuery(parseRoute(query)), query);
  }
});

test("nonsense in the address is left out", () => {
  const route = parseRoute("?page=admin&range=13&from=yesterday&to=2026-02-31&dimension=$gt&view=some");
  assert.deepEqual(scopeOf(route, TODAY), {});
  assert.equal(route.page, "summary");
  assert.equal(route.dimension, "device");
});

test("the last 7 days are today and the six before", () => {
  assert.deepEqual(scopeOf(parseRoute("?range=7"), TODAY), { since: "2026-03-04", until: "2026-03-11" });
});

test("the last day of a window is part of it", () => {
  const scope = scopeOf(parseRoute("?from=2026-02-27&to=2026-02-28"), TODAY);
  assert.deepEqual(scope, { since: "2026-02-27", until: "2026-03-01" });
  assert.equal(windowDays(scope), 2);
});

test("a window may be open on one side", () => {
  assert.deepEqual(scopeOf(parseRoute("?to=2026-02-28"), TODAY), { until: "2026-03-01" });
  assert.equal(windowDays({ until: "2026-03-01" }), null);
});

test("a preset replaces custom days and custom days replace a preset", () => {
  const custom = changeRoute(parseRoute("?range=7"), { from: "2026-03-01" });
  assert.deepEqual([custom.range, custom.from], ["custom", "2026-03-01"]);
  const preset = changeRoute(custom, { range: "28" });
  assert.deepEqual([preset.range, preset.from, preset.to], ["28", "", ""]);
  assert.equal(changeRoute(custom, { from: "" }).range, "");
});

test("clearing keeps the page and drops window, filters and noise", () => {
  const cleared = clearScope(parseRoute("?page=metrics&range=7&device=mobile&view=all"));
  assert.equal(routeQuery(cleared), "?page=metrics");
});

test("days are added across months and leap days", () => {
  assert.equal(addDays("2024-02-28", 1), "2024-02-29");
  assert.equal(addDays("2026-01-01", -1), "2025-12-31");
});

test("the options of a metric are named after it and leave the others alone", () => {
  const route = parseRoute("?page=metrics&funnel.mode=strict&funnel.unit=visitor&paths.steps=3&dimension=country");
  assert.deepEqual(optionsOf(route, "funnel"), { mode: "strict", unit: "visitor" });
  assert.deepEqual(optionsOf(route, "segments"), { dimension: "country" });
  assert.deepEqual(optionsOf(route, "cart"), {});
});

test("the number whose sessions are listed keeps every character of its value", () => {
  const route = changeRoute(parseRoute(""), { behind: behindKey("search", "term", "a/b\nc") });
  assert.deepEqual(behindOf(parseRoute(routeQuery(route))), { metric: "search", of: "term", value: "a/b\nc" });
  assert.equal(behindOf(parseRoute("?behind=nonsense")), null);
});
