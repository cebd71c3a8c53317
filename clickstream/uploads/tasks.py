"""The work on an uploaded log: load it, check it, take it back. A file that cannot be loaded leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import msgspec

from clickstream.errors import ClickstreamError, InvalidInput
from clickstream.imports.columns import Columns
from clickstream.imports.tasks import Tools
from clickstream.ingest import Loader, dry_loader
from clickstream.ingest.undo import undo
from clickstream.jobs import Result, Work
from clickstream.metrics import measure
from clickstream.rollup import catch_up
from clickstream.scope import Scope
from clickstream.store.datasets import Dataset
from clickstream.uploads.flags import compare
from clickstream.uploads.reading import SHAPES, Reading, open_log
from clickstream.uploads.report import Report, Tally

READING, CALCULATING, COMPARING, REMOVING = "reading", "calculating", "comparing", "removing"


class NoSession(InvalidInput):
    """A file that yields nothing; `report` says why."""

    code = "no_sessions"


@dataclass(frozen=True)
class Incoming:
    """A spooled file; `columns` map it where it is a table of columns of its own."""

    file_id: str
    columns: Columns | None
    dataset_id: str = ""


def load_file(tools: Tools, incoming: Incoming, ready: Callable[[Dataset], str | None], work: Work) -> Result:
    """Load one file into its dataset. Whatever goes wrong takes it back out: the dataset is as it was, or failed."""
    dataset_id, file_id = incoming.dataset_id, incoming.file_id
    try:
        report = _load(tools, incoming, work)
    except (ClickstreamError, OSError) as error:
        _take_back(tools, dataset_id, file_id, error)
        raise
    finally:
        tools.spool.remove(file_id)
    tools.store.datasets.report(dataset_id, file_id, msgspec.to_builtins(report))
    tools.store.datasets.write(dataset_id, status="ready", error=None)
    held = tools.store.datasets.find(dataset_id)
    analysis_id = ready(held) if held else None
    tools.store.datasets.write(dataset_id, analysis_id=analysis_id)
    return {"dataset_id": dataset_id, "analysis_id": analysis_id}


def _load(tools: Tools, incoming: Incoming, work: Work) -> Report:
    dataset_id = incoming.dataset_id
    loader = tools.collector.loader(dataset_id, batch=incoming.file_id)
    with TemporaryFile() as declared:
        report = _read(tools, incoming, loader, declared, work)
        tools.store.datasets.report(dataset_id, incoming.file_id, msgspec.to_builtins(report))
        if not report.events and not report.duplicates:
            raise NoSession(f"Nothing in this file could be read as a session. {SHAPES}")
        work.tell(CALCULATING)
        catch_up(tools.store, tools.settings, tools.clock)
        report.flags = compare(tools.store, dataset_id, declared, lambda done: work.tell(COMPARING, done))
    report.sessions = _sessions(tools, dataset_id)
    if not report.sessions:
        raise NoSession(f"The events of this file form no session. {SHAPES}")
    return report


def check_file(tools: Tools, incoming: Incoming, work: Work) -> Result:
    """The report a load would have, without anything being stored; sessions are not counted."""
    try:
        with TemporaryFile() as declared:
            report = _read(tools, incoming, dry_loader(tools.clock), declared, work)
    finally:
        tools.spool.remove(incoming.file_id)
    return {"report": msgspec.to_builtins(report)}


def _read(tools: Tools, incoming: Incoming, loader: Loader, declared: IO[bytes], work: Work) -> Report:
    with open_log(tools.spool.path(incoming.file_id), incoming.columns) as (source, format_name, records):
        tally = Tally(format_name)
        reading = Reading(loader, tools.clock, tally, declared, lambda taken: work.tell(READING, taken, source.size or 0))
        reading.load(records, source)
        return tally.report(source.fault)


def _sessions(tools: Tools, dataset_id: str) -> int:
    scope = Scope(as_of=tools.clock(), dataset=dataset_id, view="all")
    return int(measure(tools.store, "overview", scope).result["sessions"])


def _take_back(tools: Tools, dataset_id: str, file_id: str, error: ClickstreamError | OSError) -> None:
    undo(tools.store, dataset_id, file_id, lambda gone: None)
    catch_up(tools.store, tools.settings, tools.clock)
    held = tools.store.datasets.find(dataset_id)
    others = [file for file in held.files if file.file_id != file_id] if held else []
    said = error.message if isinstance(error, ClickstreamError) else f"The file cannot be read: {error.strerror}."
    tools.store.datasets.write(dataset_id, status="ready" if others else "failed", error=said)
    if others:
        tools.store.datasets.remove_file(dataset_id, file_id)


def remove_file(tools: Tools, dataset_id: str, file_id: str, work: Work) -> Result:
    """Take one of several files back out of its dataset."""
    gone = _remove(tools, dataset_id, file_id, work)
    catch_up(tools.store, tools.settings, tools.clock)
    tools.store.datasets.remove_file(dataset_id, file_id)
    tools.store.datasets.write(dataset_id, status="ready")
    return {"events": gone}


def delete_dataset(tools: Tools, dataset_id: str, work: Work) -> Result:
    """Delete a dataset's events, what was computed from them, its analyses, and at last itself. May be repeated."""
    held = tools.store.datasets.find(dataset_id)
    gone = sum(_remove(tools, dataset_id, file.file_id, work) for file in held.files) if held else 0
    work.tell(CALCULATING)
    catch_up(tools.store, tools.settings, tools.clock)
    tools.store.analyses.delete_of_dataset(dataset_id)
    tools.store.datasets.delete(dataset_id)
    return {"events": gone}


def _remove(tools: Tools, dataset_id: str, file_id: str, work: Work) -> int:
    gone = 0

    def told(count: int) -> None:
        nonlocal gone
        gone += count
        work.tell(REMOVING, gone)

    undo(tools.store, dataset_id, file_id, told)
    return gone
