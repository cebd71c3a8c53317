"""The database process of a data folder: started by the first program that needs it, stopped by the last one out.

Every program that uses it holds a shared file lock (`users.lock`), which ends with the program however that dies;
whoever starts or stops mongod holds `start.lock` alone meanwhile. mongod itself locks its own `mongod.lock`: that,
not a process number, says whether it lives.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from clickstream.errors import StartupError
from clickstream.store.address import Address, local_address
from clickstream.store.locks import POLL_SECONDS, SharedLock, exclusive, is_free
from clickstream.store.program import DISK_FULL, find_program, launch, log_of, refuse_old

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for what mongod does."""

    start: float = 120.0  # after a crash it replays its journal before it answers
    answer: float = 30.0  # of one that lives already
    stop: float = 60.0


class Mongod:
    """A context manager: inside, the database of `data_dir` runs and answers at `uri`.

    Entering and `ensure_running` raise StartupError, in one sentence that says what to do.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        mongod_bin: str = "",
        cache_gb: float = 1.0,
        patience: Patience | None = None,
        address_for: Callable[[Path], Address] = local_address,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._mongod_bin = mongod_bin
        self._cache_gb = cache_gb
        self._patience = patience or Patience()
        self._address_for = address_for
        self._users = SharedLock(self.data_dir / "users.lock")

    @property
    def uri(self) -> str:
        return self._address.uri

    @property
    def has_data(self) -> bool:
        try:
            return (self._files / "WiredTiger").exists()
        except OSError as error:
            raise StartupError(self._unusable(error)) from error

    def __enter__(self) -> Self:
        with self._starting(), ExitStack() as undo:
            self._users.acquire()
            undo.callback(self._leave)
            if not self._runs():
                self._start()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def ensure_running(self) -> None:
        """Start the database again when it has died; any number of users may call it, one of them starts it."""
        with self._starting():
            if self._users.held and not self._runs():
                logger.warning("The database in %s has stopped; starting it again", self.data_dir)
                self._start()

    def close(self) -> None:
        """Leave; the last one to leave stops the database. Harmless when closed already."""
        if self._users.held:
            with self._starting():
                self._leave()

    @property
    def _files(self) -> Path:
        return self.data_dir / "db"

    @cached_property
    def _address(self) -> Address:
        return self._address_for(self.data_dir)

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Nobody else starts or stops the database of this folder meanwhile."""
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with exclusive(self.data_dir / "start.lock", timeout_seconds=self._patience.start + self._patience.answer):
                yield
        except TimeoutError as error:
            raise StartupError(
                f"Another program has been starting the database in {self.data_dir} for too long: stop it and try again."
            ) from error
        except OSError as error:
            raise StartupError(self._unusable(error)) from error

    def _unusable(self, error: OSError) -> str:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DISK_FULL.format(folder=self.data_dir)
        reason = error.strerror or str(error)
        return f"DATA_DIR {self.data_dir} cannot be used ({reason}): make it writable, or set DATA_DIR to another folder."

    def _lives(self) -> bool:
        return not is_free(self._files / "mongod.lock")

    def _runs(self) -> bool:
        """Whether the database answers; waits for one that is only just starting or stopping."""
        deadline = time.monotonic() + self._patience.answer
        while self._lives():
            if self._address.answers():
                return True
            if time.monotonic() > deadline:
                self._give_up()
                return False
            time.sleep(POLL_SECONDS)
        return False

    def _give_up(self) -> None:
        """End a database that lives and does not answer, unless others still work with it."""
        if not self._alone():
            raise StartupError(
                f"The database in {self.data_dir} does not answer, but other programs use it: stop them and try again."
            )
        self._terminate()

    def _start(self) -> None:
        program = find_program(self._mongod_bin)
        if not self.has_data:
            refuse_old(program, self.data_dir)
        self._files.mkdir(mode=0o700, exist_ok=True)
        arguments = [
            *("--dbpath", str(self._files)),
            *("--wiredTigerCacheSizeGB", str(self._cache_gb)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            "--noscripting",
            "--quiet",
            *self._address.prepare(),
        ]
        try:
            launch(program, arguments, self.data_dir, timeout_seconds=self._patience.start)
            self._wait_for_answer()
        except TimeoutError as error:
            log = log_of(self.data_dir)
            raise StartupError(f"{program} did not start within {self._patience.start:g} s: see {log}.") from error
        self._address.secure()

    def _wait_for_answer(self) -> None:
        deadline = time.monotonic() + self._patience.start
        while not self._address.answers():
            if time.monotonic() > deadline:
                raise TimeoutError(self.data_dir)
            time.sleep(POLL_SECONDS)

    def _alone(self) -> bool:
        """Whether no other program uses the database; true only while `_starting`."""
        held = self._users.held
        self._users.release()
        alone = is_free(self.data_dir / "users.lock")
        if held:
            self._users.acquire()
        return alone

    def _leave(self) -> None:
        if self._alone() and self._lives():
            self._stop()
        self._users.release()

    def _stop(self) -> None:
        if self._address.answers():
            client = MongoClient[dict[str, object]](self.uri, serverSelectionTimeoutMS=2000, directConnection=True)
            with client, suppress(PyMongoError):  # the answer to a shutdown is a closed connection
                client.admin.command("shutdown")
            if self._wait_until_stopped(self._patience.answer):
                return
        self._terminate()

    def _terminate(self) -> None:
        """For one that obeys no more. The number is right while mongod holds the lock on the file it stands in."""
        with suppress(ValueError, ProcessLookupError):
            os.kill(int((self._files / "mongod.lock").read_text()), signal.SIGTERM)
        if not self._wait_until_stopped(self._patience.stop):
            logger.warning("The database in %s does not stop; %s may say why", self.data_dir, log_of(self.data_dir))

    def _wait_until_stopped(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._lives():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True
