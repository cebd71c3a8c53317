/** The account's AI provider: what its form sends, which models a search finds, and the verbs that reach the server. */

import { NOTES } from "./state.js";

export const PROVIDERS = { openrouter: "OpenRouter", openai: "OpenAI", compatible: "Another address" };
const MOST_SHOWN = 25;
const KEY = "/api/openrouter/key";

/**
 * @typedef {object} Provider what GET /api/openrouter/key answers
 * @property {boolean} saved
 * @property {string | null} masked
 * @property {"openrouter" | "openai" | "compatible" | null} kind
 * @property {string | null} base_url
 * @property {string} model
 * @property {boolean} model_chosen
 * @property {"account" | "environment" | "owner" | "none"} source
 * @property {string | null} saved_at
 * @property {string | null} problem
 *
 * @typedef {{kind: string, base_url: string, key: string}} ProviderForm
 */

/** Which providers this account may choose. @param {{role: string} | null} user */
export function choices(user) {
  return Object.keys(PROVIDERS).filter((kind) => kind !== "compatible" || user?.role === "owner");
}

/** The form as it is at first. @param {Provider | undefined} provider @param {{role: string} | null} user @returns {ProviderForm} */
export function formOf(provider, user) {
  const kind = choices(user).includes(provider?.kind) ? provider.kind : "openrouter";
  return { kind, base_url: (kind === "compatible" && provider.base_url) || "", key: "" };
}

/**
 * What is sent: nothing where nothing was changed, which means what is in use.
 * @param {ProviderForm} typed @param {ProviderForm} initial
 */
export function bodyOf(typed, initial) {
  const base_url = typed.kind === "compatible" ? typed.base_url.trim() : "";
  const key = typed.key.trim();
  if (!key && typed.kind === initial.kind && base_url === initial.base_url) return {};
  return { kind: typed.kind, ...(base_url && { base_url }), ...(key && { key }) };
}

/**
 * The first models whose id or name holds every word.
 * @template {{id: string, name: string}} M
 * @param {M[]} models @param {string} query
 * @returns {{shown: M[], total: number}}
 */
export function search(models, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = models.filter(({ id, name }) => words.every((word) => `${id} ${name}`.toLowerCase().includes(word)));
  return { shown: found.slice(0, MOST_SHOWN), total: found.length };
}

/**
 * @param {object} outside
 * @param {{put: Function, post: Function, remove: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {() => Promise<any>} outside.renew
 * @param {(slots: string[]) => void} outside.drop
 */
export function providerVerbs({ api, act, renew, drop }) {
  const change = async (slot, effect) => {
    drop(NOTES);
    if (await act(slot, effect)) await renew();
  };
  return {
    saveProvider: ({ body }) => change("providerSave", () => api.put(KEY, body)),
    forgetProvider: () => change("providerSave", () => api.remove(KEY)),
    checkProvider: ({ body }) => {
      drop(NOTES);
      return act("providerCheck", () => api.post("/api/openrouter/check", body));
    },
    chooseModel: ({ patch }) => change("modelSave", () => api.put(KEY, { model: patch.model })),
  };
}
