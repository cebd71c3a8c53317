"""The work on an uploaded log: load it, check it, take it back. A file that cannot be loaded leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import msgspec

from clickstream.errors import ClickstreamError, InvalidInput
from clickstream.imports.columns import Columns
from clickstream.imports.tasks import UNPACKED_TIMES, Tools
from clickstream.ingest import Loader, dry_loader
from clickstream.ingest.undo import undo
from clickstream.jobs import Result, Stopped, Work
from clickstream.metrics import measure
from clickstream.rollup import catch_up, forget
from clickstream.scope import Scope
from clickstream.store.datasets import Dataset
from clickstream.store.jobs import RUNNING
from clickstream.uploads.flags import compare
from clickstream.uploads.reading import SHAPES, Reading, open_log
from clickstream.uploads.report import Report, Tally

READING, CALCULATING, COMPARING, REMOVING = "reading", "calculating", "comparing", "removing"
INTERRUPTED = "The server stopped while this was being loaded; what was stored of it was taken back. Upload it again."


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
    """Load one file into its dataset. Whatever goes wrong takes it back out: the dataset is as it was, or failed.

    Where that cannot be done now (the server stops, the database is away) the dataset stays closed, as interrupted.
    """
    dataset_id = incoming.dataset_id
    try:
        _load(tools, incoming, work)
    except Stopped as stopped:
        if not _goes_on(tools, work):
            _give_up(tools, incoming, work, stopped.message)
        raise
    except ClickstreamError as error:
        _give_up(tools, incoming, work, error.message)
        raise
    except OSError as error:
        _give_up(tools, incoming, work, f"The file cannot be read: {error.strerror}.")
        raise
    finally:
        tools.spool.remove(incoming.file_id)
    held = tools.store.datasets.find(dataset_id)
    analysis_id = ready(held) if held else None
    tools.store.datasets.write(dataset_id, analysis_id=analysis_id)
    return {"dataset_id": dataset_id, "analysis_id": analysis_id}


def _goes_on(tools: Tools, work: Work) -> bool:
    """Whether a job that was stopped is not cancelled: its server stops, and the next one will see to it."""
    job = tools.store.jobs.find(work.job_id)
    return job is not None and job.status == RUNNING


def _load(tools: Tools, incoming: Incoming, work: Work) -> None:
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
    tools.store.datasets.report(dataset_id, incoming.file_id, msgspec.to_builtins(report))
    if not tools.store.datasets.finish(dataset_id, work.job_id, "ready"):
        raise Stopped("Another job has taken the dataset over.")


def check_file(tools: Tools, incoming: Incoming, work: Work) -> Result:
    """The report a load would have, without anything being stored; sessions are not counted."""
    try:
        with TemporaryFile() as declared:
            report = _read(tools, incoming, dry_loader(tools.clock), declared, work)
    finally:
        tools.spool.remove(incoming.file_id)
    return {"report": msgspec.to_builtins(report)}


def _read(tools: Tools, incoming: Incoming, loader: Loader, declared: IO[bytes], work: Work) -> Report:
    path, most_bytes = tools.spool.path(incoming.file_id), tools.spool.max_bytes * UNPACKED_TIMES
    with open_log(path, incoming.columns, most_bytes) as (source, format_name, records):
        source.told = lambda taken: work.tell(READING, taken, source.size or 0)
        tally = Tally(format_name)
        Reading(loader, tools.clock, tally, declared).load(records)
        return tally.report(source.fault)


def _sessions(tools: Tools, dataset_id: str) -> int:
    scope = Scope(as_of=tools.clock(), dataset=dataset_id, view="all")
    return int(measure(tools.store, "overview", scope).result["sessions"])


def _give_up(tools: Tools, incoming: Incoming, work: Work, said: str) -> None:
    undo(tools.store, incoming.dataset_id, incoming.file_id, lambda gone: None)
    catch_up(tools.store, tools.settings, tools.clock)
    held = tools.store.datasets.find(incoming.dataset_id)
    if held:
        _leave_out(tools, held, incoming.file_id, work, said)


def take_back(tools: Tools, held: Dataset, file_id: str, said: str | None, work: Work) -> Result:
    """Take a file out of its dataset, also one of which only a part is there; `said` is why. May be repeated."""
    gone = _remove(tools, held.dataset_id, file_id, work)
    work.tell(CALCULATING)
    catch_up(tools.store, tools.settings, tools.clock)
    tools.spool.remove(file_id)
    _leave_out(tools, held, file_id, work, said)
    return {"events": gone}


def _leave_out(tools: Tools, held: Dataset, file_id: str, work: Work, said: str | None) -> None:
    """Without its only file a dataset has failed; the file's report stays, to be read."""
    others = any(file.file_id != file_id for file in held.files)
    if others:
        tools.store.datasets.finish(held.dataset_id, work.job_id, "ready", error=said, without=file_id)
    else:
        tools.store.datasets.finish(held.dataset_id, work.job_id, "failed", error=said)


def delete_dataset(tools: Tools, dataset_id: str, work: Work) -> Result:
    """Delete a dataset's events, what was computed from them, its analyses, and at last itself. May be repeated."""
    held = tools.store.datasets.find(dataset_id)
    gone = sum(_remove(tools, dataset_id, file.file_id, work) for file in held.files) if held else 0
    work.tell(CALCULATING)
    catch_up(tools.store, tools.settings, tools.clock)
    forget(tools.store, dataset_id)
    for analysis_id in tools.store.analyses.against(dataset_id):
        tools.store.analyses.delete(analysis_id)
        tools.store.attached.delete_of_analysis(analysis_id)
    tools.store.analyses.delete_of_dataset(dataset_id)
    tools.store.attached.delete_of_dataset(dataset_id)
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
