/** A link that is shown once, to be copied and sent on. */

import { html } from "../html.js";

/** @param {string} id @param {string} path @param {string} about */
export function linkNotice(id, path, about) {
  return html`<div class="notice notice-good" role="status">
    <p>${about}</p>
    <p class="one-time-link">
      <code id="${id}">${location.origin}${path}</code>
      <button type="button" class="button" data-copy="${id}" id="copy-${id}">Copy</button>
    </p>
  </div>`;
}
