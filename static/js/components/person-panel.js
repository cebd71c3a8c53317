/** One shopper's data: looked up by user id, taken as a file, erased by who types the id once more. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { pathOf } from "../persons.js";
import { load } from "../state.js";
import { field } from "./field.js";

/** @param {Element} root */
export function mountPersonPanel(root) {
  root.classList.add("section");
  render(
    root,
    html`<h2 id="heading-person">One shopper’s data</h2>
      <form class="inline-form" id="find-person"></form>
      <div class="person-found" aria-live="polite"></div>`,
  );
  const [form, found] = ["form", ".person-found"].map((selector) => root.querySelector(selector));
  render(form, lookup());
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(event.target));
    if (event.target === form) emit(root, "findPerson", { userId: typed["person-id"].trim() });
    else emit(root, "erasePerson", { userId: event.target.dataset.person, body: { confirm: typed.confirm, account: "account" in typed } });
  });
  return (state) => render(found, body(load(state, "person"), load(state, "personErased")));
}

function lookup() {
  return html`${field({
      name: "person-id",
      label: "User id, as the shop sends it",
      required: true,
    })}
    <p><button class="button" id="look-up-person">Look up</button></p>`;
}

function body(person, erased) {
  if (erased.status === "ready" && person.status === "idle") return receipt(erased.data);
  if (person.status === "loading") return html`<p class="soft">Reading all events …</p>`;
  if (person.status === "error") return html`<div class="notice" role="status"><p>${person.error.message}</p></div>`;
  if (person.status !== "ready") return "";
  return html`${summary(person.data)} ${erasure(person.data, erased)}`;
}

/** @param {import("../persons.js").Known} known */
function summary({ user_id, events, clients, sessions, analyses, recommendations, comments, chats, role }) {
  const counted = [
    format.count(events, "event"),
    format.count(sessions, "session"),
    format.count(clients, "device"),
    format.count(analyses, "analysis", "analyses"),
    format.count(recommendations, "set of recommendations", "sets of recommendations"),
    format.count(comments, "comment"),
    format.count(chats, "chat"),
  ].join(", ");
  return html`<p>
      Stored about <b>${user_id}</b>: ${counted}${role ? html`, and an account (${role})` : ""}. Devices that somebody else has
      used too are not counted, nor erased.
    </p>
    <p><a class="button" id="export-person" href="${pathOf(user_id)}/export" download="person.ndjson">Download everything</a></p>`;
}

function erasure({ user_id, role }, { status, error }) {
  const wrong = status === "error" ? { ...error, fields: error.fields } : undefined;
  return html`<details class="as-table" id="erase-person">
    <summary>Erase this person for good</summary>
    <form class="settings-form" data-person="${user_id}">
      ${field(
        {
          name: "confirm",
          label: "Confirmation",
          required: true,
          hint: `Type ${user_id} to confirm. This cannot be undone. Figures are computed anew without this person; backups made before still hold the data.`,
        },
        wrong,
      )}
      ${role === "shopper"
        ? html`<p><label><input type="checkbox" name="account" id="erase-account" checked /> Also delete the account</label></p>`
        : ""}
      <p><button class="button button-bad" id="erase-really" ${status === "loading" ? "disabled" : ""}>Erase</button></p>
      ${status === "loading" ? html`<p class="soft">Erasing, and computing figures anew …</p>` : ""}
      ${status === "error" && !error.fields?.confirm ? html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>` : ""}
    </form>
  </details>`;
}

/** @param {import("../persons.js").Erased} erased */
function receipt({ receipt_id, subject, at, counts }) {
  return html`<div class="notice notice-good" id="person-erased" role="status">
    <p>
      Erased on ${format.moment(at)}: ${format.count(counts.events, "event")}, ${format.count(counts.sessions, "session")},
      ${format.count(counts.analyses, "analysis", "analyses")}.
    </p>
    <p>
      Receipt <code>${receipt_id}</code>, subject <code>${subject.slice(0, 12)}</code>. The audit log keeps it without the name; with
      receipt and name the subject can be recomputed (SHA-256 of “receipt:name”).
    </p>
  </div>`;
}
