/** What became of each product, and which are bought together. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { choice } from "./choice.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";

const SORTS = { "": "revenue", viewed: "views", added: "adds to cart", bought: "buying sessions", quantity: "pieces" };
const WITHIN = { "": "orders", carts: "carts", views: "visits" };

export const products = {
  slot: "products",
  title: "Products",
  isEmpty: ({ total }) => total === 0,
  whenEmpty: "No event in this window names a product.",
  controls: ({ route }) => choice(route, "products.sort", "by", SORTS),
  body: ({ result, names }, state) =>
    html`${chartPlace("products", "The first products of the table: sessions that viewed, added and bought them")}
      ${dataTable(caption(result), columns(definer(state), names), result.products)}
      ${result.lines_without_price ? html`<p class="note">${format.count(result.lines_without_price, "line")} of orders named no price and add nothing to revenue.</p>` : ""}
      ${unsold(result.viewed_not_bought, names)}`,
};

export const boughtTogether = {
  slot: "bought_together",
  title: "Together",
  isEmpty: () => false,
  controls: ({ route }) => choice(route, "bought_together.in", "in", WITHIN),
  body: ({ result, names }, state) =>
    html`${result.pairs.length ? pairTable(result, names, definer(state)) : ""} ${tooFew(result)}`,
};

const named = (names, id) => html`${names?.[id] ?? id}${names?.[id] ? html` <span class="soft">${id}</span>` : ""}`;

function caption({ products: rows, total }) {
  return rows.length < total ? `The first ${format.number(rows.length)} of ${format.number(total)} products` : `All ${format.count(total, "product")}`;
}

function columns(defined, names) {
  const sessions = (of, title) => ({
    title: defined("products", of, title),
    cell: (row) => behind("products", of, format.number(row[of]), row.product_id),
  });
  return [
    { title: "Product", cell: ({ product_id: id }) => named(names, id) },
    sessions("viewed", "Viewed"),
    sessions("added", "Added"),
    sessions("bought", "Bought"),
    { title: defined("products", "view_to_cart", "View to cart"), cell: (row) => format.rate(row.view_to_cart) },
    { title: defined("products", "cart_to_buy", "Cart to buy"), cell: (row) => format.rate(row.cart_to_buy) },
    { title: defined("products", "quantity", "Pieces"), cell: (row) => format.number(row.quantity) },
    { title: defined("products", "revenue", "Revenue"), cell: (row) => format.money(row.revenue) },
  ];
}

function unsold({ minimum, rows, hidden, most_views_hidden: most }, names) {
  const rest = hidden
    ? `${format.count(hidden, "product")} with fewer than ${minimum} viewing sessions ${hidden === 1 ? "is" : "are"} not judged; the most viewed of them has ${format.number(most)} so far.`
    : "";
  return html`<h3>Viewed, not bought</h3>
    ${
      rows.length
        ? dataTable(
            "Sessions that viewed the product and did not buy it",
            [
              { title: "Product", cell: ({ product_id: id }) => named(names, id) },
              { title: "Viewed", cell: (row) => format.number(row.viewed) },
              {
                title: "Not bought",
                cell: (row) => behind("products", "not_bought", format.number(row.not_bought), row.product_id),
              },
              { title: "Share", cell: (row) => format.share(row.viewed ? row.not_bought / row.viewed : null) },
            ],
            rows,
          )
        : ""
    }
    <p class="note">${rest}</p>`;
}

function pairTable({ pairs, total }, names, defined) {
  return dataTable(
    pairs.length < total ? `The first ${format.number(pairs.length)} of ${format.number(total)} pairs` : `All ${format.count(total, "pair")}`,
    [
      { title: "Product", cell: ({ a }) => named(names, a) },
      { title: "with", words: true, cell: ({ b }) => named(names, b) },
      {
        title: "Sessions",
        cell: ({ a, b, n }) => behind("bought_together", "pair", format.number(n), JSON.stringify([a, b])),
      },
      { title: defined("bought_together", "support", "Support"), cell: ({ support }) => format.rate(support) },
      {
        title: defined("bought_together", "lift", "Lift"),
        cell: ({ lift, low, high }) =>
          html`${format.decimal(lift)} <span class="soft nowrap">${format.decimal(low)} to ${format.decimal(high)}</span>`,
      },
    ],
    pairs,
  );
}

function tooFew({ minimum, sessions, hidden }) {
  if (!hidden.pairs) return sessions ? "" : html`<p class="soft">Nothing was bought in this window.</p>`;
  return html`<p class="note">
    ${format.count(hidden.pairs, "pair")} seen in fewer than ${minimum} sessions ${hidden.pairs === 1 ? "is" : "are"} not
    shown; the most frequent of them was seen in ${format.number(hidden.largest)}.
  </p>`;
}
