/** Events as they arrive, latest first, and why any was refused. Can be paused: nothing moves while one reads. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { mayAnalyse } from "../state.js";
import { empty, waiting } from "./picture.js";
import { wording } from "./wording.js";

const MOST_PROPERTIES = 6;

/** @param {Element} root */
export function mountLiveList(root) {
  return ({ live, user }) =>
    render(
      root,
      html`<header class="section-head">
          <h2 id="heading-live-list">Arriving events</h2>
          ${mayAnalyse(user) ? controls(live) : ""}
        </header>
        ${mayAnalyse(user) ? body(live) : empty("Analysts and owners see single events here.")}`,
    );
}

/** @param {import("../data.js").Live} live */
function controls({ status, paused, waiting: held }) {
  const said = { idle: "Connecting …", open: "Listening", lost: "Connection lost, trying again …", refused: "Not listening" };
  const button = paused
    ? html`<button type="button" class="button" data-verb="resumeLive" id="live-pause">
        Go on${held.length ? ` (${format.number(held.length)} new)` : ""}
      </button>`
    : html`<button type="button" class="button" data-verb="pauseLive" id="live-pause">Pause</button>`;
  return html`<span class="live-controls"
    ><span class="soft" role="status">${paused ? "Paused" : said[status]}</span> ${button}</span
  >`;
}

/** @param {import("../data.js").Live} live */
function body({ status, items }) {
  if (status === "refused") return empty("Too many pages are listening already, or your session has ended. Reload to try again.");
  if (status === "idle") return waiting("Connecting");
  if (!items.length) return empty("Nothing has arrived since this page listens. Send an event, and it appears here.");
  return html`<ol class="live" tabindex="0" aria-label="Arriving events, latest first" aria-live="off">
    ${items.map(line)}
  </ol>`;
}

function line(item) {
  const { kind, at, test } = item;
  return html`<li class="live-item live-${kind}">
    <time datetime="${at}">${format.time(at)}</time>
    <span class="live-kind">${KINDS[kind]}${test ? html` <span class="badge">test</span>` : ""}</span>
    <span class="live-what">${WORDS[kind](item)}</span>
  </li>`;
}

const KINDS = { stored: "stored", refused: "refused", repeated: "repeated", checked: "valid", more: "…" };

const WORDS = {
  stored: ({ event }) => told(event),
  checked: ({ event }) => html`${told(event)} <span class="soft">not stored: it came with a test key</span>`,
  refused: ({ event_type, code, fields, values }) =>
    html`${event_type ? html`<strong>${wording(event_type)}</strong> ` : ""}<code>${code}</code>
      ${Object.entries(fields).map(([name, reason]) => html` <span class="live-fault">${name ? html`<code>${name}</code> ` : ""}${reason}${name in values ? html`: <code>${values[name]}</code>` : ""}</span>`)}`,
  repeated: ({ count }) => `${format.count(count, "event")} of a request had been stored before; nothing was doubled`,
  more: () => "more arrive than can be shown here",
};

function told(event) {
  if (!event) return "";
  const who = event.user_id ?? event.client_id ?? event.session_id;
  const properties = Object.entries(event.properties).slice(0, MOST_PROPERTIES);
  return html`<strong>${wording(event.event_type)}</strong>
    ${event.page ? html`<span class="live-page">${event.page}</span>` : ""} <span class="soft">by ${who}</span>
    ${properties.map(([name, value]) => html` <span class="soft">${name}</span> ${short(value)}`)}`;
}

function short(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
