/** The default ordered funnel: chart, and the steps as a table. */

import { format } from "../format.js";
import { html } from "../html.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { definer } from "./definition.js";
import { figure, rateFigure } from "./figure.js";
import { wording } from "./wording.js";

export const funnel = {
  slot: "funnel",
  title: "Funnel",
  isEmpty: ({ steps }) => !steps.length || steps[0].reached === 0,
  whenEmpty: "No session entered the funnel in this window.",
  body: ({ result }, state) =>
    html`<p class="standfirst">${sentence(result)}</p>
      <div class="split">
        ${chartPlace("funnel", `Funnel of ${result.steps.length} steps; the table beside it has every value`)}
        ${dataTable("Steps of the funnel", columns(definer(state)), result.steps)}
      </div>`,
};

const columns = (defined) => [
  { title: "Step", cell: (step) => wording(step.name) },
  {
    title: "Reached",
    cell: (step) => figure(`funnel.${step.name}.reached`, step.reached, format.number(step.reached)),
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

function sentence({ steps, conversions, outside }) {
  const last = steps.at(-1);
  const ends = `${format.number(last.reached)} of ${format.number(steps[0].reached)} sessions went through every step in order (${format.rate(last.overall_rate)}).`;
  if (!outside) return ends;
  return `${ends} ${format.count(conversions, "session")} bought: ${format.number(outside)} of them skipped a step or took the steps in another order.`;
}
