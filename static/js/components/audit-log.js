/** Who did what, about whom, when and from where: latest first, by action and by person. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { load } from "../state.js";
import { dataTable } from "./data-table.js";
import { empty, picture } from "./picture.js";
import { wording } from "./wording.js";

/** @param {Element} root */
export function mountAuditLog(root) {
  root.classList.add("section");
  return (state) =>
    render(
      root,
      html`<header class="section-head">
          <h2 id="heading-log">Log</h2>
          <span class="log-filters">${actions(state)} ${person(state.route)}</span>
        </header>
        ${picture(load(state, "audit"), "audit", (page) => table(page, state.route))}`,
    );
}

function actions(state) {
  const chosen = state.route.action;
  const known = load(state, "audit").data?.actions ?? [];
  const all = !chosen || known.includes(chosen) ? known : [...known, chosen];
  return html`<label class="field-inline"
    ><span class="unseen">Action</span>
    <select id="action" name="action" data-change="go" class="${chosen ? "is-set" : ""}">
      <option value="">Every action</option>
      ${all.map((action) => html`<option value="${action}" ${action === chosen ? "selected" : ""}>${wording(action)}</option>`)}
    </select></label
  >`;
}

function person({ who }) {
  return html`<label class="field-inline">Username <input type="search" id="who" name="who" value="${who}" data-change="go" autocomplete="off" spellcheck="false" autocapitalize="none" /></label>`;
}

function table(page, { action, who }) {
  if (!page.items.length) return empty(action || who ? "Nothing on record matches." : "Nothing is on record yet.");
  return html`${dataTable("Log, latest first", COLUMNS, page.items)}
  ${page.next ? html`<p><button type="button" class="button" data-verb="more" data-slot="audit" id="more-audit">Show older entries</button></p>` : html`<p class="note">Entries are kept for 400 days.</p>`}`;
}

const COLUMNS = [
  { title: "When", cell: ({ at }) => html`<time class="nowrap" datetime="${at}">${format.moment(at)}</time>` },
  { title: "Who", words: true, cell: ({ by }) => by ?? html`<span class="soft">nobody known</span>` },
  { title: "What", words: true, cell: ({ action }) => html`<span class="nowrap">${wording(action)}</span>` },
  { title: "About", words: true, cell: ({ about, by }) => (about === by ? "" : about) },
  { title: "Details", words: true, cell: ({ details }) => spelled(details) },
  { title: "From", words: true, cell: ({ client }) => client },
];

function spelled(details) {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`)
    .join(", ");
}
