/** The form that makes a funnel: every change is a new address, so every funnel can be shared. */

import { emit, html, render } from "../html.js";
import { DIMENSIONS } from "../route.js";
import { load } from "../state.js";
import {
  changes,
  MOST_ALTERNATIVES,
  MOST_CONDITIONS,
  MOST_EXCLUSIONS,
  MOST_STEPS,
  parseExclusions,
  parseSteps,
  writeExclusions,
  writeSteps,
} from "../steps.js";
import { choice } from "./choice.js";
import { dimensionName, wording } from "./wording.js";

const USUAL = [
  "pageview",
  "product_view",
  "search",
  "search_click",
  "list_view",
  "add_to_cart",
  "cart_view",
  "checkout",
  "checkout_step",
  "payment_error",
  "coupon",
  "purchase",
];
const OPS = {
  is: "is",
  is_not: "is not",
  contains: "contains",
  at_least: "is at least",
  at_most: "is at most",
  is_set: "is set",
};
const PROPERTIES = [
  "page",
  "category",
  "product_id",
  "brand",
  "price",
  "quantity",
  "query",
  "results_count",
  "coupon",
  "cart_value",
  "revenue",
  "step_name",
];
const MODES = { "": "in this order", strict: "directly one after the other", any: "in any order" };
const UNITS = { "": "within one session", visitor: "by one visitor" };
const WINDOWS = { 60: "1 hour", 1440: "1 day", "": "7 days", 20160: "14 days", 43200: "30 days", 129600: "90 days" };
const NEW_STEP = "search";

/** @param {Element} root */
export function mountFunnelBuilder(root) {
  root.classList.add("builder");
  let route;
  const change = (name, at, given) => {
    const steps = changes[name](parseSteps(route["funnel.steps"]), at, given);
    emit(root, "go", { patch: { "funnel.steps": writeSteps(steps) } });
  };
  const exclude = (exclusions) =>
    emit(root, "go", { patch: { "funnel.exclude": writeExclusions(exclusions) } });
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-edit]");
    if (button?.dataset.edit === "include") exclude(without(parseExclusions(route["funnel.exclude"]), button));
    else if (button) change(button.dataset.edit, place(button), { type: NEW_STEP });
  });
  root.addEventListener("change", ({ target }) => {
    if (target.dataset.edit === "exclude")
      exclude([...parseExclusions(route["funnel.exclude"]), { type: target.value, where: [] }]);
    else if (target.matches("select[data-edit]")) change(target.dataset.edit, place(target), { type: target.value });
  });
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    change("addCondition", place(event.target), Object.fromEntries(new FormData(event.target)));
  });
  return (state) => {
    route = state.route;
    render(root, form(state));
  };
}

function place({ dataset }) {
  const { step, alternative, condition } = dataset;
  return { step: Number(step), alternative: Number(alternative), condition: Number(condition) };
}

function without(exclusions, { dataset }) {
  return exclusions.filter((_, index) => index !== Number(dataset.condition));
}

function form(state) {
  const { route } = state;
  const steps = parseSteps(route["funnel.steps"]);
  const types = knownTypes(state, steps);
  return html`<details class="builder-form" id="funnel-builder">
    <summary>Change the funnel</summary>
    <ol class="builder-steps">
      ${steps.map((step, index) => stepOf(step, index, steps, types))}
    </ol>
    ${steps.length < MOST_STEPS ? html`<p>${edit("addStep", { step: steps.length }, "Add a step")}</p>` : ""}
    <div class="builder-options">${options(route)}</div>
    ${exclusions(parseExclusions(route["funnel.exclude"]), types)}
    <datalist id="known-properties">${PROPERTIES.map((name) => html`<option value="${name}"></option>`)}</datalist>
  </details>`;
}

/** The shop's own types, the usual ones, and what the funnel names already. */
function knownTypes(state, steps) {
  const own = load(state, "event_types").data?.result.types.map(({ type }) => type) ?? [];
  const named = steps.flat().map(({ type }) => type);
  return [...new Set([...USUAL, ...own, ...named])].filter((type) => type !== "session").sort();
}

function stepOf(step, index, steps, types) {
  const title = `Step ${index + 1}`;
  return html`<li class="builder-step">
    <span class="builder-number">${index + 1}</span>
    <div>
      ${step.map((one, alternative) => alternativeOf(one, { step: index, alternative }, step, index ? types : ["session", ...types]))}
    </div>
    <span class="builder-buttons">
      ${step.length < MOST_ALTERNATIVES && step[0].type !== "session" ? edit("addAlternative", { step: index }, "or …", `Another event that is ${title} too`) : ""}
      ${index > 0 ? edit("raiseStep", { step: index }, "↑", `Move ${title} up`) : ""}
      ${index < steps.length - 1 ? edit("lowerStep", { step: index }, "↓", `Move ${title} down`) : ""}
      ${steps.length > 2 ? edit("removeStep", { step: index }, "✕", `Remove ${title}`) : ""}
    </span>
  </li>`;
}

function alternativeOf({ type, where }, at, step, types) {
  const label = `Step ${at.step + 1}${at.alternative ? `, alternative ${at.alternative + 1}` : ""}`;
  return html`<div class="builder-alternative">
    ${at.alternative ? html`<span class="soft">or</span>` : ""}
    <select
      id="step-${at.step}-${at.alternative}"
      aria-label="${label}"
      data-edit="setType"
      data-step="${at.step}"
      data-alternative="${at.alternative}"
    >
      ${types.map((name) => html`<option value="${name}" ${name === type ? "selected" : ""}>${wording(name)}</option>`)}
    </select>
    ${step.length > 1 ? edit("removeAlternative", at, "✕", `Remove ${wording(type)} from step ${at.step + 1}`) : ""}
    ${where.map((one, condition) => conditionOf(one, { ...at, condition }))}
    ${type !== "session" && where.length < MOST_CONDITIONS ? conditionForm(at) : ""}
  </div>`;
}

function conditionOf({ property, op, value = "" }, at) {
  return html`<span class="builder-condition"
    ><code>${property}</code> ${OPS[op] ?? op} ${value === "" ? "" : html`<strong>${value}</strong>`}
    ${edit("removeCondition", at, "✕", `Remove the condition on ${property}`)}</span
  >`;
}

function conditionForm(at) {
  const id = `condition-${at.step}-${at.alternative}`;
  return html`<details class="builder-more" id="${id}">
    <summary>where …</summary>
    <form data-step="${at.step}" data-alternative="${at.alternative}">
      <input name="property" list="known-properties" required maxlength="60" aria-label="Property" placeholder="property" />
      <select name="op" aria-label="Comparison">
        ${Object.entries(OPS).map(([op, words]) => html`<option value="${op}">${words}</option>`)}
      </select>
      <input name="value" maxlength="200" aria-label="Value" placeholder="value" />
      <button class="button">Add</button>
    </form>
  </details>`;
}

function options(route) {
  const byVisitor = route["funnel.unit"] === "visitor";
  const dimensions = { "": "nothing", ...Object.fromEntries(DIMENSIONS.map((name) => [name, dimensionName(name)])) };
  return [
    choice(route, "funnel.mode", "Steps", MODES),
    choice(route, "funnel.unit", "taken", UNITS),
    byVisitor ? choice(route, "funnel.window_minutes", "within", WINDOWS) : "",
    choice(route, "funnel.hold", "for", { "": "any product", product: "the same product throughout" }),
    choice(route, "funnel.breakdown", "broken down by", dimensions),
    choice(route, "funnel.compare", "compared with", { "": "nothing", previous: "the window before" }),
  ];
}

function exclusions(found, types) {
  const named = ({ type }, condition) =>
    html`<span class="builder-condition"
      >${wording(type)} ${edit("include", { condition }, "✕", `Allow ${wording(type)} again`)}</span
    >`;
  const more = html`<select id="exclude" data-edit="exclude" aria-label="Exclude an event">
    <option value="">${found.length ? "and …" : "nothing"}</option>
    ${types.map((type) => html`<option value="${type}">${wording(type)}</option>`)}
  </select>`;
  return html`<p class="field-inline">
    Ended by ${found.map(named)} ${found.length < MOST_EXCLUSIONS ? more : ""}
  </p>`;
}

function edit(change, { step = "", alternative = "", condition = "" }, text, spoken = text) {
  return html`<button
    type="button"
    class="link"
    aria-label="${spoken}"
    title="${spoken}"
    data-edit="${change}"
    data-step="${step}"
    data-alternative="${alternative}"
    data-condition="${condition}"
    id="${change}-${step}-${alternative}-${condition}"
  >
    ${text}
  </button>`;
}
