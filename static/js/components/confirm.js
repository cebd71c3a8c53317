/** A question before something that cannot be taken back. Escape, and the button that has the focus, say no. */

import { html } from "../html.js";

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text
 * @param {string} question.button what yes is called
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, button }) {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.innerHTML = html`<form method="dialog">
    <h2 id="confirm-title">${title}</h2>
    <p>${text}</p>
    <p class="settings-buttons">
      <button class="button" value="no" id="confirm-no" autofocus>Cancel</button>
      <button class="button button-bad" value="yes" id="confirm-yes">${button}</button>
    </p>
  </form>`.toString();
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
