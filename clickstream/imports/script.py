"""A file that a script loads, on record as an import like those of the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clickstream.clock import Clock
from clickstream.ingest.loading import Tally
from clickstream.jobs import foreground
from clickstream.store import Store
from clickstream.tokens import new_id

LONGEST_NAME = 200
STANDARD_INPUT = "standard input"


@contextmanager
def recorded(store: Store, clock: Clock, *, dataset: str, file: str, tally: Tally) -> Iterator[str]:
    """The batch for the events of a file; on record as loaded when the block ends well, else as interrupted.

    One of which nothing was read leaves no record.
    """
    import_id, job_id = new_id(clock()), new_id(clock())
    name = STANDARD_INPUT if file == "-" else Path(file).name[:LONGEST_NAME]
    fields = {"dataset": dataset, "name": name, "bytes": None, "via": "script", "created_by": None}
    store.imports.add(import_id, clock(), **fields, status="loading", job_id=job_id)
    try:
        with foreground(store, clock, "import", import_id, job_id):
            yield import_id
            counts = {"read": tally.read, "duplicates": tally.duplicates, "refused": dict(tally.refused)}
            events = store.events.count_batch(dataset, import_id)
            store.imports.write(import_id, status="loaded", loaded_at=clock(), events=events, **counts)
    finally:
        if not tally.read:
            store.imports.withdraw(import_id)
