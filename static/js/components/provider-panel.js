/** Which AI provider is in use; a key is pasted, tested, saved and deleted here, and never shown again. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { bodyOf, choices, formOf, PROVIDERS } from "../provider.js";
import { load } from "../state.js";
import { field } from "./field.js";
import { picture } from "./picture.js";

const OWN_COMES_FIRST = "A key you save here comes before it, for you alone.";

/** @param {Element} root */
export function mountProviderPanel(root) {
  root.classList.add("section");
  render(
    root,
    html`<h2 id="heading-provider">AI provider</h2>
      <div class="provider-use"></div>
      <form class="settings-form"></form>
      <div class="provider-notes" aria-live="polite"></div>`,
  );
  const [use, form, notes] = ["provider-use", "settings-form", "provider-notes"].map((name) =>
    root.querySelector(`.${name}`),
  );
  let state;
  let kind;
  let savedAt;
  const initial = () => formOf(load(state, "provider").data, state.user);
  const typed = () => ({ ...initial(), ...Object.fromEntries(new FormData(form)) });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    emit(form, "saveProvider", { body: bodyOf(typed(), initial()) });
  });
  form.addEventListener("click", ({ target }) => {
    if (target.closest("[data-check]")) emit(form, "checkProvider", { body: bodyOf(typed(), initial()) });
  });
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "kind") return;
    kind = target.value;
    draw();
  });

  function draw() {
    const held = load(state, "provider");
    const save = load(state, "providerSave");
    render(use, html`${picture(held, "provider", inUse)}`);
    render(notes, html`${saveNote(save)}${checkNote(load(state, "providerCheck"))}`);
    if (!held.data) return;
    const isNew = save.status === "ready" && save.at !== savedAt;
    const kept = isNew ? [] : [...new FormData(form)];
    if (isNew) [savedAt, kind] = [save.at, undefined];
    render(form, markup(held.data, { ...initial(), ...(kind && { kind }) }, state));
    if (isNew) form.reset();
    kept.filter(([name]) => name !== "kind").forEach(([name, value]) => put(form.elements[name], value));
  }
  return (next) => {
    state = next;
    draw();
  };
}

function put(input, value) {
  if (input && value) input.value = value;
}

/** @param {import("../provider.js").Provider} provider */
function inUse(provider) {
  const name = PROVIDERS[provider.kind];
  const sentences = {
    none: "No AI provider is in use: every text is computed from the numbers. With a key, a model writes the texts; the numbers in them stay the measured ones.",
    account:
      provider.kind === "compatible"
        ? html`Your provider at <code>${provider.base_url}</code> is in use, also for every account without a key of its
            own.`
        : `Your own ${name} key is in use.`,
    environment: `The ${name} key of this installation's settings is in use. ${OWN_COMES_FIRST}`,
    owner: `The owner's AI provider is in use. ${OWN_COMES_FIRST}`,
  };
  return html`${provider.problem ? html`<div class="notice notice-bad" role="alert"><p>${provider.problem}</p></div>` : ""}
    ${provider.problem && provider.source === "account" ? "" : html`<p class="standfirst">${sentences[provider.source]}</p>`}
    ${provider.saved ? savedKey(provider) : ""}`;
}

function savedKey({ masked, saved_at, problem }) {
  return html`<dl class="small-print">
      <div>
        <dt>Saved key</dt>
        <dd>${masked ? html`<code id="saved-key">${masked}</code>` : html`<span class="soft">${problem ? "not in use" : "none"}</span>`}</dd>
      </div>
      <div>
        <dt>Saved</dt>
        <dd>${format.moment(saved_at)}</dd>
      </div>
    </dl>
    <p>
      <button type="button" class="link" popovertarget="confirm-forget" id="forget">Delete</button>
    </p>
    <div class="definition" id="confirm-forget" popover role="dialog" aria-label="Delete the saved key">
      <p>The key, the provider and the chosen model are deleted here. Most providers show a key only once.</p>
      <p><button type="button" class="button" data-verb="forgetProvider" id="forget-really">Delete it</button></p>
    </div>`;
}

function markup(provider, { kind, base_url }, state) {
  const save = load(state, "providerSave");
  const busy = [save, load(state, "providerCheck")].some(({ status }) => status === "loading") ? "disabled" : "";
  const options = choices(state.user).map(
    (choice) => html`<option value="${choice}" ${choice === kind ? "selected" : ""}>${PROVIDERS[choice]}</option>`,
  );
  return html`<p class="field">
      <label for="kind">Provider</label>
      <select id="kind" name="kind">
        ${options}
      </select>
    </p>
    ${kind === "compatible" ? address(base_url, save.error) : ""}
    ${field({ name: "key", label: "API key", type: "password", placeholder: provider.masked ?? "", hint: hint(kind) }, save.error)}
    <p class="settings-buttons">
      <button class="button button-first" ${busy}>Save</button>
      <button type="button" class="button" data-check id="check" ${busy}>Test connection</button>
    </p>`;
}

function address(value, error) {
  const hint = "Any server that speaks OpenAI's protocol: Ollama, llama.cpp, vLLM, LM Studio. It serves every account without a key.";
  return field({ name: "base_url", label: "Address", value, placeholder: "http://localhost:11434/v1", hint }, error);
}

const MADE_AT = { openrouter: "https://openrouter.ai/keys", openai: "https://platform.openai.com/api-keys" };

function hint(kind) {
  if (kind === "compatible") return "Leave it empty where the server asks for none.";
  const place = html`<a href="${MADE_AT[kind]}" target="_blank" rel="noreferrer">${PROVIDERS[kind]} makes keys here</a>`;
  return html`Encrypted before it is saved, sent to this provider alone, never shown again. ${place}.`;
}

function saveNote({ status, data, error }) {
  if (status === "ready") return html`<p class="notice" id="save-note">${data.saved ? "Saved." : "Deleted."}</p>`;
  if (status !== "error" || error.fields.key || error.fields.base_url) return "";
  return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
}

function checkNote({ status, data, error }) {
  if (status === "loading") return html`<p class="picture-waiting"><span class="spinner" aria-hidden="true"></span>Testing …</p>`;
  if (status === "error") return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
  return status === "ready" ? html`<p class="notice notice-good" id="check-note">The connection works. ${credit(data)}</p>` : "";
}

function credit({ limit_remaining, usage, is_free_tier }) {
  return [
    limit_remaining === null ? "" : `${format.price(limit_remaining)} of the key's limit are left.`,
    usage === null ? "" : `${format.price(usage)} are used so far.`,
    is_free_tier ? "It is a free account: free models answer a limited number of requests a day." : "",
  ].join(" ");
}
