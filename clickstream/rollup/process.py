"""The server's rollup process: started with it, restarted when it dies, gone when the server is gone."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from clickstream.settings import Settings

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
STOP_SECONDS = 30.0
_ROOT = Path(__file__).resolve().parents[2]


class RollupProcess:
    """Runs a `Worker` beside the server, so that rolling up takes no time from its requests."""

    def __init__(self, settings: Settings) -> None:
        self._environ = {**os.environ, **settings.environ(), "DATA_DIR": str(settings.data_dir.absolute())}
        self._stopping = threading.Event()
        self._process = self._start()
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
        while not self._stopping.wait(RESTART_SECONDS / 5):
            if self._process.poll() is not None:
                log.warning("rollup: its process ended with %d; starting it again", self._process.returncode)
                self._stopping.wait(RESTART_SECONDS)
                self._process = self._start()
        self._stop()

    def _stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
