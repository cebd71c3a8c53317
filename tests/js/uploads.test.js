import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/js/api.js";
import { parseRoute } from "../../static/js/route.js";
import { uploadVerbs } from "../../static/js/uploads.js";

const FILE = { name: "log.json", size: 9 };
const ENDED = { status: "done", stage: "", done: 1, total: 1, error: null };

/** The verbs with an API that answers as told, and what they did. */
function world({ answer, job = ENDED }) {
  const seen = { told: [], asked: [], renewed: 0 };
  const api = {
    upload: async (path) => (seen.asked.push(`POST ${path}`), answer),
    remove: async (path) => (seen.asked.push(`DELETE ${path}`), { job_id: "j1" }),
    followJob: async (id, report) => (report({ ...job, status: "running", stage: "reading" }), job),
  };
  const act = async (slot, effect) => effect().catch((error) => seen.told.push(error.message));
  const verbs = uploadVerbs({
    api,
    act,
    now: () => ({ route: parseRoute("?page=journeys&log=d1&dataset=d1") }),
    dispatch: ({ type, upload, change }) => seen.told.push(type === "uploading" ? upload.status : (change.status ?? change.stage)),
    renew: async () => (seen.renewed += 1),
    visit: async (route) => seen.asked.push(`visit ${route.dataset}${route.log}`),
  });
  return { verbs, seen };
}

test("a file is sent, followed and told of until it is a dataset", async () => {
  const { verbs, seen } = world({ answer: { known: false, dataset_id: "d1", job_id: "j1" } });
  await verbs.uploadLogs({ files: [FILE] });
  assert.deepEqual(seen.told, ["sending", "loading", "reading", "done"]);
  assert.deepEqual([seen.asked, seen.renewed], [["POST /api/datasets?name=log.json"], 1]);
});

test("known content is offered as it is, and sent again as a version when that is wanted", async () => {
  const { verbs, seen } = world({ answer: { known: true, dataset_id: "d1", job_id: null } });
  await verbs.uploadLogs({ files: [FILE] });
  assert.deepEqual(seen.told, ["sending", "known"]);
  await verbs.uploadAgain({ patch: { upload: "1" } });
  assert.equal(seen.asked.at(-1), "POST /api/datasets?name=log.json&again=true");
});

test("a second file goes into the dataset it was dropped on", async () => {
  const { verbs, seen } = world({ answer: { known: false, dataset_id: "d1", job_id: "j1" } });
  await verbs.uploadLogs({ files: [FILE, FILE], dataset: "d1" });
  assert.deepEqual(seen.asked, Array(2).fill("POST /api/datasets?name=log.json&dataset_id=d1"));
});

test("a refusal and a job that fails are told in the server's words", async () => {
  const refused = world({ answer: Promise.reject(new ApiError({ error: "Too large.", code: "too_large", status: 413 })) });
  await refused.verbs.uploadLogs({ files: [FILE] });
  assert.deepEqual(refused.seen.told, ["sending", "failed"]);
  const failed = world({ answer: { dataset_id: "d1", job_id: "j1" }, job: { ...ENDED, status: "failed", error: "No session." } });
  await failed.verbs.uploadLogs({ files: [FILE] });
  assert.equal(failed.seen.told.at(-1), "failed");
});

test("a deleted dataset is left before it is gone", async () => {
  const { verbs, seen } = world({});
  await verbs.deleteDataset({ patch: { dataset: "d1" } });
  assert.deepEqual(seen.asked, ["visit ", "DELETE /api/datasets/d1"]);
});
