/** Detailed metrics: one topic at a time, one section a metric. */

import { html, render } from "../html.js";
import { routeLink, TOPICS } from "../route.js";
import { cart, checkout } from "./carts.js";
import { channels } from "./channels.js";
import { eventTypes, pages } from "./content.js";
import { differences } from "./differences.js";
import { experiments } from "./experiments.js";
import { friction } from "./friction.js";
import { mountFunnelBuilder } from "./funnel-builder.js";
import { funnel } from "./funnel.js";
import { paths } from "./paths.js";
import { boughtTogether, products } from "./products-sold.js";
import { retention, rfm } from "./retention.js";
import { search } from "./search.js";
import { mountSection } from "./section.js";
import { devices, segments } from "./segments.js";
import { sessions } from "./sessions.js";
import { trends } from "./trends.js";

/** @type {Record<string, {title: string, tool?: Function, rows: import("./section.js").Section[][]}>} a tool stands above */
const CONTENT = {
  funnel: { title: "Funnel", tool: mountFunnelBuilder, rows: [[funnel]] },
  paths: { title: "Paths", rows: [[paths]] },
  carts: { title: "Cart and checkout", rows: [[cart, checkout], [friction]] },
  search: { title: "Search", rows: [[search]] },
  products: { title: "Products", rows: [[products], [boughtTogether]] },
  retention: { title: "Retention", rows: [[retention], [rfm]] },
  segments: { title: "Segments", rows: [[differences], [segments], [devices]] },
  experiments: { title: "Experiments", rows: [[experiments]] },
  channels: { title: "Channels", rows: [[channels]] },
  trends: { title: "Trends", rows: [[trends]] },
  content: { title: "Pages and events", rows: [[pages], [eventTypes]] },
  sessions: { title: "Sessions", rows: [[sessions]] },
};

/** @param {Element} root */
export function mountMetricsPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Detailed Metrics</h1>
      <nav class="topics" aria-label="Topics"></nav>
      <div class="topic"></div>`,
  );
  const [nav, place] = root.querySelectorAll("nav, .topic");
  let shown;
  let updates = [];
  return (state) => {
    const { topic } = state.route;
    render(nav, links(state.route));
    if (shown !== topic) updates = mountTopic(place, CONTENT[topic]);
    shown = topic;
    updates.forEach((update) => update(state));
  };
}

/** Options of a topic stay in the address while another one is read. */
function links(route) {
  const link = (topic) =>
    html`<li>
      <a
        href="${routeLink(route, { topic, session: "", behind: "" })}"
        ${topic === route.topic ? html`aria-current="page"` : ""}
        >${CONTENT[topic].title}</a
      >
    </li>`;
  return html`<ul>
    ${TOPICS.map(link)}
  </ul>`;
}

function mountTopic(place, { tool, rows }) {
  render(place, html`${tool ? html`<div class="tool"></div>` : ""}${rows.map(room)}`);
  const sections = rows
    .flat()
    .map((section) => mountSection(place.querySelector(`[data-section="${section.slot}"]`), section));
  return [...(tool ? [tool(place.querySelector(".tool"))] : []), ...sections];
}

function room(row) {
  const sections = row.map(({ slot }) => html`<section data-section="${slot}"></section>`);
  return html`<div class="row row-${row.length}">${sections}</div>`;
}
