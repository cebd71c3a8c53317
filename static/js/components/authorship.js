/** Which words are a model's and which are computed, and why. */

import { format } from "../format.js";
import { html } from "../html.js";
import { valueName } from "./wording.js";

const WHY_NONE = {
  no_key: html`no AI provider is in use. <a href="?page=settings">Choose one in Settings</a> to let a model write.`,
  no_data: "there were no sessions to write about.",
  not_wanted: "no model was asked for.",
};

const SOURCES = { llm: "model" };

/** @param {string} source "model" or "llm", "computed", "popular" */
export function badge(source) {
  const name = SOURCES[source] ?? source;
  return html`<span class="badge badge-${name}" lang="en">${name}</span>`;
}

/** @param {any} receipt what became of the question to a model; none in old analyses */
export function authorship(receipt) {
  if (!receipt) return "";
  if (receipt.status === "failed")
    return html`<div class="notice" id="authorship" lang="en">
      <p><strong>The model${receipt.name ? html` <code>${receipt.name}</code>` : ""} did not write this.</strong> ${receipt.error} Every text below is computed from the facts.</p>
    </div>`;
  if (receipt.status === "none")
    return html`<p class="report-source" id="authorship" lang="en">Every text is computed from the facts${receipt.reason ? html`: ${WHY_NONE[receipt.reason]}` : "."}</p>`;
  return html`<p class="report-source" id="authorship" lang="en">
    Texts marked ${badge("model")} are the words of <code>${receipt.name}</code>${receipt.host ? ` at ${receipt.host}` : ""}${spent(receipt)};
    every number in them was measured, put in and checked by code.
    ${receipt.refused ? html`Texts marked ${badge("computed")} are computed, as what the model wrote there did not pass.` : ""}
  </p>`;
}

/** What was asked for beyond the usual; nothing in what others are shown. @param {any} analysis */
export function writtenWith({ preset = "general", prompt = "", temperature = null }) {
  const parts = [
    preset !== "general" && html`for <strong>${valueName("preset", preset)}</strong>`,
    temperature !== null && html`at temperature ${format.decimal(temperature)}`,
    prompt && html`with the wishes <q>${prompt}</q>`,
  ].filter(Boolean);
  if (!parts.length) return "";
  return html`<p class="report-source" id="written-with" lang="en">Written ${parts.map((part, index) => html`${index ? ", " : ""}${part}`)}</p>`;
}

function spent({ cached, cost, usage }) {
  if (cached) return ", remembered from the same question before";
  const tokens = (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0);
  const details = [tokens ? format.count(tokens, "token") : "", cost === null || cost === undefined ? "" : format.price(cost)].filter(Boolean).join(", ");
  return details ? ` (${details})` : "";
}

/** Why a part is computed although a model was asked. @param {string | null | undefined} reason */
export function whyComputed(reason) {
  return reason ? html`<p class="report-source">${reason}</p>` : "";
}
