/** Summary: the headline numbers and how they move. */

import { html, render } from "../html.js";
import { headline } from "./headline.js";
import { mountSection } from "./section.js";
import { trend } from "./trend.js";

/** @param {Element} root */
export function mountSummaryPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Summary</h1>
      <div class="headline-place"></div>
      <section class="trend-place"></section>`,
  );
  const place = root.querySelector(".headline-place");
  const updateTrend = mountSection(root.querySelector(".trend-place"), {
    slot: "series",
    title: "Over time",
    isEmpty: (result) => !result.length,
    whenEmpty: "No day in this window has data.",
    body: trend,
  });
  return (state) => {
    render(place, html`${headline(state)}`);
    updateTrend(state);
  };
}
