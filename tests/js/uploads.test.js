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

test("a file is only checked where that is wanted, a table too, and goes into no dataset", async () => {
  const job = { ...ENDED, result: { report: { events: 3 } } };
  const { verbs, seen } = world({ answer: { known: false, dataset_id: null, job_id: "j1" }, job });
  await verbs.uploadLogs({ files: [{ name: "log.csv", size: 9 }], dataset: "d1", dry: true });
  assert.deepEqual(seen.told, ["sending", "loading", "reading", "checked"]);
  assert.deepEqual(seen.asked, ["POST /api/datasets?name=log.csv&dry_run=true"]);
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

const TABLE = { name: "odd.csv", size: 9 };

function tables({ preview, route = "?page=journeys", uploads = [] }) {
  const seen = { told: [], asked: [] };
  const api = {
    upload: async (path) => (seen.asked.push(`POST ${path}`), { import_id: "i1" }),
    get: async (path) => (seen.asked.push(`GET ${path}`), preview),
    post: async (path, body) => (seen.asked.push([path, body]), { known: false, dataset_id: "d1", job_id: "j1" }),
    followJob: async () => ENDED,
  };
  const verbs = uploadVerbs({
    api,
    act: async () => {},
    now: () => ({ route: parseRoute(route), uploads, loads: { preview: { data: preview }, file: { data: { name: "odd.csv", bytes: 9 } } } }),
    dispatch: ({ type, upload, change }) => seen.told.push(type === "uploading" ? upload.status : (change.status ?? change.stage)),
    renew: async () => {},
    visit: async (to) => seen.asked.push(`visit ${to.file}`),
  });
  return { verbs, seen };
}

const MAPPING = { columns: { when: "timestamp" } };
const CLEAR = { missing: {}, problem: null, refused: 0, sampled: 3, columns: [{ name: "when" }], mapping: MAPPING };

test("a table that is understood is loaded by what its columns seem to be", async () => {
  const { verbs, seen } = tables({ preview: CLEAR });
  await verbs.uploadLogs({ files: [TABLE], dataset: "d7" });
  assert.deepEqual(seen.told, ["sending", "loading", "done"]);
  assert.deepEqual(seen.asked.at(-1), ["/api/imports/i1/dataset?dataset_id=d7", { mapping: MAPPING }]);
});

for (const [why, change] of [["lacks a field", { missing: { timestamp: "no column" } }], ["is refused in every row", { refused: 3 }]]) {
  test(`a table that ${why} waits for its reader to say what its columns are`, async () => {
    const { verbs, seen } = tables({ preview: { ...CLEAR, ...change } });
    await verbs.uploadLogs({ files: [TABLE] });
    assert.deepEqual([seen.told, seen.asked.at(-1)], [["sending", "mapping"], "visit i1"]);
  });
}

test("a mapped table is loaded, also after the page was loaded anew", async () => {
  const { verbs, seen } = tables({ preview: CLEAR, route: "?page=journeys&file=i1" });
  await verbs.loadTable();
  assert.deepEqual(seen.told, ["loading", "loading", "done"]);
  assert.deepEqual(seen.asked, [["/api/imports/i1/dataset", { mapping: MAPPING }], "visit "]);
});
