/** Entry: outside world in, controller in the middle, components out. */

import * as api from "./js/api.js";
import { mountBehindDialog } from "./js/components/behind-dialog.js";
import { placeDefinitions } from "./js/components/definition.js";
import { mountFilterBar } from "./js/components/filter-bar.js";
import { mountMasthead } from "./js/components/masthead.js";
import { mountSessionDialog } from "./js/components/session-dialog.js";
import { mountStage } from "./js/components/stage.js";
import { createController } from "./js/controller.js";
import { writeIn } from "./js/format.js";
import { emit } from "./js/html.js";
import { localeOf } from "./js/languages.js";

const THEME = "clickstream-theme";
const BRIEF = "clickstream-brief:";
const ROLE_VIEW = "clickstream-role-view:";
const byId = (id) => document.getElementById(id);

const updates = [
  mountMasthead(byId("masthead")),
  mountFilterBar(byId("filter-bar")),
  mountStage(byId("main")),
  mountBehindDialog(byId("behind-dialog")),
  mountSessionDialog(byId("session-dialog")),
];

const controller = createController({
  api,
  address: {
    search: () => location.search,
    hash: () => location.hash,
    push: (query) => history.pushState(null, "", query || location.pathname),
    forgetHash: () => history.replaceState(null, "", location.pathname + location.search),
  },
  now: () => new Date(),
  themes: { read: () => localStorage.getItem(THEME) ?? "", write: (theme) => localStorage.setItem(THEME, theme) },
  roleViews: {
    read: (username) => localStorage.getItem(ROLE_VIEW + username) ?? "",
    write: (username, roleView) => localStorage.setItem(ROLE_VIEW + username, roleView),
  },
  briefs: {
    read: (username) => localStorage.getItem(BRIEF + username) ?? "",
    write: (username, text) => localStorage.setItem(BRIEF + username, text),
  },
  publish(state) {
    document.documentElement.dataset.theme = state.theme;
    writeIn(localeOf(state.user?.language));
    updates.forEach((update) => update(state));
  },
});

document.addEventListener("verb", ({ detail }) => controller.handle(detail));

document.addEventListener("click", (event) => {
  const speaker = event.target.closest("[data-verb], [data-copy], a[href^='?']");
  if (!speaker) return;
  if (speaker.dataset.copy) copy(speaker);
  else if (speaker.dataset.verb) emit(speaker, speaker.dataset.verb, said(speaker));
  else if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    emit(speaker, "open", { search: new URL(speaker.href).search });
  }
});

document.addEventListener("change", ({ target }) => {
  if (!target.dataset.change || isHalfTyped(target)) return;
  const value = target.type === "checkbox" && !target.checked ? "" : target.value;
  emit(target, target.dataset.change, { [target.name]: value, patch: { [target.name]: value } });
});

/** A year typed digit by digit is year 2, 20 and 202 on its way. */
function isHalfTyped({ type, value }) {
  return type === "date" && value !== "" && value < "2000";
}

/** What a button says: its slot, and everything else as a change of the route. */
function said({ dataset: { verb, slot, ...patch } }) {
  return { slot, patch };
}

async function copy(button) {
  await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
  button.textContent = "Copied";
}

const TICK_MS = 4000;
const FOLLOWING_MS = 2000;
setInterval(() => document.visibilityState === "visible" && emit(document.body, "tick"), TICK_MS);
setInterval(() => document.visibilityState === "visible" && controller.follow(), FOLLOWING_MS);

window.addEventListener("popstate", controller.returned);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  emit(document.body, "theme", { theme: localStorage.getItem(THEME) ?? "" }),
);
placeDefinitions(document);
controller.start();
