"""One HTTP exchange with deadlines that hold, whatever the other side does.

`requests` has no total timeout, and each keep-alive comment restarts its read timeout. So a thread of its own does the
blocking reads and hands pieces over a queue; the caller waits on the queue with its own clock, and can leave at any
moment: on a deadline, on cancellation, on a hanging connect. The abandoned socket is shut down, which ends the thread.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, LocationParseError, ProtocolError, ReadTimeoutError

from clickstream.llm.errors import Cancelled, CutOff, LlmError, ProviderDown, Stage, TimedOut, Unreachable, WrongAddress

MAX_REPLY_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "text/event-stream, application/json",
    "Accept-Encoding": "identity",  # compressed streams arrive late
    "User-Agent": "clickstream",
}
_INSECURE = "The AI provider's certificate is not valid, so nothing was sent. Check its address in Settings."
_LOOK_UP_SECONDS = 0.05  # how often a waiting caller looks at `cancel`


@dataclass(frozen=True)
class Deadlines:
    """Seconds. `total` spans all attempts; `settle` is how long a finished answer waits for its bill."""

    connect: float = 10
    first_token: float = 180  # models think for a minute or two before they speak
    idle: float = 90
    total: float = 600
    settle: float = 2


LOCAL_DEADLINES = Deadlines(first_token=600, idle=180, total=1800)  # loading a model and reading a prompt takes its time


@dataclass(frozen=True)
class Outgoing:
    method: str
    url: str
    api_key: str = field(repr=False)
    body: bytes | None = None


@dataclass(frozen=True)
class Head:
    status: int
    headers: Mapping[str, str]  # names in lower case


@dataclass(frozen=True)
class Limit:
    """Wait until `moment` on the caller's clock; past it, `stage` is what took too long."""

    moment: float
    stage: Stage


class _End:
    """Nothing follows."""


_Item = Head | bytes | LlmError | _End


class _KeyHeader(AuthBase):
    """Sets the key itself, so that requests never looks one up in ~/.netrc."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._api_key:
            request.headers["Authorization"] = f"Bearer {self._api_key}"
        return request


def new_session() -> requests.Session:
    """A session that may be shared by threads and accounts: it keeps connections, and no cookies."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


class Exchange:
    """A request on its way; use it as a context manager, so that leaving early ends the connection."""

    def __init__(
        self,
        http: requests.Session,
        outgoing: Outgoing,
        deadlines: Deadlines,
        clock: Callable[[], float],
        cancel: threading.Event | None,
    ) -> None:
        self._http, self._outgoing, self._clock, self._cancel = http, outgoing, clock, cancel
        # The socket's own timeout is the net below ours: it ends the thread of an exchange that was abandoned.
        self._socket_seconds = (deadlines.connect, max(deadlines.first_token, deadlines.idle) + 1)
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._abandoned = threading.Event()
        self._response: requests.Response | None = None
        self._thread = threading.Thread(target=self._run, name="llm-exchange", daemon=True)

    def __enter__(self) -> Self:
        self._stop_if_cancelled()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._abandoned.set()
        response = self._response
        if response is not None:
            with contextlib.suppress(ValueError, RuntimeError, OSError):  # it has closed by itself meanwhile
                response.raw.shutdown()

    def head(self, limit: Limit) -> Head:
        """Status and headers. Raises WrongAddress for a redirect: the key belongs to the configured host alone."""
        item = self._next(limit)
        if not isinstance(item, Head):
            raise CutOff
        if 300 <= item.status < 400:
            target = urlsplit(item.headers.get("location", "")).netloc or "another page"
            raise WrongAddress(f"The AI provider's address forwards to {target}. Enter the final address in Settings.")
        return item

    def pieces(self, limit: Callable[[], Limit]) -> Iterator[bytes]:
        """The body as it arrives. `limit` is asked before each wait."""
        size = 0
        while isinstance(item := self._next(limit()), bytes):
            size += len(item)
            if size > MAX_REPLY_BYTES:
                raise ProviderDown("The AI provider sent far more than an answer. Check its address.", transient=False)
            yield item

    def body(self, limit: Limit) -> bytes:
        return b"".join(self.pieces(lambda: limit))

    def _next(self, limit: Limit) -> Head | bytes | _End:
        while True:
            self._stop_if_cancelled()
            remaining = limit.moment - self._clock()
            if remaining <= 0:
                raise TimedOut(limit.stage)
            with contextlib.suppress(queue.Empty):
                item = self._items.get(timeout=min(remaining, _LOOK_UP_SECONDS))
                if isinstance(item, LlmError):
                    raise item
                return item

    def _stop_if_cancelled(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled

    def _run(self) -> None:
        try:
            self._transfer()
        except (requests.RequestException, HTTPError) as error:
            self._items.put(_translated(error))
        finally:
            self._items.put(_End())

    def _transfer(self) -> None:
        out = self._outgoing
        with self._http.request(
            out.method,
            out.url,
            data=out.body,
            headers=_HEADERS,
            auth=_KeyHeader(out.api_key),
            timeout=self._socket_seconds,
            allow_redirects=False,
            stream=True,
        ) as response:
            self._response = response
            self._items.put(Head(response.status_code, {name.lower(): value for name, value in response.headers.items()}))
            while not self._abandoned.is_set() and (piece := response.raw.read1(_PIECE_BYTES, decode_content=True)):
                self._items.put(piece)


def _translated(error: requests.RequestException | HTTPError) -> LlmError:
    """Our error for one of theirs. Theirs is not chained: it holds the request, and with it the key."""
    match error:
        case requests.ConnectTimeout():
            return TimedOut("connect")
        case requests.ReadTimeout() | ReadTimeoutError():
            return TimedOut("idle")
        case requests.exceptions.SSLError():
            return Unreachable(_INSECURE, transient=False)
        case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema() | LocationParseError():
            return WrongAddress()
        case requests.ConnectionError(args=[ProtocolError(), *_]) | HTTPError():
            return CutOff()
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            return CutOff()
        case _:
            return Unreachable()
