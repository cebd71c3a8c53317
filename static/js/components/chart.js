/** Draws a Vega-Lite spec. The library (0.3 MB) loads with the first chart; numbers never wait for it. */

import { html, render } from "../html.js";
import { chartLocales, chartTheme } from "./chart-theme.js";

const LIBRARY = "/vega.js";

/** @type {Map<Element, {spec: object, signature: string, finalize?: () => void}>} */
const views = new Map();

/**
 * The place of a chart in a section's markup; `drawCharts` fills it.
 * @param {string} name key of the spec
 * @param {string} label what the chart shows, in a sentence
 * @param {{measure?: string}} [options]
 */
export function chartPlace(name, label, { measure = "" } = {}) {
  return html`<div class="chart" role="img" aria-label="${label}" data-chart="${name}" data-measure="${measure}">
    <div class="chart-drawing" aria-hidden="true"></div>
  </div>`;
}

/**
 * Draw every chart place below `root` that has a spec and can be seen: what is folded has no width to draw in.
 * @param {Element} root
 * @param {Record<string, object | null | undefined>} specs
 */
export async function drawCharts(root, specs) {
  forgetRemoved();
  const places = [...root.querySelectorAll("[data-chart]")].filter((place) => specs[place.dataset.chart] && place.checkVisibility());
  places.forEach((place) => reserve(place, specs[place.dataset.chart]));
  for (const place of places) await draw(place, specs[place.dataset.chart]);
}

const AXIS_PIXELS = 28;

/** Nothing below moves when the chart appears. */
function reserve(place, { height }) {
  place.style.minHeight = `${height + AXIS_PIXELS}px`;
}

/** A view of a removed place would keep listening to the window. */
function forgetRemoved() {
  for (const [place, { finalize }] of views) {
    if (place.isConnected) continue;
    finalize?.();
    views.delete(place);
  }
}

async function draw(place, spec) {
  const signature = `${document.documentElement.dataset.theme}${matchMedia("(prefers-color-scheme: dark)").matches}`;
  const held = views.get(place);
  if (held?.spec === spec && held.signature === signature) return;
  held?.finalize?.();
  views.set(place, { spec, signature });
  try {
    const embed = await library();
    const view = await embed(place.firstElementChild, withMeasure(spec, place.dataset.measure), settings(place));
    views.set(place, { spec, signature, finalize: view.finalize });
    place.style.minHeight = "";
  } catch (error) {
    render(place, html`<p class="chart-missing">The chart could not be drawn; the table has the same numbers.</p>`);
    console.warn("chart", place.dataset.chart, error);
  }
}

/** A param of the spec says which column a panel shows. */
function withMeasure(spec, measure) {
  if (!measure) return spec;
  return {
    ...spec,
    params: spec.params.map((param) => (param.name === "measure" ? { ...param, value: measure } : param)),
  };
}

function settings(place) {
  return {
    ast: true,
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true, theme: "page" },
    config: chartTheme(place),
    ...chartLocales(),
  };
}

let loading;

/** @returns {Promise<Function>} vegaEmbed; a failed load may be tried again */
function library() {
  loading ??= import(LIBRARY).then(
    () => window.vegaEmbed,
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
