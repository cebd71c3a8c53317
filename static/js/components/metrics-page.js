/** Detailed metrics: one topic at a time, one section a metric. */

import { html, render } from "../html.js";
import { routeLink, TOPICS } from "../route.js";
import { cart, checkout } from "./carts.js";
import { eventTypes, pages } from "./content.js";
import { funnel } from "./funnel.js";
import { search } from "./search.js";
import { mountSection } from "./section.js";
import { devices, segments } from "./segments.js";
import { sessions } from "./sessions.js";

/** @type {Record<string, {title: string, rows: import("./section.js").Section[][]}>} */
const CONTENT = {
  funnel: { title: "Funnel", rows: [[funnel]] },
  carts: { title: "Cart and checkout", rows: [[cart, checkout]] },
  search: { title: "Search", rows: [[search]] },
  segments: { title: "Segments", rows: [[segments], [devices]] },
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
    if (shown !== topic) updates = mountTopic(place, CONTENT[topic].rows);
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
    ${TOPICS.filter((topic) => CONTENT[topic]).map(link)}
  </ul>`;
}

function mountTopic(place, rows) {
  render(place, html`${rows.map(room)}`);
  return rows
    .flat()
    .map((section) => mountSection(place.querySelector(`[data-section="${section.slot}"]`), section));
}

function room(row) {
  const sections = row.map(({ slot }) => html`<section data-section="${slot}"></section>`);
  return html`<div class="row row-${row.length}">${sections}</div>`;
}
