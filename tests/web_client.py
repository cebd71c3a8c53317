"""Talk to an App without sockets, as a program or as a browser; and the least an App needs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from cryptography.fernet import Fernet

from clickstream.audit import Actor
from clickstream.clock import Clock
from clickstream.errors import Conflict
from clickstream.passwords import Cost, Passwords
from clickstream.reports.press import Press
from clickstream.settings import Settings, read_settings
from clickstream.store import Store
from clickstream.store.audit import Detail
from clickstream.store.datasets import LoadedFile
from clickstream.store.tokens import Token
from clickstream.store.users import Role, Status, User
from clickstream.store.write_keys import WriteKey
from clickstream.vault import Vault
from clickstream.vega import VegaBundle
from clickstream.web.access import COOKIE, Identities
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.limits import Limits
from clickstream.web.request import Request
from clickstream.web.telemetry import Telemetry
from clickstream.web.write_keys import WriteKeyring
from server import wire

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHEAP = Cost(n=2, r=1, p=1)
HOST = "shop.test"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """`browser` keeps cookies and sends an Origin; `token` is sent as a Bearer."""

    app: App
    token: str | None = None
    browser: bool = False
    address: str = "192.0.2.1"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, **headers: str) -> Answer:
        return self.send("GET", target, headers=headers)

    def post(self, target: str, payload: Any = None, **headers: str) -> Answer:
        return self.send("POST", target, payload, headers=headers)

    def send(self, method: str, target: str, payload: Any = None, *, headers: dict[str, str] | None = None) -> Answer:
        """`payload` as JSON, or as it is when it is bytes. Header names may be written with underscores."""
        body = payload if isinstance(payload, bytes) else b"" if payload is None else json.dumps(payload).encode()
        sent = self._headers(payload, {name.replace("_", "-").lower(): text for name, text in (headers or {}).items()})
        request = Request(method, target, sent, BytesIO(body), len(body), client=self.address)
        response = self.app(request)
        for cookie in response.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        stream = b"".join(response.stream) if response.stream else b""
        return Answer(response.status, response.headers, response.body + stream, response.cookies)

    def _headers(self, payload: Any, given: dict[str, str]) -> dict[str, str]:
        headers = {"host": HOST}
        if payload is not None:
            headers["content-type"] = "application/json"
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if self.browser:
            headers["origin"] = f"https://{HOST}"
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)
        return headers | given


class FakeUsers:
    def __init__(self) -> None:
        self.users: dict[str, User] = {}

    def add(self, user: User) -> None:
        if user.username in self.users:
            raise Conflict("This username is taken.", fields={"username": "is taken"})
        self.users[user.username] = user

    def find(self, username: str) -> User | None:
        return self.users.get(username)

    def any(self) -> bool:
        return bool(self.users)

    def claim_ownership(self, username: str) -> bool:
        first = next(iter(self.users)) == username
        if first:
            self.users[username] = replace(self.users[username], role="owner", status="active")
        return first


class FakeTokens:
    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}

    def add(self, digest: str, token: Token, created_at: datetime) -> None:
        self.tokens[digest] = token

    def find(self, digest: str, now: datetime) -> Token | None:
        token = self.tokens.get(digest)
        return token if token and token.expires_at > now else None

    def delete(self, digest: str) -> None:
        self.tokens.pop(digest, None)


class FakeAuditLog:
    def __init__(self) -> None:
        self.recorded: list[tuple[str, Actor, str, dict[str, Detail]]] = []

    def record(self, action: str, actor: Actor, about: str = "", **details: Detail) -> None:
        self.recorded.append((action, actor, about, details))


class FakeWriteKeys:
    def __init__(self) -> None:
        self.keys: dict[str, WriteKey] = {}
        self.reads = 0

    def add(self, key: WriteKey) -> None:
        self.keys[key.key_id] = key

    def all(self) -> list[WriteKey]:
        self.reads += 1
        return list(reversed(self.keys.values()))

    def change(self, key_id: str, label: str, origins: tuple[str, ...]) -> WriteKey | None:
        return self._replaced(key_id, label=label, origins=origins)

    def revoke(self, key_id: str, now: datetime) -> WriteKey | None:
        return self._replaced(key_id, revoked_at=now)

    def _replaced(self, key_id: str, **values: Any) -> WriteKey | None:
        if key_id in self.keys:
            self.keys[key_id] = replace(self.keys[key_id], **values)
        return self.keys.get(key_id)


def bare_deps(clock: Clock = lambda: NOON, static_dir: Path = Path("static"), settings: Settings | None = None) -> Deps:
    """What the web layer itself needs, without a database."""
    state = SimpleNamespace(find_dataset=lambda name: None)
    store = SimpleNamespace(users=FakeUsers(), tokens=FakeTokens(), state=state, ping=lambda: None)
    settings = settings or read_settings({})
    known = {
        "settings": settings,
        "store": store,
        "clock": clock,
        "static_dir": static_dir,
        "passwords": Passwords(CHEAP),
        "identities": Identities(cast(Any, store.users), cast(Any, store.tokens), clock, timedelta(days=30)),
        "limits": Limits(clock),
        "telemetry": Telemetry(),
        "vega": VegaBundle(settings.data_dir),
        "press": Press(settings.data_dir),
        "audit": FakeAuditLog(),
        "write_keys": WriteKeyring(cast(Any, FakeWriteKeys()), Vault(Fernet.generate_key()), clock),
    }
    return cast(Deps, SimpleNamespace(**known))


def real_deps(settings: Settings, store: Store, clock: Clock) -> Deps:
    """What server.py puts together, with passwords that cost nothing."""
    return replace(wire(settings, store, clock), passwords=Passwords(CHEAP))


def client_as(app: App, deps: Deps, role: Role | None, *, status: Status = "active") -> Client:
    """A program logged in with this role; None is nobody."""
    if role is None:
        return Client(app)
    username = f"the-{role}"
    if deps.store.users.find(username) is None:
        deps.store.users.add(User(username, "-", role, status, deps.clock()))
    return Client(app, token=deps.identities.issue(username))


def hold_dataset(deps: Deps, dataset_id: str) -> None:
    """An uploaded log that is ready, with nothing in it."""
    file = LoadedFile("f1", "log.json", 2, "-")
    held = {"name": "log.json", "status": "ready", "pending": None, "created_by": "the-analyst"}
    deps.store.datasets.add(dataset_id, deps.clock(), file, **held)


__all__ = ["COOKIE", "Answer", "Client", "bare_deps", "client_as", "hold_dataset", "real_deps"]
