import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCEPTED, trackedPage } from "./tracked-page.js";

const SECOND = 1000;
const types = (events) => events.map(({ event_type }) => event_type);
const ids = (events) => events.map(({ event_id }) => event_id);

test("a page view is sent after a second, with where the visitor came from and nothing else of the address", async () => {
  const shop = trackedPage({
    address: "https://shop.example/sale?utm_source=news&utm_medium=email&token=secret#top",
    referrer: "https://www.google.com/search?q=private",
  });
  await shop.pass(999);
  assert.equal(shop.requests.length, 0);
  await shop.pass(1);
  const [{ url, events, options }] = shop.requests;
  assert.match(url, /^https:\/\/stats\.example\/api\/events\?key=wk_1&sent=1772366401000$/);
  assert.equal(options.method, "POST");
  assert.equal(options.headers, undefined, "a header of ours would cost a preflight");
  const [{ event_id, client_id, ...rest }] = events;
  assert.ok(event_id.length > 20 && client_id.length > 20 && event_id !== client_id);
  assert.deepEqual(rest, {
    event_type: "pageview",
    timestamp: 1772366400000,
    page: "/sale",
    properties: {
      device: "desktop",
      url: "https://shop.example/sale",
      referrer: "https://www.google.com/search",
      title: "A page",
      utm_source: "news",
      utm_medium: "email",
    },
  });
  assert.equal(shop.status(), "sending");
});

test("a visitor keeps the client id from page to page, and visits are left to the server", async () => {
  const storage = {};
  const sent = [];
  for (const kept of [storage, storage, {}]) {
    const shop = trackedPage({ storage: kept });
    await shop.pass(SECOND);
    sent.push(...shop.sent());
  }
  assert.equal(sent[0].client_id, sent[1].client_id);
  assert.notEqual(sent[0].client_id, sent[2].client_id);
  assert.ok(sent.every((event) => !("session_id" in event)));
});

test("what a page called before the tracker came follows its page view", async () => {
  const shop = trackedPage({ early: [["search", { query: "boots", results_count: 0 }], ["identify", "alice"], ["list_filter"]] });
  await shop.pass(SECOND);
  assert.equal(shop.requests.length, 1);
  assert.deepEqual(types(shop.sent()), ["pageview", "search", "list_filter"]);
  assert.deepEqual(shop.sent()[1].properties, { device: "desktop", query: "boots", results_count: 0 });
  assert.deepEqual(
    shop.sent().map(({ user_id }) => user_id),
    [undefined, undefined, "alice"],
  );
});

test("a product's page is viewed once: the product view takes the place of the page view still waiting", async () => {
  const shop = trackedPage({ referrer: "https://t.co/x", early: [["product_view", { product_id: "A" }]] });
  await shop.pass(SECOND);
  assert.deepEqual(types(shop.sent()), ["product_view"]);
  assert.equal(shop.sent()[0].properties.referrer, "https://t.co/x");
  assert.equal(shop.sent()[0].properties.product_id, "A");
  shop.call("product_view", { product_id: "B" });
  await shop.pass(SECOND);
  assert.deepEqual(types(shop.sent()), ["product_view", "product_view"]);
});

test("pages of a single page app are viewed when their address changes", async () => {
  const shop = trackedPage({ address: "https://shop.example/?a=1" });
  const steps = [
    ["pushState", "/list?page=1", true],
    ["pushState", "/list?page=2", true],
    ["pushState", "/list?page=2", false],
    ["pushState", "/list?page=2#reviews", false],
    ["replaceState", "/list?page=3", false],
    ["replaceState", "/cart", true],
    ["pushState", undefined, false],
  ];
  let expected = 1;
  for (const [method, target, isView] of steps) {
    shop.page.history[method]({}, "", target);
    await shop.pass(SECOND);
    expected += isView;
    assert.equal(shop.sent().length, expected, `${method} ${target}`);
  }
  Object.assign(shop.page.location, { pathname: "/list", search: "", href: "https://shop.example/list" });
  shop.fire("popstate");
  shop.fire("pageshow", { persisted: true });
  shop.fire("pageshow", { persisted: false });
  await shop.pass(SECOND);
  assert.equal(shop.sent().length, expected + 2);
  assert.equal(shop.sent()[1].properties.referrer, "https://shop.example/");
});

test("who is logged in is said from then on, until nobody is", async () => {
  const shop = trackedPage();
  shop.page.clickstream.identify("alice");
  shop.call("add_to_cart", {});
  shop.page.clickstream.identify(null);
  shop.call("remove_from_cart", {});
  await shop.pass(SECOND);
  assert.deepEqual(
    shop.sent().map(({ user_id }) => user_id),
    [undefined, "alice", undefined],
  );
});

test("other data attributes are properties of every event", async () => {
  const shop = trackedPage({ dataset: { key: "wk_1", variant: "B", source: "demo_shop" } });
  shop.call("checkout", { variant: "C" });
  await shop.pass(SECOND);
  assert.deepEqual(
    shop.sent().map(({ properties }) => [properties.source, properties.variant]),
    [
      ["demo_shop", "B"],
      ["demo_shop", "C"],
    ],
  );
});

for (const [coarse, screen, device] of [
  [false, { width: 2560, height: 1440 }, "desktop"],
  [true, { width: 390, height: 844 }, "mobile"],
  [true, { width: 844, height: 390 }, "mobile"],
  [true, { width: 820, height: 1180 }, "tablet"],
])
  test(`a screen of ${screen.width} x ${screen.height} for ${coarse ? "fingers" : "a mouse"} is a ${device}`, async () => {
    const shop = trackedPage({ coarse, screen });
    await shop.pass(SECOND);
    assert.equal(shop.sent()[0].properties.device, device);
  });

for (const [label, given, reason] of [
  ["Do Not Track", { navigator: { doNotTrack: "1" } }, "this browser asks not to be tracked"],
  ["Global Privacy Control", { navigator: { globalPrivacyControl: true } }, "this browser asks not to be tracked"],
  ["a tag without a key", { dataset: {} }, "the script has no data-key"],
])
  test(`${label}: nothing is sent or stored, and it says why, once`, async () => {
    const storage = {};
    const shop = trackedPage({ storage, early: [["search", {}]], ...given });
    shop.call("purchase", { order_id: "A" });
    await shop.pass(60 * SECOND);
    assert.deepEqual([shop.requests, shop.beacons, storage], [[], [], {}]);
    assert.equal(shop.status(), `not sending: ${reason}`);
    assert.deepEqual(shop.told, [`clickstream: not sending: ${reason}`]);
  });

test("a page that is only prepared is no visit until it is shown", async () => {
  const shop = trackedPage({ document: { ...prepared(), prerendering: true } });
  await shop.pass(5 * SECOND);
  assert.equal(shop.requests.length, 0);
  shop.page.document.shown();
  await shop.pass(SECOND);
  assert.equal(shop.requests.length, 1);
});

function prepared() {
  const currentScript = { dataset: { key: "wk_1" }, src: "https://stats.example/tracker.js" };
  const document = { currentScript, referrer: "", title: "" };
  document.addEventListener = (name, run) => name === "prerenderingchange" && (document.shown = run);
  return { ...document, shown: () => document.shown() };
}

test("without a network it tries again, less and less often, and nothing doubles", async () => {
  let online = false;
  const shop = trackedPage({ answer: () => (online ? ACCEPTED : new TypeError("Failed to fetch")) });
  await shop.pass(40 * SECOND);
  assert.deepEqual(
    shop.requests.map(({ at }) => at / SECOND),
    [1, 3, 7, 15, 31],
  );
  assert.equal(shop.status(), "will try again: TypeError: Failed to fetch");
  assert.equal(shop.told.length, 1);
  shop.call("search", { query: "x" });
  online = true;
  shop.fire("online");
  await shop.pass(0);
  assert.equal(new Set(ids(shop.requests.slice(0, 5).flatMap(({ events }) => events))).size, 1);
  assert.deepEqual(types(shop.requests.at(-1).events), ["pageview", "search"]);
  assert.equal(shop.status(), "sending");
  await shop.pass(300 * SECOND);
  assert.equal(shop.requests.length, 6);
});

test("what could not be sent is sent by the next page, under the same ids", async () => {
  const storage = {};
  const offline = trackedPage({ storage, answer: () => new TypeError("Failed to fetch") });
  await offline.pass(5 * SECOND);
  const next = trackedPage({ storage });
  await next.pass(SECOND);
  assert.deepEqual(ids(next.sent())[0], ids(offline.sent())[0]);
  assert.equal(next.sent().length, 2);
  const after = trackedPage({ storage });
  await after.pass(SECOND);
  assert.equal(after.sent().length, 1);
});

for (const status of [429, 500, 503])
  test(`an answer of ${status} may pass`, async () => {
    const shop = trackedPage({ answer: (_, n) => (n === 1 ? [status, { error: "Busy." }] : ACCEPTED) });
    await shop.pass(SECOND);
    assert.equal(shop.status(), "will try again: Busy.");
    await shop.pass(2 * SECOND);
    assert.deepEqual(ids(shop.requests[0].events), ids(shop.requests[1].events));
    assert.equal(shop.status(), "sending");
  });

for (const status of [401, 403])
  test(`an answer of ${status} ends it in the server's words, and the events wait for another key`, async () => {
    const storage = {};
    const shop = trackedPage({ storage, answer: () => [status, { error: "The write key was revoked." }] });
    await shop.pass(SECOND);
    shop.call("search", {});
    shop.hide(true);
    await shop.pass(600 * SECOND);
    assert.equal(shop.requests.length + shop.beacons.length, 1);
    assert.equal(shop.status(), "not sending: The write key was revoked.");
    const renewed = trackedPage({ storage, dataset: { key: "wk_2" } });
    await renewed.pass(SECOND);
    assert.equal(renewed.sent().length, 2);
  });

test("a refused event is told in the console and not sent again", async () => {
  const refusal = { index: 1, code: "invalid_event", fields: { "properties.price": "must not be negative" } };
  const shop = trackedPage({ answer: () => [202, { accepted: 1, duplicates: 0, rejected: [refusal] }] });
  shop.call("add_to_cart", { price: -1 });
  await shop.pass(10 * SECOND);
  assert.equal(shop.requests.length, 1);
  assert.match(shop.told[0], /refused invalid_event/);
  const all = trackedPage({ answer: () => [400, { error: "No event was stored.", code: "missing_identity", fields: {} }] });
  await all.pass(10 * SECOND);
  assert.equal(all.requests.length, 1);
  assert.match(all.told[0], /refused missing_identity/);
});

test("leaving sends what waits as a beacon, once, and the next page makes sure of it", async () => {
  const storage = {};
  const shop = trackedPage({ storage });
  shop.call("purchase", { order_id: "A" });
  shop.fire("pagehide");
  shop.hide(true);
  assert.equal(shop.beacons.length, 1);
  assert.match(shop.beacons[0].url, /key=wk_1&sent=\d+$/);
  assert.deepEqual(types(shop.beacons[0].events), ["pageview", "purchase"]);
  const next = trackedPage({ storage });
  await next.pass(SECOND);
  assert.deepEqual(ids(next.sent()).slice(0, 2), ids(shop.beacons[0].events));
});

for (const [label, sendBeacon] of [
  ["is missing", undefined],
  ["is refused", () => false],
])
  test(`where the beacon ${label}, a request that outlives the page is sent`, async () => {
    const shop = trackedPage({ navigator: { sendBeacon } });
    shop.hide(true);
    await shop.pass(0);
    assert.equal(shop.requests.length, 1);
    assert.equal(shop.requests[0].options.keepalive, true);
  });

test("who comes back to the tab goes on", async () => {
  const shop = trackedPage();
  await shop.pass(SECOND);
  shop.call("search", {});
  shop.hide(true);
  shop.hide(false);
  shop.call("search_click", {});
  shop.hide(true);
  await shop.pass(5 * SECOND);
  assert.equal(shop.beacons.length, 2);
  assert.deepEqual(types(shop.sent()), ["pageview", "search", "search_click"]);
});

for (const [label, storage] of [
  ["forbidden", new Proxy({}, { get: forbid, set: forbid })],
  ["full", new Proxy({}, { set: forbid })],
])
  test(`storage that is ${label} costs no event of this page`, async () => {
    const shop = trackedPage({ storage, answer: (_, n) => (n === 1 ? new TypeError("Failed to fetch") : ACCEPTED) });
    shop.call("search", {});
    await shop.pass(10 * SECOND);
    assert.equal(new Set(ids(shop.sent())).size, 2);
    assert.equal(shop.requests.length, 2);
  });

function forbid() {
  throw new Error("SecurityError");
}

test("a storage that was full keeps neither less nor more than this page remembers", async () => {
  let full = false;
  const kept = {};
  const storage = new Proxy(kept, { set: (target, name, value) => (full ? forbid() : ((target[name] = value), true)) });
  const shop = trackedPage({ storage });
  full = true;
  shop.call("purchase", { order_id: "A" });
  shop.call("search", {});
  await shop.pass(SECOND);
  assert.deepEqual(types(shop.sent()), ["pageview", "purchase", "search"]);
});

test("a request holds twenty-five events, and two hundred are kept", async () => {
  let online = false;
  const shop = trackedPage({ answer: () => (online ? ACCEPTED : new TypeError("x")) });
  for (let n = 0; n < 250; n++) shop.call("search", { n });
  await shop.pass(SECOND);
  online = true;
  await shop.pass(60 * SECOND);
  const delivered = shop.requests.slice(1);
  assert.deepEqual([...new Set(delivered.map(({ events }) => events.length))], [25]);
  assert.equal(new Set(ids(delivered.flatMap(({ events }) => events))).size, 200);
  assert.equal(delivered.at(-1).events.at(-1).properties.n, 249);
});
