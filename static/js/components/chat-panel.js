/** Questions about the open analysis: what can be asked, what was, and the answer as it comes. */

import { LONGEST_QUESTION, messagesOf, NEW, suggestionsOf } from "../chat.js";
import { emit, html, render } from "../html.js";
import { load, timeZone } from "../state.js";
import { openAnalysis } from "./analysis-tools.js";
import { chatHistory, takeHistory } from "./chat-history.js";
import { ending, message, progress, sentence } from "./chat-message.js";
import { picture } from "./picture.js";

const CAN_BE_ASKED = "Ask in your own words: every number in the answer is measured when you ask.";

/** @param {Element} root */
export function mountChatPanel(root) {
  render(
    root,
    html`<section class="chat" aria-labelledby="heading-chat">
      <h2 id="heading-chat">Ask about this analysis</h2>
      <div class="chat-history"></div>
      <div class="chat-messages"></div>
      <div class="chat-turn">
        <div class="chat-asked"></div>
        <ul class="claims chat-sentences" aria-live="polite" aria-label="The answer"></ul>
        <div class="chat-progress" role="status"></div>
      </div>
      <div class="chat-suggestions"></div>
      <form class="chat-form">
        <label class="unseen" for="chat-question">Your question</label>
        <textarea id="chat-question" name="question" rows="2" maxlength="${LONGEST_QUESTION}" dir="auto" placeholder="${CAN_BE_ASKED}"></textarea>
        <button class="button button-first" id="chat-send">Ask</button>
      </form>
    </section>`,
  );
  const place = (name) => root.querySelector(`.chat-${name}`);
  const [form, field] = [place("form"), root.querySelector("textarea")];
  takeQuestions(form, field);
  takeHistory(place("history"));
  let wasAsking = false;
  return (state) => {
    root.hidden = !openAnalysis(state);
    if (root.hidden) return;
    const { chat } = state;
    const held = load(state, "chat");
    const reading = { timeZone: timeZone(state), mayAsk: chat.turn?.status !== "asking" };
    render(place("history"), chatHistory(state));
    render(place("messages"), picture(held, "chat", (data) => html`${messagesOf(chat, data).map((one) => message(one, reading))}`));
    drawTurn(place, chat.turn);
    render(place("suggestions"), chat.turn ? html`` : suggestions(suggestionsOf(chat, held.data), chat.id === NEW || !messagesOf(chat, held.data).length));
    form.classList.toggle("is-asking", chat.turn?.status === "asking");
    render(root.querySelector("#chat-send"), html`${chat.turn?.status === "asking" ? "Stop" : "Ask"}`);
    if (wasAsking === reading.mayAsk) [...root.querySelectorAll(".chat-question")].at(-1)?.scrollIntoView({ block: "nearest" });
  };
}

/** Enter asks, Shift+Enter begins a new line; while an answer comes the button stops it. */
function takeQuestions(form, field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!form.classList.contains("is-asking")) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.classList.contains("is-asking")) return emit(form, "stopChat");
    const question = field.value.trim();
    if (!question) return undefined;
    field.value = "";
    return emit(form, "askChat", { question });
  });
}

/** Sentences are added to those that are there, so that each is read out once. @param {import("../chat.js").Turn | null} turn */
function drawTurn(place, turn) {
  render(place("asked"), turn ? html`<p class="chat-question" dir="auto">${turn.question}</p>` : html``);
  const list = place("sentences");
  const told = turn?.sentences ?? [];
  if (list.children.length > told.length || !turn) list.replaceChildren();
  for (const one of told.slice(list.children.length)) list.insertAdjacentHTML("beforeend", sentence(one).toString());
  render(place("progress"), turn ? (turn.status === "asking" ? progress(turn) : ending(turn)) : html``);
}

function suggestions(questions, isFirst) {
  if (!questions.length) return html``;
  return html`<p class="unseen" id="chat-suggested">${isFirst ? "Questions to begin with" : "What can be asked next"}</p>
    <ul class="chips" aria-labelledby="chat-suggested">
      ${questions.map((question, index) => html`<li><button type="button" class="chip" id="chip-${index}" data-verb="askChat" data-question="${question}">${question}</button></li>`)}
    </ul>`;
}
