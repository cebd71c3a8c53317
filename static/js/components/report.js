/** A saved analysis: its sections, and under every claim the facts it stands on. */

import { format } from "../format.js";
import { html } from "../html.js";
import { authorship, badge, whyComputed } from "./authorship.js";
import { chartPlace } from "./chart.js";
import { dataTable } from "./data-table.js";
import { empty } from "./picture.js";
import { productList, productSection } from "./products.js";
import { scopeSentence } from "./scope-sentence.js";
import { wording } from "./wording.js";

const SECTIONS = {
  store: {
    executive_summary: "Executive summary",
    key_insights: "Key insights",
    recommendations: "Recommendations",
    decisions: "Decisions",
    next_best_actions: "Next best actions",
    risk_alerts: "Risk alerts",
    recommendations_for_user: "Recommendations for the user",
  },
  journey: {
    patterns: "Patterns",
    differences: "Buyers and abandoners",
    drop_offs: "Where journeys end",
    search_analysis: "Search",
    cart_abandonment: "Cart abandonment",
    recommendations: "Recommendations",
  },
};

const CHARTS = {
  cart: "What became of carts",
  checkout: "What became of checkouts",
  differences: "Buyers against abandoners, by effect",
  friction: "What stood in the way",
  funnel: "The way to a purchase",
  paths: "Ways that sessions take",
  search: "What was searched for",
};

const PRODUCTS = "recommendations_for_user_products";

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

/** @param {any} analysis @param {string} [timeZone] */
export function report(analysis, timeZone) {
  if (analysis.status === "failed")
    return html`<div class="notice notice-bad" role="alert"><p>This analysis failed. ${analysis.error}</p></div>`;
  if (analysis.status !== "done") return empty("This analysis is not finished yet.");
  const facts = new Map(analysis.facts.map((fact) => [fact.id, fact]));
  return html`<article class="report" aria-label="Analysis">
    <p class="report-source">
      ${format.moment(analysis.finished_at)} · ${scopeSentence(analysis.scope, timeZone)} ·
      ${analysis.created_by ? `by ${analysis.created_by}` : "by the command line"} ·
      ${format.count(analysis.facts.length, "fact")} from data version ${format.number(analysis.watermark)}
    </p>
    ${authorship(analysis.model)}
    ${analysis.moved ? html`<p class="notice">Data arrived while this was being measured; run it again for numbers of one moment.</p>` : ""}
    ${sections(analysis, facts)}
    ${analysis.report !== "journey" && analysis.recommended_products ? products(analysis) : ""}
  </article>`;
}

function products({ recommended_products: items, no_products: why, model }) {
  const list = html`${whyComputed(model?.refused?.[PRODUCTS])}${productList(items, why)}`;
  return productSection("Recommended products", items[0]?.source, list);
}

/** A chart stands beside the first section that speaks of it. */
function sections({ report: kind, sections: all, charts = {} }, facts) {
  const drawn = new Set();
  return Object.entries(SECTIONS[kind] ?? SECTIONS.store)
    .filter(([id]) => all[id])
    .map(([id, title]) => {
      const named = all[id].claims.map(({ chart }) => chart).filter((name) => charts[name] && !drawn.has(name));
      const fresh = [...new Set(named)];
      fresh.forEach((name) => drawn.add(name));
      return section(id, title, all[id], facts, fresh);
    });
}

function section(id, title, { source, claims, reason }, facts, charts) {
  return html`<section class="report-section" aria-labelledby="report-${id}">
    <h2 id="report-${id}">${title} ${badge(source)}</h2>
    ${whyComputed(reason)}
    <div class="${charts.length ? "report-beside" : ""}">
      ${
        claims.length
          ? html`<ul class="claims">
              ${claims.map((claim, index) => item(`${id}-${index}`, claim, facts))}
            </ul>`
          : html`<p class="soft">Nothing to report here.</p>`
      }
      ${charts.length ? html`<div>${charts.map((name) => picture(name))}</div>` : ""}
    </div>
  </section>`;
}

function picture(name) {
  return html`<figure>
    <figcaption class="soft">${CHARTS[name] ?? wording(name)}</figcaption>
    ${chartPlace(name, `${CHARTS[name] ?? wording(name)}, as measured for this analysis; the facts under each text have the values`)}
  </figure>`;
}

function item(id, claim, facts) {
  const [mark, spoken] = DIRECTIONS[claim.direction] ?? ["", ""];
  const used = claim.fact_ids.map((factId) => facts.get(factId)).filter(Boolean);
  return html`<li class="claim">
    <p>
      ${mark && html`<span class="claim-mark claim-${claim.direction}" role="img" aria-label="${spoken}">${mark}</span> `}${claim.text}
    </p>
    ${used.length ? receipts(id, used) : ""}
  </li>`;
}

function receipts(id, used) {
  const columns = [
    { title: "Fact", cell: (fact) => fact.label },
    { title: "Value", cell: value },
    { title: "n", cell: (fact) => format.number(fact.n ?? null) },
    { title: "Definition", words: true, cell: (fact) => fact.definition },
  ];
  return html`<details class="receipts" id="receipts-${id}">
    <summary>${format.count(used.length, "fact")}</summary>
    ${dataTable("The facts behind this", columns, used)}
  </details>`;
}

/** @param {{value: number | string, unit: string}} fact */
export function value(fact) {
  const [kind, currency] = fact.unit.split(":");
  return currency ? format.amount({ currency, amount: fact.value }) : (SHOWN[kind]?.(fact) ?? String(fact.value));
}
