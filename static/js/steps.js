/**
 * The steps of a funnel as the address holds them, and every way they change. Pure.
 *
 * @typedef {{property: string, op: string, value?: string | number}} Condition
 * @typedef {{type: string, where: Condition[]}} Alternative
 * @typedef {Alternative[]} Step one of several alternatives
 */

export const DEFAULT_TYPES = ["session", "product_view", "add_to_cart", "checkout", "purchase"];
export const MOST_STEPS = 10;
export const MOST_ALTERNATIVES = 5;
export const MOST_CONDITIONS = 3;
export const MOST_EXCLUSIONS = 3;
const NUMERIC = ["at_least", "at_most"];

const alternative = (type) => ({ type, where: [] });

/** @param {string} text of the address @returns {Step[]} the default steps where it names none */
export function parseSteps(text) {
  const steps = parsed(text).map((step) => (step?.any ?? [step]).map(readAlternative));
  const readable = steps.length >= 2 && steps.every((step) => step.length && step.every(Boolean));
  return readable ? steps : DEFAULT_TYPES.map((type) => [alternative(type)]);
}

/** @param {Step[]} steps @returns {string} "" for the default ones */
export function writeSteps(steps) {
  const written = steps.map((step) => (step.length === 1 ? shortest(step[0]) : { any: step.map(shortest) }));
  const text = JSON.stringify(written);
  return text === JSON.stringify(DEFAULT_TYPES) ? "" : text;
}

/** What ends a funnel: alternatives without steps. @param {string} text @returns {Alternative[]} */
export function parseExclusions(text) {
  const found = parsed(text).map(readAlternative);
  return found.every(Boolean) ? found : [];
}

/** @param {Alternative[]} exclusions */
export function writeExclusions(exclusions) {
  return exclusions.length ? JSON.stringify(exclusions.map(shortest)) : "";
}

/** @param {Step} step @returns {string} "Product view or search click" */
export function stepTitle(step, wording) {
  return step.map(({ type }) => wording(type)).join(" or ");
}

/** @type {Record<string, (steps: Step[], at: {step: number, alternative: number, condition: number}, given: any) => Step[]>} */
export const changes = {
  addStep: (steps, at, { type }) => [...steps.slice(0, -1), [alternative(type)], ...steps.slice(-1)],
  removeStep: (steps, { step }) => steps.filter((_, index) => index !== step),
  raiseStep: (steps, { step }) => swapped(steps, step - 1, step),
  lowerStep: (steps, { step }) => swapped(steps, step, step + 1),
  addAlternative: (steps, { step }, { type }) => inStep(steps, step, (all) => [...all, alternative(type)]),
  removeAlternative: (steps, at) =>
    inStep(steps, at.step, (all) => all.filter((_, index) => index !== at.alternative)),
  setType: (steps, at, { type }) => inAlternative(steps, at, () => alternative(type)),
  addCondition: (steps, at, { property, op, value }) =>
    inAlternative(steps, at, ({ type, where }) => ({ type, where: [...where, condition(property, op, value)] })),
  removeCondition: (steps, at) =>
    inAlternative(steps, at, ({ type, where }) => ({
      type,
      where: where.filter((_, index) => index !== at.condition),
    })),
};

function condition(property, op, value) {
  if (op === "is_set") return { property, op };
  return { property, op, value: NUMERIC.includes(op) ? Number(value) : value };
}

function inStep(steps, at, change) {
  return steps.map((step, index) => (index === at ? change(step) : step));
}

function inAlternative(steps, at, change) {
  return inStep(steps, at.step, (all) => all.map((one, index) => (index === at.alternative ? change(one) : one)));
}

function swapped(steps, first, second) {
  const order = steps.map((_, index) => ({ [first]: second, [second]: first })[index] ?? index);
  return order.map((index) => steps[index]);
}

function shortest({ type, where }) {
  return where.length ? { type, where } : type;
}

function parsed(text) {
  try {
    const found = JSON.parse(text || "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function readAlternative(found) {
  if (typeof found === "string") return alternative(found);
  if (typeof found?.type !== "string" || !Array.isArray(found.where ?? [])) return null;
  return { type: found.type, where: found.where ?? [] };
}
