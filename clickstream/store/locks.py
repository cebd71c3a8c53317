"""File locks that end with the process that holds them, however it ends.

The Windows half is untested: it has exclusive locks only, so each sharer takes a byte of its own.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

POLL_SECONDS = 0.02

if sys.platform == "win32":
    import msvcrt

    SHARERS = 1024

    def _share(descriptor: int) -> None:
        for byte in range(SHARERS):
            os.lseek(descriptor, byte, os.SEEK_SET)
            with suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return
        raise OSError("too many programs use the database")

    def _try_exclusive(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, SHARERS)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _share(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH)

    def _try_exclusive(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


class SharedLock:
    """Held by any number of processes at once; a forked child keeps holding its parent's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> None:
        if self._descriptor is None:
            self._descriptor = _open(self._path)
            _share(self._descriptor)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class SoleLock:
    """Held by one process at a time, and free again when that one has ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Whether this process holds it (also from before)."""
        if self._descriptor is None:
            descriptor = _open(self._path)
            if not _try_exclusive(descriptor):
                os.close(descriptor)
                return False
            self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def exclusive(path: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock alone. Raises TimeoutError when others hold it for so long."""
    deadline = time.monotonic() + timeout_seconds
    descriptor = _open(path)
    try:
        while not _try_exclusive(descriptor):
            if time.monotonic() > deadline:
                raise TimeoutError(path)
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock, shared or alone. A missing file is free."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except PermissionError:
        if sys.platform == "win32":  # mongod opens its lock file for itself alone
            return False
        raise
    try:
        return _try_exclusive(descriptor)
    finally:
        os.close(descriptor)
