"""An uploaded file -> raw events in batches, each with the place it stands at; sessions or events, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from clickstream.clock import Clock
from clickstream.errors import InvalidInput
from clickstream.events import KNOWN_TYPES, TYPE_ALIASES
from clickstream.imports.columns import Columns
from clickstream.imports.preview import reader_of
from clickstream.ingest import Loader
from clickstream.ingest.files import OpenFile, open_file
from clickstream.ingest.journeys import TYPE_NAMES, Json, is_event, problems_at, problems_of_event, read_journey
from clickstream.ingest.limits import Refused
from clickstream.ingest.loading import map_file
from clickstream.ingest.records import Record, is_session, read_records
from clickstream.ingest.source import Source, open_source
from clickstream.uploads.report import Tally

BATCH_EVENTS = 5_000

SHAPES = (
    'A log is a JSON list or NDJSON of sessions, [{"session_id": "s1", "user_id": "u1", "activities": '
    '[{"activity_type": "product_view", "timestamp": "2026-03-01T10:00:00Z", "details": {"product_id": "p1"}}]}], '
    'or of events, [{"event_type": "product_view", "timestamp": "2026-03-01T10:00:00Z", "session_id": "s1"}].'
)
"""What an uploader who was refused is shown."""


class Piece(NamedTuple):
    """A raw event of a record. `place` is its path below the record's own `path`; "" where it is the record."""

    raw: object
    record: object
    path: str
    place: str


class Declared(NamedTuple):
    session_id: str
    flags: Json


class Reading:
    """One file through a loader."""

    def __init__(self, loader: Loader, clock: Clock, tally: Tally, declared: IO[bytes]) -> None:
        self._loader, self._clock, self._tally, self._declared = loader, clock, tally, declared

    def load(self, records: Iterable[Record]) -> None:
        batch: list[Piece] = []
        for path, record in records:
            self._tally.record()
            for piece in self._pieces(path, record):
                batch.append(piece)
                if len(batch) == BATCH_EVENTS:
                    self._store(batch)
                    batch = []
        self._store(batch)

    def _pieces(self, path: str, record: object) -> Iterator[Piece]:
        if isinstance(record, dict) and (is_session(record) or not is_event(record)):
            yield from self._steps(path, record)
        else:
            yield Piece(record, record, path, "")

    def _steps(self, path: str, record: Json) -> Iterator[Piece]:
        try:
            journey = read_journey(record, self._clock())
        except Refused as refused:
            fields = {f"{path}.{name}" if name else path: said for name, said in refused.fields.items()}
            self._tally.refuse(refused.code, fields, record, path)
            return
        self._tally.note(journey.notes)
        if journey.declared:
            self._declared.write(msgspec.json.encode(Declared(journey.session_id, journey.declared)) + b"\n")
        for raw, place in zip(journey.events, journey.places, strict=True):
            yield Piece(raw, record, path, place)

    def _store(self, batch: list[Piece]) -> None:
        receipt = self._loader.collect([piece.raw for piece in batch])
        self._tally.stored(receipt.accepted, receipt.duplicates)
        refused = {rejected.index for rejected in receipt.rejected}
        for rejected in receipt.rejected:
            piece = batch[rejected.index]
            self._tally.refuse(rejected.code, _problems(piece, rejected.fields), piece.record, piece.path)
        for index, piece in enumerate(batch):
            name = _unknown_type(piece.raw)
            if name and index not in refused:
                self._tally.unknown_type(name)


def _problems(piece: Piece, fields: dict[str, str]) -> dict[str, str]:
    if piece.place and isinstance(piece.record, dict):
        return problems_at(piece.record, piece.path, piece.place, fields)
    return problems_of_event(piece.record, piece.path, fields)


def _unknown_type(raw: object) -> str | None:
    """The type of an event that no definition knows."""
    name = next((raw[name] for name in TYPE_NAMES if name in raw), None) if isinstance(raw, dict) else None
    return name if isinstance(name, str) and TYPE_ALIASES.get(name, name) not in KNOWN_TYPES else None


@contextmanager
def open_log(path: Path, columns: Columns | None, most_bytes: int) -> Iterator[tuple[Source, str, Iterable[Record]]]:
    """The source, its format, and its records, read as they are asked for, up to `most_bytes`.

    `columns` map a table, or rows of JSON that are events by other names.
    Raises InvalidInput for what is no log, and where a table's columns do not say what they are.
    """
    with open_file(str(path), most_bytes=most_bytes) as file:
        if file.format == "csv" or (columns and (columns.columns or columns.shipped)):
            yield file.source, file.format, ((f"{file.place} {number}", row) for number, row in _rows(file, columns))
            return
    with open_source(str(path), most_bytes) as (source, stream):
        if not stream.peek(1):
            raise InvalidInput(source.fault or f"The file is empty. {SHAPES}", code="empty_file")
        yield source, file.format, read_records(stream)


def _rows(file: OpenFile, columns: Columns | None) -> Iterable[tuple[int, object]]:
    return reader_of(file, columns)(file.rows) if columns else map_file(file, None).rows
