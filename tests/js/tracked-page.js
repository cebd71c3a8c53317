/** A browser's page, as far as the tracker looks at it: made of plain objects, with a clock that moves when told to. */

import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const SOURCE = readFileSync(new URL("../../static/tracker.js", import.meta.url), "utf8");
const NOON = Date.UTC(2026, 2, 1, 12);
export const ACCEPTED = [202, { accepted: 1, duplicates: 0, rejected: [] }];

/**
 * @param {object} [given]
 * @param {object} [given.storage] shared by the pages of one visitor
 * @param {(events: any[]) => [number, object] | Error} [given.answer] of the server
 */
export function trackedPage({
  address = "https://shop.example/",
  storage = {},
  dataset = { key: "wk_1" },
  navigator = {},
  coarse = false,
  screen = { width: 1280, height: 800 },
  referrer = "",
  early = [],
  answer = () => ACCEPTED,
  ...more
} = {}) {
  const seen = { requests: [], beacons: [], told: [] };
  const listeners = {};
  const listen = (name, run) => (listeners[name] ??= []).push(run);
  let now = NOON;
  let timers = [];
  const history = { pushState: go, replaceState: go };
  function go(_, __, target) {
    if (target) Object.assign(page.location, parts(new URL(target, page.location.href)));
  }

  const page = {
    document: {
      currentScript: { dataset, src: "https://stats.example/tracker.js" },
      referrer,
      title: "A page",
      addEventListener: listen,
      hidden: false,
    },
    location: parts(new URL(address)),
    history,
    screen,
    localStorage: storage,
    navigator: { sendBeacon: (url, body) => seen.beacons.push({ url: String(url), events: JSON.parse(body) }), ...navigator },
    matchMedia: () => ({ matches: coarse }),
    addEventListener: listen,
    console: { info: (...words) => seen.told.push(words.join(" ")) },
    crypto: globalThis.crypto,
    Uint32Array,
    URL,
    URLSearchParams,
    Date: { now: () => now },
    setTimeout: (run, ms) => timers.push({ run, at: now + ms }),
    clearTimeout() {
      timers = [];
    },
    async fetch(url, { body, ...options }) {
      const events = JSON.parse(body);
      seen.requests.push({ url: String(url), events, options, at: now - NOON });
      const said = answer(events, seen.requests.length);
      if (said instanceof Error) throw said;
      return { status: said[0], json: async () => said[1] };
    },
    ...more,
  };
  page.window = page;
  if (early.length) page.clickstream = { q: early };
  runInNewContext(SOURCE, page);

  return {
    ...seen,
    page,
    sent: () => seen.requests.flatMap(({ events }) => events),
    call: (...call) => page.clickstream(...call),
    status: () => page.clickstream.status(),
    fire: (name, event = {}) => (listeners[name] ?? []).forEach((run) => run(event)),
    hide: (hidden) => {
      page.document.hidden = hidden;
      listeners.visibilitychange.forEach((run) => run());
    },
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        await new Promise(setImmediate);
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
}

function parts({ href, origin, pathname, search }) {
  return { href, origin, pathname, search };
}
