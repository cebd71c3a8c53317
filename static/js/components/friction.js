/** Where it hurts: errors and empty searches, with what they may cost. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { wording } from "./wording.js";

export const friction = {
  slot: "friction",
  title: "Friction",
  isEmpty: ({ rows }) => !rows.length,
  whenEmpty: "No payment error, no denied coupon and no empty search in this window.",
  body: ({ result }, state) =>
    html`${chartPlace("friction", "Sessions touched; the table below has every value")}
      ${dataTable(`What got in the way, ${format.number(result.rows.length)} of ${format.number(result.total)}`, columns(definer(state)), result.rows)}
      ${[...new Set(result.rows.map(({ assumption }) => assumption))].map((text) => html`<p class="note">${text}</p>`)}`,
};

function columns(defined) {
  return [
    { title: "What", cell: ({ kind, name }) => html`${wording(kind)} <q>${name}</q>` },
    {
      title: "Sessions",
      cell: ({ kind, name, sessions }) => behind("friction", "row", format.number(sessions), `${kind}:${name}`),
    },
    { title: defined("friction", "conversion", "Conversion"), cell: (row) => format.rate(row.conversion) },
    { title: defined("friction", "against", "Of the others"), cell: (row) => format.rate(row.against) },
    { title: defined("friction", "revenue_at_risk", "Revenue at risk"), cell: (row) => format.money(row.revenue_at_risk) },
  ];
}
