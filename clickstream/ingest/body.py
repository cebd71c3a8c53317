"""Bytes of a request -> raw events, each judged on its own: one broken event never costs another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from clickstream.errors import InvalidInput, TooLarge
from clickstream.ingest.limits import Refused

MAX_BATCH = 20_000
_BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"

RawEvents = list[object]


def raw_events(body: bytes, *, lines: bool) -> RawEvents:
    """Events of a body: one object, a list of them, or (`lines`) NDJSON. What cannot be read is a Refused in its place.

    Raises InvalidInput where the body holds no readable event at all, TooLarge beyond MAX_BATCH.
    """
    body = body.removeprefix(_BOM)
    events = [_decoded(line) for line in body.split(b"\n") if line.strip()] if lines else _json(body)
    if not events:
        raise InvalidInput("The body holds no event.", code="empty_body")
    if len(events) > MAX_BATCH:
        raise TooLarge(f"A request may hold at most {MAX_BATCH} events; send them in several.", code="too_many_events")
    return events


def _json(body: bytes) -> RawEvents:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _one_by_one(body)
    return value if isinstance(value, list) else [value]


def _one_by_one(body: bytes) -> RawEvents:
    """A body that does not parse as a whole: its elements may."""
    if not body.lstrip().startswith(b"["):
        event = _decoded(body)
        if isinstance(event, Refused):
            raise InvalidInput(f"The body is not an event: {event.fields['']}.", code=event.code)
        return [event]
    return [_decoded(element) for element in _elements(body)]


def _elements(body: bytes) -> Iterator[bytes]:
    """The text of each element of a JSON array, found by its brackets alone. Raises InvalidInput where it never ends."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(body):
        sign = token.group()
        if sign in _OPENING:
            depth += 1
            start = token.end() if depth == 1 else start
        elif depth == 1 and sign in b",]":
            element = body[start : token.start()]
            if element.strip() or sign == b",":
                yield element
            start = token.end()
        if sign in _CLOSING:
            depth -= 1
            if depth == 0:
                return
    raise InvalidInput("The body is not JSON: its list does not end.", code="malformed_json")


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
