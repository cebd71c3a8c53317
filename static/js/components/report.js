/** A saved analysis: its sections, and under every claim the facts it stands on. */

import { format } from "../format.js";
import { html } from "../html.js";
import { arranged, headlineFacts } from "../role-views.js";
import { authorship, badge, whyComputed, writtenWith } from "./authorship.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { empty } from "./picture.js";
import { productList, productSection } from "./products.js";
import { scopeSentence } from "./scope-sentence.js";
import { wording } from "./wording.js";

const CHARTS = {
  cart: "What became of carts",
  checkout: "What became of checkouts",
  differences: "Buyers against abandoners, by effect",
  friction: "What stood in the way",
  funnel: "The way to a purchase",
  paths: "Ways that sessions take",
  search: "What was searched for",
  segments: "Sessions by device",
  series: "Sessions day by day",
  comparison: "Rates of both sides, with their intervals",
  comparison_series: "Sessions day by day, on both sides",
  comparison_funnel: "The way to a purchase, on both sides",
  variants: "Conversion of each arm against the control, in percentage points",
};

const PRODUCTS = "recommended_products";
const REFUSED_PRODUCTS = "recommendations_for_user_products";
const NO_REMARKS = { all: [], under: () => "", below: () => "" };

const DIRECTIONS = { up: ["▲", "up"], down: ["▼", "down"], flat: ["◆", "level"] };

const SHOWN = {
  count: (fact) => format.number(fact.value),
  number: (fact) => format.decimal(fact.value),
  rate: (fact) => format.share(fact.value),
  change: (fact) => format.share(fact.value),
  points: (fact) => format.points(fact.value),
  seconds: (fact) => format.duration(fact.value),
  day: (fact) => format.day(fact.value),
  name: (fact) => html`<q>${fact.value}</q>`,
};

/**
 * @param {any} analysis
 * @param {object} [reading]
 * @param {string} [reading.timeZone]
 * @param {string} [reading.segment] the saved name of its filters
 * @param {import("../role-views.js").Arrangement} [reading.arrangement] for whom it is
 * @param {import("./remarks.js").Remarks} [reading.remarks]
 */
export function report(analysis, { timeZone, segment, arrangement, remarks = NO_REMARKS } = {}) {
  if (analysis.status === "failed")
    return html`<div class="notice notice-bad" role="alert"><p>This analysis failed. ${analysis.error}</p></div>`;
  if (analysis.status !== "done") return empty("This analysis is not finished yet.");
  return html`<article class="report" aria-label="Analysis" lang="${analysis.language}">
    <p class="report-source" lang="en">${source(analysis, scopes(analysis, timeZone, segment), remarks.all)}</p>
    ${authorship(analysis.model)} ${writtenWith(analysis)}
    ${analysis.moved ? html`<p class="notice" lang="en">Data arrived while this was being measured; run it again for numbers of one moment.</p>` : ""}
    ${figures(headlineFacts(analysis.facts, arrangement))} ${sections(analysis, arrangement, remarks)} ${remarks.below(analysis)}
  </article>`;
}

/** What it is about, in words: both sides of a comparison. @param {{scope: object, against?: object | null}} analysis @param {string} [timeZone] @param {string} [segment] */
export function scopes({ scope, against }, timeZone, segment) {
  return [scopeSentence(scope, timeZone, segment), ...(against ? [scopeSentence(against, timeZone)] : [])].join(" against ");
}

function source({ finished_at, facts, watermark, ...analysis }, scope, comments) {
  const by = analysis.created_by ? `by ${analysis.created_by}` : "by the command line";
  return [
    format.moment(finished_at),
    scope,
    ...("created_by" in analysis ? [by] : []),
    `${format.count(facts.length, "fact")} from data version ${format.number(watermark)}`,
    ...(comments.length ? [format.count(comments.length, "comment")] : []),
  ].join(" · ");
}

/** What this reader asks for first. */
function figures(facts) {
  if (!facts.length) return "";
  return html`<dl class="headline report-figures" lang="en">
    ${facts.map(
      (fact) =>
        html`<div class="headline-item">
          <dt title="${fact.definition}">${fact.label}</dt>
          <dd class="headline-value">${value(fact)}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A chart stands on top where the reader's view puts it, else beside the first section that speaks of it. */
function sections(analysis, arrangement, remarks) {
  const { sections: all, charts = {}, recommended_products: products = [], no_products: whyNone } = analysis;
  const ids = [...Object.keys(analysis.titles ?? all).filter((id) => all[id]), ...(products.length || whyNone ? [PRODUCTS] : [])];
  const top = (arrangement?.charts ?? []).filter((name) => charts[name]);
  const drawn = new Set(top);
  const facts = new Map(analysis.facts.map((fact) => [fact.id, fact]));
  const placed = arranged(ids, arrangement).map(({ section: id, weight }) => {
    if (id === PRODUCTS) return folding(id, weight, "Recommended products", products.length, recommended(analysis));
    const named = all[id].claims.map(({ chart }) => chart).filter((name) => charts[name] && !drawn.has(name));
    const fresh = [...new Set(named)];
    fresh.forEach((name) => drawn.add(name));
    const title = analysis.titles?.[id] ?? wording(id);
    return folding(id, weight, html`${title} ${badge(all[id].source)}`, all[id].claims.length, section(id, title, all[id], { facts, charts: fresh, remarks }));
  });
  return html`${top.length ? html`<div class="report-charts">${top.map(picture)}</div>` : ""}${placed}`;
}

/** A folded section is one click away. */
function folding(id, weight, title, count, markup) {
  if (weight === "lead") return html`<div class="report-lead">${markup}</div>`;
  if (weight !== "folded") return markup;
  return html`<details class="report-folded" id="folded-${id}">
    <summary>${title} <span class="soft">${format.number(count)}</span></summary>
    ${markup}
  </details>`;
}

function recommended({ recommended_products: items, no_products: why, model }) {
  const list = html`${whyComputed(model?.refused?.[REFUSED_PRODUCTS])}${productList(items, why)}`;
  return productSection("Recommended products", items[0]?.source, list);
}

function section(id, title, { source: by, claims, reason }, { facts, charts, remarks }) {
  return html`<section class="report-section" aria-labelledby="report-${id}">
    <h2 id="report-${id}">${title} ${badge(by)}</h2>
    ${whyComputed(reason)}
    <div class="${charts.length ? "report-beside" : ""}">
      ${
        claims.length
          ? html`<ul class="claims">
              ${claims.map((claim, index) => item(`${id}-${index}`, claim, facts, remarks.under(id, index, claim)))}
            </ul>`
          : html`<p class="soft">Nothing to report here.</p>`
      }
      ${charts.length ? html`<div>${charts.map(picture)}</div>` : ""}
    </div>
  </section>`;
}

function picture(name) {
  return html`<figure>
    <figcaption class="soft">${CHARTS[name] ?? wording(name)}</figcaption>
    ${chartPlace(name, `${CHARTS[name] ?? wording(name)}, as measured for this analysis; the facts under each text have the values`)}
  </figure>`;
}

/** Which way it says. @param {{direction: string}} claim */
export function mark({ direction }) {
  const [sign, spoken] = DIRECTIONS[direction] ?? ["", ""];
  return sign && html`<span class="claim-mark claim-${direction}" role="img" aria-label="${spoken}">${sign}</span> `;
}

function item(id, claim, facts, comments) {
  const used = claim.fact_ids.map((factId) => facts.get(factId)).filter(Boolean);
  return html`<li class="claim">
    <p>
      ${mark(claim)}${claim.text}
    </p>
    <div class="claim-below">${used.length ? receipts(id, used) : ""}${comments}</div>
  </li>`;
}

/** The facts behind a text, one click away. @param {string} id @param {any[]} used */
export function receipts(id, used) {
  const columns = [
    { title: "Fact", cell: (fact) => fact.label },
    { title: "Value", cell: value },
    { title: "n", cell: (fact) => format.number(fact.n ?? null) },
    { title: "Definition", words: true, cell: (fact) => fact.definition },
  ];
  return html`<details class="receipts" id="receipts-${id}" lang="en">
    <summary>${format.count(used.length, "fact")}</summary>
    ${dataTable("The facts behind this", columns, used)}
  </details>`;
}

/** @param {{value: number | string, unit: string}} fact */
export function value(fact) {
  const [kind, currency] = fact.unit.split(":");
  return currency ? format.amount({ currency, amount: fact.value }) : (SHOWN[kind]?.(fact) ?? String(fact.value));
}
