import assert from "node:assert/strict";
import { test } from "node:test";
import { format, formats, UNKNOWN, writeIn } from "../../static/js/format.js";
import { localeOf } from "../../static/js/languages.js";

const english = formats("en-US");
const german = formats("de-DE");

test("unknown is an em dash and zero is zero", () => {
  const rate = (value) => ({ numerator: 0, denominator: value === null ? 0 : 5, value });
  assert.equal(english.rate(rate(null)), UNKNOWN);
  assert.equal(english.rate(rate(0)), "0.0%");
  assert.equal(english.number(null), UNKNOWN);
  assert.equal(english.number(0), "0");
  assert.equal(english.duration(null), UNKNOWN);
  assert.equal(english.money([]), UNKNOWN);
});

test("numbers follow the reader's locale", () => {
  assert.equal(english.number(1234567), "1,234,567");
  assert.equal(german.number(1234567), "1.234.567");
  assert.equal(german.share(0.1234), "12,3\u00a0%");
});

test("shares under one percent keep a second digit", () => {
  assert.deepEqual([0.0025, 0.0099, 0.01, 0.5].map(english.share), ["0.25%", "0.99%", "1.0%", "50.0%"]);
});

test("a rate shows the pair behind it", () => {
  assert.equal(english.pair({ numerator: 1200, denominator: 5000, value: 0.24 }), "1,200 of 5,000");
});

test("currencies stand side by side and are never added", () => {
  assert.equal(english.money([{ currency: "USD", amount: 10 }, { currency: "EUR", amount: 2.5 }]), "$10.00 + €2.50");
  assert.equal(english.money([{ currency: "JPY", amount: 1200 }]), "¥1,200");
});

test("a currency nobody knows is still shown", () => {
  assert.equal(english.money([{ currency: "points", amount: 3 }]), "3.0 points");
});

test("durations are in words", () => {
  assert.deepEqual([0, 59, 60, 191.4, 3725].map(english.duration), ["0 s", "59 s", "1 min 0 s", "3 min 11 s", "1 h 2 min"]);
});

test("a duration never shows sixty seconds", () => {
  assert.deepEqual([59.6, 119.7, 3599.9].map(english.duration), ["1 min 0 s", "2 min 0 s", "1 h 0 min"]);
});

test("a day is that day in every time zone", () => {
  assert.equal(english.day("2026-03-01"), "Mar 1, 2026");
  assert.equal(english.day("2026-03-01T23:00:00.000Z", "Europe/Berlin"), "Mar 2, 2026");
});

test("differences of rates are signed percentage points", () => {
  assert.deepEqual([0.0123, -0.004, 0].map(english.points), ["+1.2 pp", "−0.4 pp", "0.0 pp"]);
});

test("counts agree with their noun", () => {
  assert.deepEqual([0, 1, 2].map((n) => english.count(n, "search", "searches")), ["0 searches", "1 search", "2 searches"]);
});

test("country codes are spelled out and other words kept", () => {
  assert.deepEqual(["DE", "unknown", "(other)"].map(english.country), ["Germany", "unknown", "(other)"]);
});

test("a unit price keeps the fractions of a cent", () => {
  assert.deepEqual([0.15, 0.075, 0.0375, 12].map(english.price), ["$0.15", "$0.075", "$0.0375", "$12.00"]);
  assert.equal(english.price(null), UNKNOWN);
});

test("the page writes as its reader's account wants it", () => {
  writeIn("fr");
  assert.equal(format.share(0.034), "3,4\u00a0%");
  writeIn("vi");
  assert.deepEqual([format.locale, format.duration(191.4), format.day("2026-03-01")], ["vi", "3 phút 11 giây", "1 thg 3, 2026"]);
});

test("an account's language is its locale; English is the browser's own kind of English", () => {
  const chosen = [["de", "en-GB"], ["en", "en-GB"], ["en", "de-AT"], [undefined, "fr-CA"]].map(([language, browser]) => localeOf(language, browser));
  assert.deepEqual(chosen, ["de", "en-GB", "en", "fr-CA"]);
});
