/** Write keys: made here and shown once, bound to sites, changed and revoked; and the demo shop, which has one too. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { load } from "../state.js";
import { command, newKey, sites, snippet } from "../write-keys.js";
import { dataTable } from "./data-table.js";
import { demoShop } from "./demo-shop.js";
import { field } from "./field.js";
import { picture } from "./picture.js";

const NEW = { key_id: "", label: "", server: false, mode: "live", origins: [] };

/** @param {Element} root */
export function mountWriteKeysPanel(root) {
  root.classList.add("section", "write-keys");
  render(
    root,
    html`<h2 id="heading-write-keys">Write keys</h2>
      <p>A shop sends its events with a write key, which can do nothing else: it reads no number and opens no page.</p>
      <div class="write-keys-made" aria-live="polite"></div>
      <div class="write-keys-list"></div>
      <div class="row row-2">
        <form class="settings-form" id="write-key-form"></form>
        <div class="write-keys-shop"></div>
      </div>`,
  );
  const [made, list, form, shop] = ["made", "list", "form", "shop"].map((name) =>
    root.querySelector(name === "form" ? "form" : `.write-keys-${name}`),
  );
  let state;
  let edited = NEW;
  let done;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(form));
    const { key_id: id } = edited;
    if (!id) emit(form, "makeWriteKey", { body: newKey(typed) });
    else emit(form, "changeWriteKey", { id, body: { label: typed.label, origins: sites(typed.origins) } });
  });
  form.addEventListener("change", ({ target }) => {
    if (target.name === "use") draw();
  });
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-edit]");
    if (!button) return;
    edited = load(state, "writeKeys").data.items.find(({ key_id }) => key_id === button.dataset.edit) ?? NEW;
    form.reset();
    draw({});
    form.elements.label?.focus();
  });

  function draw(typed = Object.fromEntries(new FormData(form))) {
    const outcome = [load(state, "writeKeyMade"), load(state, "writeKeyChanged")].find(({ status }) => status === "ready");
    if (outcome && outcome.at !== done) [done, edited, typed] = [outcome.at, NEW, {}];
    render(made, once(load(state, "writeKeyMade")));
    render(list, html`${problem(load(state, "writeKeyRevoked"))}${picture(load(state, "writeKeys"), "writeKeys", keys)}`);
    render(form, fields(edited, typed, state));
    render(shop, demoShop(state));
  }
  return (next) => {
    state = next;
    draw();
  };
}

/** A key is told when it is made, and never again. */
function once({ status, data }) {
  if (status !== "ready") return html``;
  const { key, write_key } = data;
  const text = write_key.server ? command(location.origin, key) : snippet(location.origin, key);
  const where = write_key.server ? "For your server, where nobody reads it:" : "Into the head of every page of the shop:";
  return html`<div class="notice notice-good" id="key-made">
    <p><strong>Here is the key “${write_key.label}”. It is shown this once:</strong></p>
    <p><code id="made-key">${key}</code></p>
    <p>${where}</p>
    <div class="command">
      <pre id="key-snippet"><code>${text}</code></pre>
      <button type="button" class="button" data-copy="key-snippet" id="copy-snippet">Copy</button>
    </div>
    ${write_key.mode === "test" ? html`<p>Its events are judged and shown, and never counted.</p>` : ""}
    <p class="note">What to send, and why nothing may arrive: docs/shop-developers.md.</p>
  </div>`;
}

function keys({ items }) {
  const inUse = items.filter((key) => !key.revoked_at);
  const revoked = items.filter((key) => key.revoked_at);
  return html`${inUse.length ? dataTable("Keys in use", [...COLUMNS, ACTIONS], inUse) : html`<p class="soft">There is none yet.</p>`}
    ${revoked.length
      ? html`<details class="as-table" id="revoked-keys">
          <summary>Revoked keys, ${format.number(revoked.length)}</summary>
          ${dataTable("Revoked keys", [...COLUMNS, REVOKED], revoked)}
        </details>`
      : ""}`;
}

const COLUMNS = [
  { title: "Label", cell: ({ label, mode }) => html`${label} ${mode === "test" ? html`<span class="badge">test</span>` : ""}` },
  { title: "Key", words: true, cell: ({ last4 }) => html`<code>wk_…${last4}</code>` },
  { title: "Sent by", words: true, cell: sender },
  { title: "Made", words: true, cell: ({ created_at, created_by }) => html`<span class="nowrap">${format.moment(created_at)}</span> by ${created_by}` },
];
const ACTIONS = { title: html`<span class="unseen">Change</span>`, words: true, cell: actions };
const REVOKED = { title: "Revoked", words: true, cell: ({ revoked_at }) => format.moment(revoked_at) };

function sender({ server, origins }) {
  if (server) return "a server";
  if (origins.includes("*")) return "pages of every site";
  return origins.length ? `pages of ${origins.join(", ")}` : "pages of this server only";
}

function actions({ key_id, label }) {
  return html`<button type="button" class="link" data-edit="${key_id}" id="edit-${key_id}" aria-label="Change ${label}">Change</button>
    <button type="button" class="link" popovertarget="revoke-${key_id}" id="ask-${key_id}" aria-label="Revoke ${label}">Revoke</button>
    <span class="definition" id="revoke-${key_id}" popover role="dialog" aria-label="Revoke ${label}">
      Whoever sends with this key is refused from now on. This cannot be undone.
      <button type="button" class="button" data-verb="revokeWriteKey" data-key="${key_id}" id="revoke-really-${key_id}">Revoke it</button>
    </span>`;
}

function fields(key, typed, state) {
  const outcome = load(state, key.key_id ? "writeKeyChanged" : "writeKeyMade");
  const busy = outcome.status === "loading" ? "disabled" : "";
  const server = typed.use ? typed.use === "server" : key.server;
  const given = { label: key.label, mode: key.mode, origins: key.origins.join("\n"), ...typed };
  return html`<h3>${key.key_id ? `Change “${key.label}”` : "Make a key"}</h3>
    ${field({ name: "label", label: "Label", value: given.label, required: true, placeholder: "My shop" }, outcome.error)}
    ${key.key_id ? "" : html`${choice("use", "Sent by", USES, server ? "server" : "page")}${choice("mode", "Events", MODES, given.mode)}`}
    ${server ? html`<p class="note">A server key may also send refunds and cancellations. No page may hold it.</p>` : siteField(given.origins, outcome.error)}
    ${problem(outcome)}
    <p class="settings-buttons">
      <button class="button button-first" ${busy}>${key.key_id ? "Save" : "Make key"}</button>
      ${key.key_id ? html`<button type="button" class="button" data-edit="" id="edit-none">Leave it</button>` : ""}
    </p>`;
}

const USES = { page: "the shop's pages", server: "the shop's server" };
const MODES = { live: "are counted", test: "are judged and shown only (test mode)" };

function choice(name, label, options, chosen) {
  return html`<p class="field">
    <label for="key-${name}">${label}</label>
    <select id="key-${name}" name="${name}">
      ${Object.entries(options).map(([value, text]) => html`<option value="${value}" ${value === chosen ? "selected" : ""}>${text}</option>`)}
    </select>
  </p>`;
}

function siteField(origins, error) {
  const wrong = error?.fields?.origins;
  return html`<p class="field">
    <label for="origins">Sites of the shop</label>
    <textarea id="origins" name="origins" rows="2" spellcheck="false" autocapitalize="none" placeholder="https://shop.example" aria-describedby="origins-hint" ${wrong ? html`aria-invalid="true"` : ""}>${origins}</textarea>
    ${wrong ? html`<span class="field-wrong" id="origins-wrong">An address ${wrong}.</span>` : ""}
    <span class="field-hint" id="origins-hint">One a line. Only their pages may send with this key; * is every site, nothing is this server alone.</span>
  </p>`;
}

function problem({ status, error }) {
  if (status !== "error" || error.fields.label || error.fields.origins) return "";
  return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
}
