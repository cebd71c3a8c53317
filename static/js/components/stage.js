/** Which page is on stage. */

import { dayIn, format } from "../format.js";
import { html, render } from "../html.js";
import { isEmptyDataset, load, mayRead } from "../state.js";
import { mountAccount } from "./account.js";
import { mountComparePage } from "./compare-page.js";
import { mountDataPage } from "./data-page.js";
import { mountFirstSteps } from "./first-steps.js";
import { featured, mountInsightsPage } from "./insights-page.js";
import { mountJourneysPage } from "./journeys-page.js";
import { mountMembersPage } from "./members-page.js";
import { mountMetricsPage } from "./metrics-page.js";
import { failed, picture, waiting } from "./picture.js";
import { mountSettingsPage } from "./settings-page.js";
import { mountSharedPage } from "./shared-page.js";
import { mountSummaryPage } from "./summary-page.js";
import { mountTicket } from "./ticket.js";

const MOUNTS = {
  waiting: mountWaiting,
  account: mountAccount,
  shopper: mountShopper,
  firstSteps: mountFirstSteps,
  down: mountDown,
  emptyWindow: mountEmptyWindow,
  summary: mountSummaryPage,
  metrics: mountMetricsPage,
  insights: mountInsightsPage,
  journeys: mountJourneysPage,
  compare: mountComparePage,
  data: mountDataPage,
  members: mountMembersPage,
  settings: mountSettingsPage,
  ticket: mountTicket,
  shared: mountSharedPage,
};

const TITLES = {
  summary: "Summary",
  metrics: "Detailed Metrics",
  insights: "Insights",
  journeys: "Journey logs",
  compare: "Compare",
  data: "Data",
  members: "Members",
  settings: "Settings",
  account: "Log in",
  firstSteps: "No data yet",
  shared: "Shared analysis",
};

/** @param {Element} root */
export function mountStage(root) {
  let shown;
  let update;
  return (state) => {
    const wanted = onStage(state);
    if (wanted !== shown) {
      const place = document.createElement("div");
      place.className = `page page-${wanted}`;
      root.replaceChildren(place);
      update = MOUNTS[wanted](place);
      document.title = TITLES[wanted] ? `${TITLES[wanted]} · Clickstream` : "Clickstream";
    }
    update(state);
    if (shown && shown !== "waiting" && wanted !== shown) root.querySelector("h1")?.focus();
    shown = wanted;
  };
}

/** @param {import("../state.js").State} state */
export function onStage(state) {
  if (state.ticket?.kind === "share") return "shared";
  if (state.session === "unknown") return "waiting";
  if (state.session !== "in") return "account";
  if (state.ticket) return "ticket";
  if (["settings", "members"].includes(state.route.page)) return state.route.page;
  if (!mayRead(state.user)) return "shopper";
  if (state.route.page === "journeys") return "journeys";
  if (state.route.page === "data") return "data";
  if (state.route.page === "insights" && state.route.analysis) return "insights";
  if (isDown(state)) return "down";
  if (isEmptyDataset(state)) return "firstSteps";
  if (!["insights", "compare"].includes(state.route.page) && windowIsEmpty(state)) return "emptyWindow";
  return state.route.page;
}

/** One cause, one notice: not the same sentence in every section. */
function isDown(state) {
  const { data, error } = load(state, "overview");
  return !data && ["database_unavailable", "unreachable"].includes(error?.code);
}

function mountDown(root) {
  return (state) => {
    const { error } = load(state, "overview");
    render(
      root,
      html`<h1 tabindex="-1">No numbers right now</h1>
        ${error ? failed(error, "overview", "refresh") : waiting()}`,
    );
  };
}

function windowIsEmpty(state) {
  const { data, dataKey, key } = load(state, "overview");
  return dataKey === key && data?.result.sessions === 0 && data.result.events === 0;
}

function mountWaiting(root) {
  return (state) => {
    const { error } = load(state, "me");
    render(root, error ? failed(error, "me", "start") : waiting());
  };
}

function mountShopper(root) {
  return (state) =>
    render(
      root,
      html`<h1 tabindex="-1">Welcome, ${state.user.username}</h1>
        ${picture(load(state, "recommendations"), "recommendations", featured)}
        <p class="soft">
          You are a shopper of this shop. Its numbers are open to viewers, analysts and the owner; ask the owner for one
          of these roles.
        </p>`,
    );
}

function mountEmptyWindow(root) {
  return (state) => {
    const days = daysOf(load(state, "overview").data);
    render(
      root,
      html`<h1 tabindex="-1">Nothing in this window</h1>
        <p>
          No session matches the chosen window and
          filters.${days ? ` There is data from ${format.day(days.from)} to ${format.day(days.to)}.` : ""}
        </p>
        <p>
          ${days ? html`<button type="button" class="button button-first" data-verb="go" data-from="${days.from}" data-to="${days.to}" id="go-to-data">Show that range</button> ` : ""}
          <button type="button" class="button" data-verb="clearScope" id="clear-all">Clear all filters</button>
        </p>`,
    );
  };
}

/** First and last day with data, by the shop's clock. */
function daysOf(answer) {
  if (!answer?.range) return null;
  return { from: dayIn(answer.range.since, answer.time_zone), to: dayIn(answer.range.until, answer.time_zone) };
}
