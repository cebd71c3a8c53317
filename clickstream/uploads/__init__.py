"""Uploaded logs, from the body of a request to a dataset like any other. docs/journey-logs.md says what is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

import msgspec

from clickstream.errors import Conflict, NotFound
from clickstream.imports.columns import Columns
from clickstream.imports.tasks import Tools
from clickstream.jobs import Jobs, Result, Work, new_id
from clickstream.spool import Readable
from clickstream.store.datasets import Dataset, LoadedFile
from clickstream.store.jobs import RUNNING, Job
from clickstream.uploads.tasks import Incoming, check_file, delete_dataset, load_file, remove_file

LONGEST_NAME = 200
LOAD, CHECK, REMOVE, DELETE = "upload", "upload_check", "upload_remove", "dataset_delete"

Ready = Callable[[Dataset], str | None]
"""What is done with a dataset that has become readable; gives the id of the analysis it began, if any."""


class Received(msgspec.Struct, frozen=True):
    """`known`: the same content is there already, in this dataset, which was left as it is."""

    dataset_id: str
    job_id: str | None
    known: bool = False


class Shown(msgspec.Struct, frozen=True):
    """A dataset with the job at work on it. `interrupted`: that job ended too early."""

    held: Dataset
    job: Job | None
    interrupted: bool


class _Hashing:
    """A body that is hashed on its way."""

    def __init__(self, body: Readable) -> None:
        self._body = body
        self.digest = hashlib.sha256()

    def read(self, limit: int, /) -> bytes:
        chunk = self._body.read(limit)
        self.digest.update(chunk)
        return chunk


class Uploads:
    def __init__(self, tools: Tools, jobs: Jobs, ready: Ready) -> None:
        self._tools, self._jobs, self._ready = tools, jobs, ready
        self._datasets = tools.store.datasets

    def receive(
        self,
        body: Readable,
        *,
        name: str,
        by: str,
        dataset_id: str = "",
        again: bool = False,
        columns: Columns | None = None,
    ) -> Received:
        """Take a file in and load it: as a dataset of its own, or into `dataset_id`. `again` loads known content anew.

        Raises NotFound, Conflict where that dataset is being worked on, and what `Spool.receive` raises.
        """
        into = self.open(dataset_id).held if dataset_id else None
        self._jobs.check_room()
        hashing = _Hashing(body)
        file_id = new_id(self._tools.clock)
        size = self._tools.spool.receive(file_id, hashing)
        file = LoadedFile(file_id, name[:LONGEST_NAME], size, hashing.digest.hexdigest())
        received = None
        try:
            received = self._begin(file, into, by, columns, again=again)
        finally:
            if received is None or received.known:
                self._tools.spool.remove(file_id)
        return received

    def check(self, body: Readable, *, name: str, by: str, columns: Columns | None = None) -> str:
        """A dry run: the id of the job whose result will be the report."""
        self._jobs.check_room()
        file_id = new_id(self._tools.clock)
        self._tools.spool.receive(file_id, body)
        return self._jobs.start(CHECK, name[:LONGEST_NAME], by, partial(check_file, self._tools, Incoming(file_id, columns)))

    def find(self, dataset_id: str) -> Shown:
        """Raises NotFound."""
        held = self._datasets.find(dataset_id)
        if held is None:
            raise NotFound("There is no such dataset.", code="unknown_dataset")
        return self._shown([held])[0]

    def open(self, dataset_id: str) -> Shown:
        """A dataset that can be read. Raises NotFound, and Conflict where it cannot be yet, or will not be."""
        shown = self.find(dataset_id)
        if shown.held.status != "ready":
            said = "is still being loaded" if shown.held.status == "loading" else f"cannot be opened: {shown.held.status}"
            raise Conflict(f"The dataset {shown.held.name} {said}.", code="dataset_not_ready")
        return shown

    def page(self, *, limit: int, after: str | None) -> list[Shown]:
        return self._shown(self._datasets.page(limit=limit, after=after))

    def rename(self, dataset_id: str, name: str) -> Shown:
        self._datasets.write(self.find(dataset_id).held.dataset_id, name=name[:LONGEST_NAME])
        return self.find(dataset_id)

    def remove_file(self, dataset_id: str, file_id: str, by: str) -> str:
        """Take one file back out; the id of the job. The last file goes with its dataset."""
        held = self.find(dataset_id).held
        if file_id not in {file.file_id for file in held.files}:
            raise NotFound("There is no such file in this dataset.")
        if len(held.files) == 1:
            return self.delete(dataset_id, by)
        return self._start(held, "loading", REMOVE, by, partial(remove_file, self._tools, dataset_id, file_id))

    def delete(self, dataset_id: str, by: str) -> str:
        """Delete everything of a dataset; the id of the job. Raises Conflict while another job works on it."""
        held = self.find(dataset_id).held
        return self._start(held, "deleting", DELETE, by, partial(delete_dataset, self._tools, dataset_id))

    def _begin(self, file: LoadedFile, into: Dataset | None, by: str, columns: Columns | None, *, again: bool) -> Received:
        known = self._datasets.with_content(file.sha256)
        if known and not again:
            return Received(known.dataset_id, None, known=True)
        if into is None:
            version_of = known.dataset_id if known else None
            fields = {"name": file.name, "status": "ready", "created_by": by, "version_of": version_of}
            self._datasets.add(file.file_id, self._tools.clock(), **fields)
        held = into or self.find(file.file_id).held
        incoming = Incoming(file.file_id, columns, held.dataset_id)
        task = partial(load_file, self._tools, incoming, self._ready)
        self._datasets.add_file(held.dataset_id, file)
        return Received(held.dataset_id, self._start(held, "loading", LOAD, by, task))

    def _start(self, held: Dataset, status: str, kind: str, by: str, task: Callable[[Work], Result]) -> str:
        self._jobs.check_room()
        job = self._tools.store.jobs.find(held.job_id) if held.job_id else None
        if job and job.status == RUNNING:
            raise Conflict("This dataset is being worked on; wait until that is done.", code="already_running")
        job_id = new_id(self._tools.clock)
        if not self._datasets.begin(held, "deleting" if status == "deleting" else "loading", job_id):
            raise Conflict("Somebody else has just begun to work on this dataset.", code="already_running")
        return self._jobs.start(kind, held.dataset_id, by, task, job_id=job_id)

    def _shown(self, datasets: list[Dataset]) -> list[Shown]:
        jobs = self._tools.store.jobs.of_ids([held.job_id for held in datasets if held.job_id])
        return [self._with_job(held, jobs.get(held.job_id or "")) for held in datasets]

    def _with_job(self, held: Dataset, job: Job | None) -> Shown:
        at_work = job is not None and job.status == RUNNING
        return Shown(held, job, held.status in ("loading", "deleting") and not at_work)
