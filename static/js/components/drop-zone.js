/** A place to drop files on, or to choose them. */

import { html } from "../html.js";

/**
 * @param {string} id
 * @param {string} sentence what is wanted
 * @param {{accept?: string, several?: boolean, disabled?: boolean}} [options]
 */
export function dropZone(id, sentence, { accept = "", several = false, disabled = false } = {}) {
  return html`<label class="drop-zone" for="${id}" data-drop="${id}">
    <span>${sentence}</span>
    <input type="file" id="${id}" ${accept ? html`accept="${accept}"` : ""} ${several ? "multiple" : ""} ${disabled ? "disabled" : ""} />
  </label>`;
}

/**
 * @param {Element} root holds drop zones, now or later
 * @param {(files: File[], id: string) => void} take
 */
export function takeFiles(root, take) {
  const zone = ({ target }) => target.closest?.("[data-drop]");
  root.addEventListener("change", ({ target }) => {
    if (target.type !== "file" || !target.files.length) return;
    take([...target.files], target.id);
    target.value = "";
  });
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    root.addEventListener(name, (event) => {
      const over = zone(event);
      if (!over) return;
      event.preventDefault();
      over.classList.toggle("drop-zone-over", name === "dragenter" || name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) take([...event.dataTransfer.files], over.dataset.drop);
    });
  }
}
