/** A scope in words, as receipts and headings say it. */

import { format } from "../format.js";
import { addDays } from "../route.js";
import { valueName } from "./wording.js";

const FILTERS = ["device", "country", "channel", "visitor", "variant"];

/** @param {{since?: string | null, until?: string | null, view?: string, filters?: Record<string, string>}} scope */
export function scopeSentence(scope) {
  const filters = scope.filters ?? {};
  const chosen = FILTERS.filter((name) => filters[name]).map((name) => `${name} ${valueName(name, filters[name])}`);
  const noise = scope.view === "all" ? ["noise included"] : [];
  return [windowSentence(scope), ...chosen, ...noise].join(", ");
}

/** `until` is exclusive; people say the last day. */
function windowSentence({ since, until }) {
  if (!since && !until) return "All data";
  if (!until) return `Since ${format.day(since)}`;
  const last = format.day(lastDay(until));
  return since ? `${format.day(since)} to ${last}` : `Until ${last}`;
}

function lastDay(until) {
  const day = until.slice(0, 10);
  return until.length === 10 || /T00:00:00/.test(until) ? addDays(day, -1) : day;
}
