/** The headline numbers: each opens its definition, each rate shows its pair. */

import { format } from "../format.js";
import { html } from "../html.js";
import { load } from "../state.js";
import { behind } from "./behind-dialog.js";
import { definer } from "./definition.js";
import { figure, moneyFigures, rateFigure } from "./figure.js";
import { disagreements, picture } from "./picture.js";

const ROWS = [
  {
    field: "sessions",
    label: "Sessions",
    show: (r) => behind("overview", "sessions", whole("sessions", r)),
    below: (r) => `${format.number(r.new_sessions)} new, ${format.number(r.returning_sessions)} returning`,
  },
  {
    field: "visitors",
    label: "Visitors",
    show: (r) => whole("visitors", r),
    below: (r) => `${format.number(r.buyers)} of them bought`,
  },
  {
    field: "conversion_rate",
    label: "Conversion rate",
    show: (r) => rate("conversion_rate", r),
    below: (r) => behind("overview", "conversions", pair(r.conversion_rate, "sessions")),
  },
  {
    field: "revenue",
    label: "Revenue",
    show: (r) => moneyFigures("overview.revenue", r.revenue, format),
    below: revenueNote,
  },
  {
    field: "aov",
    label: "Average order value",
    show: (r) => moneyFigures("overview.aov", r.aov, format),
    below: orderNote,
  },
  {
    field: "bounce_rate",
    label: "Bounce rate",
    show: (r) => rate("bounce_rate", r),
    below: (r) => behind("overview", "bounces", pair(r.bounce_rate, "sessions")),
  },
  {
    field: "engagement_rate",
    label: "Engagement rate",
    show: (r) => rate("engagement_rate", r),
    below: (r) => behind("overview", "engaged", pair(r.engagement_rate, "sessions")),
  },
];

/** @param {import("../state.js").State} state */
export function headline(state) {
  const defined = definer(state);
  return picture(load(state, "overview"), "overview", ({ result, reconciliation }) => [
    disagreements(reconciliation),
    html`<dl class="headline">
        ${ROWS.map((row) => number(defined("overview", row.field, row.label), row.show(result), row.below(result)))}
        ${abandonment(state, defined)}
      </dl>
      ${smallPrint(result, defined)}`,
  ]);
}

function number(label, value, below) {
  return html`<div class="headline-item">
    <dt>${label}</dt>
    <dd class="headline-value">${value}</dd>
    <dd class="headline-below">${below}</dd>
  </div>`;
}

function abandonment(state, defined) {
  const { data } = load(state, "cart");
  const cart = data?.result.abandonment_rate ?? null;
  return number(
    defined("cart", "abandonment_rate", "Cart abandonment"),
    rateFigure("cart.abandonment_rate", cart, format),
    cart && pair(cart, "closed carts"),
  );
}

/** What else the overview knows, in one quiet line. */
function smallPrint(r, defined) {
  const facts = [
    ["duration_median", "Median visit", format.duration(r.duration_median)],
    ["duration_mean", "Mean visit", format.duration(r.duration_mean)],
    ["duration_p90", "Nine in ten visits within", format.duration(r.duration_p90)],
    ["pages_per_session", "Pages a session", format.decimal(r.pages_per_session.value)],
    ["pageviews", "Page views", whole("pageviews", r)],
    ["events", "Events", whole("events", r)],
    ["orders", "Orders", behind("overview", "orders", whole("orders", r))],
    ["buyer_rate", "Buyer rate", rate("buyer_rate", r)],
    [
      "revenue_per_session",
      "Revenue a session",
      moneyFigures("overview.revenue_per_session", r.revenue_per_session, format),
    ],
    ...(r.noisy_events ? [["noisy_events", "Noisy events", whole("noisy_events", r)]] : []),
    ...(r.refunds_unmatched ? [["refunds_unmatched", "Refunds of unknown orders", whole("refunds_unmatched", r)]] : []),
    ...(r.oversize ? [["oversize", "Sessions too long to count", whole("oversize", r)]] : []),
  ];
  return html`<dl class="small-print">
    ${facts.map(
      ([field, label, value]) =>
        html`<div>
          <dt>${defined("overview", field, label)}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function whole(field, result) {
  return figure(`overview.${field}`, result[field], format.number(result[field]));
}

function rate(field, result) {
  return rateFigure(`overview.${field}`, result[field], format);
}

function pair(value, unit) {
  return `${format.pair(value)} ${unit}`;
}

function revenueNote(r) {
  const unknown = r.orders - r.orders_with_revenue;
  const refunds = r.refunded.some((money) => money.amount > 0) ? `${format.money(r.net_revenue)} after refunds` : "";
  return (
    [refunds, unknown ? `${format.count(unknown, "order")} without a known amount` : ""].filter(Boolean).join("; ") ||
    format.count(r.orders, "order")
  );
}

function orderNote(r) {
  if (!r.aov.length) return "No order with a known amount";
  return r.aov
    .map((aov) => `median ${format.amount({ ...aov, amount: aov.median })}, ${format.count(aov.orders, "order")}`)
    .join("; ");
}
