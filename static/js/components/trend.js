/** Days or hours, one panel a measure, all drawn from one answer. */

import { dayIn, format } from "../format.js";
import { html } from "../html.js";
import { chartPlace } from "./chart.js";
import { asTable, dataTable } from "./data-table.js";

/** @param {{result: any[], options: {interval?: string}, scope: object}} answer */
export function trend({ result, options, scope, time_zone }) {
  const hourly = options?.interval === "hour";
  const unit = hourly ? "hour" : "day";
  const currencies = [...new Set(result.flatMap((row) => row.revenue.map((money) => money.currency)))].sort();
  const panels = [
    { title: "Sessions", measure: "sessions", wide: true },
    { title: "Buying sessions", measure: "conversions" },
    ...currencies
      .slice(0, 2)
      .map((currency, index) => ({ title: `Revenue, ${currency}`, measure: `revenue_${index}` })),
  ];
  return html`<div class="trend">
      ${panels.map(
        ({ title, measure, wide }) =>
          html`<figure class="${wide ? "trend-panel trend-panel-wide" : "trend-panel"}">
            <figcaption>${title} <span class="soft">per ${unit}</span></figcaption>
            ${
              result.some((row) => worth(row, measure, currencies))
                ? chartPlace("series", `${title} per ${unit}; the table below has every value`, { measure })
                : html`<p class="note">None in any ${unit}.</p>`
            }
          </figure>`,
      )}
    </div>
    ${unfinished(result, scope, time_zone)}
    ${asTable("series", dataTable(`Totals per ${unit}`, columns(hourly, time_zone), result))}`;
}

/** A row's value of a panel's measure. */
function worth(row, measure, currencies) {
  const currency = currencies[Number(measure.split("revenue_")[1])];
  return currency ? row.revenue.find((money) => money.currency === currency)?.amount : row[measure];
}

/** Today's column is lower than it will be. */
function unfinished(result, { as_of: asOf }, timeZone) {
  const last = result.at(-1).day;
  return dayIn(asOf, timeZone) === last ? html`<p class="note">${format.day(last)} is not over yet.</p>` : "";
}

function columns(hourly, timeZone) {
  const count = (title, field) => ({ title, cell: (row) => format.number(row[field]) });
  return [
    hourly
      ? { title: "Hour", cell: (row) => format.moment(row.start, timeZone) }
      : { title: "Day", cell: (row) => format.day(row.day) },
    count("Sessions", "sessions"),
    ...(hourly ? [] : [count("Visitors", "visitors")]),
    count("Events", "events"),
    count("Page views", "pageviews"),
    count("Bounces", "bounces"),
    count("Buying sessions", "conversions"),
    count("Orders", "orders"),
    { title: "Revenue", cell: (row) => format.money(row.revenue) },
  ];
}
