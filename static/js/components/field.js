/** One text field of a form, with what is wrong about it beside it. */

import { html } from "../html.js";

/**
 * @param {object} field
 * @param {string} field.name also its id
 * @param {string} field.label
 * @param {string} [field.type]
 * @param {string} [field.autocomplete]
 * @param {string} [field.value]
 * @param {string} [field.placeholder]
 * @param {boolean} [field.required]
 * @param {unknown} [field.hint] below the field
 * @param {{fields?: Record<string, string>}} [error] of the form
 */
export function field({ name, label, type = "text", autocomplete = "off", value, placeholder, required, hint }, error) {
  const wrong = error?.fields?.[name];
  const described = [wrong && `${name}-wrong`, hint && `${name}-hint`].filter(Boolean).join(" ");
  return html`<p class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      spellcheck="false"
      autocapitalize="none"
      ${value ? html`value="${value}"` : ""}
      ${placeholder ? html`placeholder="${placeholder}"` : ""}
      ${required ? "required" : ""}
      ${wrong ? html`aria-invalid="true"` : ""}
      ${described ? html`aria-describedby="${described}"` : ""}
    />
    ${wrong ? html`<span class="field-wrong" id="${name}-wrong">${label} ${wrong}.</span>` : ""}
    ${hint ? html`<span class="field-hint" id="${name}-hint">${hint}</span>` : ""}
  </p>`;
}
