/** Which model writes, and the list to choose another from. */

import { format, UNKNOWN } from "../format.js";
import { html, render } from "../html.js";
import { search } from "../provider.js";
import { load, mayAnalyse } from "../state.js";
import { dataTable } from "./data-table.js";
import { picture } from "./picture.js";

/** @param {Element} root */
export function mountModelPanel(root) {
  root.classList.add("section");
  render(
    root,
    html`<h2 id="heading-model">Model</h2>
      <div class="model-use" aria-live="polite"></div>
      <p class="field settings-form">
        <label for="model-query">Find a model</label>
        <input id="model-query" type="search" autocomplete="off" spellcheck="false" autocapitalize="none" />
      </p>
      <div class="model-typed"></div>
      <div class="model-found"></div>`,
  );
  const [use, typed, found, query] = [".model-use", ".model-typed", ".model-found", "input"].map((selector) =>
    root.querySelector(selector),
  );
  let state;
  query.addEventListener("input", () => draw());

  function draw() {
    const provider = load(state, "provider").data;
    render(use, provider ? html`${inUse(provider, state)}${failure(load(state, "modelSave"))}` : html``);
    render(found, html`${picture(load(state, "models"), "models", ({ items }) => list(items, query.value, provider, state))}`);
    render(typed, asTyped(query.value.trim(), provider, state));
  }
  return (next) => {
    state = next;
    draw();
  };
}

/** Who pays, or works for who pays, chooses. */
function mayChoose({ user }, provider) {
  return provider?.source === "account" || mayAnalyse(user);
}

function inUse({ model, model_chosen, source }, state) {
  const whose = model_chosen ? "your choice" : "the usual model of this installation";
  const listed = load(state, "models").data?.items ?? [];
  const unknown = listed.length > 0 && !listed.some(({ id }) => id === model);
  return html`<p class="standfirst">
      <code id="model-in-use">${model}</code>, ${whose}.
      ${model_chosen ? html`<button type="button" class="link" data-verb="chooseModel" data-model="" id="usual-model">Use the usual one</button>` : ""}
    </p>
    ${unknown ? html`<p class="notice">The provider in use does not list this model. Choose one that it lists.</p>` : ""}
    ${mayChoose(state, { source }) ? "" : html`<p class="soft">The shop's key answers with the shop's model. With a key of your own you choose.</p>`}`;
}

function failure({ status, error }) {
  return status === "error" ? html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>` : "";
}

/** A model that is in no list can still be named: not every server lists its models. */
function asTyped(name, provider, state) {
  const models = load(state, "models").data?.items ?? [];
  if (!name || !mayChoose(state, provider) || search(models, name).total) return html``;
  return html`<p><button type="button" class="button" data-verb="chooseModel" data-model="${name}" id="choose-typed">Use ${name}</button></p>`;
}

function list(models, query, provider, state) {
  const { shown, total } = search(models, query);
  if (!models.length) return html`<p class="soft">The provider lists no models.</p>`;
  if (!total) return html`<p class="soft">None of its ${format.number(models.length)} models matches.</p>`;
  const caption =
    shown.length < total
      ? `Models, the first ${format.number(shown.length)} of ${format.number(total)}; type to find others`
      : `Models, ${format.number(total)}`;
  return dataTable(caption, columns(provider, state), shown);
}

const columns = (provider, state) => [
  { title: "Model", cell: named },
  { title: html`<span class="unseen">Choose</span>`, words: true, cell: (model) => choose(model, provider, state) },
  { title: "Context in tokens", cell: ({ context_length }) => format.number(context_length) },
  { title: "Price per million tokens in / out", cell: price },
  { title: "Structured output", words: true, cell: ({ structured_output }) => SUPPORT.get(structured_output) ?? UNKNOWN },
];

const SUPPORT = new Map([
  [true, "yes"],
  [false, "no"],
]);

function price({ prompt_price, completion_price }) {
  if (prompt_price === 0 && completion_price === 0) return "free";
  if (prompt_price === null && completion_price === null) return UNKNOWN;
  return `${format.price(prompt_price)} / ${format.price(completion_price)}`;
}

function named({ id, name }) {
  return name === id ? html`<code>${id}</code>` : html`${name}<br /><code class="soft">${id}</code>`;
}

function choose({ id }, provider, state) {
  if (id === provider?.model) return html`<span class="badge">in use</span>`;
  if (!mayChoose(state, provider)) return "";
  const busy = load(state, "modelSave").status === "loading" ? "disabled" : "";
  return html`<button type="button" class="button" data-verb="chooseModel" data-model="${id}" aria-label="Choose ${id}" ${busy}>Choose</button>`;
}
