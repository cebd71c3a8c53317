/** Every share link of the installation, for owners: what is open to strangers, and taking it back. */

import { emit, html, render } from "../html.js";
import { routeLink } from "../route.js";
import { load } from "../state.js";
import { empty, failed, picture } from "./picture.js";
import { revoked, shareTable } from "./share-list.js";

/** @param {Element} root */
export function mountShareLinks(root) {
  root.classList.add("section");
  root.addEventListener("click", async (event) => {
    const id = await revoked(event);
    if (id) emit(root, "revokeShare", { id });
  });
  return (state) => {
    const change = load(state, "shareRevoked");
    render(
      root,
      html`<h2 id="heading-share-links">Share links</h2>
        ${change.status === "error" ? failed(change.error, "allShares") : ""}
        ${picture(load(state, "allShares"), "allShares", (page) => list(page, state))}`,
    );
  };
}

function list({ items, next }, { user, route }) {
  if (!items.length) return empty("No analysis is shared by a link.", "A link is made with the button Share of an open analysis.");
  const analysis = {
    title: "Analysis",
    words: true,
    cell: ({ analysis_id, label }) =>
      html`<a href="${routeLink(route, { page: "insights", analysis: analysis_id })}" aria-label="Open the analysis of the link ${label}">Open</a>`,
  };
  return html`${shareTable(items, user, [analysis])}
  ${next ? html`<p><button type="button" class="button" data-verb="more" data-slot="allShares" id="more-shares">Show more links</button></p>` : ""}`;
}
