"""The records of an uploaded log, one at a time, each with its JSON path.

A file holds them in a list, in the one list of an object (`{"sessions": [...]}`), or one after the other (NDJSON).
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from clickstream.ingest.json_values import NO_NAME, SlidingText, items, malformed
from clickstream.ingest.limits import Refused
from clickstream.ingest.rows import cut_off, too_long, unreadable

MAX_RECORD_BYTES = 4 << 20
"""One session of a log, as text: more than this is no visit of a person."""

STEPS = ("activities", "events")
"""Names of the list that holds what happened in a session."""

Record = tuple[str, object]
"""JSON path and value, or the Refused of it. Of values one after the other, `$` and the place from 0: `$[3]`."""


def read_records(stream: BufferedReader) -> Iterator[Record]:
    text = SlidingText(stream, MAX_RECORD_BYTES)
    place = 0
    while (first := text.peek()) != "":
        if first == "[" and place == 0:
            yield from _numbered("$", items(text))
        elif first == "{":
            for path, value in _object(text):
                yield path or f"$[{place}]", value
        else:
            yield f"$[{place}]", text.value()
        place += 1


def is_session(record: object) -> bool:
    return isinstance(record, dict) and any(isinstance(record.get(name), list) for name in STEPS)


def _numbered(path: str, values: Iterator[object]) -> Iterator[Record]:
    for place, value in enumerate(values):
        yield f"{path}[{place}]", value


def _object(text: SlidingText) -> Iterator[Record]:
    """The items of an object's one list, each with its path; or the object as one record, without a path."""
    whole = text.buffered_object()
    if whole is None:
        yield from _streamed_object(text)
    elif name := _list_of_records(whole):
        yield from _numbered(f"$.{name}", iter(whole.pop(name)))
        yield from _second_list(whole, name)
    else:
        yield "", whole


def _list_of_records(whole: dict[str, Any]) -> str | None:
    """The name of the list that holds the file's records; none where the object is a session itself, or anything else."""
    if _is_identified(whole) or "activities" in whole:
        return None
    return next((name for name, value in whole.items() if _is_list_of_objects(value)), None)


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], dict))


def _is_identified(record: dict[str, Any]) -> bool:
    return any(key.lower().replace("_", "") == "sessionid" for key in record)


def _second_list(rest: dict[str, Any], taken: str) -> Iterator[Record]:
    for name, value in rest.items():
        if value and _is_list_of_objects(value):
            yield f"$.{name}", unreadable("two_lists", f"is a second list; the records were taken from {taken}")


def _streamed_object(text: SlidingText) -> Iterator[Record]:
    """The same for an object too long, or too damaged, to be looked at as a whole."""
    text.skip("{")
    whole: dict[str, Any] = {}
    taken, began = "", text.used
    while (first := text.peek()) not in ("}", ""):
        if first == ",":
            text.skip(",")
            continue
        name = text.value()
        if not isinstance(name, str) or text.peek() != ":":
            yield "", malformed(NO_NAME)
            continue
        text.skip(":")
        if not taken and _holds_records(text, name, whole):
            yield from _numbered(f"$.{name}", items(text))
            taken = name
        else:
            whole[name] = text.value()
            if text.used - began > MAX_RECORD_BYTES:  # of what is read the rest of the way only the fact is kept
                whole = {"": too_long(MAX_RECORD_BYTES)}
    if taken:
        yield from _second_list(whole, taken)
    elif first == "":
        yield "", cut_off()
    else:
        yield "", next((value for value in whole.values() if isinstance(value, Refused)), whole)
    text.skip("}")


def _holds_records(text: SlidingText, name: str, before: dict[str, Any]) -> bool:
    """Whether the list that comes next is the file's: not a session's steps, nor any list behind a session's id."""
    if text.peek() != "[" or name == "activities" or _is_identified(before):
        return False
    return text.peek_inside() in ("{", "]")
