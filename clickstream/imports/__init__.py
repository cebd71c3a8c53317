"""Files of events from the page: upload, look, check, load, take back. docs/decisions/019 says what an undo takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from clickstream.errors import Conflict, InvalidInput, NotFound
from clickstream.imports.columns import Columns
from clickstream.imports.preview import Preview, look, reader_of
from clickstream.imports.tasks import Tools, check, load_file, take_back
from clickstream.ingest.files import open_file
from clickstream.jobs import Jobs, Result, Work
from clickstream.scope import LIVE
from clickstream.spool import Readable
from clickstream.store.imports import Import
from clickstream.store.jobs import RUNNING, Job
from clickstream.tokens import new_id

LONGEST_NAME = 200
LOAD, CHECK, UNDO = "import", "import_check", "import_undo"

State = Literal["uploaded", "loading", "loaded", "undoing", "undone", "interrupted"]


class Shown(msgspec.Struct, frozen=True):
    """An import with the job at work on it. `interrupted`: the job ended too early; undo it, or load it again.

    `waiting` says that the uploaded file is still there.
    """

    held: Import
    state: State
    job: Job | None
    waiting: bool


class Imports:
    def __init__(self, tools: Tools, jobs: Jobs) -> None:
        self._store, self._clock, self._spool = tools.store, tools.clock, tools.spool
        self._tools, self._jobs = tools, jobs

    def receive(self, name: str, body: Readable, created_by: str) -> Shown:
        """Take an upload in. Raises InvalidInput where it is no file of events, and what `Spool.receive` raises."""
        import_id = new_id(self._clock())
        size = self._spool.receive(import_id, body)
        try:
            if not size:
                raise InvalidInput("The file is empty.", code="empty_file")
            seen = look(self._spool.path(import_id), None, self._clock())
        except InvalidInput:
            self._spool.remove(import_id)
            raise
        fields = {"name": name[:LONGEST_NAME], "bytes": size, "via": "page", "format": seen.format, "dataset": LIVE}
        self._store.imports.add(import_id, self._clock(), **fields, status="uploaded", created_by=created_by)
        return self.find(import_id)

    def find(self, import_id: str) -> Shown:
        """Raises NotFound."""
        held = self._store.imports.find(import_id)
        if held is None:
            raise NotFound("There is no such import.")
        return self._shown([held])[0]

    def page(self, *, limit: int, after: str | None) -> list[Shown]:
        return self._shown(self._store.imports.page(LIVE, limit=limit, after=after))

    def preview(self, import_id: str, chosen: Columns | None) -> Preview:
        """Raises NotFound, also where the file is gone, and InvalidInput."""
        return look(self._spool.path(self.find(import_id).held.import_id), chosen, self._clock())

    def check(self, import_id: str, chosen: Columns, by: str) -> str:
        """Start a dry run; its job's id. Raises InvalidInput where the mapping is not complete."""
        path = self._usable(import_id, chosen)
        return self._jobs.start(CHECK, import_id, by, partial(check, self._tools, path, chosen))

    def load(self, import_id: str, chosen: Columns, by: str) -> str:
        """Start loading; its job's id. Raises Conflict where it is loaded, or at work, already."""
        shown = self.find(import_id)
        if not (shown.state == "uploaded" or (shown.state == "interrupted" and shown.held.status == "loading")):
            raise Conflict(f"This file cannot be loaded: it is {shown.state}.", code="not_loadable")
        path = self._usable(import_id, chosen)
        job_id = self._begin(shown, LOAD, by, partial(load_file, self._tools, shown.held, path, chosen))
        self._store.imports.write(import_id, mapping=msgspec.to_builtins(chosen))
        return job_id

    def undo(self, import_id: str, by: str) -> str:
        """Start taking it back; its job's id. Raises Conflict where there is nothing to take back."""
        shown = self.find(import_id)
        if shown.state not in ("loaded", "interrupted"):
            raise Conflict(f"This import cannot be undone: it is {shown.state}.", code="not_undoable")
        return self._begin(shown, UNDO, by, partial(take_back, self._tools, shown.held))

    def release(self, import_id: str, chosen: Columns) -> Import:
        """Let go of an uploaded file, which stays in the spool, to somebody who will load it by this mapping.

        Raises Conflict where it is loaded already, and InvalidInput where the mapping is not complete.
        """
        shown = self.find(import_id)
        self._usable(import_id, chosen)
        if not self._store.imports.delete(shown.held):
            raise Conflict(f"This file cannot be loaded: it is {shown.state}.", code="not_loadable")
        return shown.held

    def discard(self, import_id: str) -> None:
        """Forget a file that was not loaded."""
        shown = self.find(import_id)
        if not self._store.imports.delete(shown.held):
            raise Conflict(f"Only a file that was not loaded can be discarded; this one is {shown.state}.")
        self._spool.remove(import_id)

    def _usable(self, import_id: str, chosen: Columns) -> Path:
        path = self._spool.path(import_id)
        with open_file(str(path)) as file:
            reader_of(file, chosen)
        return path

    def _begin(self, shown: Shown, kind: str, by: str, task: Callable[[Work], Result]) -> str:
        self._jobs.check_room()
        job_id = new_id(self._clock())
        status: Literal["loading", "undoing"] = "loading" if kind == LOAD else "undoing"
        if not self._store.imports.begin(shown.held, [shown.held.status], status, job_id):
            raise Conflict("Somebody else has just begun to work on it.", code="already_running")
        return self._jobs.start(kind, shown.held.import_id, by, task, job_id=job_id)

    def _shown(self, imports: Sequence[Import]) -> list[Shown]:
        jobs = self._store.jobs.of_ids([held.job_id for held in imports if held.job_id])
        return [self._with_job(held, jobs.get(held.job_id or "")) for held in imports]

    def _with_job(self, held: Import, job: Job | None) -> Shown:
        at_work = job is not None and job.status == RUNNING
        broken = held.status in ("loading", "undoing") and not at_work
        return Shown(held, "interrupted" if broken else held.status, job, self._spool.has(held.import_id))
