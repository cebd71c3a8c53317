import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, pieces, purchase, total, withMore, withoutProduct } from "../../static/js/shop/cart.js";

const SHIRT = { product_id: "A", name: "Shirt", category: "Shirts", price: 0.1, currency: "EUR", stock: 3, tags: [] };
const BOOT = { product_id: "B", name: "Boot", category: "Shoes", price: 99.9, currency: "EUR" };

test("more of a product joins its line, up to ninety-nine", () => {
  const cart = withMore(withMore(withMore([], SHIRT, 1), BOOT, 1), SHIRT, 2);
  assert.deepEqual(
    cart.map(({ product_id, quantity }) => [product_id, quantity]),
    [
      ["A", 3],
      ["B", 1],
    ],
  );
  assert.equal(pieces(cart), 4);
  assert.equal(withMore(cart, SHIRT, 500)[0].quantity, 99);
  assert.equal(cart[0].quantity, 3);
});

test("a sum of prices is the sum, not what floats make of it", () => {
  assert.equal(total(withMore([], SHIRT, 3)), 0.3);
  assert.equal(total([]), 0);
});

test("what is taken out is gone", () => {
  assert.deepEqual(withoutProduct(withMore([], SHIRT, 2), "A"), []);
});

test("an order is in one currency", () => {
  assert.equal(fits([], { currency: "USD" }), true);
  assert.equal(fits(withMore([], SHIRT, 1), BOOT), true);
  assert.equal(fits(withMore([], SHIRT, 1), { currency: "USD" }), false);
});

test("a purchase names its order, its goods and what they cost without delivery", () => {
  assert.deepEqual(purchase(withMore([], BOOT, 2), "express", "D-1"), {
    order_id: "D-1",
    revenue: 199.8,
    shipping: 9.5,
    total: 209.3,
    currency: "EUR",
    items: [{ product_id: "B", name: "Boot", category: "Shoes", price: 99.9, quantity: 2 }],
  });
});
