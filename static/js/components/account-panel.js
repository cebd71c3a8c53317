/** One's own account: another password, and the end of every log-in. */

import { emit, html, render } from "../html.js";
import { load } from "../state.js";
import { confirmed } from "./confirm.js";
import { field } from "./field.js";

const EVERYWHERE = {
  title: "Log out everywhere?",
  text: "Every browser and program that is logged in to this account has to log in again, this one too.",
  button: "Log out everywhere",
};

/** @param {Element} root */
export function mountAccountPanel(root) {
  root.classList.add("section");
  render(
    root,
    html`<h2 id="heading-account">Account</h2>
      <p class="account-who"></p>
      <form class="settings-form"></form>
      <div class="account-notes" aria-live="polite"></div>
      <p><button type="button" class="link" id="sign-out-everywhere">Log out everywhere</button></p>`,
  );
  const [who, form, notes] = [".account-who", "form", ".account-notes"].map((selector) => root.querySelector(selector));
  let doneAt;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { old_password, new_password } = Object.fromEntries(new FormData(form));
    emit(form, "changePassword", { body: { old_password, new_password } });
  });
  root.querySelector("#sign-out-everywhere").addEventListener("click", async () => {
    if (await confirmed(EVERYWHERE)) emit(root, "signOutEverywhere");
  });
  return (state) => {
    const held = load(state, "passwordChange");
    const typed = new FormData(form);
    render(who, html`You are <strong>${state.user.username}</strong>, ${state.user.role}.`);
    if (render(form, markup(held, state.user))) [...typed].forEach(([name, value]) => (form.elements[name].value = value));
    if (held.status === "ready" && held.at !== doneAt) {
      doneAt = held.at;
      form.reset();
    }
    render(notes, html`${note(held)}${note(load(state, "everywhere"))}`);
  };
}

function markup({ status, error }, { username }) {
  return html`<input type="text" name="username" value="${username}" autocomplete="username" hidden />
    ${field({ name: "old_password", label: "Old password", type: "password", autocomplete: "current-password", required: true }, error)}
    ${field({ name: "new_password", label: "New password", type: "password", autocomplete: "new-password", required: true, hint: "At least 8 characters. Every other log-in of your account ends." }, error)}
    <p><button class="button" id="change-password" ${status === "loading" ? "disabled" : ""}>Change password</button></p>`;
}

function note({ status, error }) {
  if (status === "ready") return html`<p class="notice notice-good" id="password-note">Your password is changed.</p>`;
  if (status !== "error" || Object.keys(error.fields).length) return "";
  return html`<div class="notice notice-bad" role="alert"><p>${error.message}</p></div>`;
}
