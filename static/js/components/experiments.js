/** Experiments: every arm against the control, and whether the comparison can be trusted. */

import { format } from "../format.js";
import { html } from "../html.js";
import { load } from "../state.js";
import { behind } from "./behind-dialog.js";
import { chartPlace } from "./chart.js";
import { choice } from "./choice.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { figure, rateFigure } from "./figure.js";
import { empty } from "./picture.js";
import { difference, signed } from "./segments.js";

const DETECT = { "": "10 %", 2: "2 %", 5: "5 %", 20: "20 %", 50: "50 %" };
const VERDICTS = {
  better: "Better",
  worse: "Worse",
  no_difference: "No difference found",
  undecided: "Undecided",
  too_few: "Too few sessions",
  unbalanced: "Not to be trusted",
};

export const experiments = {
  slot: "variants",
  title: "Experiments",
  controls: (state) => html`<div class="topic-options">${options(state.route, load(state, "variants").data?.result)}</div>`,
  body: ({ result }, state) => (result.arms.length ? compared(result, state) : empty(result.hint)),
};

function compared(result, state) {
  return html`${balance(result)}
      <p class="standfirst">
        ${format.count(result.sessions, "session")} of ${format.count(result.visitors, "visitor")} saw an arm of
        <strong>${result.experiment}</strong>; the control is <strong>${result.control}</strong>. ${mixed(result)}
      </p>
      ${chartPlace("variants", "Conversion of each arm against the control; the table below has every value")}
      ${dataTable(`Arms of ${result.experiment}, each against ${result.control}`, columns(definer(state)), result.arms)}
      ${needed(result)}
      <p class="note">
        <strong>Bold</strong> differences have a corrected p below 0.05. That holds for a test whose length was decided before:
        who looks every day and stops at the first one finds differences where there are none.
        ${result.hidden.arms ? `${format.count(result.hidden.arms, "more arm")} with fewer sessions are not shown.` : ""}
      </p>`;
}

function options(route, result) {
  const names = (rows, name, first) => ({ "": first, ...Object.fromEntries(rows.map((row) => [row[name], row[name]])) });
  const [most, ...others] = result?.experiments ?? [];
  const several = others.length || (most && route["variants.experiment"]);
  return html`${several ? choice(route, "variants.experiment", "of", names(others, "experiment", most.experiment)) : ""}
    ${result?.arms.length
      ? choice(route, "variants.control", "against", names(result.arms, "arm", `the control${result.control.toLowerCase() === "control" ? "" : ` (${result.control})`}`))
      : ""}
    <label class="field-inline"
      >shares
      <input
        id="variants-split"
        name="variants.split"
        value="${route["variants.split"]}"
        placeholder="equal"
        size="7"
        data-change="go"
        title="The shares the arms should have, the control's first, such as 50:50"
    /></label>
    ${choice(route, "variants.detect", "to find a change of", DETECT)}`;
}

function balance({ sample_ratio: { flagged, p_value: p, expected }, arms }) {
  if (!flagged)
    return p === null && arms.length > 1 ? html`<p class="note">Too few visitors to say whether they were shared out as planned.</p>` : "";
  return html`<div class="notice notice-bad" role="alert">
    <p>
      <strong>The arms did not get the visitors they should have</strong> (p ${format.probability(p)}):
      ${arms.map((row, index) => html`${index ? ", " : ""}${row.arm} ${format.number(row.visitors)} instead of ${format.decimal(expected[index].visitors)}`)}.
      Something besides chance decides who is counted: a redirect that loses visitors, a bot, a variant that is reported late.
      No difference can be trusted until it is found. Were the shares planned otherwise? Name them above, such as 70:30.
    </p>
  </div>`;
}

function mixed({ mixed: { visitors, sessions } }) {
  if (!visitors) return "Nobody saw more than one of its arms.";
  return html`${behind("variants", "mixed", format.count(visitors, "visitor"))} saw more than one of its arms
  (${format.count(sessions, "session")}); each session counts for the first it saw, which blurs the difference and makes none up.`;
}

function needed({ arms, detect }) {
  const control = arms.find((row) => row.control);
  const short = arms.filter((row) => row.needed !== null && Math.min(row.sessions, control.sessions) < row.needed);
  if (!short.length) return "";
  const each = format.number(short[0].needed);
  const missing = short.map((row) => `${row.arm} and ${control.arm} lack ${lacking(row, control)}`);
  return html`<p class="note">
    To find a relative change of ${format.number(detect)} % of the conversion rate four times out of five, each arm needs ${each}
    sessions: ${missing.join("; ")}.
  </p>`;
}

function lacking({ sessions, needed: wanted }, control) {
  return [sessions, control.sessions].map((n) => format.number(Math.max(0, wanted - n))).join(" and ");
}

function columns(defined) {
  const label = (field, title) => defined("variants", field, title);
  const money = (row, field) => row[field].map((entry) => difference(entry, (amount) => signed(entry.currency, amount)));
  return [
    { title: "Arm", cell: (row) => html`${row.arm}${row.control && row.arm.toLowerCase() !== "control" ? html` <span class="soft">control</span>` : ""}` },
    { title: "Sessions", cell: (row) => counted(row, "sessions", "arm") },
    { title: label("visitors", "Visitors"), cell: (row) => format.number(row.visitors) },
    { title: label("share", "Share"), cell: (row) => format.rate(row.share) },
    { title: "Buying sessions", cell: (row) => counted(row, "conversions", "conversions") },
    { title: "Conversion", cell: (row) => rateFigure(`variants.${row.arm}.conversion_rate`, row.conversion_rate, format) },
    {
      title: label("conversion_difference", "Against the control"),
      cell: (row) => (row.control ? "" : difference(row.conversion_difference, format.points)),
    },
    { title: label("p_adjusted", "p"), cell: (row) => (row.control ? "" : format.probability(row.conversion_difference?.p_adjusted)) },
    { title: label("verdict", "Verdict"), words: true, cell: (row) => VERDICTS[row.verdict] ?? "" },
    { title: label("revenue_per_session", "Revenue a session"), cell: (row) => format.money(row.revenue_per_session) },
    {
      title: label("revenue_per_session_difference", "Against the control"),
      cell: (row) => money(row, "revenue_per_session_difference"),
    },
    { title: "AOV", cell: (row) => format.money(row.aov) },
    { title: label("aov_difference", "Against the control"), cell: (row) => money(row, "aov_difference") },
  ];
}

function counted(row, field, part) {
  const shown = figure(`variants.${row.arm}.${field}`, row[field], format.number(row[field]));
  return behind("variants", part, shown, row.arm);
}
