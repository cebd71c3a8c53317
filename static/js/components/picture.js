/** Four pictures of a loaded thing: on its way, failed, empty, there. */

import { format } from "../format.js";
import { html } from "../html.js";

/**
 * @param {import("../state.js").Loadable<any>} held
 * @param {string} slot
 * @param {(data: any) => object} show markup of the data
 */
export function picture(held, slot, show) {
  if (held.status === "error" && held.data === undefined) return failed(held.error, slot);
  if (held.data === undefined) return waiting();
  if (held.status === "error") return html`${stale(held, slot)}${show(held.data)}`;
  const moving = held.status === "loading" && held.dataKey !== held.key;
  return html`<div class="${moving ? "picture picture-moving" : "picture"}" aria-busy="${String(moving)}">
    ${show(held.data)}
  </div>`;
}

export function waiting(what = "Loading") {
  return html`<p class="picture-waiting"><span class="spinner" aria-hidden="true"></span>${what} …</p>`;
}

/** @param {{message: string, fields?: Record<string, string>}} error @param {string} slot @param {string} [verb] */
export function failed(error, slot, verb = "retry") {
  return html`<div class="notice notice-bad" role="alert">
    <p>${error.message}</p>
    ${reasons(error.fields)}
    <p>
      <button type="button" class="button" data-verb="${verb}" data-slot="${slot}" id="retry-${slot}">Try again</button>
    </p>
  </div>`;
}

function reasons(fields = {}) {
  const entries = Object.entries(fields);
  return entries.length
    ? html`<ul>
        ${entries.map(([name, reason]) => html`<li><code>${name}</code> ${reason}</li>`)}
      </ul>`
    : "";
}

/** @param {string} sentence what is empty @param {unknown} [next] what to do about it */
export function empty(sentence, next = "") {
  return html`<div class="picture-empty">
    <p>${sentence}</p>
    ${next && html`<p>${next}</p>`}
  </div>`;
}

function stale(held, slot) {
  return html`<div class="notice" role="status">
    <p>
      These are the numbers of ${format.moment(held.at)}; newer ones could not be loaded. ${held.error.message}
      <button type="button" class="button-quiet" data-verb="retry" data-slot="${slot}" id="retry-${slot}">
        Try again
      </button>
    </p>
  </div>`;
}

/** Checks that did not hold, in the open. @param {Array<{name: string, left: unknown, right: unknown, holds: boolean}>} checks */
export function disagreements(checks) {
  const broken = (checks ?? []).filter((check) => !check.holds);
  if (!broken.length) return "";
  return html`<div class="notice notice-bad" role="alert">
    <p>
      <strong>These numbers do not agree with each other.</strong> Rebuild them with
      <code>python ingest.py --rebuild</code>.
    </p>
    <ul>
      ${broken.map((check) => html`<li>${check.name}: ${side(check.left)} against ${side(check.right)}</li>`)}
    </ul>
  </div>`;
}

function side(value) {
  return typeof value === "number" ? format.number(value) : JSON.stringify(value);
}
