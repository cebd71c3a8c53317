import assert from "node:assert/strict";
import { test } from "node:test";
import { html } from "../../static/js/html.js";

const text = (markup) => String(markup);

test("every value is escaped", () => {
  assert.equal(text(html`<b title="${'"><script>'}">${"<i>&'"}</b>`), '<b title="&quot;&gt;&lt;script&gt;">&lt;i&gt;&amp;&#39;</b>');
});

test("markup inside markup stays markup, in lists too", () => {
  assert.equal(text(html`<ul>${["a", "<"].map((item) => html`<li>${item}</li>`)}</ul>`), "<ul><li>a</li><li>&lt;</li></ul>");
});

test("nothing is shown for null, undefined and false, but zero is a number", () => {
  assert.equal(text(html`[${null}${undefined}${false}${0}]`), "[0]");
});

test("an object that only looks like markup is escaped", () => {
  assert.equal(text(html`${{ text: "<b>", toString: () => "<b>" }}`), "&lt;b&gt;");
});
