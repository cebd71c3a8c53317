"""Bytes of a request -> raw events, each judged on its own: one broken event never costs another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

import msgspec

from clickstream.errors import InvalidInput, TooLarge
from clickstream.ingest.limits import Refused

MAX_BATCH = 20_000
_BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.?+)*+"?|[\[{]+|[\]}]+|,', re.DOTALL)
"""Texts (also one that never ends, so that no text is looked at twice), brackets by the run, commas."""
_MOST_TOKENS = 4_000_000
"""Of a broken list as long as a request may be, about twice what its events need; it takes seconds to look at them."""

RawEvents = list[object]


def raw_events(body: bytes, *, lines: bool) -> RawEvents:
    """Events of a body: one object, a list of them, or (`lines`) NDJSON. What cannot be read is a Refused in its place.

    Raises InvalidInput where the body holds no readable event at all, TooLarge beyond MAX_BATCH.
    """
    body = body.removeprefix(_BOM)
    events = _each_decoded(line for line in BytesIO(body) if not line.isspace()) if lines else _json(body)
    if not events:
        raise InvalidInput("The body holds no event.", code="empty_body")
    if len(events) > MAX_BATCH:
        raise TooLarge(f"A request may hold at most {MAX_BATCH:,} events; send them in several.", code="too_many_events")
    return events


def _each_decoded(texts: Iterator[bytes]) -> RawEvents:
    """No more of them than it takes to see that there are too many: a byte each would fill the memory."""
    return [_decoded(text) for text in islice(texts, MAX_BATCH + 1)]


def _json(body: bytes) -> RawEvents:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _one_by_one(body)
    return value if isinstance(value, list) else [value]


def _one_by_one(body: bytes) -> RawEvents:
    """A body that does not parse as a whole: its elements may."""
    if body.lstrip().startswith(b"["):
        return _each_decoded(_elements(body))
    if not body or body.isspace():
        return []
    event = _decoded(body)
    if isinstance(event, Refused):
        raise InvalidInput(f"The body is not an event: {event.fields['']}.", code=event.code)
    return [event]


def _elements(body: bytes) -> Iterator[bytes]:
    """The text of each element of a JSON array, found by its brackets alone, and of what follows its end.

    Raises InvalidInput where that is not found.
    """
    depth, start = 0, 0
    for token in islice(_TOKEN.finditer(body), _MOST_TOKENS):
        first = token[0][:1]
        if first in b"[{":
            start = start if depth else token.start() + 1
            depth += len(token[0])
        elif first in b"]}":
            closed = token.start() + depth - 1
            depth -= len(token[0])
            if depth <= 0:
                yield from _present((body[start:closed], body[closed + 1 :]))
                return
        elif first == b"," and depth == 1:
            yield body[start : token.start()]
            start = token.end()
    raise InvalidInput("The body is not JSON: the end of its list was not found.", code="malformed_json")


def _present(texts: tuple[bytes, ...]) -> Iterator[bytes]:
    return (text for text in texts if text and not text.isspace())


def _decoded(text: bytes) -> object:
    """One event, or the Refused that says why it cannot be read."""
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        return Refused("malformed_json", {"": "is nested too deeply"})
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _leniently_decoded(text, str(error))


def _leniently_decoded(text: bytes, complaint: str) -> object:
    """Broken Unicode is refused by the name of its field, so let it through as lone surrogates; all else is not JSON."""
    try:
        return json.loads(text.decode("utf-8", "surrogateescape"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Refused("malformed_json", {"": f"is not JSON ({complaint})"})


def _no_constant(name: str) -> object:
    raise ValueError(name)
