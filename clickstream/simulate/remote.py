"""A running server as a program sees it that sends events there."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import requests

from clickstream.catalog import Product
from clickstream.errors import ClickstreamError

T = TypeVar("T")

NOT_LET_IN = (401, 403)
_TIMEOUT_SECONDS = (5, 30)
_PRODUCTS_A_PAGE = 500


class ServerAway(ClickstreamError):
    code = "server_away"


class NotLetIn(ClickstreamError):
    code = "not_let_in"


class Receipt(msgspec.Struct):
    """The answer to events; `rejected` has an object with a `code` for each that was refused."""

    accepted: int
    duplicates: int
    rejected: list[dict[str, Any]]


class Refusal(msgspec.Struct):
    error: str
    code: str


class _Page(msgspec.Struct):
    items: list[Product]
    next: str | None


class _SignedIn(msgspec.Struct):
    token: str | None


class Server:
    """The server at an address, asked with these headers; a connection a thread."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self._headers = dict(headers or {})
        self._connections = threading.local()

    def log_in(self, username: str, password: str) -> str:
        """A token. Raises NotLetIn or ServerAway."""
        token = self._asked("POST", "/api/login", _SignedIn, json={"username": username, "password": password}).token
        if token is None:
            raise NotLetIn("This account waits for an owner's approval.")
        return token

    def catalog(self) -> list[Product]:
        """All products. Raises ServerAway."""
        products: list[Product] = []
        after: str | None = ""
        while after is not None:
            page = self._asked("GET", "/api/products", _Page, params={"limit": _PRODUCTS_A_PAGE, "after": after})
            products += page.items
            after = page.next
        return products

    def post(self, events: Sequence[Mapping[str, Any]]) -> requests.Response:
        """Raises requests.RequestException where no answer comes."""
        return self._ask("POST", "/api/events", data=msgspec.json.encode(events))

    def _asked(self, method: str, path: str, kind: type[T], **given: Any) -> T:
        try:
            answer = self._ask(method, path, **given)
        except (UnicodeError, requests.exceptions.InvalidHeader) as error:
            raise NotLetIn("This key or token holds characters that none has.") from error
        except requests.RequestException as error:
            raise ServerAway(f"No Clickstream answers at {self.url}: start it with python server.py.") from error
        if answer.status_code in NOT_LET_IN:
            raise NotLetIn(refusal(answer).error)
        if answer.status_code >= 400:
            raise ServerAway(f"The server at {self.url} refused: {refusal(answer).error}")
        found = read(answer, kind)
        if found is None:
            raise ServerAway(f"What answers at {self.url} is no Clickstream.")
        return found

    def _ask(self, method: str, path: str, **given: Any) -> requests.Response:
        connection = getattr(self._connections, "own", None)
        if connection is None:
            connection = self._connections.own = requests.Session()
            connection.auth = self._sign  # or requests would take a password from ~/.netrc
        answer: requests.Response = connection.request(
            method, f"{self.url}{path}", timeout=_TIMEOUT_SECONDS, allow_redirects=False, **given
        )
        return answer

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update({"Content-Type": "application/json", **self._headers})
        return request


def read(answer: requests.Response, kind: type[T]) -> T | None:
    """The answer's JSON; None where it is something else."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def refusal(answer: requests.Response) -> Refusal:
    """Why, in the server's words where it has any."""
    status = f"HTTP {answer.status_code}"
    return read(answer, Refusal) or Refusal(f"{status} {answer.reason}.", status)
