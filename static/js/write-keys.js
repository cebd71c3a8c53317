/** Write keys: what their form sends, what a shop puts into its pages, and the verbs that reach the server. */

import { NOTES } from "./state.js";

const KEYS = "/api/write-keys";

/**
 * @typedef {object} WriteKey
 * @property {string} key_id
 * @property {string} label
 * @property {"live" | "test"} mode
 * @property {boolean} server
 * @property {string[]} origins
 * @property {string} last4
 * @property {string} created_by
 * @property {string} created_at
 * @property {string | null} revoked_at
 *
 * @typedef {{label: string, use: "page" | "server", mode: "live" | "test", origins: string}} WriteKeyForm
 */

/** @param {WriteKeyForm} typed */
export function newKey({ label, use, mode, origins }) {
  return { label, mode, server: use === "server", origins: use === "server" ? [] : sites(origins) };
}

/** Addresses of sites, however they are separated. @param {string} [text] */
export function sites(text = "") {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/** What a page says to send with a key. @param {string} address of this server @param {string} key */
export function snippet(address, key) {
  return `<script>
  window.clickstream = window.clickstream || function () {
    (window.clickstream.q = window.clickstream.q || []).push(arguments);
  };
</script>
<script async src="${address}/tracker.js" data-key="${key}"></script>`;
}

/** How a server sends with a key. @param {string} address of this server @param {string} key */
export function command(address, key) {
  const event = { event_type: "purchase", client_id: "c-81", order_id: "A-1042", revenue: 99.8, currency: "EUR" };
  return `curl ${address}/api/events \\
  -H "X-Write-Key: ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify(event)}'`;
}

/**
 * @param {object} outside
 * @param {{post: Function, patch: Function, remove: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {() => Promise<any>} outside.renew
 * @param {(slots: string[]) => void} outside.drop
 */
export function writeKeyVerbs({ api, act, renew, drop }) {
  const change = async (slot, effect) => {
    drop(NOTES);
    if (await act(slot, effect)) await renew();
  };
  const at = (id) => `${KEYS}/${encodeURIComponent(id)}`;
  return {
    makeWriteKey: ({ body }) => change("writeKeyMade", () => api.post(KEYS, body)),
    changeWriteKey: ({ id, body }) => change("writeKeyChanged", () => api.patch(at(id), body)),
    revokeWriteKey: ({ patch }) => change("writeKeyRevoked", () => api.remove(at(patch.key))),
    openDemoShop: () => change("demoShopOpened", () => api.post("/api/demo-shop")),
  };
}
