"""Who is asking, and whether they may. A route that states no access does not exist: the default is to deny."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from clickstream.clock import Clock
from clickstream.errors import Forbidden, Unauthenticated
from clickstream.store.tokens import Token, Tokens
from clickstream.store.users import Users
from clickstream.tokens import LONGEST_TOKEN, digest_of, new_token
from clickstream.web.request import Account, Request

Access = Literal["anyone", "write_key", "signed_in", "shopper", "viewer", "analyst", "owner"]
"""`write_key`: who carries one, or is signed in."""
ACCESS: tuple[Access, ...] = get_args(Access)
_RANK = {"write_key": 1, "signed_in": 1, "shopper": 1, "viewer": 2, "analyst": 3, "owner": 4}

COOKIE = "clickstream_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEMBERED_SECONDS = 5
_MOST_REMEMBERED = 4096


class Credential(NamedTuple):
    token: str
    by_cookie: bool


def credential(request: Request) -> Credential | None:
    """The token a request carries; a program's header wins over a browser's cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Credential(token.strip(), by_cookie=False)
    cookie = request.cookie(COOKIE)
    return Credential(cookie, by_cookie=True) if cookie else None


def by_cookie(request: Request) -> bool:
    carried = credential(request)
    return carried is not None and carried.by_cookie


def require(needed: Access, account: Account | None) -> None:
    """Raise Unauthenticated or Forbidden unless this account may do what needs `needed`."""
    if needed == "anyone":
        return
    if account is None:
        raise Unauthenticated("Log in to see this.")
    if _RANK[account.role] < _RANK[needed]:
        raise Forbidden(f"This needs the role {needed}; {account.username} is {account.role}.")


def refuse_other_sites(request: Request) -> None:
    """Raise Forbidden when a browser says that another site's page sent this request."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and not is_own_origin(origin, request)
    if foreign:
        raise Forbidden("This request came from another site's page.", code="cross_site")


def require_same_origin(request: Request) -> None:
    """Raise Forbidden unless a browser says that our own page sent this request."""
    refuse_other_sites(request)
    if "sec-fetch-site" not in request.headers and "origin" not in request.headers:
        message = "A request with a cookie must carry an Origin header; programs send a Bearer token."
        raise Forbidden(message, code="cross_site")


def is_own_origin(origin: str, request: Request) -> bool:
    """Whether a page of this very server sent the request."""
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""


@dataclass(frozen=True)
class _Known:
    account: Account
    expires_at: datetime
    read_at: datetime


class Identities:
    """Tokens and the accounts behind them, remembered for a few seconds: a request costs no read of the database.

    `forget` ends that at once in this process; in others an account that is disabled or gets another role keeps its old
    rights for at most `_REMEMBERED_SECONDS`.
    """

    def __init__(self, users: Users, tokens: Tokens, clock: Clock, lifetime: timedelta) -> None:
        self._users, self._tokens, self._clock = users, tokens, clock
        self.lifetime = lifetime
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = Lock()
        self._forgotten = 0

    def of(self, request: Request) -> Account | None:
        """The active account whose token this request carries, if any.

        Raises Forbidden where the token is a cookie and another site's page may have sent it.
        """
        carried = credential(request)
        if carried is None or len(carried.token) > LONGEST_TOKEN:
            return None
        if carried.by_cookie and request.method not in SAFE_METHODS:
            require_same_origin(request)
        return self._account(digest_of(carried.token))

    def issue(self, username: str) -> str:
        """A new token for this user; only its digest is kept."""
        token = new_token()
        now = self._clock()
        self._tokens.add(digest_of(token), Token(username, now + self.lifetime), now)
        return token

    def revoke(self, token: str) -> None:
        digest = digest_of(token)
        self._tokens.delete(digest)
        with self._lock:
            self._known.pop(digest, None)

    def revoke_all(self, username: str, keep: str = "") -> None:
        """End every log-in of an account, except the one by the token `keep`."""
        self._tokens.delete_of(username, digest_of(keep) if keep else "")
        self.forget(username)

    def forget(self, username: str) -> None:
        """Look anew, at the next request, at what this account is and may do."""
        with self._lock:
            self._forgotten += 1
            for digest in [digest for digest, known in self._known.items() if known.account.username == username]:
                del self._known[digest]

    def _account(self, digest: str) -> Account | None:
        now = self._clock()
        known = self._known.get(digest)
        if known is None or (now - known.read_at).total_seconds() >= _REMEMBERED_SECONDS:
            known = self._read(digest, now)
        return known.account if known and known.expires_at > now else None

    def _read(self, digest: str, now: datetime) -> _Known | None:
        forgotten = self._forgotten
        token = self._tokens.find(digest, now)
        user = self._users.find(token.username) if token else None
        if token is None or user is None or user.status != "active":
            return None
        known = _Known(Account(user.username, user.role, user.language), token.expires_at, now)
        with self._lock:
            if forgotten != self._forgotten:
                return known  # read while an account was changed, and perhaps before that
            self._known[digest] = known
            self._known.move_to_end(digest)
            if len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        return known
