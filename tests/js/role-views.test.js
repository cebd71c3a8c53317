import assert from "node:assert/strict";
import { test } from "node:test";
import { report } from "../../static/js/components/report.js";
import { arranged, arrangementOf, headlineFacts, roleViewOf } from "../../static/js/role-views.js";

const claim = (text) => ({ text, template: text, fact_ids: [], direction: "none" });
const ANALYSIS = {
  status: "done",
  report: "store",
  language: "en",
  finished_at: "2026-03-01T12:00:00.000Z",
  scope: {},
  watermark: 1,
  facts: [
    { id: "overview.orders", label: "Orders", value: 31, unit: "count", definition: "-" },
    { id: "overview.revenue.eur", label: "Revenue (EUR)", value: 20, unit: "money:EUR", definition: "-" },
  ],
  titles: { first: "First", second: "Second", third: "Third" },
  sections: {
    first: { source: "computed", claims: [claim("One thing."), claim("Another <b>thing</b>.")] },
    second: { source: "computed", claims: [claim("A second thing.")] },
    third: { source: "model", claims: [claim("A third thing.")] },
  },
  recommended_products: [],
};
const ARRANGEMENT = {
  sections: [
    { section: "second", weight: "lead" },
    { section: "gone", weight: "lead" },
    { section: "first", weight: "folded" },
  ],
  headline: ["overview.revenue", "overview.gone", "overview.orders"],
  charts: ["funnel"],
};
const VIEWS = [{ role_view: "owner", title: "Owner", asks: "", reports: { store: ARRANGEMENT } }];

test("a view leaves no section out and adds none", () => {
  assert.deepEqual(
    arranged(["first", "second", "third"], ARRANGEMENT).map(({ section, weight }) => [section, weight]),
    [["second", "lead"], ["first", "folded"], ["third", "plain"]],
  );
  assert.deepEqual(arranged(["first"], undefined), [{ section: "first", weight: "plain" }]);
});

for (const [name, arrangement] of [["without a view", undefined], ["in a view", ARRANGEMENT]])
  test(`every claim of a report is on the page ${name}, once`, () => {
    const markup = String(report(ANALYSIS, { arrangement }));
    for (const text of ["One thing.", "Another &lt;b&gt;thing&lt;/b&gt;.", "A second thing.", "A third thing."])
      assert.equal(markup.split(text).length, 2, text);
  });

test("a folded section is a disclosure that its title opens", () => {
  const markup = String(report(ANALYSIS, { arrangement: ARRANGEMENT }));
  assert.match(markup, /<details class="report-folded" id="folded-first">\s*<summary>First/);
});

test("figures on top are the view's facts, in its order and every currency", () => {
  assert.deepEqual(headlineFacts(ANALYSIS.facts, ARRANGEMENT).map(({ id }) => id), ["overview.revenue.eur", "overview.orders"]);
  assert.deepEqual(headlineFacts(ANALYSIS.facts, undefined), []);
});

test("the address's view wins over the account's usual one", () => {
  assert.equal(roleViewOf({ route: { role_view: "product" }, roleView: "owner" }), "product");
  assert.equal(roleViewOf({ route: { role_view: "" }, roleView: "owner" }), "owner");
});

test("an unknown view, and a kind of report it does not know, arrange nothing", () => {
  assert.equal(arrangementOf(VIEWS, "owner", "store"), ARRANGEMENT);
  assert.equal(arrangementOf(VIEWS, "boss", "store"), undefined);
  assert.equal(arrangementOf(VIEWS, "owner", "weather"), undefined);
  assert.equal(arrangementOf(undefined, "owner", "store"), undefined);
});
