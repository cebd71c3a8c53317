/** An empty installation: four ways to its first numbers. */

import { format } from "../format.js";
import { html, render } from "../html.js";
import { entrance } from "./demo-shop.js";

/** @param {Element} root */
export function mountFirstSteps(root) {
  return (state) => {
    const { sample, user } = state;
    return render(
      root,
      html`<div class="first-steps">
        <h1 tabindex="-1">No data yet</h1>
        <p class="standfirst">Nothing has been collected so far. Four ways to begin:</p>
        <ol>
          <li>
            <h2>Look around with sample data</h2>
            <p>A made-up shop: a catalogue, 25 shoppers, 7 days. About ten seconds.</p>
            ${user.role === "owner" ? loading(sample) : html`<p class="soft">The owner can load it.</p>`}
          </li>
          <li>
            <h2>Click through a demo shop</h2>
            <p>Look, search, buy, and watch it arrive here within seconds.</p>
            ${user.role === "owner" ? entrance(state) : html`<p class="soft">The owner can open it.</p>`}
          </li>
          <li>
            <h2>Send events from your shop</h2>
            <p>The owner makes a write key under <a href="?page=settings">Settings</a>: for the shop's pages, a line of HTML. Or with a token from <code>POST /api/login</code>:</p>
            ${command("curl", curl())}
          </li>
          <li>
            <h2>Load a file you have</h2>
            <p>NDJSON, JSON or CSV, <a href="?page=data" id="to-data">on the Data page</a> or at a terminal:</p>
            ${command("ingest", "python ingest.py events.ndjson")}
          </li>
        </ol>
        <p><button type="button" class="button" data-verb="refresh" id="look-again">Look again</button></p>
      </div>`,
    );
  };
}

function loading(sample) {
  if (sample.status === "running") {
    return html`<p aria-live="polite">
        <label for="sample-progress"
          >Loading …
          ${sample.total ? `${format.number(sample.done)} of ${format.number(sample.total)} events` : ""}</label
        >
      </p>
      <progress
        id="sample-progress"
        ${sample.total ? html`max="${sample.total}" value="${sample.done}"` : ""}
      ></progress>`;
  }
  return html`${sample.status === "failed" ? html`<p class="notice notice-bad" role="alert">The sample data could not be loaded. ${sample.error}</p>` : ""}
    <p>
      <button type="button" class="button button-first" data-verb="loadSample" id="load-sample">
        Load sample data
      </button>
    </p>`;
}

function command(id, text) {
  return html`<div class="command">
    <pre id="command-${id}"><code>${text}</code></pre>
    <button type="button" class="button" data-copy="command-${id}" id="copy-${id}">Copy</button>
  </div>`;
}

function curl() {
  const event = JSON.stringify({ event_type: "pageview", client_id: "first-visitor", page: "/" });
  return `curl ${location.origin}/api/events \\
  -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '${event}'`;
}
