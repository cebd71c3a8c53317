/** Uploaded logs: the verbs that send, follow and remove them. */

import { ApiError } from "./api.js";
import { changeRoute } from "./route.js";

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

  async function send(file, { dataset = "", again = false } = {}) {
    const id = files.size + 1;
    files.set(id, file);
    const change = (fields) => dispatch({ type: "uploaded", id, change: fields });
    dispatch({ type: "uploading", upload: { id, name: file.name, size: file.size, sent: 0, status: "sending" } });
    try {
      await loaded(file, queryOf(file, dataset, again), change);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      change({ status: "failed", error: error.message });
    }
    return renew();
  }

  async function loaded(file, query, change) {
    const answer = await api.upload(`/api/datasets?${query}`, file, (sent) => change({ sent }));
    if (answer.known) return change({ status: "known", dataset: answer.dataset_id });
    change({ status: "loading", dataset: answer.dataset_id, stage: "", done: 0, total: 0 });
    const job = await api.followJob(answer.job_id, ({ stage, done, total }) => change({ stage, done, total }));
    return change(
      job.status === "done"
        ? { status: "done", analysis: job.result?.analysis_id }
        : { status: "failed", error: job.error ?? "" },
    );
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
    uploadLogs: async ({ files: given, dataset }) => {
      for (const file of given) await send(file, { dataset });
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

function queryOf({ name }, dataset, again) {
  return new URLSearchParams({ name, ...(dataset && { dataset_id: dataset }), ...(again && { again: "true" }) });
}

function pathOf(dataset) {
  return `/api/datasets/${encodeURIComponent(dataset)}`;
}
