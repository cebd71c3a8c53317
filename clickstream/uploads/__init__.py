"""Uploaded logs, from the body of a request to a dataset like any other. docs/journey-logs.md says what is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from threading import Lock

import msgspec

from clickstream.errors import Conflict, NotFound, Retryable
from clickstream.imports import Imports
from clickstream.imports.columns import Columns
from clickstream.imports.tasks import Tools
from clickstream.jobs import Jobs, Result, Work
from clickstream.spool import Readable
from clickstream.store.datasets import Dataset, LoadedFile, Status
from clickstream.store.jobs import RUNNING, Job
from clickstream.tokens import new_id
from clickstream.uploads.tasks import INTERRUPTED, Incoming, check_file, delete_dataset, load_file, take_back

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
    """A dataset, whether its latest job is `at_work` on it, and whether that was `interrupted`: it ended too early."""

    held: Dataset
    at_work: bool
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
        self._one_at_a_time = Lock()

    def receive(
        self,
        body: Readable,
        *,
        name: str,
        by: str,
        dataset_id: str = "",
        again: bool = False,
    ) -> Received:
        """Take a file in and load it: as a dataset of its own, or into `dataset_id`. `again` loads known content anew.

        Raises NotFound, Conflict where that dataset is being worked on, and what `Spool.receive` raises.
        """
        into = self.open(dataset_id).held if dataset_id else None
        self._jobs.check_room()
        hashing = _Hashing(body)
        file_id = new_id(self._tools.clock())
        size = self._tools.spool.receive(file_id, hashing)
        file = LoadedFile(file_id, name[:LONGEST_NAME], size, hashing.digest.hexdigest())
        return self._take(file, by=by, into=into, again=again)

    def adopt(self, imports: Imports, import_id: str, columns: Columns, *, by: str, dataset_id: str = "") -> Received:
        """The same with a file whose columns were mapped. Raises as `Imports.release`, and NotFound."""
        into = self.open(dataset_id).held if dataset_id else None
        self._jobs.check_room()
        with self._tools.spool.path(import_id).open("rb") as content:
            digest = hashlib.file_digest(content, "sha256")
        digest.update(msgspec.json.encode(columns, order="sorted"))
        held = imports.release(import_id, columns)
        file = LoadedFile(import_id, held.name, held.bytes or 0, digest.hexdigest())
        return self._take(file, by=by, into=into, again=False, columns=columns)

    def _take(
        self, file: LoadedFile, *, by: str, into: Dataset | None, again: bool, columns: Columns | None = None
    ) -> Received:
        received = None
        try:
            with self._one_at_a_time:  # so that one of two uploads of the same content sees the other
                known = self._known(file.sha256, into)
                if known and not again:
                    received = Received(known.held.dataset_id, known.held.job_id if known.at_work else None, known=True)
                else:
                    received = self._begin(file, into, by, columns, version_of=known.held.dataset_id if known else None)
        finally:
            if received is None or received.known:
                self._tools.spool.remove(file.file_id)
        return received

    def check(self, body: Readable, *, name: str, by: str) -> str:
        """A dry run: the id of the job whose result will be the report."""
        self._jobs.check_room()
        file_id = new_id(self._tools.clock())
        self._tools.spool.receive(file_id, body)
        return self._jobs.start(CHECK, name[:LONGEST_NAME], by, partial(check_file, self._tools, Incoming(file_id, None)))

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

    def require_readable(self, dataset_id: str) -> None:
        """As `open`; what a script loaded beside the shop (`ingest.py --dataset`) is no upload, and readable at once."""
        if self._datasets.find(dataset_id) is None and self._tools.store.state.find_dataset(dataset_id):
            return
        self.open(dataset_id)

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
        return self._start(
            held, "loading", REMOVE, by, partial(take_back, self._tools, held, file_id, None), pending=file_id
        )

    def delete(self, dataset_id: str, by: str | None) -> str:
        """Delete everything of a dataset; the id of the job. Raises Conflict while another job works on it."""
        held = self.find(dataset_id).held
        return self._start(held, "deleting", DELETE, by, partial(delete_dataset, self._tools, dataset_id))

    def interrupted(self) -> list[Dataset]:
        """Half loaded, or half deleted, by a job that is over."""
        return [shown.held for shown in self._shown(self._datasets.unfinished()) if shown.interrupted]

    def recover(self, held: Dataset) -> str:
        """Take back what an interrupted job has left, or go on deleting; the id of the job. Raises as `delete`."""
        if held.status == "deleting":
            return self.delete(held.dataset_id, None)
        file_id = held.pending or held.files[-1].file_id
        task = partial(take_back, self._tools, held, file_id, INTERRUPTED)
        return self._start(held, "loading", REMOVE, None, task, pending=file_id)

    def _known(self, sha256: str, into: Dataset | None) -> Shown | None:
        """Where this content is, or is about to be; for a file of a dataset, in that one."""
        if into:
            return self._shown([into])[0] if sha256 in {file.sha256 for file in into.files} else None
        found = self._shown(self._datasets.with_content(sha256))
        return next((shown for shown in found if not shown.interrupted), None)

    def _begin(
        self, file: LoadedFile, into: Dataset | None, by: str, columns: Columns | None, *, version_of: str | None
    ) -> Received:
        incoming = Incoming(file.file_id, columns, into.dataset_id if into else file.file_id)
        task = partial(load_file, self._tools, incoming, self._ready)
        if into:
            return Received(into.dataset_id, self._start(into, "loading", LOAD, by, task, pending=file.file_id, file=file))
        self._jobs.check_room()
        job_id = new_id(self._tools.clock())
        fields = {"name": file.name, "created_by": by, "version_of": version_of, "job_id": job_id}
        self._datasets.add(incoming.dataset_id, self._tools.clock(), file, **fields)
        try:
            self._jobs.start(LOAD, incoming.dataset_id, by, task, job_id=job_id)
        except Retryable:
            self._datasets.delete(incoming.dataset_id)
            raise
        return Received(incoming.dataset_id, job_id)

    def _start(
        self,
        held: Dataset,
        status: Status,
        kind: str,
        by: str | None,
        task: Callable[[Work], Result],
        *,
        pending: str | None = None,
        file: LoadedFile | None = None,
    ) -> str:
        self._jobs.check_room()
        if self._shown([held])[0].at_work:
            raise Conflict("This dataset is being worked on; wait until that is done.", code="already_running")
        job_id = new_id(self._tools.clock())
        if not self._datasets.begin(held, status, job_id, pending=pending, file=file):
            raise Conflict("Somebody else has just begun to work on this dataset.", code="already_running")
        try:
            return self._jobs.start(kind, held.dataset_id, by, task, job_id=job_id)
        except Retryable:
            self._datasets.finish(held.dataset_id, job_id, held.status, without=file.file_id if file else "")
            raise

    def _shown(self, datasets: list[Dataset]) -> list[Shown]:
        jobs = self._tools.store.jobs.of_ids([held.job_id for held in datasets if held.job_id])
        return [self._with_job(held, jobs.get(held.job_id or "")) for held in datasets]

    def _with_job(self, held: Dataset, job: Job | None) -> Shown:
        at_work = job is not None and job.status == RUNNING
        return Shown(held, at_work, held.status in ("loading", "deleting") and not at_work)
