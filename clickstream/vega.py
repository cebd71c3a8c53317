"""The browser's chart library, made from the pip wheel: built once in a process of its own, kept on disk.

vl-convert bundles Vega, Vega-Lite and Vega-Embed in about a second and 140 MB, which the server never pays itself.
The file name carries the wheel's version, so an upgrade builds afresh and an old file is never served.
"""

from __future__ import annotations

import gzip
import logging
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from clickstream.errors import Retryable

logger = logging.getLogger(__name__)

BUILD_SECONDS = 120
BUILD = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle().encode())"


class BundleUnavailable(Retryable):
    code = "charts_unavailable"

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after_seconds=60)


@dataclass(frozen=True)
class Bundle:
    etag: str
    body: bytes
    gzipped: bytes


class VegaBundle:
    """Builds at the first `read`, then answers from memory."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "cache"
        self._lock = threading.Lock()
        self._bundle: Bundle | None = None

    def read(self) -> Bundle:
        """The bundle; raises BundleUnavailable naming the cause when it cannot be built."""
        with self._lock:
            self._bundle = self._bundle or self._load()
        return self._bundle

    def prepare(self) -> None:
        """Build it in the background, before the first reader asks; one who asks and finds none is told why."""
        threading.Thread(target=self._prepare, name="vega", daemon=True).start()

    def _prepare(self) -> None:
        with suppress(BundleUnavailable):
            self.read()

    def _load(self) -> Bundle:
        try:
            release = version("vl-convert-python")
        except PackageNotFoundError as error:
            raise BundleUnavailable("Charts need the package vl-convert-python; install requirements.txt.") from error
        path = self._folder / f"vega-{release}.js.gz"
        try:
            gzipped = path.read_bytes() if path.exists() else _keep(path, _build())
            return Bundle(etag=f'"vega-{release}"', body=gzip.decompress(gzipped), gzipped=gzipped)
        except (OSError, EOFError) as error:
            raise BundleUnavailable(f"The chart library cannot be kept in {self._folder}: {error}") from error


def _build() -> bytes:
    command = [sys.executable, "-c", BUILD]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=BUILD_SECONDS)  # noqa: S603 our own interpreter
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        logger.warning("building the chart library failed: %s", error)
        raise BundleUnavailable("The chart library could not be built; tables show the same numbers.") from error
    return done.stdout


def _keep(path: Path, body: bytes) -> bytes:
    """Write whole or not at all: two servers may build at once, and either result is right."""
    gzipped = gzip.compress(body, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    with os.fdopen(handle, "wb") as file:
        file.write(gzipped)
    Path(partial).replace(path)
    return gzipped
