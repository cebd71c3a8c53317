/** A scope in words, as receipts and headings say it. */

import { format } from "../format.js";
import { addDays } from "../route.js";
import { valueName } from "./wording.js";

const FILTERS = ["device", "country", "channel", "visitor", "variant"];

/**
 * @param {{since?: string | null, until?: string | null, view?: string, filters?: Record<string, string>}} scope days or instants
 * @param {string} [timeZone] the wall clock that instants are read by
 */
export function scopeSentence(scope, timeZone = "UTC") {
  const filters = scope.filters ?? {};
  const chosen = FILTERS.filter((name) => filters[name]).map((name) => `${name} ${valueName(name, filters[name])}`);
  const noise = scope.view === "all" ? ["noise included"] : [];
  return [windowSentence(scope, timeZone), ...chosen, ...noise].join(", ");
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
