"""Events of a file, told apart by what is in it and not by its name: NDJSON, JSON, CSV, TSV; gzipped or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader

import msgspec

from clickstream.errors import InvalidInput
from clickstream.ingest.delimited import read_table
from clickstream.ingest.json_values import read_json
from clickstream.ingest.limits import Refused
from clickstream.ingest.rows import Row, cut_off, numbered_lines, unreadable
from clickstream.ingest.source import Source, open_source

FORMATS = ("ndjson", "json", "csv")
"""`csv` is any table with a header, whatever divides its columns."""

_PEEKED = 1 << 16
_EVENTS_LIST = re.compile(rb'"events"\s*:\s*\[')


@dataclass(frozen=True)
class OpenFile:
    """`place` names what the rows are numbered by; `columns` is None where there is no header."""

    source: Source
    format: str
    place: str
    columns: list[str] | None
    rows: Iterator[Row]


@contextmanager
def open_file(path: str, format_name: str | None = None, *, most_bytes: int | None = None) -> Iterator[OpenFile]:
    """Rows of a file, `-` being standard input, read as they are asked for; up to `most_bytes`, unpacked.

    A row that cannot be read is an `Refused` in its place; a file that breaks off leaves its reason in
    `source.fault`. Raises NotFound or InvalidInput when there is nothing to begin with.
    """
    with open_source(path, most_bytes) as (source, stream):
        yield _reader(source, stream, format_name or detect_format(stream))


def _reader(source: Source, stream: BufferedReader, format_name: str) -> OpenFile:
    if format_name == "json":
        return OpenFile(source, format_name, "item", None, read_json(stream))
    if format_name == "ndjson":
        return OpenFile(source, format_name, "line", None, _ndjson(stream))
    columns, rows = read_table(numbered_lines(stream), lambda: source.fault is not None)
    return OpenFile(source, format_name, "line", columns, rows)


def _ndjson(stream: BufferedReader) -> Iterator[Row]:
    decode = msgspec.json.decode
    for number, line in numbered_lines(stream):
        if isinstance(line, Refused):
            yield number, line
            continue
        try:
            value = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if line.strip():
                yield number, _json_problem(line, error)
        else:
            yield number, value


def _json_problem(line: bytes, error: Exception) -> Refused:
    if not line.endswith(b"\n") and "truncated" in str(error):
        return cut_off()
    if isinstance(error, RecursionError):
        return unreadable("malformed_json", "is nested too deeply")
    return unreadable("malformed_json", f"is not JSON: {error}")


def detect_format(stream: BufferedReader) -> str:
    """The format of what comes next, which is looked at and not used up. Raises InvalidInput for binary data."""
    start = stream.peek(_PEEKED)[:_PEEKED]
    text = start.lstrip()
    if b"\0" in start:
        raise InvalidInput("The file is binary; give NDJSON, JSON, CSV or TSV, as it is or gzipped.")
    if text.startswith(b"["):
        return "json"
    lines = text.split(b"\n")
    if _is_event_line(lines[0]):
        return "ndjson"
    if text.startswith(b"{") and _EVENTS_LIST.search(text):
        return "json"
    if not text or any(line.startswith(b"{") and _is_event_line(line) for line in lines):
        return "ndjson"
    return "json" if text.startswith(b"{") else "csv"


def _is_event_line(line: bytes) -> bool:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(value, dict) and not isinstance(value.get("events"), list)
