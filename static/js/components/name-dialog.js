/** A question for a name, in a dialog; Escape and Cancel give none. */

import { html } from "../html.js";

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text
 * @param {string} question.button what yes is called
 * @param {string} [question.value] the name so far
 * @returns {Promise<string>} "" where none was given
 */
export function askedName({ title, text, button, value = "" }) {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  dialog.setAttribute("aria-labelledby", "name-title");
  dialog.innerHTML = html`<form method="dialog">
    <h2 id="name-title">${title}</h2>
    <p id="name-text">${text}</p>
    <label class="field" for="name-asked"
      ><span>Name</span>
      <input id="name-asked" name="name" value="${value}" maxlength="80" required aria-describedby="name-text" autofocus
    /></label>
    <p class="settings-buttons">
      <button type="button" class="button" id="name-cancel">Cancel</button>
      <button class="button button-first" value="yes" id="name-yes">${button}</button>
    </p>
  </form>`.toString();
  document.body.append(dialog);
  dialog.querySelector("#name-cancel").addEventListener("click", () => dialog.close());
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? dialog.querySelector("#name-asked").value.trim() : "");
    });
  });
}
