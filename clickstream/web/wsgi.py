"""The App as WSGI servers such as gunicorn call it: a process opens its own at its first request and keeps it to its end."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from http import HTTPStatus
from threading import Lock
from typing import Any
from urllib.parse import quote

from clickstream.errors import DatabaseUnavailable, StartupError
from clickstream.web.delivery import deliver
from clickstream.web.errors import error_response
from clickstream.web.request import Request
from clickstream.web.response import Response

logger = logging.getLogger(__name__)

Environ = Mapping[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
Answering = Callable[[Request], Response]


class Wsgi:
    """`opened` gives the App for as long as the process lives. Nothing happens before the first request."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Answering]]) -> None:
        self._opened = opened
        self._app: Answering | None = None
        self._lock = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        response = self._answer(request_of(environ))
        headers = [*response.headers.items(), *(("set-cookie", cookie) for cookie in response.cookies)]
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", headers)
        return [response.body] if response.stream is None else response.stream

    def _answer(self, request: Request) -> Response:
        try:
            app = self._app or self._open()
        except StartupError as error:
            logger.error("%s", error.message)
            return deliver(request, error_response(DatabaseUnavailable(), request.id))
        return app(request)

    def _open(self) -> Answering:
        with self._lock:
            if self._app is None:
                with ExitStack() as opening:
                    self._app = opening.enter_context(self._opened())
                    atexit.register(opening.pop_all().close)
        return self._app


def request_of(environ: Environ) -> Request:
    """The request as our own server would have read it."""
    headers = {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    length = headers.get("content-length", "")
    return Request(
        environ["REQUEST_METHOD"],
        _target(environ),
        headers,
        environ["wsgi.input"],
        int(length) if length.isdecimal() else None,
        chunked=headers.get("transfer-encoding", "").lower() == "chunked",
        client=environ.get("REMOTE_ADDR", ""),
        secure=environ["wsgi.url_scheme"] == "https",
    )


def _target(environ: Environ) -> str:
    """As it was sent, where the server still knows; else put together again."""
    if raw := environ.get("RAW_URI"):
        return str(raw)
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"))
    query = environ.get("QUERY_STRING", "")
    return f"{path or '/'}?{query}" if query else path or "/"
