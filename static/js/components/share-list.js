/** Share links as a table: who made them, how long they open what, and how often they did. */

import { format } from "../format.js";
import { html } from "../html.js";
import { mayOwn } from "../state.js";
import { confirmed } from "./confirm.js";
import { dataTable } from "./data-table.js";

const REVOKING = {
  title: "Revoke this link?",
  text: "It opens nothing any more, for everybody who has it.",
  button: "Revoke",
};

/** @param {import("../sharing.js").Share[]} shares @param {{username: string, role: string}} user @param {object[]} [more] columns */
export function shareTable(shares, user, more = []) {
  return dataTable("Links, latest first", [...COLUMNS, ...more, revoking(user)], shares);
}

/** Which link a click asks to revoke, once that is confirmed; "" for none. @param {Event} event */
export async function revoked({ target }) {
  const { revokeShare } = target.dataset;
  return revokeShare && (await confirmed(REVOKING)) ? revokeShare : "";
}

const COLUMNS = [
  { title: "For", cell: ({ label }) => (label ? html`<bdi>${label}</bdi>` : html`<span class="soft">not said</span>`) },
  {
    title: "Valid",
    words: true,
    cell: ({ expired, expires_at }) => html`<span class="nowrap">${expired ? "expired" : "until"} ${format.moment(expires_at)}</span>`,
  },
  {
    title: "Opened",
    words: true,
    cell: ({ views, last_opened }) => (views ? `${format.count(views, "time")}, last ${format.moment(last_opened)}` : "never"),
  },
  { title: "Comments", words: true, cell: ({ with_comments }) => (with_comments ? "shown" : "not shown") },
  { title: "By", words: true, cell: ({ created_by }) => created_by },
  { title: "Made", words: true, cell: ({ created_at }) => html`<span class="nowrap">${format.moment(created_at)}</span>` },
];

function revoking(user) {
  return {
    title: html`<span class="unseen">Change</span>`,
    words: true,
    cell: ({ share_id, created_by, label }) =>
      mayOwn(user) || created_by === user.username
        ? html`<button type="button" class="link" data-revoke-share="${share_id}" id="revoke-${share_id}" aria-label="Revoke the link ${label}">Revoke</button>`
        : "",
  };
}
