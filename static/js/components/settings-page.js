/** Settings: the account's AI provider and model. */

import { html, render } from "../html.js";
import { mountModelPanel } from "./model-panel.js";
import { mountProviderPanel } from "./provider-panel.js";

/** @param {Element} root */
export function mountSettingsPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Settings</h1>
      <div class="settings">
        <section id="provider" aria-labelledby="heading-provider"></section>
        <section id="model" aria-labelledby="heading-model"></section>
      </div>`,
  );
  const updates = [mountProviderPanel(root.querySelector("#provider")), mountModelPanel(root.querySelector("#model"))];
  return (state) => updates.forEach((update) => update(state));
}
