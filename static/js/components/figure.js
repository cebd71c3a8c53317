/** One number of the page, traceable: which field of which metric it is, and its exact value. */

import { html } from "../html.js";

/**
 * @param {string} metric "overview.sessions"
 * @param {number | null} value exact
 * @param {string} text as the reader sees it
 * @param {{currency?: string}} [more]
 */
export function figure(metric, value, text, { currency = "" } = {}) {
  return html`<span class="figure" data-metric="${metric}" data-value="${value ?? "null"}" data-currency="${currency}"
    >${text}</span
  >`;
}

/** @param {string} metric @param {import("../format.js").Rate | null} rate @param {ReturnType<typeof import("../format.js").formats>} format */
export function rateFigure(metric, rate, format) {
  return figure(metric, rate?.value ?? null, format.rate(rate));
}

/** One figure a currency; amounts of different currencies are never added. */
export function moneyFigures(metric, list, format, key = "amount") {
  if (!list?.length) return figure(metric, null, format.money(null));
  return list.map((money, index) => [
    index ? html`<span class="figure-plus"> + </span>` : "",
    figure(metric, money[key], format.amount({ ...money, amount: money[key] }), { currency: money.currency }),
  ]);
}
