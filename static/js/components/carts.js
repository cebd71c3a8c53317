/** What became of carts and of checkouts. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { asTable, dataTable } from "./data-table.js";
import { figure, moneyFigures, rateFigure } from "./figure.js";
import { wording } from "./wording.js";

const CART_STATES = {
  transacted: "bought at or after the first add",
  abandoned: "left with something in it",
  emptied: "nothing in it at the end",
  open: "may still buy",
};
const CHECKOUT_STATES = {
  completed: "bought at or after it",
  abandoned: "no purchase after it",
  open: "may still buy",
};

export const cart = {
  slot: "cart",
  title: "Carts",
  isEmpty: ({ created }) => created === 0,
  whenEmpty: "Nobody put anything into a cart in this window.",
  body: ({ result, names }) =>
    html`<p class="standfirst">
        ${behind("cart", "created", figure("cart.created", result.created, format.number(result.created)))}
        ${result.created === 1 ? "cart was" : "carts were"} created. Of those that are closed,
        <strong>${rateFigure("cart.abandonment_rate", result.abandonment_rate, format)}</strong> were abandoned
        (${format.pair(result.abandonment_rate)}; emptied carts are not counted), leaving
        <strong>${moneyFigures("cart.value_left", result.value_left, format)}</strong>
        behind${result.value_unknown ? `, and ${format.count(result.value_unknown, "more cart")} of unknown value` : ""}.
      </p>
      ${chartPlace("cart", "Carts by what became of them; the table below has every value")}
      ${asTable("cart", states("Carts by state", "cart", result, "created", CART_STATES))}
      ${result.products_left.length ? leftBehind(result.products_left, names) : ""}`,
};

export const checkout = {
  slot: "checkout",
  title: "Checkout",
  isEmpty: ({ sessions, steps: named, errors: met }) => sessions === 0 && !named.length && !met.length,
  whenEmpty: "Nobody started a checkout in this window.",
  body: ({ result }) =>
    html`<p class="standfirst">
        ${behind("checkout", "sessions", figure("checkout.sessions", result.sessions, format.number(result.sessions)))}
        ${result.sessions === 1 ? "session" : "sessions"} started a checkout;
        <strong>${rateFigure("checkout.abandonment_rate", result.abandonment_rate, format)}</strong> of the closed ones
        were abandoned (${format.pair(result.abandonment_rate)}).
      </p>
      ${chartPlace("checkout", "Checkouts by what became of them; the table below has every value")}
      ${asTable("checkout", states("Checkouts by state", "checkout", result, "sessions", CHECKOUT_STATES))}
      ${result.steps.length ? steps(result.steps) : ""} ${result.errors.length ? errors(result.errors) : ""}`,
};

function states(caption, metric, result, total, meanings) {
  const columns = [
    { title: "State", cell: ({ state }) => wording(state) },
    {
      title: "Sessions",
      cell: ({ state }) =>
        behind(metric, state, figure(`${metric}.${state}`, result[state], format.number(result[state]))),
    },
    { title: "Share", cell: ({ state }) => format.share(result[total] ? result[state] / result[total] : null) },
    { title: "Meaning", words: true, cell: ({ meaning }) => meaning },
  ];
  return dataTable(
    caption,
    columns,
    Object.entries(meanings).map(([state, meaning]) => ({ state, meaning })),
  );
}

function steps(rows) {
  const columns = [
    { title: "Step", cell: ({ name }) => wording(name) },
    { title: "Sessions", cell: ({ name, sessions }) => behind("checkout", "step", format.number(sessions), name) },
    { title: "Bought after it", cell: ({ completed }) => format.rate(completed) },
  ];
  return dataTable("Steps of the checkout", columns, rows);
}

function errors(rows) {
  const columns = [
    { title: "Error", cell: ({ kind, name }) => html`${wording(kind)} <q>${name}</q>` },
    { title: "Events", cell: (row) => format.number(row.events) },
    {
      title: "Sessions",
      cell: ({ kind, name, sessions }) => behind("checkout", "error", format.number(sessions), `${kind}:${name}`),
    },
    { title: "Bought all the same", cell: ({ completed }) => format.rate(completed) },
  ];
  return dataTable("What went wrong", columns, rows);
}

function leftBehind(products, names) {
  const columns = [
    { title: "Product", cell: (row) => (names?.[row.product_id] ?? row.product_id) || "Without an id" },
    { title: "Pieces left", cell: (row) => format.number(row.quantity) },
    {
      title: "Sessions",
      cell: (row) => behind("cart", "product_left", format.number(row.sessions), row.product_id),
    },
  ];
  return html`<details class="as-table" id="table-products-left">
    <summary>Products left behind</summary>
    ${dataTable("Products left in abandoned carts", columns, products)}
  </details>`;
}
