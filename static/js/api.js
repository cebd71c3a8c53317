/** The only place that fetches. Failures are ApiErrors in the API's own words. */

export class ApiError extends Error {
  /** @param {{error: string, code: string, status: number, fields?: Record<string, string>}} body */
  constructor(body) {
    super(body.error);
    this.code = body.code;
    this.status = body.status;
    this.fields = body.fields ?? {};
  }
}

const TIMEOUT_MS = 60_000;
const UNREACHABLE = {
  error: "The server does not answer. Check that it is running, then try again.",
  code: "unreachable",
  status: 0,
};

/** @param {string} path @returns {Promise<any>} */
export function get(path) {
  return request("GET", path);
}

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
export function post(path, body = {}) {
  return request("POST", path, body);
}

/** @param {string} path @param {object} body @returns {Promise<any>} */
export function put(path, body) {
  return request("PUT", path, body);
}

/** @param {string} path @param {object} body @returns {Promise<any>} */
export function patch(path, body) {
  return request("PATCH", path, body);
}

/** @param {string} path @returns {Promise<any>} */
export function remove(path) {
  return request("DELETE", path);
}

async function request(method, path, body) {
  const options = { method, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const [response, text] = await answered(path, options);
  const answer = parsed(text);
  if (response.ok) return answer;
  throw new ApiError({ ...unexpected(response.status), ...answer });
}

const DOWNLOAD_TIMEOUT_MS = 200_000;

/**
 * Save what is at an address as a file.
 * @param {string} path
 * @returns {Promise<{name: string, missing: string, undrawn: number}>} its name; of a PDF what could not be printed
 */
export async function download(path) {
  const [response, content] = await reached(async () => {
    const answer = await fetch(path, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    return [answer, await answer.blob()];
  });
  if (!response.ok) throw new ApiError({ ...unexpected(response.status), ...parsed(await content.text()) });
  const told = (header) => response.headers.get(header) ?? "";
  const name = fileName(told("Content-Disposition"));
  save(content, name);
  return { name, missing: told("X-Missing-Characters"), undrawn: Number(told("X-Charts-Not-Drawn")) };
}

/** @param {string} disposition RFC 6266 */
export function fileName(disposition) {
  const [, encoded] = disposition.match(/filename\*=UTF-8''([^;]+)/) ?? [];
  const [, plain] = disposition.match(/filename="([^"]*)"/) ?? [];
  return encoded ? decodeURIComponent(encoded) : (plain ?? "export");
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function answered(path, options) {
  return reached(async () => {
    const response = await fetch(path, options);
    return [response, await response.text()];
  });
}

async function reached(effect) {
  try {
    return await effect();
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) throw new ApiError(UNREACHABLE);
    throw error;
  }
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function unexpected(status) {
  return { error: `The server answered ${status}. Try again in a moment.`, code: "unexpected", status };
}

/** The address of an analysis. @param {string} id */
export function analysisPath(id) {
  return `/api/analyses/${encodeURIComponent(id)}`;
}

/**
 * Follow an analysis as it is made. Without a stream it asks again every second.
 * @param {string} id
 * @param {(progress: {status: string, stage?: string, done?: number, total?: number, error?: string}) => void} report
 */
export function followAnalysis(id, report) {
  const path = analysisPath(id);
  const source = new EventSource(`${path}/events`);
  const finish = (status) => (event) => {
    source.close();
    report({ ...parsed(event.data), status });
  };
  source.addEventListener("progress", (event) => report({ status: "running", ...parsed(event.data) }));
  source.addEventListener("done", finish("done"));
  source.addEventListener("failed", finish("failed"));
  source.addEventListener("error", () => {
    source.close();
    poll(path, report);
  });
}

/**
 * @param {string} path of something with a status
 * @param {(answer: any) => void} report
 */
export async function poll(path, report) {
  try {
    const answer = await get(path);
    report(answer);
    if (answer.status === "queued" || answer.status === "running") setTimeout(() => poll(path, report), 1000);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    report({ status: "failed", error: error.message });
  }
}

/**
 * Send a file as the raw body; `sent` hears how much is on its way.
 * @param {string} path @param {File} file @param {(bytes: number) => void} sent
 * @returns {Promise<any>}
 */
export function upload(path, file, sent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded }) => sent(loaded));
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status < 400) resolve(answer);
      else reject(new ApiError({ ...unexpected(request.status), ...answer }));
    });
    request.addEventListener("error", () => reject(new ApiError(UNREACHABLE)));
    request.send(file);
  });
}

/**
 * Follow a background job to its end. Without a stream it asks again every second.
 * @param {string} id
 * @param {(job: Job) => void} report
 * @returns {Promise<Job>} the job once it has ended
 *
 * @typedef {{status: string, stage: string, done: number, total: number, error: string | null, result: any}} Job
 */
export function followJob(id, report) {
  const path = `/api/jobs/${encodeURIComponent(id)}`;
  return new Promise((resolve) => {
    const source = new EventSource(`${path}/events`);
    const tell = (job) => {
      report(job);
      if (job.status !== "running") resolve(job);
    };
    const last = (event) => {
      source.close();
      tell(parsed(event.data));
    };
    source.addEventListener("progress", (event) => tell(parsed(event.data)));
    source.addEventListener("done", last);
    source.addEventListener("failed", last);
    source.addEventListener("error", () => {
      source.close();
      poll(path, tell);
    });
  });
}

/**
 * Ask for something that is told piece by piece. A pause of any length is no end: the server gives signs of life.
 * @param {string} path @param {object} body
 * @param {(name: string, data: any) => void} report every event
 * @param {AbortSignal} signal ends it
 * @returns {Promise<boolean>} false where it was ended by the signal
 */
export async function stream(path, body, report, signal) {
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
  try {
    const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
    if (!response.ok) throw new ApiError({ ...unexpected(response.status), ...parsed(await response.text()) });
    await told(response.body.pipeThrough(new TextDecoderStream()).getReader(), report);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    if (error instanceof TypeError || error instanceof DOMException) throw new ApiError(UNREACHABLE);
    throw error;
  }
}

async function told(reader, report) {
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const pieces = (text + value).split("\n\n");
    text = pieces.pop();
    for (const piece of pieces) {
      const [, name, data] = piece.match(/^event: (.+)\ndata: (.*)$/s) ?? [];
      if (name) report(name, parsed(data));
    }
  }
}

const ARRIVALS = ["stored", "refused", "repeated", "checked", "more"];
const TOLD_EACH_MS = 250;

/**
 * Events as they arrive, several at a time.
 * @param {(told: {status?: "open" | "lost" | "refused", items?: object[]}) => void} report
 * @returns {() => void} ends it
 */
export function followArrivals(report) {
  const source = new EventSource("/api/events/live");
  let waiting = [];
  const timer = setInterval(() => {
    if (waiting.length) report({ items: waiting });
    waiting = [];
  }, TOLD_EACH_MS);
  source.addEventListener("open", () => report({ status: "open" }));
  source.addEventListener("error", () =>
    report({ status: source.readyState === EventSource.CLOSED ? "refused" : "lost" }),
  );
  ARRIVALS.forEach((kind) => source.addEventListener(kind, ({ data }) => waiting.push({ kind, ...parsed(data) })));
  return () => {
    clearInterval(timer);
    source.close();
  };
}
