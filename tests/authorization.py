"""How every route is called, whom it admits, and an installation in which everybody has things of their own.

A new route needs a row in CALLS: who may call it, how, and what the API answers; `test_authorization.py` walks all of them.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from web_client import NOON

from clickstream.analysis import Request as AnalysisRequest
from clickstream.analysis.run import enqueue, fail
from clickstream.imports.columns import Columns
from clickstream.scope import Scope
from clickstream.simulate import sample_products
from clickstream.store.saved_segments import SavedSegment
from clickstream.store.shares import Share
from clickstream.store.users import Role, Status, User
from clickstream.web.access import Access
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.routing import Route
from clickstream.web.write_keys import Wanted

ROLES: tuple[Role, ...] = ("shopper", "viewer", "analyst", "owner")
OUTSIDERS = ("nobody", "disabled", "pending", "write key")
ACTORS = (*OUTSIDERS, *ROLES)
SELF_ONLY: tuple[Role, ...] = ("shopper", "viewer")
PASSWORD = "long enough to keep"

ADMITTED: dict[Access, tuple[str, ...]] = {
    "anyone": ACTORS,
    "write_key": ("write key", *ROLES),
    "signed_in": ROLES,
    "shopper": ROLES,
    "viewer": ("viewer", "analyst", "owner"),
    "analyst": ("analyst", "owner"),
    "owner": ("owner",),
}


@dataclass(frozen=True)
class Call:
    """One way to call a route. `{name}` in target and payload stands for a thing made for the call: see World.

    `ok` is the status for whom `access` admits; `theirs` says, by role, what those are answered who name somebody
    else's thing; `but` is for those whom the route itself answers otherwise.
    """

    access: Access
    target: str
    payload: Any = None
    ok: int = 200
    theirs: Mapping[str, int] = field(default_factory=dict)
    but: Mapping[str, int] = field(default_factory=dict)

    def expected(self, actor: str, *, is_theirs: bool) -> int:
        if actor not in ADMITTED[self.access]:
            return 403 if actor in ROLES else 401
        return {**self.but, **(self.theirs if is_theirs else {})}.get(actor, self.ok)


HIDDEN = dict.fromkeys(SELF_ONLY, 404)
REFUSED = dict.fromkeys(SELF_ONLY, 403)
NOT_THEIRS = {"analyst": 403}
ONLY_THEIRS = {"analyst": 403, "owner": 403}
UNKNOWN = dict.fromkeys(OUTSIDERS, 401)
OWNERS_ONLY = UNKNOWN | dict.fromkeys(("shopper", "viewer", "analyst"), 403)
EVENT = {"event_type": "pageview", "client_id": "c-81", "page": "/"}
LOG = {"sessions": [{"session_id": "s1", "events": [{**EVENT, "timestamp": "2026-02-01T00:00:00Z"}]}]}
PRODUCT = {"product_id": "p1", "name": "Mug", "category": "Cups", "price": 5, "currency": "USD", "stock": 3}
CREDENTIALS = {"username": "{newcomer}", "password": PASSWORD}

CALLS: dict[str, Call] = {
    "POST /api/signup": Call("anyone", "/api/signup", CREDENTIALS, 201),
    "POST /api/login": Call("anyone", "/api/login", {"username": "{member}", "password": PASSWORD}),
    "POST /api/logout": Call("anyone", "/api/logout", ok=204),
    "GET /api/me": Call("anyone", "/api/me", but=UNKNOWN),
    "PUT /api/me/password": Call("signed_in", "/api/me/password", {"old_password": PASSWORD, "new_password": PASSWORD}, 204),
    "PATCH /api/me": Call("signed_in", "/api/me", {"language": "de"}),
    "POST /api/me/logout-everywhere": Call("signed_in", "/api/me/logout-everywhere", ok=204),
    "GET /api/persons/{id}": Call("owner", "/api/persons/{user}"),
    "GET /api/persons/{id}/export": Call("owner", "/api/persons/{user}/export"),
    "POST /api/persons/{id}/erase": Call("owner", "/api/persons/{user}/erase", {"confirm": "{user}"}),
    "POST /api/reset-password": Call("anyone", "/api/reset-password", {"token": "{reset}", "password": PASSWORD}),
    "POST /api/analyze": Call("shopper", "/api/analyze", {"user_id": "{user}"}, 202, REFUSED),
    "GET /api/presets": Call("signed_in", "/api/presets"),
    "GET /api/analyses": Call("signed_in", "/api/analyses"),
    "GET /api/analyses/{id}": Call("signed_in", "/api/analyses/{analysis}", theirs=HIDDEN),
    "GET /api/analyses/{id}/events": Call("signed_in", "/api/analyses/{analysis}/events", theirs=HIDDEN),
    "POST /api/analyses/{id}/cancel": Call("signed_in", "/api/analyses/{unfinished}/cancel", ok=204, theirs=HIDDEN),
    "POST /api/analyses/{id}/replay": Call("signed_in", "/api/analyses/{analysis}/replay", ok=409, theirs=HIDDEN),  # failed
    "DELETE /api/analyses/{id}": Call("signed_in", "/api/analyses/{analysis}", ok=204, theirs=HIDDEN),
    "POST /api/analyses/{id}/chat": Call("signed_in", "/api/analyses/{analysis}/chat", {"question": "Why?"}, 409, HIDDEN),
    "GET /api/analyses/{id}/chat": Call("signed_in", "/api/analyses/{analysis}/chat", theirs=HIDDEN),
    "GET /api/analyses/{id}/chats": Call("signed_in", "/api/analyses/{analysis}/chats", theirs=HIDDEN),
    "PATCH /api/chats/{id}": Call("signed_in", "/api/chats/{chat}", {"title": "March"}, theirs=HIDDEN | NOT_THEIRS),
    "DELETE /api/chats/{id}": Call("signed_in", "/api/chats/{chat}", ok=204, theirs=HIDDEN | NOT_THEIRS),
    "GET /api/chats/{id}/export": Call("signed_in", "/api/chats/{chat}/export", theirs=HIDDEN),
    "GET /api/analyses/{id}/comments": Call("signed_in", "/api/analyses/{analysis}/comments", theirs=HIDDEN),
    "POST /api/analyses/{id}/comments": Call(
        "signed_in", "/api/analyses/{analysis}/comments", {"text": "Why?"}, 201, HIDDEN
    ),
    "PATCH /api/comments/{id}": Call("signed_in", "/api/comments/{comment}", {"text": "So?"}, theirs=HIDDEN | ONLY_THEIRS),
    "DELETE /api/comments/{id}": Call("signed_in", "/api/comments/{comment}", ok=204, theirs=HIDDEN | NOT_THEIRS),
    "GET /api/analyses/{id}/shares": Call("analyst", "/api/analyses/{finished}/shares"),
    "POST /api/analyses/{id}/shares": Call("analyst", "/api/analyses/{finished}/shares", {"days": 7}, 201),
    "GET /api/shares": Call("analyst", "/api/shares"),
    "DELETE /api/shares/{id}": Call("analyst", "/api/shares/{share}", ok=204, theirs=NOT_THEIRS),
    "GET /api/shared/{token}": Call("anyone", "/api/shared/{share_token}"),
    "GET /api/shared/{token}/export": Call("anyone", "/api/shared/{share_token}/export?format=md"),
    "GET /api/analyses/{id}/export": Call("signed_in", "/api/analyses/{finished}/export?format=md", theirs=HIDDEN),
    "GET /api/audit": Call("owner", "/api/audit"),
    "GET /vega.js": Call("anyone", "/vega.js"),
    "POST /api/events": Call("write_key", "/api/events", EVENT, 202),
    "GET /api/cleanup": Call("analyst", "/api/cleanup"),
    "POST /api/cleanup/count": Call("analyst", "/api/cleanup/count", ok=202),
    "POST /api/cleanup/tag": Call("analyst", "/api/cleanup/tag", ok=202),
    "POST /api/cleanup/untag": Call("analyst", "/api/cleanup/untag", {"reason": "demo_source"}, 202),
    "POST /api/cleanup/delete": Call("owner", "/api/cleanup/delete", {"confirm": "delete 1"}, 409),  # nothing is tagged
    "POST /api/datasets": Call("analyst", "/api/datasets?again=true", LOG, 202),
    "GET /api/datasets": Call("viewer", "/api/datasets"),
    "GET /api/compare": Call("viewer", "/api/compare?since=2026-02-01&b_since=2026-02-02"),
    "GET /api/datasets/compare": Call("viewer", "/api/datasets/compare?a=live&b={dataset}"),
    "GET /api/datasets/{id}": Call("viewer", "/api/datasets/{dataset}"),
    "PATCH /api/datasets/{id}": Call("analyst", "/api/datasets/{dataset}", {"name": "March"}, theirs=NOT_THEIRS),
    "DELETE /api/datasets/{id}": Call("analyst", "/api/datasets/{dataset}", ok=202, theirs=NOT_THEIRS),
    "DELETE /api/datasets/{id}/files/{file_id}": Call("analyst", "/api/datasets/{dataset_file}", ok=202, theirs=NOT_THEIRS),
    "GET /api/datasets/{id}/events": Call("analyst", "/api/datasets/{dataset}/events"),
    "GET /api/datasets/{id}/sessions": Call("analyst", "/api/datasets/{dataset}/sessions"),
    "GET /api/events": Call("analyst", "/api/events"),
    "GET /api/events/live": Call("analyst", "/api/events/live"),
    "POST /api/invites": Call("owner", "/api/invites", {"role": "viewer"}, 201),
    "GET /api/invites": Call("owner", "/api/invites"),
    "DELETE /api/invites/{id}": Call("owner", "/api/invites/{invite}", ok=204),
    "POST /api/imports": Call("analyst", "/api/imports", EVENT, 201),
    "GET /api/imports": Call("viewer", "/api/imports"),
    "GET /api/imports/{id}": Call("viewer", "/api/imports/{upload}"),
    "GET /api/imports/{id}/preview": Call("analyst", "/api/imports/{upload}/preview"),
    "POST /api/imports/{id}/preview": Call("analyst", "/api/imports/{upload}/preview", {}),
    "POST /api/imports/{id}/check": Call("analyst", "/api/imports/{upload}/check", {}, 202),
    "POST /api/imports/{id}/load": Call("analyst", "/api/imports/{upload}/load", {}, 202),
    "POST /api/imports/{id}/dataset": Call("analyst", "/api/imports/{upload}/dataset", {}, 202),
    "POST /api/imports/{id}/undo": Call("analyst", "/api/imports/{loaded}/undo", {}, 202, NOT_THEIRS),
    "DELETE /api/imports/{id}": Call("analyst", "/api/imports/{upload}", ok=204, theirs=NOT_THEIRS),
    "GET /api/sources": Call("viewer", "/api/sources"),
    "GET /api/ingest/state": Call("viewer", "/api/ingest/state"),
    "GET /api/jobs/{id}": Call("analyst", "/api/jobs/{job}"),
    "GET /api/jobs/{id}/events": Call("analyst", "/api/jobs/{job}/events"),
    "POST /api/jobs/{id}/cancel": Call("analyst", "/api/jobs/{job}/cancel", ok=409, theirs=NOT_THEIRS),
    "GET /api/openrouter/key": Call("signed_in", "/api/openrouter/key"),
    "PUT /api/openrouter/key": Call("signed_in", "/api/openrouter/key", {"key": "sk-or-v1-0123456789"}),
    "DELETE /api/openrouter/key": Call("signed_in", "/api/openrouter/key", ok=204),
    "GET /api/openrouter/models": Call("signed_in", "/api/openrouter/models"),
    "POST /api/openrouter/check": Call("signed_in", "/api/openrouter/check", {"key": "sk-or-v1-0123456789"}),
    "GET /api/members": Call("owner", "/api/members"),
    "PATCH /api/members/{username}": Call("owner", "/api/members/{member}", {"role": "analyst"}),
    "DELETE /api/members/{username}": Call("owner", "/api/members/{waiting}", ok=204),
    "POST /api/members/{username}/reset-link": Call("owner", "/api/members/{member}/reset-link", ok=201),
    "GET /api/metrics": Call("viewer", "/api/metrics"),
    "GET /api/metrics/{id}": Call("viewer", "/api/metrics/overview"),
    "GET /api/metrics/{id}/export": Call("viewer", "/api/metrics/overview/export"),
    "GET /api/summary": Call("viewer", "/api/summary"),
    "GET /api/products": Call("anyone", "/api/products"),
    "GET /api/products/{id}": Call("anyone", "/api/products/{product}"),
    "PUT /api/products": Call("analyst", "/api/products", [PRODUCT]),
    "GET /api/recommendations": Call("shopper", "/api/recommendations?user_id={user}", theirs=REFUSED),
    "GET /api/role-views": Call("anyone", "/api/role-views"),
    "POST /api/sample-data": Call("owner", "/api/sample-data", ok=202),
    "GET /api/sample-data": Call("owner", "/api/sample-data"),
    "GET /api/segments": Call("viewer", "/api/segments"),
    "POST /api/segments": Call("analyst", "/api/segments", {"name": "{newcomer}", "filters": {"device": "mobile"}}, 201),
    "PATCH /api/segments/{id}": Call("analyst", "/api/segments/{segment}", {"name": "{newcomer}"}, theirs=NOT_THEIRS),
    "DELETE /api/segments/{id}": Call("analyst", "/api/segments/{segment}", ok=204, theirs=NOT_THEIRS),
    "GET /api/sessions": Call("viewer", "/api/sessions"),
    "GET /api/sessions/{id}": Call("viewer", "/api/sessions/{session}"),
    "GET /tracker.js": Call("anyone", "/tracker.js"),
    "GET /shop": Call("anyone", "/shop"),
    "GET /shop/{page}": Call("anyone", "/shop/cart"),
    "GET /shop/{page}/{id}": Call("anyone", "/shop/product/p1"),
    "GET /api/demo-shop": Call("anyone", "/api/demo-shop"),
    "POST /api/demo-shop": Call("owner", "/api/demo-shop"),
    "GET /metrics": Call("anyone", "/metrics", but=OWNERS_ONLY),
    "GET /openapi.json": Call("anyone", "/openapi.json"),
    "GET /health": Call("anyone", "/health"),
    "GET /ready": Call("anyone", "/ready"),
    "GET /{path*}": Call("anyone", "/"),
    "GET /api/write-keys": Call("owner", "/api/write-keys"),
    "POST /api/write-keys": Call("owner", "/api/write-keys", {"label": "shop"}, 201),
    "PATCH /api/write-keys/{id}": Call("owner", "/api/write-keys/{write_key}", {"label": "shop", "origins": []}),
    "DELETE /api/write-keys/{id}": Call("owner", "/api/write-keys/{write_key}", ok=204),
}


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


class World:
    """An installation with somebody of every role. Each `{name}` of a Call is a method here: it makes one for a person."""

    def __init__(self, deps: Deps, session: str) -> None:
        self.deps, self.app, self._session = deps, App(deps), session
        self._hash = deps.passwords.hash(PASSWORD)
        self._calls = 0
        for name in (*ROLES, "disabled", "pending"):
            self._add(f"the-{name}", "active")
        self.write_key_text, _ = deps.write_keys.create(Wanted("shop", "live"), "the-owner")

    def person(self, actor: str) -> str:
        return f"the-{actor}"

    def prepared(self, call: Call, person: str) -> tuple[str, Any]:
        """Target and payload, with everything they name made for this person."""
        for shown in self.deps.imports.page(limit=100, after=None):  # only so many uploads may wait
            if shown.waiting:
                self.deps.imports.discard(shown.held.import_id)
        text = json.dumps([call.target, call.payload])
        for name in re.findall(r"{([a-z_]+)}", text):
            make: Callable[[str], str] = getattr(self, name)
            text = text.replace(f"{{{name}}}", make(person))
        target, payload = json.loads(text)
        return target, payload

    def send(self, actor: str, method: str, target: str, payload: Any) -> tuple[int, bytes]:
        """Status and body of the answer; a stream is let go at once."""
        body = b"" if payload is None else json.dumps(payload).encode()
        request = Request(method, target, self.headers(actor), BytesIO(body), len(body), client=self._address())
        response = self.app(request)
        if response.stream is not None:
            response.stream.close()
        if response.status == 202 and b'"job_id"' in response.body:
            assert self.deps.jobs.wait(json.loads(response.body)["job_id"], 60)
        return response.status, response.body

    def headers(self, actor: str) -> dict[str, str]:
        headers = {"host": "shop.test", "content-type": "application/json"}
        if actor == "write key":
            return headers | {"x-write-key": self.write_key_text}
        if actor == "nobody":
            return headers
        username = self.person(actor)
        statuses: dict[str, Status] = {"disabled": "disabled", "pending": "pending"}
        self.deps.store.users.set_password(username, self._hash)
        self.deps.store.users.change(username, role=_role(actor), status=statuses.get(actor, "active"))
        self.deps.identities.forget(username)
        return headers | {"authorization": f"Bearer {self.deps.identities.issue(username)}"}

    def _address(self) -> str:
        """One of its own for each call: limits are another test's business."""
        self._calls += 1
        return f"10.0.{self._calls // 250}.{self._calls % 250}"

    def _add(self, username: str, status: Status) -> str:
        self.deps.store.users.add(User(username, self._hash, _role(username.removeprefix("the-")), status, NOON))
        return username

    # What calls name.

    def user(self, person: str) -> str:
        return person

    def newcomer(self, person: str) -> str:
        return f"new-{secrets.token_hex(4)}"

    def member(self, person: str) -> str:
        return self._add(self.newcomer(person), "active")

    def waiting(self, person: str) -> str:
        return self._add(self.newcomer(person), "pending")

    def reset(self, person: str) -> str:
        return self.deps.members.reset_link("the-owner", self.member(person))[1]

    def invite(self, person: str) -> str:
        return self.deps.members.invite("the-owner", "viewer", 7, "")[0].invite_id

    def write_key(self, person: str) -> str:
        return self.deps.write_keys.create(Wanted("another", "live"), "the-owner")[1].key_id

    def segment(self, person: str) -> str:
        saved = SavedSegment(self.newcomer(person), self.newcomer(person), {"device": "mobile"}, person, NOON)
        self.deps.store.saved_segments.add(saved)
        return saved.segment_id

    def product(self, person: str) -> str:
        (product,) = sample_products("USD")[:1]
        self.deps.store.products.upsert([product])
        return product.product_id

    def session(self, person: str) -> str:
        return self._session

    def unfinished(self, person: str) -> str:
        scope = Scope(as_of=NOON, user_id=person)
        return enqueue(self.deps.store, self.deps.clock, AnalysisRequest(scope, person))

    def analysis(self, person: str) -> str:
        analysis_id = self.unfinished(person)
        fail(self.deps.store, self.deps.clock, analysis_id, "It was only a test.")
        return analysis_id

    def finished(self, person: str) -> str:
        """An analysis of the whole shop, with nothing in it."""
        analysis_id = enqueue(self.deps.store, self.deps.clock, AnalysisRequest(Scope(as_of=NOON), person))
        done = {"status": "done", "finished_at": NOON}
        assert self.deps.store.analyses.advance(analysis_id, done, NOON)
        return analysis_id

    def chat(self, person: str) -> str:
        chat = {"chat_id": secrets.token_hex(8), "analysis_id": self.analysis(person), "dataset": "live", "title": "Why?"}
        self.deps.store.chats.add({**chat, "created_by": person}, NOON)
        return chat["chat_id"]

    def comment(self, person: str) -> str:
        analysis = self.deps.store.analyses.find(self.analysis(person))
        assert analysis
        return self.deps.comments.add(analysis, person, "Why?", None, None).comment_id

    def share(self, person: str) -> str:
        return self._shared(person)[0].share_id

    def share_token(self, person: str) -> str:
        return self._shared(person)[1]

    def _shared(self, person: str) -> tuple[Share, str]:
        analysis = self.deps.store.analyses.find(self.finished(person))
        assert analysis
        return self.deps.sharing.create(analysis, person, days=7, label="", with_comments=True)

    def upload(self, person: str) -> str:
        body = BytesIO(json.dumps({**EVENT, "event_id": secrets.token_hex(8), "timestamp": "2026-02-01T00:00:00Z"}).encode())
        return self.deps.imports.receive("clicks.ndjson", body, person).held.import_id

    def dataset(self, person: str) -> str:
        found = self.deps.uploads.receive(BytesIO(json.dumps(LOG).encode()), name="log.json", by=person, again=True)
        assert found.dataset_id and found.job_id and self.deps.jobs.wait(found.job_id, 60)
        return found.dataset_id

    def dataset_file(self, person: str) -> str:
        dataset_id = self.dataset(person)
        return f"{dataset_id}/files/{self.deps.uploads.find(dataset_id).held.files[0].file_id}"

    def loaded(self, person: str) -> str:
        import_id = self.upload(person)
        assert self.deps.jobs.wait(self.deps.imports.load(import_id, Columns(), person), 60)
        return import_id

    def job(self, person: str) -> str:
        job_id = secrets.token_hex(8)
        self.deps.store.jobs.add(job_id, "import", "a file", person, NOON)
        self.deps.store.jobs.advance(job_id, {"status": "done", "finished_at": NOON}, NOON)
        return job_id


def _role(actor: str) -> Role:
    return next((role for role in ROLES if role == actor), "analyst" if actor == "disabled" else "shopper")
