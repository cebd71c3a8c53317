/** "View as": the report for another reader. */

import { html } from "../html.js";
import { roleViewOf } from "../role-views.js";
import { load } from "../state.js";

export const roleViewTool = {
  id: "role-view",
  control(analysis, state) {
    const views = (load(state, "roleViews").data?.items ?? []).filter(({ reports }) => reports[analysis.report]);
    const chosen = roleViewOf(state);
    if (!views.length) return "";
    return html`<label class="field-inline"
      >View as
      <select id="role_view" name="role_view" data-change="viewAs" class="${chosen ? "is-set" : ""}">
        <option value="">everybody</option>
        ${views.map(({ role_view, title }) => html`<option value="${role_view}" ${role_view === chosen ? "selected" : ""}>${title}</option>`)}
      </select></label
    >`;
  },
};
