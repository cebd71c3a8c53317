/** Export the open analysis: choose a format, wait for it, and be told what it lacks. */

import { FORMATS } from "../exporting.js";
import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { LANGUAGES } from "../languages.js";
import { roleViewOf } from "../role-views.js";
import { load } from "../state.js";
import { toolButton } from "./tool-button.js";

export const exportTool = {
  id: "export",
  control: (analysis, state) => toolButton(state, "export", "Export"),
  mountPanel,
};

/** @param {Element} root */
function mountPanel(root) {
  render(root, html`<div class="export-form"></div><div class="export-made" aria-live="polite"></div>`);
  const [form, made] = root.children;
  let roleView = "";
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const { format, language, chats, comments } = Object.fromEntries(new FormData(event.target));
    emit(root, "exportAnalysis", { wish: { format, language, chats: chats === "on", comments: comments === "on", roleView } });
  });
  return (analysis, state) => {
    roleView = roleViewOf(state);
    const held = load(state, "exported");
    render(form, fields(analysis, held.status === "loading"));
    render(made, outcome(held, analysis));
  };
}

function fields({ language }, busy) {
  return html`<form class="inline-form">
    ${choice("format", "Format", FORMATS, "pdf")} ${choice("language", "Language", LANGUAGES, language)}
    <p><label><input type="checkbox" name="chats" id="export-chats" /> With my questions</label></p>
    <p><label><input type="checkbox" name="comments" id="export-comments" /> With comments</label></p>
    <p><button class="button button-first" id="export-make" ${busy ? "disabled" : ""}>Download</button></p>
  </form>`;
}

function choice(name, label, choices, chosen) {
  return html`<p class="field">
    <label for="export-${name}">${label}</label>
    <select id="export-${name}" name="${name}">
      ${Object.entries(choices).map(([value, title]) => html`<option value="${value}" ${value === chosen ? "selected" : ""}>${title}</option>`)}
    </select>
  </p>`;
}

function outcome({ status, data, error }, { analysis_id }) {
  if (status === "loading") return html`<p><label>Writing it … <progress></progress></label></p>`;
  if (status === "error") return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
  if (status !== "ready" || data.analysis !== analysis_id) return html``;
  const { name, missing, undrawn } = data;
  return html`<p class="soft">Saved as ${name}.</p>
    ${missing ? html`<p class="notice">The report's font does not have some characters; boxes stand for them: ${missing}.</p>` : ""}
    ${undrawn ? html`<p class="notice">${format.count(undrawn, "chart")} could not be drawn; the tables hold the same numbers.</p>` : ""}`;
}
