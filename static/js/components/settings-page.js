/** Settings: one's own account, its AI provider and model; for the owner, the shop's write keys. */

import { html, render } from "../html.js";
import { mayOwn } from "../state.js";
import { mountAccountPanel } from "./account-panel.js";
import { mountModelPanel } from "./model-panel.js";
import { mountProviderPanel } from "./provider-panel.js";
import { mountWriteKeysPanel } from "./write-keys-panel.js";

/** @param {Element} root */
export function mountSettingsPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Settings</h1>
      <div class="settings">
        <section id="provider" aria-labelledby="heading-provider"></section>
        <section id="model" aria-labelledby="heading-model"></section>
      </div>
      <section id="write-keys" aria-labelledby="heading-write-keys" hidden></section>
      <section id="account" aria-labelledby="heading-account"></section>`,
  );
  const updates = [
    mountProviderPanel(root.querySelector("#provider")),
    mountModelPanel(root.querySelector("#model")),
    mountAccountPanel(root.querySelector("#account")),
  ];
  const writeKeys = root.querySelector("#write-keys");
  const updateWriteKeys = mountWriteKeysPanel(writeKeys);
  return (state) => {
    updates.forEach((update) => update(state));
    writeKeys.hidden = !mayOwn(state.user);
    if (mayOwn(state.user)) updateWriteKeys(state);
  };
}
