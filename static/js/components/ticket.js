/** A one-time link, opened by somebody who is logged in: it is probably not for them. */

import { html, render } from "../html.js";

const FOR = {
  invite: "This link invites somebody to create an account.",
  reset: "This link sets a new password for one account.",
};

/** @param {Element} root */
export function mountTicket(root) {
  return ({ ticket, user }) =>
    render(
      root,
      html`<div class="account">
        <h1 tabindex="-1">A link for somebody else?</h1>
        <p>${FOR[ticket.kind]} You are logged in as ${user.username}.</p>
        <p class="settings-buttons">
          <button type="button" class="button button-first" data-verb="dropTicket" id="stay">Stay logged in</button>
          <button type="button" class="button" data-verb="signOut" id="use-link">Log out and use the link</button>
        </p>
      </div>`,
    );
}
