import assert from "node:assert/strict";
import { test } from "node:test";
import { command, newKey, sites, snippet, writeKeyVerbs } from "../../static/js/write-keys.js";

test("addresses may be separated as one likes", () => {
  assert.deepEqual(sites(" shop.example,\nhttps://a.example;  b.example "), ["shop.example", "https://a.example", "b.example"]);
  assert.deepEqual(sites(""), []);
  assert.deepEqual(sites(), []);
});

test("a server key is bound to no site, whatever was typed before", () => {
  const typed = { label: "x", use: "server", mode: "test", origins: "shop.example" };
  assert.deepEqual(newKey(typed), { label: "x", mode: "test", server: true, origins: [] });
  assert.deepEqual(newKey({ ...typed, use: "page" }), { label: "x", mode: "test", server: false, origins: ["shop.example"] });
});

test("what is to be copied carries the key and this server's address", () => {
  assert.match(snippet("https://stats.example", "wk_1"), /<script async src="https:\/\/stats\.example\/tracker\.js" data-key="wk_1">/);
  assert.match(command("https://stats.example", "wk_2"), /curl https:\/\/stats\.example\/api\/events .*\n.*X-Write-Key: wk_2/);
});

function server(fails = false) {
  const seen = [];
  const answer = (method) => async (path, body) => (seen.push([method, path, body]), { method });
  return {
    seen,
    outside: {
      api: { post: answer("POST"), patch: answer("PATCH"), remove: answer("DELETE") },
      act: async (slot, effect) => (seen.push(["act", slot]), await effect(), !fails),
      renew: async () => seen.push(["renew"]),
      drop: () => seen.push(["drop"]),
    },
  };
}

for (const [verb, detail, slot, asked] of [
  ["makeWriteKey", { body: { label: "x" } }, "writeKeyMade", ["POST", "/api/write-keys", { label: "x" }]],
  ["changeWriteKey", { id: "a/b", body: { label: "y" } }, "writeKeyChanged", ["PATCH", "/api/write-keys/a%2Fb", { label: "y" }]],
  ["revokeWriteKey", { patch: { key: "k1" } }, "writeKeyRevoked", ["DELETE", "/api/write-keys/k1", undefined]],
  ["openDemoShop", {}, "demoShopOpened", ["POST", "/api/demo-shop", undefined]],
])
  test(`${verb} asks the server, and for everything again only where that worked`, async () => {
    const { seen, outside } = server();
    await writeKeyVerbs(outside)[verb](detail);
    assert.deepEqual(seen, [["drop"], ["act", slot], asked, ["renew"]]);
    const failing = server(true);
    await writeKeyVerbs(failing.outside)[verb](detail);
    assert.deepEqual(failing.seen.at(-1), asked);
  });
