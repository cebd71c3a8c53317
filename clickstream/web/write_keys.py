"""Write keys at the door: whose they are, from where they may send, and how one is made and revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import urlsplit

from clickstream.clock import Clock
from clickstream.errors import Conflict, Forbidden, InvalidInput, Unauthenticated
from clickstream.store.write_keys import Mode, WriteKey, WriteKeys
from clickstream.vault import SecretUnreadable, Vault
from clickstream.web.access import is_own_origin
from clickstream.web.request import Request

PREFIX = "wk_"
HEADER = "x-write-key"
ANY_ORIGIN = "*"
MOST_KEYS = 100
MOST_ORIGINS = 50
_KEY_BYTES = 24
_LONGEST_KEY = 200
_REMEMBERED_SECONDS = 5
_ASKED_AGAIN_SECONDS = 1
_PREFLIGHT_SECONDS = 600
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NO_ORIGIN = "must look like https://shop.example, or be * for every site"
_IN_AN_ADDRESS = "A server key goes into the X-Write-Key header, never into an address: addresses are logged. Revoke it."
_IN_A_PAGE = "A web page sent this server key, so everybody can read it. Revoke it, and give the page a browser key."


@dataclass(frozen=True)
class Wanted:
    """A key to be made."""

    label: str
    dataset: str
    mode: Mode = "live"
    server: bool = False
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Snapshot:
    by_digest: dict[str, WriteKey]
    read_at: datetime

    def age(self, now: datetime) -> float:
        return (now - self.read_at).total_seconds()


class WriteKeyring:
    """All write keys, read together every few seconds: no request costs a read of the database, whatever key it carries.

    What this process creates, changes or revokes counts in it at once, in another one after `_REMEMBERED_SECONDS`.
    """

    def __init__(self, keys: WriteKeys, vault: Vault, clock: Clock) -> None:
        self._keys, self._vault, self._clock = keys, vault, clock
        self._snapshot: _Snapshot | None = None
        self._changes = 0
        self._lock = Lock()

    def of(self, request: Request) -> WriteKey | None:
        """The key a request carries; None where it carries none.

        Raises Unauthenticated where it is unknown or revoked, Forbidden where it may not be sent from there. Notes on
        the request which site's page may read the answer: also a refusal, so that the page knows when to stop.
        """
        text = request.headers.get(HEADER) or request.query.get("key", "")
        if not text:
            return None
        key = self._find(text)
        origin = request.headers.get("origin")
        if key is None:
            raise Unauthenticated("There is no such write key; copy it again.", code="unknown_write_key")
        if key.server:
            _check_secrecy(request)
        elif origin is not None and not is_own_origin(origin, request):
            _check_origin(key, origin)
            request.allowed_origin = origin
        if key.revoked_at is not None:
            raise Unauthenticated(f"The write key …{key.last4} was revoked; use another.", code="revoked_write_key")
        return key

    def preflight(self, request: Request) -> dict[str, str]:
        """What a browser must hear before a page of another site may send events with a header of ours; empty: it may not.

        A preflight does not carry the key in its header, only the header's name: then any key's site will do, as the
        request itself is judged again.
        """
        origin = request.headers.get("origin", "")
        named = {name.strip().lower() for name in request.headers.get("access-control-request-headers", "").split(",")}
        text = request.query.get("key", "")
        carried = self._find(text) if text else None
        candidates = [carried] if carried else self.all() if HEADER in named and not text else []
        if not any(not key.server and _admits(key, origin) for key in candidates):
            return {}
        return {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": f"content-type, content-encoding, {HEADER}",
            "access-control-max-age": str(_PREFLIGHT_SECONDS),
            "vary": "origin",
        }

    def all(self) -> list[WriteKey]:
        """Latest first."""
        return list(self._read(_REMEMBERED_SECONDS).by_digest.values())

    def create(self, wanted: Wanted, created_by: str, *, keep: bool = False) -> tuple[str, WriteKey]:
        """A new key, in full for this once, and what is stored of it; with `keep` it is stored encrypted as well.

        Raises Conflict when there are too many.
        """
        if sum(key.revoked_at is None for key in self.all()) >= MOST_KEYS:
            raise Conflict(f"There are {MOST_KEYS} write keys already; revoke one first.", code="too_many_keys")
        text = PREFIX + secrets.token_urlsafe(_KEY_BYTES)
        key = WriteKey(
            digest=_digest(text),
            key_id=secrets.token_hex(6),
            label=wanted.label,
            dataset=wanted.dataset,
            mode=wanted.mode,
            server=wanted.server,
            origins=wanted.origins,
            last4=text[-4:],
            created_by=created_by,
            created_at=self._clock(),
            sealed=self._vault.encrypt(text) if keep else "",
        )
        self._keys.add(key)
        self._forget()
        return text, key

    def change(self, key_id: str, label: str, origins: tuple[str, ...]) -> WriteKey | None:
        changed = self._keys.change(key_id, label, origins)
        self._forget()
        return changed

    def revoke(self, key_id: str) -> WriteKey | None:
        revoked = self._keys.revoke(key_id, self._clock())
        self._forget()
        return revoked

    def kept(self) -> str | None:
        """The latest unrevoked key that was kept, in full; None where there is none, or it cannot be read any more."""
        sealed = next((key.sealed for key in self.all() if key.sealed and key.revoked_at is None), None)
        try:
            return self._vault.decrypt(sealed) if sealed else None
        except SecretUnreadable:
            return None

    def _find(self, text: str) -> WriteKey | None:
        """A key that another process has just made is there when one asks again a second later."""
        if len(text) > _LONGEST_KEY:
            return None
        digest = _digest(text)
        found = self._read(_REMEMBERED_SECONDS).by_digest.get(digest)
        return found or self._read(_ASKED_AGAIN_SECONDS).by_digest.get(digest)

    def _read(self, remembered_seconds: float) -> _Snapshot:
        now, snapshot, changes = self._clock(), self._snapshot, self._changes
        if snapshot is not None and snapshot.age(now) < remembered_seconds:
            return snapshot
        read = _Snapshot({key.digest: key for key in self._keys.all()}, now)
        with self._lock:
            if self._changes == changes:  # else what was read may be older than the change
                self._snapshot = read
        return read

    def _forget(self) -> None:
        with self._lock:
            self._changes += 1
            self._snapshot = None


def carries_write_key(request: Request) -> bool:
    """Whether a write key stands where it, or a token, belongs."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    return HEADER in request.headers or token.strip().startswith(PREFIX)


def key_name(key: WriteKey) -> str:
    """How the audit log speaks of a key."""
    return f"{key.label} …{key.last4}"


def read_origins(given: Iterable[str]) -> tuple[str, ...]:
    """Sites as browsers name them in an Origin header. InvalidInput where one is none.

    >>> read_origins(["Shop.example", "http://localhost:3000/", "https://shop.example:443"])
    ('https://shop.example', 'http://localhost:3000')
    """
    origins = tuple(dict.fromkeys(_origin(text.strip().lower()) for text in given if text.strip()))
    if len(origins) > MOST_ORIGINS:
        raise InvalidInput("There are too many addresses.", fields={"origins": f"must be at most {MOST_ORIGINS}"})
    return origins


def _origin(text: str) -> str:
    if text == ANY_ORIGIN:
        return text
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        scheme, host, port = parts.scheme, (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as error:  # also what IDNA refuses
        raise _no_origin(text) from error
    extra = parts.path.rstrip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if extra or not host or scheme not in _DEFAULT_PORTS or set(host) & set(" *_<>\"'\\"):
        raise _no_origin(text)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{shown}:{port}"


def _no_origin(text: str) -> InvalidInput:
    return InvalidInput(f"{text[:80]!r} is no address of a site.", fields={"origins": _NO_ORIGIN})


def _admits(key: WriteKey, origin: str) -> bool:
    return origin in key.origins or ANY_ORIGIN in key.origins


def _check_origin(key: WriteKey, origin: str) -> None:
    if not _admits(key, origin):
        message = f"Pages of {origin[:200]} may not send with this write key; the owner adds the address under Settings."
        raise Forbidden(message, code="origin_not_allowed")


def _check_secrecy(request: Request) -> None:
    if HEADER not in request.headers:
        raise Forbidden(_IN_AN_ADDRESS, code="exposed_server_key")
    if "origin" in request.headers:
        raise Forbidden(_IN_A_PAGE, code="exposed_server_key")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
