/** Data: what arrives, what was loaded, where it comes from, and what of it is noise. */

import { html, render } from "../html.js";
import { mayAnalyse } from "../state.js";
import { mountDataState } from "./data-state.js";
import { mountFileLoader } from "./file-loader.js";
import { mountImportsList } from "./imports-list.js";
import { mountLiveList } from "./live-list.js";
import { mountNoise } from "./noise.js";
import { mountSources } from "./sources.js";

const SECTIONS = [
  ["data-state", mountDataState],
  ["file-loader", mountFileLoader],
  ["imports-list", mountImportsList],
  ["live-list", mountLiveList],
  ["sources", mountSources],
  ["noise", mountNoise],
];

/** @param {Element} root */
export function mountDataPage(root) {
  render(
    root,
    html`<h1 tabindex="-1">Data</h1>
      <p class="note data-reader" hidden>You may read this page; analysts and owners also load and clean.</p>
      ${SECTIONS.map(([name]) => html`<section class="section ${name}" id="${name}" aria-labelledby="heading-${name}"></section>`)}`,
  );
  const updates = SECTIONS.map(([name, mount]) => mount(root.querySelector(`#${name}`)));
  return (state) => {
    root.querySelector(".data-reader").hidden = mayAnalyse(state.user);
    updates.forEach((update) => update(state));
  };
}
