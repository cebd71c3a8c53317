"""One file with everything that cannot be computed again: a zip of BSON files as MongoDB's own tools write them.

Last in it comes `manifest.json`: how many documents each collection has, how many bytes, and their SHA-256. A file without
it was cut off. What follows from the events (sessions, days) is left out and computed anew by a restore, so that a backup
made while the server runs is consistent by itself.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import msgspec

from clickstream import __version__
from clickstream.clock import Clock, iso
from clickstream.errors import ClickstreamError, Conflict
from clickstream.store import Store
from clickstream.store.archive import COLLECTIONS
from clickstream.store.collections import SCHEMA_VERSION

FORMAT = "clickstream-backup"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
FASTEST = 1
LARGEST_DOCUMENT = 17 << 20
_LENGTH = struct.Struct("<i")
_DAMAGES = (BadZipFile, zlib.error, struct.error, EOFError, KeyError, OSError, RuntimeError, ValueError, OverflowError)
"""What zipfile raises over bytes that are not what it wrote."""

Say = Callable[[str], None]


class BackupUnusable(ClickstreamError):
    """The file is no backup, not a whole one, or of another time."""

    code = "backup_unusable"


class Part(msgspec.Struct, frozen=True):
    """What the backup holds of one collection."""

    documents: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    format_version: int
    schema_version: int
    program_version: str
    made_at: str
    collections: dict[str, Part]


class Readable(Protocol):
    def read(self, limit: int, /) -> bytes: ...


def back_up(store: Store, path: Path, clock: Clock, say: Say) -> Manifest:
    """Write a backup and read it again; `path` appears only when it is whole. Raises Conflict where it is there already."""
    if path.exists():
        raise Conflict(f"{path} is there already: name another file, or remove it.")
    draft = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            written = _write(store, file, clock(), say)
            file.flush()
            os.fsync(descriptor)
        if read_manifest(draft) != written:
            raise BackupUnusable(f"{draft} does not read as it was written: check the disk.")
        draft.rename(path)
    except OSError as error:
        raise BackupUnusable(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return written


def read_manifest(path: Path) -> Manifest:
    """The manifest of a backup in which every byte is as it was written. Raises BackupUnusable."""
    try:
        with path.open("rb") as file:
            return _read_manifest(file, path)
    except FileNotFoundError as error:
        raise BackupUnusable(f"There is no file {path}.") from error
    except OSError as error:
        raise BackupUnusable(f"{path} cannot be read: {error.strerror}.") from error


def _read_manifest(file: IO[bytes], path: Path) -> Manifest:
    try:
        with ZipFile(file) as archive:
            manifest = _decode(archive.read(MANIFEST), path)
            for name, part in manifest.collections.items():
                if _part_of(archive, name) != part:
                    raise BackupUnusable(f"{path} was altered: {name} is not what it says it holds.")
    except _DAMAGES as error:
        raise BackupUnusable(f"{path} is damaged or was cut off: nothing can be restored from it.") from error
    return manifest


def documents(stream: Readable) -> Iterator[bytes]:
    """BSON documents one by one. Raises BackupUnusable where one is not whole."""
    while head := stream.read(_LENGTH.size):
        length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
        if not _LENGTH.size < length <= LARGEST_DOCUMENT:
            raise BackupUnusable("A document in the backup has no valid length.")
        body = stream.read(length - _LENGTH.size)
        if len(body) != length - _LENGTH.size:
            raise BackupUnusable("A document in the backup is cut off.")
        yield head + body


def file_of(name: str) -> str:
    return f"{name}.bson"


def _write(store: Store, file: IO[bytes], now: datetime, say: Say) -> Manifest:
    parts: dict[str, Part] = {}
    before = _generations(store)
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=FASTEST) as archive:
        for name in COLLECTIONS:
            entry = ZipInfo(file_of(name), now.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                parts[name] = _copy(store.archive.read(name), member)
            if parts[name].documents:
                say(f"{name}: {parts[name].documents:,}")
        if parts["sessions"].documents and _generations(store) != before:
            raise BackupUnusable("Sessions were computed anew meanwhile; make the backup again.")
        manifest = Manifest(FORMAT, FORMAT_VERSION, SCHEMA_VERSION, __version__, iso(now), parts)
        archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _generations(store: Store) -> dict[str, int]:
    """Which generation of each dataset is served: sealed sessions move from one to the next."""
    states = [state for name in store.state.dataset_names() if (state := store.state.find_dataset(name))]
    return {state.name: state.generation for state in states}


def _copy(batches: Iterator[bytes], member: IO[bytes]) -> Part:
    digest, count, size = hashlib.sha256(), 0, 0
    for batch in batches:
        member.write(batch)
        digest.update(batch)
        count += _count(batch)
        size += len(batch)
    return Part(count, size, digest.hexdigest())


def _count(batch: bytes) -> int:
    """How many documents stand one after the other."""
    count = position = 0
    while position < len(batch):
        position += _LENGTH.unpack_from(batch, position)[0]
        count += 1
    return count


def _part_of(archive: ZipFile, name: str) -> Part:
    digest, count, size = hashlib.sha256(), 0, 0
    with archive.open(file_of(name)) as member:
        for document in documents(member):
            digest.update(document)
            count += 1
            size += len(document)
    return Part(count, size, digest.hexdigest())


def _decode(text: bytes, path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupUnusable(f"{path} is not a backup of Clickstream's.") from error
    if manifest.format != FORMAT:
        raise BackupUnusable(f"{path} is not a backup of Clickstream's.")
    if manifest.format_version > FORMAT_VERSION or manifest.schema_version > SCHEMA_VERSION:
        raise BackupUnusable(f"{path} was made by Clickstream {manifest.program_version}: update this one to restore it.")
    if unknown := manifest.collections.keys() - set(COLLECTIONS):
        raise BackupUnusable(f"{path} holds what this Clickstream does not know: {', '.join(sorted(unknown))}.")
    return manifest
