"""Uploaded files on their way: streamed to disk, capped, and gone when they are not wanted any more."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from clickstream.clock import Clock
from clickstream.errors import ClickstreamError, NotFound, TooLarge, TooManyRequests

CHUNK_BYTES = 1 << 18
RESERVE_BYTES = 512 << 20
"""What an upload leaves free: the database lives on the same disk."""
LOOK_EACH_BYTES = 16 << 20
MOST_FILES = 16
KEPT = timedelta(days=7)
GIVEN_UP = timedelta(hours=6)
_PART = ".part"


class DiskFull(ClickstreamError):
    code = "disk_full"


class Readable(Protocol):
    def read(self, limit: int, /) -> bytes:
        """At most `limit` bytes, empty only at the end."""


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Spool:
    """Files by id in a folder that only this account reads. One that is still being received does not count as there."""

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        clock: Clock,
        *,
        free: Callable[[Path], int] = free_bytes,
        places: int = MOST_FILES,
    ) -> None:
        self.max_bytes = max_bytes
        self._folder, self._clock, self._free, self._places = folder, clock, free, places

    def receive(self, file_id: str, body: Readable) -> int:
        """Write the body to disk, piece by piece; gives its bytes. Whatever goes wrong leaves nothing behind.

        Raises TooLarge, DiskFull, TooManyRequests, and what reading the body raises.
        """
        self.sweep()
        with _disk_errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(list(self._folder.iterdir())) >= self._places:
                message = f"{self._places} uploaded files are waiting; load or discard one of them first."
                raise TooManyRequests(message, retry_after_seconds=60)
        part = self._folder / f"{file_id}{_PART}"
        try:
            with _disk_errors():
                size = self._write(part, body)
                part.rename(self._folder / file_id)
        finally:
            part.unlink(missing_ok=True)
        return size

    def path(self, file_id: str) -> Path:
        """Raises NotFound where the file is gone."""
        path = self._folder / file_id
        if not path.is_file():
            raise NotFound("The uploaded file is not there any more; upload it again.")
        return path

    def has(self, file_id: str) -> bool:
        return (self._folder / file_id).is_file()

    def remove(self, file_id: str) -> None:
        (self._folder / file_id).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what nobody came back for, and what killed servers were receiving."""
        now = self._clock().timestamp()
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            kept = GIVEN_UP if path.suffix == _PART else KEPT
            with suppress(FileNotFoundError):  # another server on the same folder sweeps too
                if now - path.stat().st_mtime > kept.total_seconds():
                    path.unlink()

    def _write(self, part: Path, body: Readable) -> int:
        size = looked = 0
        self._check_disk(0)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while chunk := body.read(CHUNK_BYTES):
                size += len(chunk)
                if size > self.max_bytes:
                    raise TooLarge(f"The file is larger than {self.max_bytes >> 20:,} MB; split it, or raise UPLOAD_MAX_MB.")
                if size - looked >= LOOK_EACH_BYTES:
                    looked = size
                    self._check_disk(LOOK_EACH_BYTES)
                file.write(chunk)
        return size

    def _check_disk(self, wanted: int) -> None:
        if self._free(self._folder) - wanted < RESERVE_BYTES:
            raise DiskFull("The server's disk is nearly full; nothing was kept. Make room, then upload again.")


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("The server's disk is full; nothing was kept. Make room, then upload again.") from error
        raise
