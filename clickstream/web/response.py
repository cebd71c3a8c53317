"""What a handler answers: a status, headers, and a body or a stream of bytes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from clickstream.web import sse
from clickstream.web.files import load

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Response:
    """Header names are lower case. `gzipped` is the body compressed beforehand, where that is known."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    stream: Generator[bytes, None, None] | None = None
    gzipped: bytes | None = None

    @classmethod
    def json(cls, payload: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        return cls(status, _encode(payload), {"content-type": JSON, "cache-control": "no-store", **(headers or {})})

    @classmethod
    def sse(cls, events: Iterable[sse.Event | None]) -> Response:
        """Server-sent events: `(name, JSON-able data)` pairs as they come, None where only a sign of life is due.

        The iterable should give None at least every 15 seconds: only writing tells that the client has left.
        Then, and at the end, its `close()` is called.
        """
        headers = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
        return cls(200, headers=headers, stream=sse.encoded(events))

    @classmethod
    def file(cls, path: Path) -> Response:
        """A file as it is on disk, with its validators; NotFound when there is none."""
        found = load(path)
        headers = {
            "content-type": found.media_type,
            "cache-control": "no-cache",
            "etag": found.etag,
            "last-modified": found.last_modified,
        }
        return cls(200, found.content, headers, gzipped=found.gzipped)

    @classmethod
    def empty(cls, status: int = 204, headers: Mapping[str, str] | None = None) -> Response:
        return cls(status, headers=dict(headers or {}))
