/** The way into the demo shop, and how it is opened. */

import { html } from "../html.js";
import { load } from "../state.js";

/** @param {import("../state.js").State} state */
export function demoShop(state) {
  return html`<h3>Demo shop</h3>
    <p>Click through a small shop and watch it arrive here within seconds. Its visits count like any others, marked <code>source: demo_shop</code>.</p>
    ${entrance(state)}`;
}

/** The button, or the link once it is known to be open. @param {import("../state.js").State} state */
export function entrance(state) {
  const { status, error, data } = load(state, "demoShopOpened");
  if ((load(state, "demoShop").data ?? data)?.key) return html`<p><a class="button" href="/shop" target="_blank" id="to-shop">Go shopping</a></p>`;
  return html`${status === "error" ? html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>` : ""}
    <p><button type="button" class="button" data-verb="openDemoShop" id="open-shop" ${status === "loading" ? "disabled" : ""}>Open the demo shop</button></p>
    <p class="note">It gets a write key of its own, and sample products where the catalogue is empty. Revoking the key closes it.</p>`;
}
