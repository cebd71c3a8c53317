/** A funnel: chart, steps, where it was left, how long it took, who took it, and the window before. */

import { format } from "../format.js";
import { html } from "../html.js";
import { parseSteps, stepTitle } from "../steps.js";
import { bar } from "./bar.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { figure, rateFigure } from "./figure.js";
import { dimensionName, valueName, wording } from "./wording.js";

export const funnel = {
  slot: "funnel",
  title: "Funnel",
  isEmpty: ({ steps }) => !steps.length || steps[0].reached === 0,
  whenEmpty: "No session entered the funnel in this window.",
  body: ({ result }, state) => {
    const titles = parseSteps(state.route["funnel.steps"]).map((step) => stepTitle(step, wording));
    return html`<p class="standfirst">${sentence(result)}</p>
      <div class="split">
        ${chartPlace("funnel", `Funnel of ${result.steps.length} steps; the table beside it has every value`)}
        ${dataTable("Steps of the funnel", columns(definer(state), titles, result.unit), result.steps.map(numbered))}
      </div>
      ${result.time_to_convert ? timeToConvert(result, titles) : ""}
      ${result.breakdown ? breakdown(result.breakdown, titles) : ""}
      ${result.previous ? previous(result, titles) : ""}`;
  },
};

const numbered = (step, index, steps) => ({ ...step, number: index + 1, lost: index ? steps[index - 1].reached - step.reached : 0 });

/** Visitors who left may still have time, so these are no sessions to be listed. */
function left({ number, lost }, unit) {
  return unit === "visitor" ? format.number(lost) : behind("funnel", "dropped", format.number(lost), number - 1);
}

const columns = (defined, titles, unit) => [
  { title: "Step", cell: (step) => titles[step.number - 1] ?? wording(step.name) },
  {
    title: "Reached",
    cell: (step) =>
      behind(
        "funnel",
        "reached",
        figure(`funnel.${step.name}.reached`, step.reached, format.number(step.reached)),
        step.number,
      ),
  },
  {
    title: "Left before it",
    cell: (step) => (step.number > 1 ? left(step, unit) : ""),
  },
  {
    title: defined("funnel", "step_rate", "Of step before"),
    cell: (step) => rateFigure(`funnel.${step.name}.step_rate`, step.step_rate, format),
  },
  {
    title: defined("funnel", "overall_rate", "Of first step"),
    cell: (step) => rateFigure(`funnel.${step.name}.overall_rate`, step.overall_rate, format),
  },
  { title: defined("funnel", "seconds_median", "Median time"), cell: (step) => format.duration(step.seconds_median) },
  { title: defined("funnel", "seconds_p90", "Nine in ten within"), cell: (step) => format.duration(step.seconds_p90) },
  { title: defined("funnel", "revenue", "Revenue of later buyers"), cell: (step) => format.money(step.revenue) },
];

function sentence({ unit, mode, steps, conversions, outside, in_time: inTime, dropped }) {
  const last = steps.at(-1);
  const who = unit === "visitor" ? "visitors" : "sessions";
  const how = { ordered: " in order", strict: " directly one after the other", any: "" }[mode];
  const ends = `${format.number(last.reached)} of ${format.number(steps[0].reached)} ${who} went through every step${how} (${format.rate(last.overall_rate)}).`;
  if (unit === "visitor") return `${ends} ${format.number(dropped)} dropped out; ${format.number(inTime)} still have time.`;
  if (!outside) return ends;
  return `${ends} ${format.count(conversions, "session")} bought: ${format.number(outside)} of them skipped a step or took the steps in another order.`;
}

function timeToConvert({ time_to_convert: found, steps }, titles) {
  const most = Math.max(...found.histogram.map(({ units }) => units));
  const bounds = found.histogram.map(({ to_seconds: to }, index) => ({ from: found.histogram[index - 1]?.to_seconds, to }));
  const rows = found.histogram.map((one, index) => ({ ...one, ...bounds[index] }));
  const caption = `From ${titles[0]} to ${titles[steps.length - 1]}: median ${format.duration(found.median)}, nine in ten within ${format.duration(found.p90)}`;
  return html`<h3>Time to convert</h3>
    ${dataTable(caption, [
      { title: "Time", cell: ({ from, to }) => span(from, to) },
      { title: "Converted", cell: ({ units }) => format.number(units) },
      { title: "", words: true, cell: ({ units }) => bar(units, most) },
    ], rows)}`;
}

const BOUNDS = {
  60: "1 min",
  180: "3 min",
  600: "10 min",
  1800: "30 min",
  3600: "1 h",
  21600: "6 h",
  86400: "1 day",
  259200: "3 days",
  604800: "7 days",
};

function span(from, to) {
  const [low, high] = [from, to].map((seconds) => BOUNDS[seconds] ?? format.duration(seconds));
  if (from === undefined) return `up to ${high}`;
  return to === null ? `more than ${low}` : `${low} to ${high}`;
}

function breakdown({ dimension, rows, other }, titles) {
  const steps = titles.map((title, index) => ({
    title,
    cell: (row) => html`${format.number(row.steps[index].reached)} <span class="soft">${index ? format.rate(row.steps[index].overall_rate) : ""}</span>`,
  }));
  const columns = [
    { title: dimensionName(dimension), cell: (row) => valueName(dimension, row.value) },
    ...steps,
    { title: "Revenue", cell: (row) => format.money(row.revenue) },
  ];
  return html`<h3>By ${dimensionName(dimension).toLowerCase()}</h3>
    ${dataTable(`Steps reached, by ${dimensionName(dimension).toLowerCase()}`, columns, rows)}
    ${other ? html`<p class="note">(other) stands for ${format.number(other)} more values.</p>` : ""}`;
}

function previous({ steps, previous: before }, titles) {
  const rows = steps.map((step, index) => ({ title: titles[index], now: step, before: before.steps[index] }));
  const caption = `${format.day(before.scope.since)} to ${format.day(before.scope.until)}, against the window shown`;
  const columns = [
    { title: "Step", cell: (row) => row.title },
    { title: "Reached before", cell: (row) => format.number(row.before.reached) },
    { title: "Reached now", cell: (row) => format.number(row.now.reached) },
    { title: "Of first step before", cell: (row) => format.rate(row.before.overall_rate) },
    { title: "Of first step now", cell: (row) => format.rate(row.now.overall_rate) },
  ];
  return html`<h3>The window before</h3>
    ${dataTable(caption, columns, rows)}`;
}
