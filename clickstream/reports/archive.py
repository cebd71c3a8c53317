"""A zip that is written as it is read: files, and last a manifest with the rows and the SHA-256 of each.

It cannot be mistaken for whole when it was cut: the directory of a zip stands at its end, and without it nothing opens it.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

MANIFEST = "manifest.json"


@dataclass
class Piece:
    """Some whole rows of a file, as bytes; a head has none."""

    content: bytes
    rows: int


@dataclass(frozen=True)
class File:
    name: str
    pieces: Iterable[Piece]


class _Written:
    """Where the zip writes to: kept until it is taken. It cannot be sought in, and says so."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def write(self, content: bytes) -> int:
        self._kept += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    def take(self) -> bytes:
        taken = bytes(self._kept)
        self._kept.clear()
        return taken


def zipped(files: Iterable[File], about: Mapping[str, Any], at: datetime) -> Generator[bytes, None, None]:
    """The zip, piece by piece. The manifest holds `about`, then `files`: [{name, rows, sha256}]."""
    written = _Written()
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(cast(Any, written), "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            yield from _filled(archive, written, file, listed, at)
        with archive.open(_entry(MANIFEST, at), "w") as entry:
            entry.write(msgspec.json.format(msgspec.json.encode({**about, "files": listed})) + b"\n")
    yield written.take()


def _filled(
    archive: zipfile.ZipFile, written: _Written, file: File, listed: list[dict[str, Any]], at: datetime
) -> Iterator[bytes]:
    digest, rows = hashlib.sha256(), 0
    with archive.open(_entry(file.name, at), "w", force_zip64=True) as entry:
        for piece in file.pieces:
            entry.write(piece.content)
            digest.update(piece.content)
            rows += piece.rows
            if packed := written.take():
                yield packed
    listed.append({"name": file.name, "rows": rows, "sha256": digest.hexdigest()})


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    moment = at.astimezone(UTC)
    info = zipfile.ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
