/** What visitors did one after the other, from a start or to an end. */

import { format } from "../format.js";
import { html } from "../html.js";
import { load } from "../state.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { choice } from "./choice.js";
import { asTable, dataTable } from "./data-table.js";
import { wording } from "./wording.js";

const OVER = { "": "event types", page: "pages" };
const WHO = { "": "everybody", buyers: "buyers", abandoners: "those who left a cart" };
const DEPTHS = { 3: "3 steps", "": "5 steps", 7: "7 steps", 10: "10 steps" };

export const paths = {
  slot: "paths",
  title: "Paths",
  isEmpty: ({ sessions }) => sessions === 0,
  whenEmpty: "No session in this window has such a path.",
  controls: (state) => html`<div class="topic-options">${options(state)}</div>`,
  body: ({ result }) =>
    html`<p class="standfirst">${sentence(result)}</p>
      ${chartPlace("paths", `Paths of ${format.number(result.sessions)} sessions step by step; the tables below have every value`)}
      ${asTable("paths", nodeTable(result))}
      <h3>${result.end ? "The last six steps" : "The first six steps"}</h3>
      ${sequences(result)}`,
};

function options(state) {
  const { route } = state;
  const nodes = known(load(state, "paths").data?.result);
  const anchors = (none) => ({ "": none, ...Object.fromEntries(nodes.map((name) => [name, named(name, route)])) });
  return [
    choice(route, "paths.over", "of", OVER),
    choice(route, "paths.who", "by", WHO),
    choice(route, "paths.steps", "", DEPTHS),
    route["paths.end"] ? "" : choice(route, "paths.start", "from", anchors("the session's start")),
    route["paths.start"] ? "" : choice(route, "paths.end", "to", anchors("wherever it ends")),
  ];
}

function known(result) {
  const names = (result?.steps ?? []).flatMap(({ nodes }) => nodes.map(({ name }) => name));
  return [...new Set(names)].filter((name) => name !== "(other)").sort();
}

const named = (name, { "paths.over": over }) => (over === "page" ? name : wording(name));

function sentence({ sessions, left_out: leftOut, start, end }) {
  const from = start ? ` from ${start}` : end ? ` backwards from ${end}` : "";
  const rest = leftOut ? ` ${format.count(leftOut, "session")} ${leftOut === 1 ? "has" : "have"} no such path.` : "";
  return `The paths of ${format.count(sessions, "session")}${from}; equal steps in a row are one.${rest}`;
}

function nodeTable({ steps, over }) {
  const rows = steps.flatMap(({ step, nodes }) => nodes.map((node) => ({ ...node, step })));
  return dataTable(
    "Steps of the paths",
    [
      { title: "Step", cell: ({ step }) => format.number(step) },
      { title: "Node", words: true, cell: ({ name }) => (over === "page" ? name : wording(name)) },
      {
        title: "Sessions",
        cell: ({ step, name, sessions }) => behind("paths", "node", format.number(sessions), `${step}:${name}`),
      },
      { title: "End here", cell: ({ ends }) => format.number(ends) },
      { title: "Go on", cell: ({ sessions, ends }) => format.number(sessions - ends) },
      { title: "Buy", cell: ({ conversions }) => format.number(conversions) },
    ],
    rows,
  );
}

function sequences({ sequences: rows, sequences_total: total, over }) {
  const caption = rows.length < total ? `The ${format.number(rows.length)} most frequent of ${format.number(total)}` : `All ${format.number(total)}`;
  return dataTable(
    caption,
    [
      {
        title: "Sequence",
        cell: ({ nodes }) => nodes.map((name) => (over === "page" ? name : wording(name))).join(" → "),
      },
      {
        title: "Sessions",
        cell: ({ nodes, sessions }) => behind("paths", "sequence", format.number(sessions), JSON.stringify(nodes)),
      },
      { title: "Share", cell: ({ share }) => format.rate(share) },
      { title: "Buy", cell: ({ conversions }) => format.number(conversions) },
    ],
    rows,
  );
}
