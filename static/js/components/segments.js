/** Segments side by side, each against all the others, with intervals. */

import { format } from "../format.js";
import { html } from "../html.js";
import { DIMENSIONS } from "../route.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { asTable, dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { figure, rateFigure } from "./figure.js";
import { dimensionName, valueName } from "./wording.js";

const isEmpty = ({ rows, hidden }) => !rows.length && !hidden.rows;

export const devices = {
  slot: "devices",
  metric: "segments",
  title: "Devices",
  isEmpty,
  whenEmpty: "No session in this window.",
  body: ({ result }) =>
    html`${chartPlace("devices", "Sessions by device, with the share that buys; the table below has every value")}
    ${asTable(
      "devices",
      dataTable(
        "Sessions by device",
        SHORT.map((column) => column("device")),
        result.rows,
      ),
    )}${hidden(result)}`,
};

export const segments = {
  slot: "segments",
  title: "Segments",
  isEmpty,
  whenEmpty: "No session in this window.",
  controls: ({ route }) =>
    html`<label class="field-inline"
      >by
      <select id="dimension" data-change="go" name="dimension">
        ${DIMENSIONS.map((name) => html`<option value="${name}" ${name === route.dimension ? "selected" : ""}>${dimensionName(name)}</option>`)}
      </select></label
    >`,
  body: ({ result }, state) =>
    html`${dataTable(`Segments by ${dimensionName(result.dimension).toLowerCase()}, each against all the others`, columns(result.dimension, definer(state)), result.rows)}
      ${hidden(result)}
      <p class="note">
        Differences are from all other sessions, with a 95 % interval; p-values are corrected for the number of rows.
        <strong>Bold</strong> differences have a corrected p below 0.05.
      </p>`,
};

const SHORT = [
  (dimension) => ({ title: dimensionName(dimension), cell: (row) => valueName(dimension, row.value) }),
  (dimension, linked) => ({
    title: "Sessions",
    cell: (row) => {
      const shown = figure(`segments.${dimension}.${row.value}.sessions`, row.sessions, format.number(row.sessions));
      return linked ? behind("segments", "value", shown, row.value) : shown;
    },
  }),
  () => ({ title: "Share", cell: (row) => format.rate(row.share) }),
  () => ({ title: "Conversion", cell: (row) => rateFigure("segments.conversion_rate", row.conversion_rate, format) }),
];

function columns(dimension, defined) {
  return [
    ...SHORT.map((column) => column(dimension, true)),
    {
      title: defined("segments", "conversion_difference", "Against the rest"),
      cell: (row) => difference(row.conversion_difference, format.points),
    },
    {
      title: defined("segments", "p_adjusted", "p"),
      cell: (row) => format.probability(row.conversion_difference?.p_adjusted),
    },
    { title: "Orders", cell: (row) => format.number(row.orders) },
    { title: "Revenue", cell: (row) => format.money(row.revenue) },
    { title: "AOV", cell: (row) => format.money(row.aov) },
    {
      title: defined("segments", "aov_difference", "AOV against the rest"),
      cell: (row) =>
        (row.aov_difference ?? []).map((entry) => difference(entry, (amount) => signed(entry.currency, amount))),
    },
    {
      title: defined("segments", "cart_abandonment_rate", "Cart abandonment"),
      cell: (row) => format.rate(row.cart_abandonment_rate),
    },
  ];
}

export function difference(found, show) {
  if (!found) return format.number(null);
  const sure = found.p_adjusted !== null && found.p_adjusted < 0.05;
  const value = show(found.difference);
  return html`${sure ? html`<strong>${value}</strong>` : value}
    <span class="soft nowrap">${show(found.low)} to ${show(found.high)}</span>`;
}

export function signed(currency, amount) {
  return `${amount > 0 ? "+" : amount < 0 ? "−" : ""}${format.amount({ currency, amount: Math.abs(amount) })}`;
}

function hidden({ hidden: { minimum, rows, sessions } }) {
  if (!rows) return "";
  return html`<p class="note">
    ${format.number(rows)} more with fewer than ${format.number(minimum)} sessions each
    (${format.count(sessions, "session")} together), too few to compare, not shown.
  </p>`;
}
