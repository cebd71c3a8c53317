/** Uploaded logs: the verbs that send, follow and remove them. */

import { ApiError } from "./api.js";
import { sent } from "./data.js";
import { changeRoute } from "./route.js";

const TABLE = /\.(csv|tsv)(\.gz)?$/i;

/**
 * @param {object} given
 * @param {typeof import("./api.js")} given.api
 * @param {() => import("./state.js").State} given.now the state as it is
 * @param {(action: object) => void} given.dispatch
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} given.act
 * @param {() => Promise<any>} given.renew
 * @param {(route: import("./route.js").Route) => Promise<any>} given.visit
 */
export function uploadVerbs({ api, now, dispatch, act, renew, visit }) {
  const files = new Map();

  const changing = (id) => (fields) => dispatch({ type: "uploaded", id, change: fields });

  async function send(file, { dataset = "", again = false, dry = false } = {}) {
    const id = files.size + 1;
    files.set(id, file);
    dispatch({ type: "uploading", upload: { id, name: file.name, size: file.size, sent: 0, status: "sending", into: dataset } });
    const table = TABLE.test(file.name) && !again && !dry;
    await told(id, (change) => (table ? mapped(file, dataset, change) : loaded(file, queryOf(file, dataset, again, dry), change)));
    return renew();
  }

  async function told(id, effect) {
    const change = changing(id);
    try {
      await effect(change);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      change({ status: "failed", error: error.message });
    }
  }

  async function loaded(file, query, change) {
    return followed(await api.upload(`/api/datasets?${query}`, file, (sent) => change({ sent })), change);
  }

  /** A table is looked at first: one that is understood is loaded, else its reader says what its columns are. */
  async function mapped(file, dataset, change) {
    const query = new URLSearchParams({ name: file.name });
    const { import_id: id } = await api.upload(`/api/imports?${query}`, file, (done) => change({ sent: done }));
    const preview = await api.get(`/api/imports/${encodeURIComponent(id)}/preview`);
    if (Object.keys(preview.missing).length || preview.problem || preview.refused === preview.sampled) {
      change({ status: "mapping", file: id });
      return visit(changeRoute(now().route, { file: id, log: "" }));
    }
    return followed(await adopted(id, dataset, preview), change);
  }

  function adopted(id, dataset, preview) {
    const query = dataset ? `?${new URLSearchParams({ dataset_id: dataset })}` : "";
    return api.post(`/api/imports/${encodeURIComponent(id)}/dataset${query}`, sent(preview));
  }

  async function followed(answer, change) {
    if (answer.known) return change({ status: "known", dataset: answer.dataset_id });
    change({ status: "loading", dataset: answer.dataset_id, stage: "", done: 0, total: 0 });
    const job = await api.followJob(answer.job_id, ({ stage, done, total }) => change({ stage, done, total }));
    if (job.status !== "done") return change({ status: "failed", error: job.error ?? "" });
    if (!answer.dataset_id) return change({ status: "checked", report: job.result.report });
    return change({ status: "done", analysis: job.result?.analysis_id });
  }

  /** Remove a file or a dataset, and see it gone. */
  async function removed(path) {
    await act("logChange", async () => {
      const job = await api.followJob((await api.remove(path)).job_id, () => {});
      if (job.status !== "done") throw new ApiError({ error: job.error ?? "", code: "failed", status: 0 });
      return {};
    });
    return renew();
  }

  return {
    /** One file after the other, so that each is told of by itself. */
    uploadLogs: async ({ files: given, dataset, dry }) => {
      for (const file of given) await send(file, { dataset, dry });
    },
    /** The table whose columns were mapped; after a reload it is not known any more where it was dropped. */
    loadTable: async () => {
      const { route, uploads, loads } = now();
      const upload = uploads.find(({ file }) => file === route.file) ?? { id: files.size + 1, into: "" };
      if (!files.has(upload.id)) {
        files.set(upload.id, null);
        const { name, bytes } = loads.file.data;
        dispatch({ type: "uploading", upload: { ...upload, name, size: bytes, sent: bytes, status: "loading" } });
      }
      await told(upload.id, async (change) => {
        const answer = await adopted(route.file, upload.into, loads.preview.data);
        visit(changeRoute(now().route, { file: "" }));
        await followed(answer, change);
      });
      return renew();
    },
    uploadAgain: ({ patch: { upload } }) => send(files.get(Number(upload)), { again: true }),
    deleteDataset: async ({ patch: { dataset } }) => {
      const { route } = now();
      await visit(changeRoute(route, { log: "", ...(route.dataset === dataset ? { dataset: "" } : {}) }));
      return removed(pathOf(dataset));
    },
    removeFile: ({ patch: { dataset, file } }) => removed(`${pathOf(dataset)}/files/${encodeURIComponent(file)}`),
    renameDataset: async ({ dataset, name }) => {
      await act("logChange", () => api.patch(pathOf(dataset), { name }));
      return renew();
    },
  };
}

function queryOf({ name }, dataset, again, dry) {
  const into = dataset && !dry && { dataset_id: dataset };
  return new URLSearchParams({ name, ...into, ...(again && { again: "true" }), ...(dry && { dry_run: "true" }) });
}

function pathOf(dataset) {
  return `/api/datasets/${encodeURIComponent(dataset)}`;
}
