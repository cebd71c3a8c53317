/** The chats about an analysis: which one is read, a new one, another title, a file of it, and away with it. */

import { NEW } from "../chat.js";
import { format } from "../format.js";
import { emit, html } from "../html.js";
import { load, mayOwn } from "../state.js";
import { confirmed } from "./confirm.js";
import { picture } from "./picture.js";

const LONGEST_TITLE = 120;

/** @param {import("../state.js").State} state */
export function chatHistory(state) {
  const { chat, user } = state;
  const open = chat.id === NEW ? null : load(state, "chat").data;
  const { status, error } = load(state, "chatChange");
  if (!open?.chat_id && !load(state, "chats").data?.items.length) return html``;
  return html`<div class="chat-head">
      <p class="chat-title">${open?.chat_id ? open.title : "A new chat"}</p>
      <button type="button" class="button" data-verb="openChat" data-chat="${NEW}" id="chat-new" ${chat.id === NEW ? "disabled" : ""}>New chat</button>
    </div>
    <details class="receipts" id="chat-history">
      <summary>Chats about this analysis</summary>
      ${picture(load(state, "chats"), "chats", (page) => html`<ul class="chat-list">${page.items.map((item) => one(item, open?.chat_id, user))}</ul>
        ${page.next ? html`<p><button type="button" class="button" data-verb="more" data-slot="chats" id="more-chats">Show more</button></p>` : ""}`)}
      ${status === "error" ? html`<p class="field-wrong" role="alert">${error.message}</p>` : ""}
    </details>`;
}

function one({ chat_id: id, title, created_by, updated_at, messages }, openId, user) {
  const mayChange = created_by === user.username || mayOwn(user);
  const file = (kind, name) => html`<a href="/api/chats/${id}/export?format=${kind}" download id="chat-${kind}-${id}">${name}</a>`;
  return html`<li>
    <button type="button" class="link" data-verb="openChat" data-chat="${id}" id="chat-open-${id}" ${id === openId ? html`aria-current="true"` : ""}>${title}</button>
    <span class="note">${format.moment(updated_at)}, ${format.count(messages, "message")}${created_by === user.username ? "" : `, by ${created_by}`}</span>
    <span class="row-actions">
      ${file("md", "Markdown")} ${file("json", "JSON")}
      ${mayChange ? html`<button type="button" class="link" data-delete-chat="${id}" id="chat-delete-${id}">Delete</button>` : ""}
      ${mayChange ? renaming(id, title) : ""}
    </span>
  </li>`;
}

function renaming(id, title) {
  return html`<details class="remark-edit" id="chat-rename-${id}">
    <summary>Rename</summary>
    <form class="remark-form" data-rename-chat="${id}">
      <label class="unseen" for="chat-title-${id}">Title</label>
      <input id="chat-title-${id}" name="title" value="${title}" maxlength="${LONGEST_TITLE}" required dir="auto" />
      <button class="button" id="chat-rename-send-${id}">Save</button>
    </form>
  </details>`;
}

/** @param {Element} root */
export function takeHistory(root) {
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const { renameChat: id } = event.target.dataset;
    const title = new FormData(event.target).get("title").trim();
    event.target.closest("details").open = false;
    if (title) emit(root, "renameChat", { id, title });
  });
  root.addEventListener("click", async ({ target }) => {
    const { deleteChat: id } = target.dataset;
    const question = { title: "Delete this chat?", text: "Its questions and answers are gone for good.", button: "Delete" };
    if (id && (await confirmed(question))) emit(root, "deleteChat", { id });
  });
}
