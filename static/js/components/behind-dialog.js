/** The sessions behind one number, in a dialog whose address can be shared. */

import { format } from "../format.js";
import { emit, html, render } from "../html.js";
import { behindKey, behindOf } from "../route.js";
import { load } from "../state.js";
import { picture } from "./picture.js";
import { sessionTable } from "./sessions.js";
import { wording } from "./wording.js";

/**
 * A number that opens the sessions it counts.
 * @param {string} metric @param {string} of which part of it @param {unknown} shown markup of the number
 * @param {string | number} [value]
 */
export function behind(metric, of, shown, value = "") {
  return html`<button
    type="button"
    class="behind"
    title="Show the sessions"
    data-verb="go"
    data-behind="${behindKey(metric, of, value)}"
    id="behind-${metric}-${of}-${value}"
    >${shown}</button
  >`;
}

/** @param {HTMLDialogElement} root */
export function mountBehindDialog(root) {
  root.className = "session-dialog";
  root.setAttribute("aria-labelledby", "heading-behind");
  let wanted = false;
  root.addEventListener("close", () => wanted && emit(root, "go", { patch: { behind: "" } }));
  return (state) => {
    const asked = behindOf(state.route);
    wanted = Boolean(asked) && state.session === "in";
    if (!wanted) return root.open && root.close();
    render(
      root,
      html`<div class="section-head">
          <h2 id="heading-behind">${named(asked, load(state, "definitions").data)}</h2>
          <form method="dialog"><button class="button">Close</button></form>
        </div>
        ${picture(load(state, "behind"), "behind", (found) => listed(found, state))}`,
    );
    return root.open || root.showModal();
  };
}

/** @param {import("../route.js").Behind} asked */
function named({ metric, of, value }, definitions) {
  const title = definitions?.items.find(({ id }) => id === metric)?.title ?? wording(metric);
  return html`${title}: ${wording(of).toLowerCase()}${value && html` <q>${value}</q>`}`;
}

function listed(found, state) {
  if (!found.items.length) return html`<p class="soft">No session is behind this number.</p>`;
  const caption = `${format.count(found.total, "session")}, latest first`;
  return sessionTable(caption, found, "behind", state);
}
