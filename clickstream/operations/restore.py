"""Put a backup into an empty database and compute from it what follows from the events.

The file is read whole before anything is written. While a restore is under way a note in the database keeps everybody else
out, so that one that was interrupted is seen, and the next one starts anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from clickstream import rollup
from clickstream.clock import Clock
from clickstream.errors import Conflict
from clickstream.operations.backup import BackupUnusable, Manifest, Readable, Say, documents, file_of, read_manifest
from clickstream.settings import Settings
from clickstream.store import Store

BATCH_DOCUMENTS = 1_000
BATCH_BYTES = 8 << 20


def restore(store: Store, settings: Settings, path: Path, clock: Clock, say: Say) -> Manifest:
    """Raises BackupUnusable for a file that is not as it was written, Conflict for a database that is not empty."""
    manifest = read_manifest(path)
    _make_room(store, clock)
    with ZipFile(path) as archive:
        for name in manifest.collections:
            with archive.open(file_of(name)) as member:
                _insert(store, name, member)
    _check(store, manifest, say)
    store.archive.settle()
    for dataset in sorted({*store.events.datasets(), *store.state.dataset_names()}):
        say(f"computing sessions and days of {dataset} ...")
        rollup.rebuild(store, settings, dataset, lambda groups: None)
    store.archive.end_restore()
    return manifest


def _make_room(store: Store, clock: Clock) -> None:
    if store.archive.is_restoring():
        store.archive.clear()
        return
    if name := store.archive.occupied():
        message = f"The database is not empty ({name}): restore into another one (MONGO_DB, or DATA_DIR of an own one)."
        raise Conflict(message)
    store.archive.begin_restore(clock())


def _insert(store: Store, name: str, member: Readable) -> None:
    for batch in _batches(documents(member)):
        store.archive.insert(name, batch)


def _batches(found: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for document in found:
        if batch and (len(batch) == BATCH_DOCUMENTS or size + len(document) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document)
    if batch:
        yield batch


def _check(store: Store, manifest: Manifest, say: Say) -> None:
    """Every document is there: nobody else has written meanwhile."""
    for name, part in manifest.collections.items():
        if (found := store.archive.count(name)) != part.documents:
            message = (
                f"{name} has {found:,} documents instead of {part.documents:,}: stop what else writes, and restore again."
            )
            raise BackupUnusable(message)
        if part.documents:
            say(f"{name}: {part.documents:,}")
