/** The demo shop's pages: what each shows, and what is worth telling about it. */

import { format } from "../format.js";
import { html } from "../html.js";
import { DELIVERIES, total } from "./cart.js";

/**
 * @typedef {object} Shown
 * @property {string} title
 * @property {object} body markup
 * @property {Array<[string, object]>} [events] besides the page view
 *
 * @typedef {object} Visit
 * @property {string} id the path's last part
 * @property {URLSearchParams} query
 * @property {import("./cart.js").Cart} cart
 * @property {(path: string) => Promise<any>} get
 */

const STEPS = ["Cart", "Delivery", "Payment"];
const money = (amount, currency) => format.amount({ amount, currency });
const cost = (price, currency) => (price ? money(price, currency) : "free");
const link = ({ product_id }) => `/shop/product/${encodeURIComponent(product_id)}`;

/** By the first part of the path below /shop. @type {Record<string, (visit: Visit) => Promise<Shown>>} */
export const PAGES = { "": front, search, product, cart, checkout, payment, order };

async function front({ query, get }) {
  const { items } = await get("/api/products?limit=500");
  if (!items.length) return { title: "Nothing to sell yet", body: emptyCatalogue() };
  const wanted = query.get("category");
  const categories = [...new Set(items.map(({ category }) => category))].sort();
  const shelf = wanted ? items.filter(({ category }) => category === wanted) : oneOfEach(items, categories);
  const title = wanted || "Welcome";
  const body = html`<h1>${title}</h1>
    <nav aria-label="Categories">
      <ul class="shop-categories">
        ${categories.map((name) => html`<li><a href="/shop?${new URLSearchParams({ category: name })}" ${name === wanted ? html`aria-current="page"` : ""}>${name}</a></li>`)}
      </ul>
    </nav>
    ${shelf.length ? cards(shelf) : html`<p>There is nothing in this category.</p>`}`;
  return { title, body, events: wanted ? [["list_filter", { category: wanted }]] : [] };
}

function oneOfEach(items, categories) {
  return categories.map((name) => items.find(({ category, stock }) => category === name && stock) ?? items.find(({ category }) => category === name));
}

async function search({ query, get }) {
  const words = (query.get("q") ?? "").trim();
  const { items, next } = await get(`/api/products?${new URLSearchParams({ q: words, limit: "100" })}`);
  const found = next ? "More than 100 products" : format.count(items.length, "product");
  const body = html`<h1>${items.length ? `${found} for “${words}”` : `Nothing for “${words}”`}</h1>
    ${items.length ? cards(items, "search_click") : html`<p>Try fewer words, or <a href="/shop">look around by category</a>.</p>`}`;
  return { title: `Search: ${words}`, body, events: [["search", { query: words, results_count: items.length }]] };
}

async function product({ id, get }) {
  const found = await get(`/api/products/${encodeURIComponent(id)}`);
  const { product_id, name, category, brand, price, currency, stock, description } = found;
  const body = html`<article class="shop-product">
    <p class="note"><a href="/shop?${new URLSearchParams({ category })}">${category}</a></p>
    <h1>${name}</h1>
    <p>${description}</p>
    <p class="soft">${brand}</p>
    <p class="shop-price">${money(price, currency)}</p>
    ${stock ? buying() : html`<p class="notice">Sold out.</p>`}
    <div id="added" aria-live="polite"></div>
  </article>`;
  return { title: name, body, product: found, events: [["product_view", { product_id, name, category, brand, price, currency }]] };
}

function buying() {
  return html`<form class="shop-buy" data-do="add">
    <p class="field">
      <label for="quantity">Quantity</label>
      <input id="quantity" name="quantity" type="number" min="1" max="99" value="1" required />
    </p>
    <p><button class="button button-first">Add to cart</button></p>
  </form>`;
}

async function cart({ cart }) {
  if (!cart.length) return { title: "Cart", body: emptyCart() };
  const { currency } = cart[0];
  const body = html`<h1>Cart</h1>
    <div class="data-table">
      <table>
        <thead>
          <tr>
            <th scope="col" class="words">Product</th>
            <th scope="col" class="number">Quantity</th>
            <th scope="col" class="number">Price</th>
            <th scope="col"><span class="unseen">Remove</span></th>
          </tr>
        </thead>
        <tbody>
          ${cart.map((line) => row(line))}
        </tbody>
      </table>
    </div>
    <p class="shop-price">In all ${money(total(cart), currency)}</p>
    <p><a class="button button-first" href="/shop/checkout">To checkout</a></p>`;
  return { title: "Cart", body, events: [["cart_view", { cart_value: total(cart), currency }]] };
}

function row(line) {
  return html`<tr>
    <th scope="row" class="words"><a href="${link(line)}">${line.name}</a></th>
    <td class="number">${format.number(line.quantity)}</td>
    <td class="number">${money(line.price * line.quantity, line.currency)}</td>
    <td class="number">
      <button type="button" class="link" data-do="remove" data-product="${line.product_id}" aria-label="Remove ${line.name}">Remove</button>
    </td>
  </tr>`;
}

async function checkout({ cart }) {
  if (!cart.length) return { title: "Checkout", body: emptyCart() };
  const { currency } = cart[0];
  const choices = Object.entries(DELIVERIES).map(
    ([name, { title, price }], index) =>
      html`<label class="shop-choice">
        <input type="radio" name="delivery" value="${name}" ${index ? "" : "checked"} /> ${title}, ${cost(price, currency)}
      </label>`,
  );
  const body = html`<h1>Delivery</h1>
    ${steps(1)}
    <form class="shop-form" data-do="deliver">
      <fieldset>
        <legend>How should it come?</legend>
        ${choices}
      </fieldset>
      <button class="button button-first">On to payment</button>
    </form>`;
  return { title: "Delivery", body, events: [["checkout", { cart_value: total(cart), currency }]] };
}

async function payment({ cart, query }) {
  if (!cart.length) return { title: "Payment", body: emptyCart() };
  const delivery = query.get("delivery") in DELIVERIES ? query.get("delivery") : "standard";
  const { currency } = cart[0];
  const body = html`<h1>Payment</h1>
    ${steps(2)}
    <form class="shop-form" data-do="order" data-delivery="${delivery}">
      <p>Goods ${money(total(cart), currency)}, delivery ${cost(DELIVERIES[delivery].price, currency)}.</p>
      <p class="shop-price">To pay ${money(total(cart) + DELIVERIES[delivery].price, currency)}</p>
      <p class="soft">Nobody asks for a card here: one click pays.</p>
      <button class="button button-first">Place order</button>
    </form>`;
  return { title: "Payment", body };
}

async function order({ query }) {
  const body = html`<h1>Thank you</h1>
    <p class="standfirst">Your order is <code id="order-id">${query.get("id")}</code>.</p>
    <p>Within a few seconds it is on <a href="/">the dashboard</a>: one more buying session, with the steps that led to it.</p>
    <p><a class="button" href="/shop">Go on shopping</a></p>`;
  return { title: "Thank you", body };
}

function steps(current) {
  return html`<ol class="shop-steps" aria-label="Steps">
    ${STEPS.map((name, index) => html`<li ${index === current ? html`aria-current="step"` : ""}>${name}</li>`)}
  </ol>`;
}

function cards(items, told = "") {
  return html`<div class="shop-shelf">
    ${items.map(
      (item, index) =>
        html`<article class="shop-card">
          <h2><a href="${link(item)}" ${told ? html`data-do="${told}" data-product="${item.product_id}" data-position="${index + 1}"` : ""}>${item.name}</a></h2>
          <p class="note">${item.category}</p>
          <p class="shop-price">${money(item.price, item.currency)} ${item.stock ? "" : html`<span class="badge">sold out</span>`}</p>
        </article>`,
    )}
  </div>`;
}

function emptyCart() {
  return html`<h1>Your cart is empty</h1>
    <p><a class="button button-first" href="/shop">Look around</a></p>`;
}

function emptyCatalogue() {
  return html`<h1>There is nothing to sell yet</h1>
    <p>
      The catalogue is empty. <code>python seed_products.py</code> fills it with sample products, and so does “Load sample
      data” on <a href="/">the dashboard</a>.
    </p>`;
}

export function closed() {
  return html`<h1>The demo shop is closed</h1>
    <p>The owner of this installation opens it on the dashboard, under <a href="/?page=settings">Settings</a>.</p>`;
}

/** @param {string} sentence */
export function failed(sentence) {
  return html`<h1>This page could not be shown</h1>
    <div class="notice notice-bad" role="alert"><p>${sentence}</p></div>
    <p><a class="button" href="/shop">To the shop</a></p>`;
}

/** What stands below the button once something is in the cart. */
export function added(product, quantity) {
  return html`<p class="notice notice-good">${format.number(quantity)} × ${product.name} in your cart. <a href="/shop/cart">To the cart</a></p>`;
}

/** The other answer to the button. */
export function otherCurrency() {
  return html`<p class="notice notice-bad" role="alert">Your cart is in another currency. Order it first, or empty it.</p>`;
}
