/** Detailed metrics, one section each. */

import { html, render } from "../html.js";
import { cart, checkout } from "./carts.js";
import { eventTypes, pages } from "./content.js";
import { funnel } from "./funnel.js";
import { search } from "./search.js";
import { mountSection } from "./section.js";
import { devices, segments } from "./segments.js";
import { sessions } from "./sessions.js";

const ROWS = [[funnel], [cart, checkout], [search], [segments], [devices, eventTypes], [pages], [sessions]];

/** @param {Element} root */
export function mountMetricsPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Detailed Metrics</h1>
      ${contents()}${ROWS.map(place)}`,
  );
  const updates = ROWS.flat().map((section) =>
    mountSection(root.querySelector(`[data-section="${section.slot}"]`), section),
  );
  return (state) => updates.forEach((update) => update(state));
}

function contents() {
  const links = ROWS.flat().map(({ slot, title }) => html`<li><a href="#${slot}">${title}</a></li>`);
  return html`<nav class="contents" aria-label="On this page">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

function place(row) {
  const sections = row.map(({ slot }) => html`<section data-section="${slot}"></section>`);
  return html`<div class="row row-${row.length}">${sections}</div>`;
}
