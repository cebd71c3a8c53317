/** The demo shop's cart. Pure. */

/**
 * @typedef {{product_id: string, name: string, category: string, price: number, currency: string, quantity: number}} Line
 * @typedef {Line[]} Cart
 */

const MOST_OF_ONE = 99;
export const DELIVERIES = {
  standard: { title: "Standard, three days", price: 0 },
  express: { title: "Express, tomorrow", price: 9.5 },
};

/** The cart with more of a product. @param {Cart} cart @param {Omit<Line, "quantity">} product @param {number} quantity */
export function withMore(cart, { product_id, name, category, price, currency }, quantity) {
  const held = cart.find((line) => line.product_id === product_id);
  const line = { product_id, name, category, price, currency, quantity: Math.min((held?.quantity ?? 0) + quantity, MOST_OF_ONE) };
  return held ? cart.map((other) => (other === held ? line : other)) : [...cart, line];
}

/** @param {Cart} cart @param {string} productId */
export function withoutProduct(cart, productId) {
  return cart.filter(({ product_id }) => product_id !== productId);
}

/** Prices have four decimals at most, so a sum of them has too. @param {Cart} cart */
export function total(cart) {
  return exact(cart.reduce((sum, { price, quantity }) => sum + price * quantity, 0));
}

/** @param {Cart} cart */
export function pieces(cart) {
  return cart.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** One order is in one currency. @param {Cart} cart @param {{currency: string}} product */
export function fits(cart, { currency }) {
  return cart.every((line) => line.currency === currency);
}

/** What a purchase of this cart says of itself. @param {Cart} cart @param {string} delivery @param {string} orderId */
export function purchase(cart, delivery, orderId) {
  const revenue = total(cart);
  const shipping = DELIVERIES[delivery].price;
  return {
    order_id: orderId,
    revenue,
    shipping,
    total: exact(revenue + shipping),
    currency: cart[0].currency,
    items: cart.map(({ product_id, name, category, price, quantity }) => ({ product_id, name, category, price, quantity })),
  };
}

function exact(amount) {
  return Math.round(amount * 10_000) / 10_000;
}
