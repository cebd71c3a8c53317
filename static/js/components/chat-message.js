/** One message of a chat: a question, or an answer with what it stands on. */

import { reportLink } from "../chat.js";
import { dayIn, format } from "../format.js";
import { html } from "../html.js";
import { badge } from "./authorship.js";
import { mark, receipts } from "./report.js";
import { scopeSentence } from "./scope-sentence.js";

const WITHHELD =
  "What a model writes is checked against the facts before it is shown. What does not hold is left out.";
const UNFINISHED = { running: "This answer was interrupted.", stopped: "This answer was stopped before it was finished." };

/**
 * @param {any} one
 * @param {{timeZone?: string, mayAsk: boolean}} reading
 */
export function message(one, reading) {
  if (one.role === "question") return html`<p class="chat-question" dir="auto" id="message-${one.message_id}">${one.text}</p>`;
  const { message_id: id, status, source, sentences = [], facts = [], calls = [], withheld = 0, error, model, language } = one;
  return html`<div class="chat-answer" id="message-${id}" lang="${language}">
    <ul class="claims">${sentences.map(sentence)}</ul>
    ${status === "done" ? "" : html`<p class="note">${UNFINISHED[status] ?? ""} ${status === "failed" ? error : ""}</p>`}
    <div class="claim-below" lang="en">
      ${source && sentences.length ? badge(source) : ""}
      ${facts.length ? receipts(`chat-${id}`, facts) : ""}
      ${calls.length ? measured(id, calls, reading) : ""}
      ${withheldNote(id, withheld)}
    </div>
    ${source === "computed" && model?.status === "failed" ? html`<p class="note" lang="en">The model did not answer, so this is computed: ${model.error}</p>` : ""}
  </div>`;
}

/** @param {{text: string, direction: string}} claim */
export function sentence(claim) {
  return html`<li class="claim"><p>${mark(claim)}${claim.text}</p></li>`;
}

/** While it comes. @param {import("../chat.js").Turn} turn */
export function progress({ measuring, sentences, withheld }) {
  const now = measuring.length && !sentences.length ? `Measuring ${measuring.at(-1).title}` : "Answering";
  return html`<p class="picture-waiting"><span class="spinner" aria-hidden="true"></span>${now} …</p>
    ${withheldNote("turn", withheld.length, withheld)}`;
}

/** Where it ended before it was done. @param {import("../chat.js").Turn} turn */
export function ending({ status, error, question, withheld }) {
  if (status === "done") return withheldNote("turn", withheld.length, withheld);
  const said = status === "failed" ? error : UNFINISHED.stopped;
  return html`<div class="notice ${status === "failed" ? "notice-bad" : ""}">
    <p>${said}</p>
    <p><button type="button" class="button" data-verb="askChat" data-question="${question}" id="chat-again">Ask again</button></p>
    ${withheldNote("turn", withheld.length, withheld)}
  </div>`;
}

function withheldNote(id, count, reasons = []) {
  if (!count) return "";
  return html`<details class="receipts chat-withheld" id="withheld-${id}">
    <summary>${format.count(count, "sentence")} withheld</summary>
    <p class="note">${WITHHELD}</p>
    ${reasons.length ? html`<ul class="notes note">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>` : ""}
  </details>`;
}

function measured(id, calls, { timeZone }) {
  const dayOf = (instant) => dayIn(instant, timeZone);
  const item = (call) => {
    const link = reportLink(call, dayOf);
    const options = Object.entries(call.options).map(([name, value]) => `${name} ${value}`);
    const about = [scopeSentence(call.scope, timeZone), ...options].join(", ");
    return html`<li>${link ? html`<a href="${link}">${call.title}</a>` : call.title} <span class="note">${about}</span></li>`;
  };
  return html`<details class="receipts" id="reports-${id}">
    <summary>${format.count(calls.length, "report")}</summary>
    <ul class="chat-reports">${calls.map(item)}</ul>
  </details>`;
}
