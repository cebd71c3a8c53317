/** Recommended products: what they are now, why they are recommended, and what was counted. */

import { format } from "../format.js";
import { html } from "../html.js";
import { badge } from "./authorship.js";
import { dataTable } from "./data-table.js";
import { wording } from "./wording.js";

/**
 * @param {any[]} items
 * @param {string | null | undefined} whyEmpty
 */
export function productList(items, whyEmpty) {
  if (!items.length) return html`<p class="soft">${whyEmpty ?? "There is nothing to recommend."}</p>`;
  return html`<ol class="products">
    ${items.map(product)}
  </ol>`;
}

/** The section of a page or a report. @param {string} title @param {string} source @param {unknown} list */
export function productSection(title, source, list) {
  return html`<section class="report-section" id="recommended-products" aria-labelledby="heading-products">
    <h2 id="heading-products">${title} ${source ? badge(source) : ""}</h2>
    ${list}
  </section>`;
}

function product({ product_id, name, category, price, currency, in_stock, reason, note, evidence }) {
  return html`<li class="product">
    <h3>${name}</h3>
    <p class="product-details">
      ${category} · ${format.amount({ currency, amount: price })} ·
      ${in_stock ? "in stock" : html`<strong>not in stock</strong>`}
    </p>
    <p class="product-reason">${reason}</p>
    ${note ? html`<p class="product-note">${note}</p>` : ""} ${evidence ? counted(product_id, evidence) : ""}
  </li>`;
}

function counted(productId, evidence) {
  const columns = [
    { title: "Counted", cell: ([name]) => name },
    { title: "Value", cell: ([, value]) => value },
  ];
  return html`<details class="receipts" id="evidence-${productId}">
    <summary>Evidence</summary>
    ${dataTable("What was counted", columns, rows(evidence))}
  </details>`;
}

const KINDS = { performer: "How visitors took to it", popular: "Popular with everybody" };

function rows({ kind, because_name, n, sessions, since, lift, low, high, counts }) {
  return [
    ["Kind", KINDS[kind] ?? wording(kind)],
    ...(because_name ? [["With", because_name]] : []),
    ["Sessions", format.pair({ numerator: n, denominator: sessions })],
    ...Object.entries(counts ?? {}).map(([name, value]) => [wording(name), format.number(value)]),
    ...(lift ? [["Lift", html`${format.decimal(lift)} <span class="soft">(${format.decimal(low)} to ${format.decimal(high)}, 95 % interval)</span>`]] : []),
    ...(since ? [["Since", format.day(since)]] : []),
  ];
}
