/** Name, pages, theme, account. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { NO_SIDE_B } from "../compare.js";
import { OF_MEMBERS, routeLink } from "../route.js";
import { load, mayOwn, mayRead } from "../state.js";

const PAGES = {
  summary: "Summary",
  metrics: "Detailed Metrics",
  insights: "Insights",
  journeys: "Journeys",
  compare: "Compare",
  data: "Data",
  members: "Members",
  settings: "Settings",
};
const WITHOUT_NUMBERS = ["data", "members", "settings"];
const OF_EVERYBODY = ["settings"];
const OF_OWNERS = ["members"];

/** @param {Element} root */
export function mountMasthead(root) {
  return (state) =>
    render(
      root,
      html`${state.ticket?.kind === "share" ? html`<span class="masthead-name">Clickstream</span>` : html`<a class="masthead-name" href="?">Clickstream</a>`}
        ${state.user ? navigation(state) : ""}
        <div class="masthead-side">
          ${mayRead(state.user) && !WITHOUT_NUMBERS.includes(state.route.page) ? asOf(load(state, "overview")) : ""}${theme(state.theme)}${state.user ? account(state.user) : ""}
        </div>`,
    );
}

function navigation({ route, user }) {
  const pages = Object.entries(PAGES).filter(([page]) =>
    OF_OWNERS.includes(page) ? mayOwn(user) : mayRead(user) || OF_EVERYBODY.includes(page),
  );
  const elsewhere = { session: "", ...Object.fromEntries(OF_MEMBERS.map((name) => [name, ""])) };
  const link = ([page, title]) =>
    html`<li>
      <a href="${routeLink(route, { ...elsewhere, ...(page === "compare" ? {} : NO_SIDE_B), page })}" ${page === route.page ? html`aria-current="page"` : ""}
        >${title}</a
      >
    </li>`;
  return html`<nav class="masthead-pages" aria-label="Pages">
    <ul>
      ${pages.map(link)}
    </ul>
  </nav>`;
}

/** @param {import("../state.js").Loadable<any>} overview */
function asOf({ status, at }) {
  return html`<span class="masthead-asof"
    ><span class="soft" role="status"
      >${status === "loading" ? "Loading …" : at ? `As of ${format.clock(at)}` : ""}</span
    >
    <button type="button" class="link" data-verb="refresh" id="refresh">Refresh</button></span
  >`;
}

const THEMES = { "": "Auto", light: "Light", dark: "Dark" };

function theme(chosen) {
  return html`<label class="masthead-theme"
    ><span class="unseen">Colours</span>
    <select id="theme" name="theme" data-change="theme">
      ${Object.entries(THEMES).map(([value, name]) => html`<option value="${value}" ${value === chosen ? "selected" : ""}>${name}</option>`)}
    </select></label
  >`;
}

function account({ username, role }) {
  return html`<span class="masthead-user">${username} <span class="soft">${role}</span></span>
    <button type="button" class="link" data-verb="signOut" id="sign-out">Log out</button>`;
}
