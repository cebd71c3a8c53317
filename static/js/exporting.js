/** What can be taken away: an analysis as a file, a metric's tables as CSV. */

import { analysisPath } from "./api.js";

export const FORMATS = {
  pdf: "PDF, to read and print",
  md: "Markdown, to edit",
  csv: "CSV, every table in a zip",
  json: "JSON, for programs",
};

const METRIC = /^\/api\/metrics\/(\w+)(?=\?|$)/;

/**
 * Where all rows are of what is shown: every table of a metric; for analysts all sessions. "" for anything else.
 * @param {string} [key] of a load @param {boolean} [analyst]
 */
export function csvOf(key = "", analyst = false) {
  if (METRIC.test(key)) return key.replace(METRIC, "/api/metrics/$1/export");
  return analyst && /^\/api\/sessions(\?|$)/.test(key) ? allSessions(new URL(key, "http://here").searchParams) : "";
}

function allSessions(query) {
  const dataset = query.get("dataset") || "live";
  ["dataset", "limit", "after"].forEach((name) => query.delete(name));
  return `/api/datasets/${encodeURIComponent(dataset)}/sessions?${new URLSearchParams([["format", "csv"], ...query])}`;
}

/** @typedef {{format: string, language: string, chats: boolean, comments: boolean, roleView: string}} Wish */

/** @param {string} analysis @param {Wish} wish */
export function exportPath(analysis, { format, language, chats, comments, roleView }) {
  const wanted = { format, language, role_view: roleView, chats: chats ? "true" : "", comments: comments ? "true" : "" };
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
  return `${analysisPath(analysis)}/export?${query}`;
}

/**
 * @param {object} outside
 * @param {{download: (path: string) => Promise<any>}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {() => import("./state.js").State} outside.held
 */
export function exportVerbs({ api, act, held }) {
  return {
    exportAnalysis: async ({ wish }) => {
      if (held().loads.exported?.status === "loading") return;
      const { analysis } = held().route;
      await act("exported", async () => ({ analysis, ...(await api.download(exportPath(analysis, wish))) }));
    },
  };
}
