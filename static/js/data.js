/** The Data page without its looks: what it fetches, what it hears, how a form becomes a mapping, and its verbs. */

import { changeRoute } from "./route.js";

/**
 * @typedef {object} Live events as they arrive, latest first
 * @property {"idle" | "open" | "lost" | "refused"} status
 * @property {boolean} paused
 * @property {object[]} items
 * @property {object[]} waiting arrived while paused
 *
 * @typedef {object} Mapping as the API takes it
 * @property {Record<string, string>} columns column -> field, empty to leave it out
 * @property {string} event_type of every row, where no column says it
 * @property {Record<string, string>} types word of the file -> event type
 * @property {string} time_format
 * @property {string} time_zone
 * @property {"." | ","} decimal
 * @property {string} shipped
 */

const SHOWN = 100;

/** @type {Live} */
export const SILENT = Object.freeze({ status: "idle", paused: false, items: [], waiting: [] });

/** What the page needs, as slot -> URL. */
export function ofData({ file }, analyst) {
  return {
    dataState: "/api/ingest/state",
    sources: "/api/sources",
    imports: "/api/imports?limit=10",
    ...(analyst ? { noise: "/api/cleanup" } : {}),
    ...(analyst ? ofFile(file) : {}),
  };
}

/** What an uploaded file needs whose columns are being mapped. @param {string} file its id, or "" */
export function ofFile(file) {
  const id = encodeURIComponent(file);
  return file ? { file: `/api/imports/${id}`, preview: `/api/imports/${id}/preview` } : {};
}

/** Whether arriving events are looked at. @param {import("./state.js").State} state */
export function listens({ session, user, route }) {
  return session === "in" && route.page === "data" && ["owner", "analyst"].includes(user?.role);
}

/** A stream that opens again begins anew. @param {Live} live @returns {Live} */
export function heard(live, { status, items }) {
  if (status === "open") return { ...live, status, items: [], waiting: [] };
  if (status) return { ...live, status };
  return live.paused
    ? { ...live, waiting: latest(items, live.waiting) }
    : { ...live, items: latest(items, live.items) };
}

/** @param {Live} live @param {boolean} paused @returns {Live} */
export function heldBack(live, paused) {
  return paused
    ? { ...live, paused }
    : { ...live, paused, items: [...live.waiting, ...live.items].slice(0, SHOWN), waiting: [] };
}

function latest(fresh, before) {
  return [...fresh.toReversed(), ...before].slice(0, SHOWN);
}

/** Work the server still does, as the list of files knows it. */
export function atWork(imports) {
  return (imports?.items ?? []).some(({ state }) => ["loading", "undoing"].includes(state));
}

/**
 * The mapping a form says: fields named column:N, word:N, and the rest by their own names.
 * @param {FormData} form @param {{columns: {name: string}[], words: {word: string}[], mapping: Mapping}} preview
 * @returns {Mapping}
 */
export function mappingOf(form, { columns, words, mapping }) {
  const chosen = (kind, names, before) =>
    Object.fromEntries(names.map((name, index) => [name, form.get(`${kind}:${index}`) ?? before[name] ?? ""]));
  const types = chosen(
    "word",
    words.map(({ word }) => word),
    mapping.types,
  );
  return {
    columns: chosen(
      "column",
      columns.map(({ name }) => name),
      mapping.columns,
    ),
    event_type: form.get("event_type") ?? mapping.event_type,
    types: Object.fromEntries(Object.entries({ ...mapping.types, ...types }).filter(([, type]) => type)),
    time_format: form.get("time_format") ?? mapping.time_format,
    time_zone: (form.get("time_zone") ?? mapping.time_zone).trim() || "UTC",
    decimal: form.get("decimal") ?? mapping.decimal,
    shipped: "",
  };
}

/** What is sent: nothing where rows are events already. */
export function sent({ columns, mapping }) {
  return { mapping: columns.length ? mapping : null };
}

const LOADING = ["upload", "check", "load"];

/**
 * @param {object} outside
 * @param {{post: Function, remove: Function, upload: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {(name: string, start: Function, ended?: (status: string) => any) => Promise<void>} outside.begin
 * @param {(action: object) => void} outside.dispatch
 * @param {(slot: string, key: string, effect: () => Promise<any>) => Promise<void>} outside.guarded
 * @param {() => Promise<any>} outside.renew
 * @param {(slot: string, key: string) => Promise<any>} outside.fetchInto
 * @param {(route: object) => Promise<any>} outside.visit
 * @param {() => import("./state.js").State} outside.held
 */
export function dataVerbs({ api, act, begin, dispatch, guarded, renew, fetchInto, visit, held }) {
  const path = (id, verb = "") => `/api/imports/${encodeURIComponent(id)}${verb}`;
  const open = (file) => visit(changeRoute(held().route, { file }));
  const preview = () => held().loads.preview.data;
  const again = (...slots) =>
    Promise.all(slots.map((slot) => held().loads[slot]?.key && fetchInto(slot, held().loads[slot].key)));
  let asked = 0;

  return {
    uploadFile: ({ file }) => {
      dispatch({ type: "workForgotten", names: LOADING });
      return begin("upload", async (told) => {
        const address = `/api/imports?name=${encodeURIComponent(file.name.slice(-200))}`;
        const { import_id } = await api.upload(address, file, (done) => told({ done, total: file.size }));
        await open(import_id);
        await again("imports");
        return {};
      });
    },
    openFile: async ({ patch }) => {
      dispatch({ type: "workForgotten", names: LOADING });
      await open(patch.file);
    },
    mapColumns: async ({ mapping }) => {
      const { key } = held().loads.preview;
      const question = ++asked;
      dispatch({ type: "workForgotten", names: LOADING });
      await guarded("preview", key, async () => {
        const data = await api.post(path(held().route.file, "/preview"), { mapping });
        if (question === asked) dispatch({ type: "loaded", slot: "preview", key, data, at: null });
      });
    },
    checkFile: () => begin("check", () => api.post(path(held().route.file, "/check"), sent(preview()))),
    loadFile: () => {
      const id = held().route.file;
      return begin(
        "load",
        () => api.post(path(id, "/load"), sent(preview())),
        async () => {
          if (held().route.file === id) await open("");
          await renew();
        },
      );
    },
    undoImport: ({ patch }) => {
      dispatch({ type: "workForgotten", names: LOADING });
      return begin("undo", () => api.post(path(patch.file, "/undo")), renew);
    },
    discardFile: async ({ patch }) => {
      if (!(await act("discard", () => api.remove(path(patch.file))))) return;
      dispatch({ type: "workForgotten", names: LOADING });
      if (held().route.file === patch.file) await open("");
      await again("imports");
    },
    cancelWork: ({ slot }) => act("cancelWork", () => api.post(`/api/jobs/${encodeURIComponent(held().work[slot].id)}/cancel`)),
    countNoise: () => begin("noise", () => api.post("/api/cleanup/count"), () => again("noise")),
    tagNoise: () => begin("noise", () => api.post("/api/cleanup/tag"), renew),
    untagNoise: ({ patch }) => begin("noise", () => api.post("/api/cleanup/untag", { reason: patch.reason }), renew),
    deleteNoise: ({ body }) => begin("noise", () => api.post("/api/cleanup/delete", body), renew),
    pauseLive: () => dispatch({ type: "heldBack", paused: true }),
    resumeLive: () => dispatch({ type: "heldBack", paused: false }),
    lookAgain: () => again("dataState", "sources", "imports", "noise"),
    /** Now and then: what moves by itself. */
    tick: () => {
      if (held().session !== "in" || held().route.page !== "data") return undefined;
      return again("dataState", ...(atWork(held().loads.imports?.data) ? ["imports"] : []));
    },
  };
}
