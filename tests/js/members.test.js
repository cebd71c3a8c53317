import assert from "node:assert/strict";
import { test } from "node:test";
import { isWeighty, parseTicket } from "../../static/js/members.js";
import { parseRoute } from "../../static/js/route.js";
import { initialState, needs, reduce } from "../../static/js/state.js";

const signedIn = (query, role) =>
  reduce(initialState({ route: parseRoute(query), today: "2026-03-10", theme: "" }), {
    type: "signedIn",
    user: { username: "alice", role },
  });

test("a link is read from the fragment, and nothing else is", () => {
  assert.deepEqual(parseTicket("#invite=aB-_9"), { kind: "invite", token: "aB-_9" });
  assert.deepEqual(parseTicket("#reset=x"), { kind: "reset", token: "x" });
  for (const hash of ["", "#", "#main", "#invite=", "#invite=<b>", "#owner=x", "?invite=x"]) assert.equal(parseTicket(hash), null);
});

test("only what concerns an owner's rights asks twice", () => {
  assert.equal(isWeighty({ role: "viewer" }, "analyst"), false);
  assert.equal(isWeighty({ role: "viewer" }, "owner"), true);
  assert.equal(isWeighty({ role: "owner" }, "viewer"), true);
});

test("the members page asks for accounts, invitations and the log, narrowed by the address", () => {
  const asked = needs(signedIn("?page=members&find=bo&action=role_changed&who=b%26b", "owner"));
  assert.deepEqual(asked, {
    waiting: "/api/members?status=pending&limit=100",
    members: "/api/members?limit=50&q=bo",
    invites: "/api/invites?limit=20",
    allShares: "/api/shares?limit=20",
    audit: "/api/audit?limit=50&action=role_changed&username=b%26b",
  });
});

test("nobody but an owner asks for members", () => {
  for (const role of ["analyst", "viewer", "shopper"]) assert.deepEqual(needs(signedIn("?page=members", role)), {});
});
