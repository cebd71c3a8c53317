/** Comments, under the sentence they are about. What is being typed survives every redrawing. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { commentsOn } from "../sharing.js";
import { load, mayAnalyse, mayOwn } from "../state.js";
import { confirmed } from "./confirm.js";

const LONGEST = 2000;
const DELETING = { title: "Delete this comment?", text: "This cannot be undone.", button: "Delete" };

/**
 * @typedef {object} Remarks what a report shows of comments
 * @property {import("../sharing.js").Comment[]} all
 * @property {(section: string, index: number, claim: any) => unknown} under one sentence
 * @property {(analysis: any) => unknown} below the report: about all of it, and about sentences that are gone
 */

/** For who may write. @param {import("../state.js").State} state @returns {Remarks} */
export function remarks(state) {
  const { data, status, error } = load(state, "comments");
  const all = data?.items ?? [];
  const missing = status === "error" && !data ? html`<p class="soft">Comments could not be loaded. ${error.message}</p>` : "";
  return {
    all,
    under: (section, index, { hash }) => thread(`${section}-${index}`, { section, claim: { index, hash } }, all, state),
    below: (analysis) =>
      html`<section class="report-section" aria-labelledby="heading-remarks">
        <h2 id="heading-remarks">Comments on the whole analysis</h2>
        ${missing}${conversation("all", { section: null, claim: null }, all, state)}
        ${homeless(all, analysis).map((one) => html`<blockquote class="note">${one.quote}</blockquote><ul class="remarks-list">${remark(one, "comment-all", state.user)}</ul>`)}
      </section>`,
  };
}

/** For who only reads, without names. @param {import("../sharing.js").Comment[]} all @returns {Remarks} */
export function readOnlyRemarks(all) {
  const read = (found) => (found.length ? html`<ul class="remarks-list">${found.map((one) => html`<li class="remark">${told(one)}</li>`)}</ul>` : "");
  return {
    all,
    under: (section, index, { hash }) => read(commentsOn(all, section, { index, hash })),
    below: () => {
      const found = commentsOn(all, null, null);
      return found.length
        ? html`<section class="report-section" aria-labelledby="heading-remarks"><h2 id="heading-remarks">Comments on the whole analysis</h2>${read(found)}</section>`
        : "";
    },
  };
}

/** Draw what holds threads, keeping what is typed in them. @param {Element} place @param {import("../html.js").Markup} markup */
export function renderKeepingTyped(place, markup) {
  const typed = [...place.querySelectorAll("textarea[id]")].map(({ id, value, defaultValue }) => [id, value, defaultValue]);
  render(place, markup);
  for (const [id, value, before] of typed) {
    const field = document.getElementById(id);
    if (field && value !== before) field.value = value;
  }
}

/** Listen to the threads below `root`. @param {Element} root */
export function takeRemarks(root) {
  root.addEventListener("submit", (event) => {
    const { thread: name, section, index, hash, comment: id } = event.target.dataset;
    if (!name) return;
    event.preventDefault();
    const text = new FormData(event.target).get("text").trim();
    if (!text) return;
    const claim = hash ? { index: Number(index), hash } : null;
    if (id) emit(root, "changeComment", { thread: name, id, body: { text } });
    else emit(root, "addComment", { thread: name, body: { text, ...(claim && { section, claim }) } });
  });
  root.addEventListener("click", async ({ target }) => {
    const { resolve, reopen, discard, thread: name } = target.dataset;
    if (resolve || reopen) emit(root, "changeComment", { thread: name, id: resolve || reopen, body: { resolved: Boolean(resolve) } });
    if (discard && (await confirmed(DELETING))) emit(root, "deleteComment", { thread: name, id: discard });
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest("form[data-thread]")?.requestSubmit();
  });
}

function thread(key, about, all, state) {
  const found = commentsOn(all, about.section, about.claim);
  return html`<details class="remarks" id="remarks-${key}">
    <summary>${found.length ? counted(found) : "Comment"}</summary>
    ${conversation(key, about, all, state)}
  </details>`;
}

function conversation(key, { section, claim }, all, state) {
  const name = `comment-${key}`;
  const found = commentsOn(all, section, claim);
  const { status, error } = load(state, name);
  const own = found.filter(({ created_by }) => created_by === state.user.username).length;
  return html`<ul class="remarks-list">
      ${found.map((one) => remark(one, name, state.user))}
    </ul>
    ${status === "error" ? html`<p class="field-wrong" role="alert">${error.message}</p>` : ""}
    ${writing(key, name, section, claim, own)}`;
}

/** Comments on sentences that this analysis does not have (any more). */
function homeless(all, { sections }) {
  const stands = ({ section, claim }) => sections[section]?.claims[claim.index]?.hash === claim.hash;
  return all.filter((one) => one.claim && !stands(one));
}

function counted(found) {
  const resolved = found.filter(({ resolved_by }) => resolved_by).length;
  return `${format.count(found.length, "comment")}${resolved ? `, ${format.number(resolved)} resolved` : ""}`;
}

/** An id of its own for every comment to be written: what was sent is not what is typed next. */
function writing(key, name, section, claim, own) {
  const id = `remark-text-${key}-${own}`;
  return html`<form class="remark-form" data-thread="${name}" data-section="${section}" data-index="${claim?.index}" data-hash="${claim?.hash}">
    <label class="unseen" for="${id}">Your comment</label>
    <textarea id="${id}" name="text" rows="2" maxlength="${LONGEST}" dir="auto" required placeholder="Everybody who may read this analysis sees it"></textarea>
    <button class="button" id="remark-send-${key}">Comment</button>
  </form>`;
}

function remark(one, name, user) {
  const { comment_id: id, created_by, edited_at, resolved_by, resolved_at } = one;
  const mine = created_by === user.username;
  const mayResolve = mine || mayAnalyse(user);
  const act = (verb, label) =>
    html`<button type="button" class="link" data-${verb}="${id}" data-thread="${name}" id="${verb}-${id}">${label}</button>`;
  return html`<li class="remark ${resolved_by ? "remark-resolved" : ""}">
    <p class="note"><b>${created_by}</b> · ${when(one)}${edited_at ? `, edited ${format.moment(edited_at)}` : ""}</p>
    <p class="remark-text" dir="auto">${one.text}</p>
    ${resolved_by ? html`<p class="note">Resolved by ${resolved_by}, ${format.moment(resolved_at)}</p>` : ""}
    <div class="row-actions">
      ${mayResolve ? (resolved_by ? act("reopen", "Open again") : act("resolve", "Resolve")) : ""}
      ${mine || mayOwn(user) ? act("discard", "Delete") : ""}
      ${mine ? editing(one, name) : ""}
    </div>
  </li>`;
}

function editing({ comment_id, edited_at, text }, name) {
  const id = `${comment_id}-${edited_at ?? ""}`;
  return html`<details class="remark-edit" id="edit-${id}">
    <summary>Edit</summary>
    <form class="remark-form" data-thread="${name}" data-comment="${comment_id}">
      <label class="unseen" for="edit-text-${id}">Your comment</label>
      <textarea id="edit-text-${id}" name="text" rows="2" maxlength="${LONGEST}" dir="auto" required>${text}</textarea>
      <button class="button" id="edit-send-${id}">Save</button>
    </form>
  </details>`;
}

/** Without who. */
function told(one) {
  return html`<p class="note">${when(one)}</p>
    <p class="remark-text" dir="auto">${one.text}</p>`;
}

function when({ created_at }) {
  return html`<time datetime="${created_at}">${format.moment(created_at)}</time>`;
}
