/**
 * The same report for different readers. Pure. A view leaves nothing out.
 *
 * @typedef {{section: string, weight: "lead" | "plain" | "folded"}} Placed
 * @typedef {{sections: Placed[], headline: string[], charts: string[]}} Arrangement
 * @typedef {{role_view: string, title: string, asks: string, reports: Record<string, Arrangement>}} RoleView
 */

/** The view in use: the address's, else the one this account chose last. @param {import("./state.js").State} state */
export function roleViewOf({ route, roleView }) {
  return route.role_view || roleView;
}

/** @param {RoleView[] | undefined} views @param {string} roleView @param {string} kind of report @returns {Arrangement | undefined} */
export function arrangementOf(views, roleView, kind) {
  return views?.find(({ role_view }) => role_view === roleView)?.reports[kind];
}

/** All of these sections, each once. @param {string[]} ids @param {Arrangement} [arrangement] @returns {Placed[]} */
export function arranged(ids, arrangement) {
  const placed = (arrangement?.sections ?? []).filter(({ section }) => ids.includes(section));
  const named = placed.map(({ section }) => section);
  return [...placed, ...ids.filter((id) => !named.includes(id)).map((section) => ({ section, weight: "plain" }))];
}

/** The facts that stand on top, money in every currency. @param {any[]} facts @param {Arrangement} [arrangement] */
export function headlineFacts(facts, arrangement) {
  return (arrangement?.headline ?? []).flatMap((wanted) => facts.filter((fact) => standsFor(wanted, fact)));
}

function standsFor(wanted, { id, unit }) {
  const [kind, currency] = unit.split(":");
  return id === wanted || (kind === "money" && id === `${wanted}.${currency.toLowerCase()}`);
}
