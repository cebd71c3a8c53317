"""What a handler answers: a status, headers, and a body or a stream of bytes."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clickstream.store.numbers import encode
from clickstream.web import sse
from clickstream.web.files import load

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"
PDF = "application/pdf"
ZIP = "application/zip"
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9 ._()+-]")


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
        return cls(status, encode(payload), {"content-type": JSON, "cache-control": "no-store", **(headers or {})})

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
    def attachment(
        cls,
        name: str,
        media_type: str,
        content: bytes | Generator[bytes, None, None],
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Something to save under this name (RFC 6266: programs that know no UTF-8 see it in ASCII)."""
        known = {"content-type": media_type, "content-disposition": _disposition(name), "cache-control": "no-store"}
        body, stream = (content, None) if isinstance(content, bytes) else (b"", content)
        return cls(200, body, {**known, **(headers or {})}, stream=stream)

    @classmethod
    def empty(cls, status: int = 204, headers: Mapping[str, str] | None = None) -> Response:
        return cls(status, headers=dict(headers or {}))


def _disposition(name: str) -> str:
    r"""A Content-Disposition for this file name.

    >>> _disposition("a.csv"), _disposition('été "1".md')
    ('attachment; filename="a.csv"', 'attachment; filename="_t_ _1_.md"; filename*=UTF-8\'\'%C3%A9t%C3%A9%20%221%22.md')
    """
    plain = _UNSAFE_IN_NAME.sub("_", name)
    return f'attachment; filename="{plain}"' + (f"; filename*=UTF-8''{quote(name, safe='')}" if plain != name else "")
