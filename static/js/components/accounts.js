/** The accounts: roles are given and taken here, accounts disabled and enabled, reset links made. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { isWeighty, ROLES } from "../members.js";
import { load } from "../state.js";
import { confirmed } from "./confirm.js";
import { dataTable } from "./data-table.js";
import { linkNotice } from "./link-notice.js";
import { empty, picture } from "./picture.js";

/** @param {Element} root */
export function mountAccounts(root) {
  root.classList.add("section");
  let state;
  const member = (username) => load(state, "members").data.items.find((one) => one.username === username);
  const draw = () => render(root, markup(state));
  root.addEventListener("change", async ({ target }) => {
    if (!target.dataset.member) return;
    const [one, role] = [member(target.dataset.member), target.value];
    if (isWeighty(one, role) && !(await confirmed(reassignment(one, role, state.user)))) target.value = one.role;
    else emit(root, "changeMember", { username: one.username, body: { role } });
  });
  root.addEventListener("click", async ({ target }) => {
    const { disable, enable } = target.dataset;
    if (enable) emit(root, "changeMember", { username: enable, body: { status: "active" } });
    if (disable && (await confirmed(disabling(disable)))) emit(root, "changeMember", { username: disable, body: { status: "disabled" } });
  });
  return (next) => {
    state = next;
    draw();
  };
}

function markup(state) {
  return html`<header class="section-head">
      <h2 id="heading-accounts">Accounts</h2>
      <label class="field-inline">Find <input type="search" id="find" name="find" value="${state.route.find}" data-change="go" autocomplete="off" spellcheck="false" autocapitalize="none" /></label>
    </header>
    <div aria-live="polite">${changed(load(state, "memberChange"))}${resetLink(load(state, "resetLink"))}</div>
    ${picture(load(state, "members"), "members", (page) => table(page, state))}`;
}

function changed({ status, data, error }) {
  if (status === "error") return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
  if (status !== "ready") return "";
  const told = { role: `${data.username} is ${data.role} now.`, refused: `${data.username} is refused.` };
  const states = { active: "may log in now", disabled: "is disabled; every log-in of it has ended" };
  return html`<p class="notice" id="member-note">${told[data.done] ?? `${data.username} ${states[data.status]}.`}</p>`;
}

function resetLink({ status, data, error }) {
  if (status === "error") return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
  if (status !== "ready") return "";
  const about = `Send this link to ${data.username}: it sets a new password, once, until ${format.moment(data.expires_at)}. It is not shown again. The old password works until then.`;
  return linkNotice("reset-link", data.link, about);
}

function table(page, state) {
  if (!page.items.length) return empty(state.route.find ? `No username contains “${state.route.find}”.` : "There is no account.");
  const busy = load(state, "memberChange").status === "loading";
  return html`${dataTable(`Accounts, ${format.number(page.items.length)}${page.next ? " of more" : ""}`, columns(state, busy), page.items)}
  ${page.next ? html`<p><button type="button" class="button" data-verb="more" data-slot="members" id="more-members">Show more accounts</button></p>` : ""}`;
}

const STATES = { active: "active", pending: "waits for approval", disabled: "disabled" };

const columns = (state, busy) => [
  {
    title: "Username",
    cell: ({ username }) => html`${username}${username === state.user.username ? html` <span class="badge">you</span>` : ""}`,
  },
  { title: "Role", words: true, cell: (one) => roles(one, busy) },
  { title: html`<span class="unseen">Change</span>`, words: true, cell: (one) => actions(one, busy) },
  { title: "State", words: true, cell: ({ status }) => html`<span class="nowrap">${STATES[status]}</span>` },
  { title: "Since", words: true, cell: ({ created_at }) => html`<span class="nowrap">${format.day(created_at)}</span>` },
];

function roles({ username, role }, busy) {
  return html`<select id="role-${username}" data-member="${username}" aria-label="Role of ${username}" ${busy ? "disabled" : ""}>
    ${ROLES.map((name) => html`<option value="${name}" ${name === role ? "selected" : ""}>${name}</option>`)}
  </select>`;
}

function actions({ username, status }, busy) {
  const button = (verb, label) =>
    html`<button type="button" class="link" ${html`data-${verb}="${username}"`} id="${verb}-${username}" aria-label="${label} ${username}" ${busy ? "disabled" : ""}>${label}</button>`;
  if (status === "pending") return "";
  if (status === "disabled") return button("enable", "Enable");
  return html`<span class="row-actions">${button("disable", "Disable")}
    <button type="button" class="link" data-verb="makeResetLink" data-username="${username}" id="reset-${username}" aria-label="Reset link for ${username}" ${busy ? "disabled" : ""}>Reset link</button></span>`;
}

function reassignment({ username }, role, user) {
  const own = username === user.username;
  return {
    title: role === "owner" ? `Make ${username} an owner?` : `Make ${own ? "yourself" : username} ${role === "analyst" ? "an analyst" : `a ${role}`}?`,
    text:
      role === "owner"
        ? "Owners see and change everything, also the other owners."
        : own
          ? "You lose this page at once; only another owner can give the role back."
          : "The account keeps its log-in and loses the rights of an owner at once.",
    button: "Change the role",
  };
}

function disabling(username) {
  return {
    title: `Disable ${username}?`,
    text: "Every log-in of the account ends at once, and it cannot log in until an owner enables it. Nothing it made is deleted.",
    button: "Disable",
  };
}
