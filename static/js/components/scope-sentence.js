/** A scope in words, as receipts and headings say it. */

import { format } from "../format.js";
import { addDays, FILTERS } from "../route.js";
import { valueName } from "./wording.js";

/**
 * @param {{since?: string | null, until?: string | null, view?: string, filters?: Record<string, string>}} scope days or instants
 * @param {string} [timeZone] the wall clock that instants are read by
 * @param {string} [segment] the name its filters were saved under
 */
export function scopeSentence(scope, timeZone = "UTC", segment = "") {
  const words = filterWords(scope.filters);
  const chosen = segment ? [`“${segment}” (${words.join(", ")})`] : words;
  const noise = scope.view === "all" ? ["noise included"] : [];
  return [windowSentence(scope, timeZone), ...chosen, ...noise].join(", ");
}

/** Each filter in words. @param {Record<string, string>} [filters] */
export function filterWords(filters = {}) {
  return FILTERS.filter((name) => filters[name]).map((name) => `${name} ${valueName(name, filters[name])}`);
}

/** `until` is exclusive; people say the last day. */
function windowSentence({ since, until }, timeZone) {
  if (!since && !until) return "All data";
  const last = until && format.day(lastMoment(until), timeZone);
  if (!since) return `Until ${last}`;
  const first = format.day(since, timeZone);
  if (!until) return `Since ${first}`;
  return first === last ? first : `${first} to ${last}`;
}

function lastMoment(until) {
  return until.length === 10 ? addDays(until, -1) : new Date(Date.parse(until) - 1).toISOString();
}
