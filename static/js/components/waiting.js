/** Accounts that wait for approval; nothing where none does. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { load } from "../state.js";
import { confirmed } from "./confirm.js";
import { dataTable } from "./data-table.js";
import { failed } from "./picture.js";

const WHY =
  "There are already events under these names. Approve an account only if you know that it belongs to this person: it will see the products recommended for that name.";

/** @param {Element} root */
export function mountWaiting(root) {
  root.addEventListener("click", async ({ target }) => {
    const { approve, refuse } = target.dataset;
    if (approve) emit(root, "changeMember", { username: approve, body: { status: "active" } });
    if (refuse && (await confirmed(refusal(refuse)))) emit(root, "refuseMember", { username: refuse });
  });
  return (state) => {
    const held = load(state, "waiting");
    const alone = held.error && !held.data && !load(state, "members").error;
    root.className = held.data?.items.length || alone ? "section" : "";
    if (alone) return render(root, failed(held.error, "waiting"));
    if (!held.data?.items.length) return render(root, html``);
    return render(
      root,
      html`<h2 id="heading-waiting">Waiting for approval</h2>
        <p>${WHY}</p>
        ${dataTable("Accounts that wait", COLUMNS, held.data.items)}`,
    );
  };
}

const COLUMNS = [
  { title: "Username", cell: ({ username }) => username },
  {
    title: html`<span class="unseen">Decide</span>`,
    words: true,
    cell: ({ username }) =>
      html`<span class="row-actions"><button type="button" class="button button-first" data-approve="${username}" aria-label="Approve ${username}">Approve</button>
        <button type="button" class="button" data-refuse="${username}" aria-label="Refuse ${username}">Refuse</button></span>`,
  },
  { title: "Role", words: true, cell: ({ role }) => role },
  { title: "Signed up", words: true, cell: ({ created_at }) => html`<span class="nowrap">${format.moment(created_at)}</span>` },
];

function refusal(username) {
  return {
    title: `Refuse ${username}?`,
    text: "The account is deleted. Its name is free again; whoever signs up with it waits for your approval.",
    button: "Refuse",
  };
}
