/** The demo shop: draws the page that the path names, keeps the cart, and tells the tracker what is done here. */

import { ApiError, get } from "../api.js";
import { html, render } from "../html.js";
import { fits, pieces, purchase, total, withMore, withoutProduct } from "./cart.js";
import { added, closed, failed, otherCurrency, PAGES } from "./pages.js";

const CART = "clickstream-shop-cart";
const main = document.getElementById("main");
const [page, id] = location.pathname.split("/").slice(2).map(decodeURIComponent);
let cart = JSON.parse(localStorage.getItem(CART) ?? "[]");
let shown = {};

// As in every shop: calls wait here until the tracker has come.
window.clickstream = function (...call) {
  (window.clickstream.q ??= []).push(call);
};

function keep(changed) {
  cart = changed;
  localStorage.setItem(CART, JSON.stringify(cart));
  count();
}

function count() {
  document.getElementById("cart-count").textContent = String(pieces(cart));
}

const actions = {
  add(form) {
    const { product } = shown;
    const quantity = Number(new FormData(form).get("quantity"));
    const place = document.getElementById("added");
    if (!fits(cart, product)) return render(place, otherCurrency());
    keep(withMore(cart, product, quantity));
    const { product_id, name, category, price, currency } = product;
    window.clickstream("add_to_cart", { product_id, name, category, price, currency, quantity, cart_value: total(cart) });
    return render(place, added(product, quantity));
  },
  remove({ dataset: { product: productId } }) {
    const { product_id, quantity, currency } = cart.find((line) => line.product_id === productId);
    keep(withoutProduct(cart, productId));
    window.clickstream("remove_from_cart", { product_id, quantity, currency, cart_value: total(cart) });
    draw();
  },
  search_click({ dataset: { product: productId, position } }) {
    window.clickstream("search_click", { product_id: productId, position: Number(position) });
  },
  deliver(form) {
    const delivery = new FormData(form).get("delivery");
    window.clickstream("checkout_step", { step: 1, step_name: "delivery", delivery });
    location.assign(`/shop/payment?${new URLSearchParams({ delivery })}`);
  },
  order({ dataset: { delivery } }) {
    const orderId = `D-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    window.clickstream("purchase", purchase(cart, delivery, orderId));
    keep([]);
    location.assign(`/shop/order?${new URLSearchParams({ id: orderId })}`);
  },
};

async function draw() {
  shown = await (PAGES[page ?? ""] ?? unknown)({ id, query: new URLSearchParams(location.search), cart, get });
  document.title = `${shown.title} · Demo shop`;
  render(main, shown.body);
  return shown.events ?? [];
}

async function unknown() {
  return { title: "Not found", body: failed("There is no such page in the shop.") };
}

async function open() {
  count();
  document.documentElement.dataset.theme = localStorage.getItem("clickstream-theme") ?? "";
  document.getElementById("q").value = page === "search" ? (new URLSearchParams(location.search).get("q") ?? "") : "";
  try {
    const { key } = await get("/api/demo-shop");
    if (!key) return render(main, closed());
    const events = await draw();
    events.forEach((event) => window.clickstream(...event));
    return track(key);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return render(main, failed(error.message));
  }
}

/** The script tag of docs/shop-developers.md, made here because the key is known only now. */
function track(key) {
  const script = document.createElement("script");
  script.async = true;
  script.src = "/tracker.js";
  Object.assign(script.dataset, { key, source: "demo_shop" });
  script.addEventListener("load", () => {
    render(document.getElementById("tracking"), html`Tracking: ${window.clickstream.status()}.`);
  });
  document.head.append(script);
}

document.addEventListener("submit", (event) => {
  const action = actions[event.target.dataset.do];
  if (!action) return;
  event.preventDefault();
  action(event.target);
});
document.addEventListener("click", ({ target }) => {
  const speaker = target.closest("a[data-do], button[data-do]");
  if (speaker) actions[speaker.dataset.do](speaker);
});
open();
