/** Markup is written only through this tag: every value is escaped unless it is markup itself. */

class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** @param {unknown} value @returns {string} */
function piece(value) {
  if (value === null || value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(piece).join("");
  if (value instanceof Markup) return value.text;
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/**
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 * @returns {Markup}
 */
export function html(strings, ...values) {
  return new Markup(strings.reduce((text, part, index) => text + piece(values[index - 1]) + part));
}

const drawn = new WeakMap();

/**
 * Put markup into an element, unless it is there already. Focus and opened disclosures with an id survive.
 * @param {Element} element
 * @param {Markup} markup
 * @returns {boolean} whether anything changed
 */
export function render(element, markup) {
  if (drawn.get(element) === markup.text) return false;
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  const opened = [...element.querySelectorAll("details[open][id]")].map((details) => details.id);
  element.innerHTML = markup.text;
  drawn.set(element, markup.text);
  opened.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  return true;
}

/**
 * Components speak by verbs that bubble up to the controller.
 * @param {Element} element
 * @param {string} verb
 * @param {object} [detail]
 */
export function emit(element, verb, detail = {}) {
  element.dispatchEvent(new CustomEvent("verb", { bubbles: true, detail: { verb, ...detail } }));
}
