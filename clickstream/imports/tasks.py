"""What is done with an uploaded file in the background: checked, loaded, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from clickstream import rollup
from clickstream.clock import Clock
from clickstream.imports.columns import Columns
from clickstream.imports.preview import reader_of
from clickstream.ingest import Collector, Loader, dry_loader
from clickstream.ingest.files import OpenFile, open_file
from clickstream.ingest.loading import Place, Tally, load
from clickstream.ingest.undo import undo
from clickstream.jobs import Result, Work
from clickstream.settings import Settings
from clickstream.spool import Spool
from clickstream.store import Store
from clickstream.store.imports import Import

PLACES_SHOWN = 5
UNPACKED_TIMES = 16
"""A compressed file may unpack to this many times what an upload may have; logs do so ten times, bombs a thousand times."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of the rows. Of a dry run `accepted` are valid, and nothing is said about what is stored already."""

    read: int
    accepted: int
    duplicates: int
    refused: dict[str, int]
    places: dict[str, list[Place]]
    place: str
    fault: str | None


@dataclass(frozen=True)
class Tools:
    store: Store
    settings: Settings
    clock: Clock
    collector: Collector
    spool: Spool


def check(tools: Tools, path: Path, chosen: Columns, work: Work) -> Result:
    """Read and check everything, store nothing."""
    return _result(_read(tools, path, chosen, dry_loader(tools.clock), work, stage="checking"))


def load_file(tools: Tools, held: Import, path: Path, chosen: Columns, work: Work) -> Result:
    """Store every valid row under the import's batch, and bring the numbers up to date."""
    loader = tools.collector.loader(held.dataset, held.import_id)
    outcome = _read(tools, path, chosen, loader, work, stage="storing")
    work.tell("counting")
    rollup.catch_up(tools.store, tools.settings, tools.clock)
    events = tools.store.events.count_batch(held.dataset, held.import_id)
    counts = {"read": outcome.read, "duplicates": outcome.duplicates, "refused": outcome.refused, "fault": outcome.fault}
    tools.store.imports.write(held.import_id, status="loaded", events=events, loaded_at=tools.clock(), **counts)
    tools.spool.remove(held.import_id)
    return _result(outcome)


def take_back(tools: Tools, held: Import, work: Work) -> Result:
    """Delete what the import brought, and bring the numbers up to date."""
    total = tools.store.events.count_batch(held.dataset, held.import_id)
    gone = held.deleted or 0

    def told(count: int) -> None:
        nonlocal gone
        gone += count
        tools.store.imports.write(held.import_id, deleted=gone)
        work.tell("deleting", gone, total + (held.deleted or 0))

    undone = undo(tools.store, held.dataset, held.import_id, told)
    work.tell("counting")
    rollup.catch_up(tools.store, tools.settings, tools.clock)
    kept = undone.kept + (held.kept or 0)
    tools.store.imports.write(held.import_id, status="undone", deleted=gone, kept=kept, undone_at=tools.clock())
    tools.spool.remove(held.import_id)
    return {"deleted": gone, "kept": kept}


def _read(tools: Tools, path: Path, chosen: Columns, loader: Loader, work: Work, *, stage: str) -> Outcome:
    tally = Tally(PLACES_SHOWN)
    with open_file(str(path), most_bytes=tools.spool.max_bytes * UNPACKED_TIMES) as file:
        source = file.source
        work.tell(stage, 0, source.size or 0)
        load(reader_of(file, chosen)(file.rows), loader, tally, lambda: work.tell(stage, source.taken, source.size or 0))
        return _outcome(tally, file)


def _outcome(tally: Tally, file: OpenFile) -> Outcome:
    counts: dict[str, Any] = {"read": tally.read, "accepted": tally.accepted, "duplicates": tally.duplicates}
    refused = dict(tally.refused.most_common())
    return Outcome(**counts, refused=refused, places=tally.places, place=file.place, fault=file.source.fault)


def _result(outcome: Outcome) -> Result:
    result: Result = msgspec.to_builtins(outcome)
    return result
