"""The server's rollup process: started with it, restarted when it dies, gone when the server is gone.

Of several servers of one database and data folder (workers of gunicorn) one runs it; when that one ends, another does.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from clickstream.settings import Settings
from clickstream.store.locks import SoleLock

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
STOP_SECONDS = 30.0
_ROOT = Path(__file__).resolve().parents[2]


class RollupProcess:
    """Runs a `Worker` beside the server, so that rolling up takes no time from its requests."""

    def __init__(self, settings: Settings) -> None:
        self._environ = {**os.environ, **settings.environ(), "DATA_DIR": str(settings.data_dir.absolute())}
        self._lock = SoleLock(_lock_of(settings))
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher = threading.Thread(target=self._watch, name="rollup-watcher", daemon=True)

    def __enter__(self) -> RollupProcess:
        self._watcher.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """Let it finish the pass at hand."""
        self._stopping.set()
        self._watcher.join()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "clickstream.rollup"]
        return subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            command, env=self._environ, cwd=_ROOT, stdin=subprocess.PIPE, start_new_session=True
        )

    def _watch(self) -> None:
        while not self._stopping.is_set():
            if self._lock.try_acquire():
                self._keep_running()
            self._stopping.wait(RESTART_SECONDS / 5)
        if self._process:
            _stop(self._process)
        self._lock.release()

    def _keep_running(self) -> None:
        if self._process and self._process.poll() is not None:
            log.warning("rollup: its process ended with %d; starting it again", self._process.returncode)
            self._process = None
            self._stopping.wait(RESTART_SECONDS)
        if self._process is None and not self._stopping.is_set():
            self._process = self._start()


def _lock_of(settings: Settings) -> Path:
    """A file that servers of the same database share."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = f"{settings.mongo_uri} {settings.mongo_db}"
    return settings.data_dir / f"rollup-{hashlib.sha256(database.encode()).hexdigest()[:12]}.lock"


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
