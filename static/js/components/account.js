/** The owner's first account, log-in, sign-up. The API's words stand beside the field they are about. */

import { emit, html, render } from "../html.js";
import { load } from "../state.js";
import { field } from "./field.js";

const FORMS = {
  invite: {
    verb: "signUp",
    title: "You are invited",
    intro: "Choose a username and a password. The link opens one account, with the role that the owner chose for you.",
    button: "Sign up",
    autocomplete: "new-password",
    other: ["signIn", "Log in instead"],
  },
  reset: {
    verb: "resetPassword",
    title: "Choose a new password",
    intro: "It takes the place of the old one. Every browser and program that is logged in to the account has to log in again.",
    button: "Set the password",
    autocomplete: "new-password",
    other: ["signIn", "Log in instead"],
    anonymous: true,
  },
  setup: {
    verb: "signUp",
    title: "Create the owner account",
    intro: "This installation is new. The first account owns it: it sees every number and decides who else may.",
    button: "Create account",
    autocomplete: "new-password",
  },
  signUp: {
    verb: "signUp",
    title: "Sign up",
    intro: "A new account is a shopper's until an owner gives it another role.",
    button: "Sign up",
    autocomplete: "new-password",
    other: ["signIn", "Log in instead"],
  },
  signIn: {
    verb: "signIn",
    title: "Log in",
    intro: "",
    button: "Log in",
    autocomplete: "current-password",
    other: ["signUp", "Create an account"],
  },
};

/** @param {Element} root */
export function mountAccount(root) {
  let chosen = "";
  let state;
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(event.target));
    emit(event.target, event.target.dataset.form, { ...typed, ...carried(shown(state, chosen), state.ticket) });
  });
  root.addEventListener("click", (event) => {
    const other = event.target.closest("[data-form-other]");
    if (!other) return;
    chosen = other.dataset.formOther;
    draw();
    root.querySelector("input").focus();
  });

  function draw() {
    const form = FORMS[shown(state, chosen)];
    const held = load(state, "account");
    if (held.data?.waiting) return render(root, waiting());
    const typed = [...root.querySelectorAll("input")].map((field) => field.value);
    render(root, markup(form, held));
    root.querySelectorAll("input").forEach((field, index) => (field.value ||= typed[index] ?? ""));
    return mark(root, held);
  }
  return (next) => {
    state = next;
    draw();
  };
}

/** Which form: the first account's, an opened link's, or what was chosen. */
function shown({ session, ticket }, chosen) {
  if (session === "setup") return "setup";
  return chosen || ticket?.kind || "signIn";
}

/** What an opened link adds to a form's fields. */
function carried(form, ticket) {
  if (form === "invite") return { invite: ticket.token };
  return form === "reset" ? { token: ticket.token } : {};
}

/** The field a refusal is about gets the focus, once. */
function mark(root, { status, error }) {
  if (status !== "error" || root.dataset.marked === error.message) return;
  root.dataset.marked = error.message;
  root.querySelector(error.fields?.username ? "#username" : "#password")?.focus();
}

function markup(form, { status, error }) {
  return html`<div class="account">
    <h1 tabindex="-1">${form.title}</h1>
    ${form.intro && html`<p>${form.intro}</p>`}
    <form data-form="${form.verb}">
      ${form.anonymous ? "" : field({ name: "username", label: "Username", autocomplete: "username", required: true }, error)}
      ${field({ name: "password", label: "Password", type: "password", autocomplete: form.autocomplete, required: true }, error)}
      ${error && !isAboutField(error) ? html`<p class="account-error" role="alert">${error.message}</p>` : ""}
      <p>
        <button class="button button-first" ${status === "loading" ? "disabled" : ""}>${form.button}</button>
        ${form.other ? html`<button type="button" class="link" data-form-other="${form.other[0]}">${form.other[1]}</button>` : ""}
      </p>
    </form>
  </div>`;
}

function isAboutField({ fields }) {
  return Boolean(fields.username || fields.password);
}

function waiting() {
  return html`<div class="account">
    <h1 tabindex="-1">Waiting for approval</h1>
    <p>
      There are already events under this username, so an owner has to approve the account. Log in again once that is
      done.
    </p>
  </div>`;
}
