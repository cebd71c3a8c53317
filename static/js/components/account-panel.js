/** One's own account: another password, and the end of every log-in. */

import { emit, html, render } from "../html.js";
import { LANGUAGES } from "../languages.js";
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
      <div class="account-language"></div>
      <form class="settings-form"></form>
      <div class="account-notes" aria-live="polite"></div>
      <p><button type="button" class="link" id="sign-out-everywhere">Log out everywhere</button></p>`,
  );
  const [who, language, form, notes] = [".account-who", ".account-language", "form", ".account-notes"].map((selector) => root.querySelector(selector));
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
    render(language, languages(state.user, load(state, "languageChange")));
    if (render(form, markup(held, state.user))) [...typed].forEach(([name, value]) => (form.elements[name].value = value));
    if (held.status === "ready" && held.at !== doneAt) {
      doneAt = held.at;
      form.reset();
    }
    render(notes, html`${note(held)}${note(load(state, "everywhere"))}`);
  };
}

function languages({ language }, { status, error }) {
  const failed = status === "error" && html`<span class="field-wrong" role="alert">${error.message}</span>`;
  return html`<p class="field settings-form">
    <label for="language">Language of texts and numbers</label>
    <select id="language" name="language" data-change="chooseLanguage" aria-describedby="language-hint" ${status === "loading" ? "disabled" : ""}>
      ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value="${code}" lang="${code}" ${code === language ? "selected" : ""}>${name}</option>`)}
    </select>
    ${failed || ""}
    <span class="field-hint" id="language-hint">For insights, answers and exports from now on; labels of the dashboard stay English.</span>
  </p>`;
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
