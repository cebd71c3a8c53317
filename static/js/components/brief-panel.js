/** How to write it: a disclosure beside Run Analysis. */

import { HOTTEST, isUsual, wrongIn } from "../brief.js";
import { emit, html, render } from "../html.js";
import { load } from "../state.js";
import { valueName } from "./wording.js";

const LONGEST = 2000;

/** @param {Element} root */
export function mountBriefPanel(root) {
  render(
    root,
    html`<details class="brief" id="brief">
      <summary></summary>
      <div class="brief-fields">
        <div class="brief-form"></div>
        <div class="brief-usual"></div>
      </div>
    </details>`,
  );
  const [details, summary, fields] = ["details", "summary", ".brief-form"].map((name) => root.querySelector(name));
  details.addEventListener("toggle", () => details.open && emit(root, "openBrief"));
  fields.addEventListener("input", ({ target: { name, value } }) => name !== "preset" && emit(root, "brief", { patch: { [name]: value } }));
  root.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !details.open) return;
    details.open = false;
    summary.focus();
  });
  let lastRun;
  return (state) => {
    const isRefused = state.run !== lastRun && state.run.status === "failed" && wrongIn(state.brief) !== "";
    lastRun = state.run;
    if (state.run.status === "running") details.open = false;
    render(summary, html`How to write it${isUsual(state.brief) ? "" : html`: <strong>${named(state.brief)}</strong>`}`);
    render(fields, form(state));
    fill(fields, state.brief);
    judge(fields, wrongIn(state.brief));
    if (isRefused) pointAt(details, fields);
    render(root.querySelector(".brief-usual"), isUsual(state.brief) ? html`` : usual());
  };
}

/** What is typed is no part of the markup, which would be drawn anew under the reader's hands. */
function fill(fields, { prompt, temperature }) {
  for (const [name, value] of Object.entries({ prompt, temperature })) {
    const field = fields.querySelector(`[name="${name}"]`);
    if (field.value !== value) field.value = value;
  }
}

function judge(fields, wrong) {
  fields.querySelector("#brief-temperature").ariaInvalid = wrong ? "true" : null;
  fields.querySelector("#brief-temperature-wrong").textContent = wrong;
}

/** The field that kept an analysis from being begun. */
function pointAt(details, fields) {
  details.open = true;
  fields.querySelector("#brief-temperature").focus();
}

/** @param {import("../brief.js").Brief} brief */
function named({ preset, prompt, temperature }) {
  if (preset !== "general") return valueName("preset", preset);
  return prompt.trim() ? "own wishes" : `temperature ${temperature}`;
}

function form(state) {
  return html`${presets(load(state, "presets"), state.brief)}
    <p class="field">
      <label for="brief-prompt">Your wishes for the texts</label>
      <textarea id="brief-prompt" name="prompt" rows="4" maxlength="${LONGEST}" aria-describedby="brief-prompt-hint"></textarea>
      <span class="field-hint" id="brief-prompt-hint">What matters to you, in your own words; a model reads it. It sets the emphasis: numbers stay measured, and every rule stays.</span>
    </p>
    <div class="brief-model">
      <p class="field">
        <label for="brief-temperature">Temperature</label>
        <input id="brief-temperature" name="temperature" type="number" min="0" max="${HOTTEST}" step="0.1" placeholder="usual" aria-describedby="brief-temperature-wrong brief-temperature-hint" />
        <span class="field-wrong" id="brief-temperature-wrong" aria-live="polite"></span>
        <span class="field-hint" id="brief-temperature-hint">0 is sober, 2 is free.</span>
      </p>
      ${model(load(state, "provider").data)}
    </div>`;
}

function usual() {
  return html`<button type="button" class="link" data-verb="usualBrief" id="brief-usual">As usual</button>`;
}

function presets({ status, data, error }, { preset }) {
  if (status === "error") return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
  const items = data?.items ?? [{ id: preset, title: valueName("preset", preset), emphasis: "" }];
  return html`<p class="field">
    <label for="brief-preset">Written for</label>
    <select id="brief-preset" name="preset" data-change="brief" aria-describedby="brief-preset-hint">
      ${items.map(({ id, title }) => html`<option value="${id}" ${id === preset ? "selected" : ""}>${title}</option>`)}
    </select>
    <span class="field-hint" id="brief-preset-hint">${items.find(({ id }) => id === preset)?.emphasis ?? ""}</span>
  </p>`;
}

function model(provider) {
  if (!provider) return "";
  const choose = html`<a href="?page=settings">${provider.source ? "Choose another" : "Choose a provider"}</a>`;
  return html`<p class="field">
    <span class="brief-label">Model</span>
    <span id="brief-model">${provider.source ? html`<code>${provider.model}</code>` : "none: texts are computed"}</span>
    <span class="field-hint">${choose}</span>
  </p>`;
}
