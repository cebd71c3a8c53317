/** Which channel an order is owed to: the first that brought the visitor, or the last. */

import { format } from "../format.js";
import { html } from "../html.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { valueName } from "./wording.js";

export const channels = {
  slot: "channels",
  title: "Channels",
  isEmpty: ({ rows }) => !rows.length,
  whenEmpty: "No session in this window.",
  body: ({ result }, state) =>
    html`<p class="standfirst">
        ${format.count(result.orders, "order")} worth ${format.money(result.revenue)}, credited once to the channel of the
        visitor's first session ever and once to that of the order's own session.
      </p>
      ${chartPlace("channels", "Orders by first and by last touch; the table below has every value")}
      ${dataTable("Channels by first and last touch", columns(definer(state)), result.rows)}`,
};

function columns(defined) {
  const touch = (of, title) => [
    {
      title: defined("channels", of, `Orders, ${title}`),
      cell: (row) => behind("channels", of, format.number(row[of].orders), row.channel),
    },
    { title: `Revenue, ${title}`, cell: (row) => format.money(row[of].revenue) },
  ];
  return [
    { title: "Channel", cell: ({ channel }) => valueName("channel", channel) },
    { title: "Sessions", cell: ({ sessions }) => format.number(sessions) },
    { title: "Conversion", cell: (row) => format.rate(row.conversion_rate) },
    ...touch("first", "first touch"),
    ...touch("last", "last touch"),
  ];
}
