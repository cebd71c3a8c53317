/** Invitations: links by which one person signs up with a role. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { ROLES } from "../members.js";
import { load } from "../state.js";
import { confirmed } from "./confirm.js";
import { dataTable } from "./data-table.js";
import { field } from "./field.js";
import { linkNotice } from "./link-notice.js";
import { empty, picture } from "./picture.js";

const DAYS = [1, 7, 30];
const EXPLAINED = {
  shopper: "sees the products recommended to it",
  viewer: "reads every number",
  analyst: "also runs analyses and changes data",
  owner: "also manages members, keys and settings",
};

/** @param {Element} root */
export function mountInvitations(root) {
  root.classList.add("section");
  render(
    root,
    html`<h2 id="heading-invitations">Invitations</h2>
      <form class="inline-form"></form>
      <div class="invitation-made" aria-live="polite"></div>
      <div class="invitation-list"></div>`,
  );
  const [form, made, list] = ["form", ".invitation-made", ".invitation-list"].map((selector) => root.querySelector(selector));
  let doneAt;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { role, days, note } = Object.fromEntries(new FormData(form));
    emit(form, "invite", { body: { role, days: Number(days), note: note.trim() } });
  });
  root.addEventListener("click", async ({ target }) => {
    const { revoke } = target.dataset;
    if (revoke && (await confirmed(REVOKING))) emit(root, "revokeInvite", { id: revoke });
  });
  return (state) => {
    const held = load(state, "inviteMade");
    const typed = new FormData(form);
    if (render(form, fields(held))) restore(form, held.status === "ready" && held.at !== doneAt ? [] : typed);
    if (held.status === "ready") doneAt = held.at;
    render(made, html`${link(held)}${refusal(load(state, "inviteRevoked"))}`);
    render(list, html`${picture(load(state, "invites"), "invites", table)}`);
  };
}

function restore(form, typed) {
  [...typed].forEach(([name, value]) => (form.elements[name].value = value));
}

function fields({ status, error }) {
  return html`<p class="field">
      <label for="invite-role">Role</label>
      <select id="invite-role" name="role">
        ${ROLES.map((role) => html`<option value="${role}" ${role === "viewer" ? "selected" : ""}>${role}: ${EXPLAINED[role]}</option>`)}
      </select>
    </p>
    ${field({ name: "note", label: "For whom (only you see it)" }, error)}
    <p class="field">
      <label for="invite-days">Valid for</label>
      <select id="invite-days" name="days">
        ${DAYS.map((days) => html`<option value="${days}" ${days === 7 ? "selected" : ""}>${format.count(days, "day")}</option>`)}
      </select>
    </p>
    <p><button class="button button-first" id="invite" ${status === "loading" ? "disabled" : ""}>Create invitation</button></p>`;
}

function link(held) {
  if (held.status !== "ready") return refusal(held);
  const { invite, link: path } = held.data;
  const about = `Send this link to whom you invite: it opens one account as ${invite.role}, until ${format.moment(invite.expires_at)}. It is not shown again.`;
  return linkNotice("invite-link", path, about);
}

function refusal({ status, error }) {
  return status === "error" ? html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>` : "";
}

function table(page) {
  if (!page.items.length) return empty("Nobody has been invited yet.");
  return html`${dataTable("Invitations, latest first", COLUMNS, page.items)}
  ${page.next ? html`<p><button type="button" class="button" data-verb="more" data-slot="invites" id="more-invites">Show more invitations</button></p>` : ""}`;
}

const STATES = {
  open: ({ expires_at }) => `open until ${format.moment(expires_at)}`,
  used: ({ used_by, used_at }) => `used by ${used_by}, ${format.moment(used_at)}`,
  expired: ({ expires_at }) => `expired ${format.moment(expires_at)}`,
  void: ({ created_by }) => `void: ${created_by} is no owner any more`,
};

const COLUMNS = [
  { title: "For", cell: ({ note }) => note || html`<span class="soft">not said</span>` },
  { title: "Role", words: true, cell: ({ role }) => role },
  { title: "State", words: true, cell: (invite) => STATES[invite.status](invite) },
  { title: "By", words: true, cell: ({ created_by }) => created_by },
  { title: "Made", words: true, cell: ({ created_at }) => html`<span class="nowrap">${format.moment(created_at)}</span>` },
  {
    title: html`<span class="unseen">Change</span>`,
    words: true,
    cell: ({ invite_id, status, note }) =>
      status === "used" ? "" : html`<button type="button" class="link" data-revoke="${invite_id}" id="revoke-${invite_id}" aria-label="Revoke the invitation ${note}">Revoke</button>`,
  },
];

const REVOKING = {
  title: "Revoke this invitation?",
  text: "Its link opens nothing any more. An account that was already created with it stays.",
  button: "Revoke",
};
