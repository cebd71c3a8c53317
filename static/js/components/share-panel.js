/** Share the open analysis by a link that anybody can read, and take links back. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { roleViewOf } from "../role-views.js";
import { load, mayAnalyse } from "../state.js";
import { field } from "./field.js";
import { linkNotice } from "./link-notice.js";
import { picture } from "./picture.js";
import { revoked, shareTable } from "./share-list.js";
import { toolButton } from "./tool-button.js";

const DAYS = [1, 7, 30, 90, 365];
const USUAL_DAYS = 30;

export const shareTool = {
  id: "share",
  control: (analysis, state) => (mayAnalyse(state.user) ? toolButton(state, "share", "Share") : ""),
  mountPanel,
};

/** @param {Element} root */
function mountPanel(root) {
  render(root, html`<div class="share-form"></div><div class="share-made" aria-live="polite"></div><div class="share-list"></div>`);
  const [form, made, list] = ["form", "made", "list"].map((name) => root.querySelector(`.share-${name}`));
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const { days, label, comments } = Object.fromEntries(new FormData(event.target));
    emit(root, "share", { body: { days: Number(days), label: label.trim(), with_comments: comments === "on" } });
  });
  root.addEventListener("click", async (event) => {
    const id = await revoked(event);
    if (id) emit(root, "revokeShare", { id });
  });
  return (analysis, state) => {
    render(form, isPersonal(analysis) ? refusal() : fields(load(state, "comments").data?.items ?? []));
    render(made, html`${link(load(state, "shareMade"), analysis, roleViewOf(state))}${problem(load(state, "shareRevoked"))}`);
    render(list, isPersonal(analysis) ? html`` : html`${picture(load(state, "shares"), "shares", (page) => table(page, state.user))}`);
  };
}

/** @param {{scope: any, against?: any}} analysis of one scope, or of two in a comparison */
function isPersonal({ scope, against }) {
  return Boolean(scope.user_id || against?.user_id);
}

function refusal() {
  return html`<p class="notice">This analysis is about one shopper, so it cannot be shared: a link would show it to anybody who comes by it.</p>`;
}

function fields(comments) {
  return html`<p>
      Whoever has the link reads this analysis as it is, without logging in: its texts, facts and charts, but no account,
      and nothing else of this installation.
    </p>
    <form class="inline-form">
      ${field({ name: "label", label: "For whom (only you see it)" })}
      <p class="field">
        <label for="share-days">Valid for</label>
        <select id="share-days" name="days">
          ${DAYS.map((days) => html`<option value="${days}" ${days === USUAL_DAYS ? "selected" : ""}>${format.count(days, "day")}</option>`)}
        </select>
      </p>
      ${
        comments.length
          ? html`<p><label><input type="checkbox" name="comments" id="share-comments" /> With comments (without names)</label></p>`
          : ""
      }
      <p><button class="button button-first" id="share-make">Create link</button></p>
    </form>`;
}

/** The link of this analysis that was just made, opening as its maker sees it. */
function link(held, { analysis_id }, roleView) {
  if (held.status !== "ready" || held.data.share.analysis_id !== analysis_id) return problem(held);
  const { share, token } = held.data;
  const about = `Send this link to whom it is for: it opens this analysis until ${format.moment(share.expires_at)}. It is not shown again.`;
  return linkNotice("share-link", `/${roleView ? `?role_view=${roleView}` : ""}#share=${token}`, about);
}

function problem({ status, error }) {
  return status === "error" ? html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>` : "";
}

function table({ items }, user) {
  return items.length ? shareTable(items, user) : html`<p class="soft">Nobody has made a link to this analysis.</p>`;
}
