"""Server-sent events as bytes."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from clickstream.errors import ClickstreamError
from clickstream.store.numbers import encode

Event = tuple[str, Any]

_SIGN_OF_LIFE = b": still here\n\n"


def encoded(events: Iterable[Event | None]) -> Generator[bytes, None, None]:
    """The events in wire format; one that fails on its way ends the stream with an event named `error`.

    >>> list(encoded([("progress", {"done": 1}), None]))
    [b': still here\\n\\n', b'event: progress\\ndata: {"done":1}\\n\\n', b': still here\\n\\n']
    """
    yield _SIGN_OF_LIFE
    try:
        for event in events:
            yield _SIGN_OF_LIFE if event is None else _encode(*event)
    except ClickstreamError as error:
        yield _encode("error", {"error": error.message, "code": error.code, "fields": error.fields})
    finally:
        _close(events)


def _encode(name: str, data: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode(data))


def _close(events: Iterable[Event | None]) -> None:
    close = getattr(events, "close", None)
    if close is not None:
        close()
