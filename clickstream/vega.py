"""The browser's chart library, made from the pip wheel: built once in a process of its own, kept on disk; and charts as SVG.

vl-convert bundles Vega, Vega-Lite and Vega-Embed in about a second and 140 MB, which the server never pays itself.
The file name carries the wheel's version, so an upgrade builds afresh and an old file is never served. Charts are drawn in
a fresh process, too: it hangs in one that was forked after the library was used.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from clickstream.errors import Retryable

logger = logging.getLogger(__name__)

BUILD_SECONDS = 120
BUILD = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle().encode())"

DRAW_SECONDS = 60
DRAW = """
import json, sys, vl_convert
asked = json.load(sys.stdin)
vl_convert.register_font_directory(asked["fonts"])
for spec in asked["specs"]:
    try:
        answer = {"svg": vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], **asked["look"])}
    except ValueError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
"""


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


def drawn(specs: Sequence[Mapping[str, Any]], look: Mapping[str, Any], fonts: Path) -> list[str | None]:
    """Each spec as SVG, None where it could not be drawn. `look` is what vl-convert takes beside a spec: config, locales."""
    if not specs:
        return []
    asked = json.dumps({"specs": specs, "look": look, "fonts": str(fonts)})
    command = [sys.executable, "-c", DRAW]
    try:
        done = subprocess.run(command, input=asked.encode(), capture_output=True, check=False, timeout=DRAW_SECONDS)  # noqa: S603 our own interpreter
        written, failed = done.stdout, done.stderr.decode(errors="replace")[-500:]
    except subprocess.TimeoutExpired as expired:
        written, failed = expired.stdout or b"", f"not done within {DRAW_SECONDS} s"
    answers = [json.loads(line) for line in written.splitlines(keepends=True) if line.endswith(b"\n")]
    if failed or any("error" in answer for answer in answers):
        logger.warning("drawing charts failed: %s %s", failed, [answer["error"] for answer in answers if "error" in answer])
    found = [answer.get("svg") for answer in answers]
    return [*found, *[None] * (len(specs) - len(found))]
