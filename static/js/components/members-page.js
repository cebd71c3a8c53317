/** Members: who waits, who belongs, who is invited, what strangers may read, and what everybody did. For owners. */

import { html, render } from "../html.js";
import { mayOwn } from "../state.js";
import { mountAccounts } from "./accounts.js";
import { mountAuditLog } from "./audit-log.js";
import { mountInvitations } from "./invitations.js";
import { mountPersonPanel } from "./person-panel.js";
import { mountShareLinks } from "./share-links.js";
import { mountWaiting } from "./waiting.js";

const SECTIONS = {
  waiting: mountWaiting,
  accounts: mountAccounts,
  invitations: mountInvitations,
  "share-links": mountShareLinks,
  person: mountPersonPanel,
  log: mountAuditLog,
};

/** @param {Element} root */
export function mountMembersPage(root) {
  let updates;
  return (state) => {
    if (!mayOwn(state.user)) {
      updates = undefined;
      return render(root, html`<h1 tabindex="-1">Members</h1>
        <p>Owners manage the accounts of this installation. You are ${state.user.role}.</p>`);
    }
    updates ??= mount(root);
    return updates.forEach((update) => update(state));
  };
}

function mount(root) {
  const sections = Object.keys(SECTIONS).map((id) => html`<section id="members-${id}" aria-labelledby="heading-${id}"></section>`);
  render(root, html`<h1 tabindex="-1">Members</h1>${sections}`);
  return Object.entries(SECTIONS).map(([id, mountSection]) => mountSection(root.querySelector(`#members-${id}`)));
}
