/** One choice of the address, as a labelled select. */

import { html } from "../html.js";

/**
 * @param {import("../route.js").Route} route
 * @param {string} name of the route
 * @param {string} label
 * @param {Record<string, string>} words value -> what the reader sees, in any order; "" is the default
 */
export function choice(route, name, label, words) {
  const chosen = route[name] ?? "";
  const known = chosen in words ? words : { ...words, [chosen]: chosen };
  const values = Object.keys(known).sort((a, b) => (a === "" ? -1 : b === "" ? 1 : 0));
  return html`<label class="field-inline"
    >${label}
    <select id="${name}" name="${name}" data-change="go" class="${chosen ? "is-set" : ""}">
      ${values.map((value) => html`<option value="${value}" ${value === chosen ? "selected" : ""}>${known[value]}</option>`)}
    </select></label
  >`;
}
