import assert from "node:assert/strict";
import { test } from "node:test";
import { authorship, badge } from "../../static/js/components/authorship.js";
import { productList } from "../../static/js/components/products.js";
import { report } from "../../static/js/components/report.js";
import { format } from "../../static/js/format.js";

const text = (markup) => String(markup).replace(/<[^>]*>/g, "").replace(/\s+/g, " ").trim();
const USED = { status: "used", name: "acme/large", host: "openrouter.ai", cached: false, cost: 0.0023, usage: { prompt_tokens: 1000, completion_tokens: 234 } };
const PRODUCT = {
  product_id: "MUG-1", name: "Blue <mug>", category: "Kitchen", price: 12.5, currency: "EUR", in_stock: true, reason: "Looked at.",
  evidence: { kind: "bought_together", n: 3, sessions: 90, lift: 2.5, low: 1.2, high: 4.1, because_name: "Tray", since: "2026-03-01T00:00:00Z", counts: { with_because: 7 } },
};

test("a model's words are named with the model, its host and what they cost", () => {
  const said = text(authorship(USED));
  for (const part of ["acme/large", "openrouter.ai", format.count(1234, "token"), format.price(0.0023), "put in and checked by code"]) assert.ok(said.includes(part), part);
  assert.ok(!said.includes("did not pass"));
});

test("a remembered answer says so and names no cost", () => {
  const said = text(authorship({ ...USED, cached: true, cost: 0 }));
  assert.ok(said.includes("remembered from the same question"));
  assert.ok(!said.includes(format.price(0)));
});

test("parts that did not pass are announced", () => {
  assert.ok(text(authorship({ ...USED, refused: { decisions: "no" } })).includes("did not pass"));
});

test("a failure says why and that every text is computed", () => {
  const said = text(authorship({ status: "failed", name: "acme/large", error: "No credit left." }));
  assert.match(said, /acme\/large did not write this\. No credit left\. Every text below is computed/);
});

test("without a provider the way to the settings is shown", () => {
  assert.match(String(authorship({ status: "none", reason: "no_key" })), /href="\?page=settings"/);
  assert.match(text(authorship({ status: "none", reason: "no_data" })), /no sessions to write about/);
});

test("an analysis from before models says nothing about one", () => {
  assert.equal(authorship(null), "");
  assert.equal(authorship(undefined), "");
});

test("the two names of the same source are one", () => {
  assert.equal(text(badge("llm")), "model");
  assert.equal(text(badge("model")), "model");
  assert.equal(text(badge("popular")), "popular");
});

test("a product is shown with its reason, its counts and what has changed", () => {
  const said = text(productList([{ ...PRODUCT, in_stock: false, note: "It has sold out." }]));
  for (const part of ["Blue &lt;mug&gt;", "Kitchen", format.amount({ currency: "EUR", amount: 12.5 }), "not in stock", "Looked at.", "It has sold out.", "3 of 90", "Tray", `${format.decimal(2.5)} (${format.decimal(1.2)} to`])
    assert.ok(said.includes(part), part);
});

test("an empty list says why", () => {
  assert.equal(text(productList([], "The catalogue is empty.")), "The catalogue is empty.");
});

test("every section says whose words it has, and why they are computed although a model was asked", () => {
  const claim = { text: "It rose.", template: "It rose.", fact_ids: [], direction: "none" };
  const said = text(
    report({
      status: "done", finished_at: "2026-03-01T12:00:00Z", scope: {}, facts: [], watermark: 1, created_by: "alice",
      model: { ...USED, refused: { decisions: "It had a number of its own.", recommendations_for_user_products: "It had an unknown product." } },
      sections: {
        executive_summary: { source: "model", claims: [claim], reason: null },
        decisions: { source: "computed", claims: [claim], reason: "It had a number of its own." },
      },
      recommended_products: [{ ...PRODUCT, source: "computed" }],
      no_products: null,
    }),
  );
  assert.match(said, /Executive summary model It rose/);
  assert.match(said, /Decisions computed It had a number of its own\. It rose/);
  assert.match(said, /Recommended products computed It had an unknown product\. Blue/);
});
