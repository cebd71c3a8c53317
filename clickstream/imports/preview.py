"""The first look at an uploaded file: what its columns seem to be, and how its first rows would be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from clickstream.errors import InvalidInput
from clickstream.events import TYPE_ALIASES, Event
from clickstream.imports.columns import (
    EVENT_TYPES,
    MOST_COLUMNS,
    Columns,
    as_mapping,
    guess,
    guess_types,
    missing,
    of_mapping,
)
from clickstream.imports.times import guess_format
from clickstream.ingest.excerpts import brief, offending
from clickstream.ingest.files import OpenFile, open_file
from clickstream.ingest.limits import Problems, Refused
from clickstream.ingest.loading import mapped
from clickstream.ingest.mappings import matching_mapping
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event
from clickstream.ingest.rows import Row

SAMPLED_ROWS = 1_000
SAMPLED_BYTES = 32 << 20
SHOWN_ROWS = 10
SHOWN_SAMPLES = 3
SHOWN_TYPES = 40
LONGEST_SAMPLE = 60


class Column(msgspec.Struct, frozen=True):
    name: str
    samples: list[str]
    field: str


class Word(msgspec.Struct, frozen=True):
    """A value of the column that says what happened: how often the sample has it, and the event type it becomes."""

    word: str
    count: int
    becomes: str
    known: bool


class ReadRow(msgspec.Struct, frozen=True):
    """A row as it would be stored, or why it would not."""

    place: int
    event: Event | None = None
    code: str = ""
    fields: Problems = {}
    values: dict[str, str] = {}


class Preview(msgspec.Struct, frozen=True):
    """`columns` is empty where the rows are events already, which are read as they are."""

    format: str
    place: str
    mapping: Columns
    columns: list[Column]
    words: list[Word]
    rows: list[ReadRow]
    sampled: int
    refused: int
    missing: dict[str, str]
    problem: str | None


def look(path: Path, chosen: Columns | None, now: datetime) -> Preview:
    """Read the beginning of the file, by the columns chosen or else guessed. Raises InvalidInput where it holds no rows."""
    with open_file(str(path), most_bytes=SAMPLED_BYTES) as file:
        sample = list(islice(file.rows, SAMPLED_ROWS))
        names = _names(file, sample)
        table = file.columns is not None
        if not sample:
            raise InvalidInput("The file holds no rows." if table else "The file is empty.", code="empty_file")
        mapping = chosen or (_guessed(names, sample) if table else Columns())
    lacking = missing(mapping, table=table)
    rows, problem = ([], None) if lacking and table else _read(sample, mapping, now, table=table)
    return Preview(
        format=file.format,
        place=file.place,
        mapping=mapping,
        columns=[Column(name, _samples(name, sample), mapping.columns.get(name, "")) for name in names] if table else [],
        words=_words(sample, mapping),
        rows=rows[:SHOWN_ROWS],
        sampled=len(sample),
        refused=sum(row.event is None for row in rows),
        missing=lacking,
        problem=problem,
    )


def reader_of(file: OpenFile, chosen: Columns) -> Callable[[Iterable[Row]], Iterable[Row]]:
    """How the rows of this file become events. Raises InvalidInput where the mapping cannot do that."""
    table = file.columns is not None
    lacking = missing(chosen, table=table)
    if lacking:
        raise InvalidInput(f"The mapping is not complete: {next(iter(lacking.values()))}.", fields=lacking)
    if not table and not chosen.columns and not chosen.shipped:
        return lambda rows: rows
    mapping = as_mapping(chosen)
    if table and (unknown := sorted(mapping.columns - set(file.columns or ()))):
        raise InvalidInput(f"The file has no column {unknown[0]}.", fields={f"columns.{unknown[0]}": "is not in the file"})
    return lambda rows: mapped(rows, mapping)


def _read(sample: list[Row], chosen: Columns, now: datetime, *, table: bool) -> tuple[list[ReadRow], str | None]:
    """The sample as events; or what is wrong with the mapping."""
    rows: Iterable[Row] = sample
    if table or chosen.columns or chosen.shipped:
        try:
            rows = mapped(sample, as_mapping(chosen))
        except InvalidInput as error:
            return [], error.message
    occurrences = Occurrences()
    return [_row(place, raw, now, occurrences) for place, raw in rows], None


def _row(place: int, raw: object, now: datetime, occurrences: Occurrences) -> ReadRow:
    try:
        if isinstance(raw, Refused):
            raise raw
        event = parse_event(raw, received_at=now, position=place, occurrences=occurrences)
    except Refused as refused:
        values = offending(raw, refused.fields)[1]
        return ReadRow(place, code=refused.code, fields=refused.fields, values=values)
    return ReadRow(place, msgspec.structs.replace(event, properties=brief(event.properties)))


def _names(file: OpenFile, sample: list[Row]) -> list[str]:
    if file.columns is None:
        return []
    names = [name for name in file.columns if name]
    if len(names) > MOST_COLUMNS:
        raise InvalidInput(f"The file has {len(names):,} columns; {MOST_COLUMNS} can be mapped. Leave some out.")
    return names


def _guessed(names: list[str], sample: list[Row]) -> Columns:
    if known := matching_mapping(names):
        return of_mapping(*known, names)
    columns = guess(names)
    column_of = {field: column for column, field in columns.items()}
    times = _cells(column_of["timestamp"], sample) if "timestamp" in column_of else []
    words = _cells(column_of["event_type"], sample) if "event_type" in column_of else []
    return Columns(columns, types=guess_types(dict.fromkeys(map(str, words))), time_format=guess_format(times))


def _cells(column: str, sample: list[Row]) -> list[Any]:
    return [row[column] for _, row in sample if isinstance(row, dict) and column in row]


def _samples(column: str, sample: list[Row]) -> list[str]:
    """The first values of a column, each once."""
    texts = dict.fromkeys(str(cell)[:LONGEST_SAMPLE] for cell in _cells(column, sample))
    return list(texts)[:SHOWN_SAMPLES]


def _words(sample: list[Row], chosen: Columns) -> list[Word]:
    column = next((column for column, field in chosen.columns.items() if field == "event_type"), None)
    if column is None or chosen.shipped:
        return []
    counted = Counter(str(cell) for cell in _cells(column, sample))
    return [_word(word, count, chosen) for word, count in counted.most_common(SHOWN_TYPES)]


def _word(word: str, count: int, chosen: Columns) -> Word:
    becomes = chosen.types.get(word) or TYPE_ALIASES.get(word, word)
    return Word(word[:LONGEST_SAMPLE], count, becomes[:LONGEST_SAMPLE], becomes in EVENT_TYPES)
