"""Where PDFs are made: one at a time, each in a process of its own that takes its memory (and its time) with it."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import msgspec

from clickstream.errors import Retryable
from clickstream.reports.document import Document

logger = logging.getLogger(__name__)

MOST_SECONDS = 180
FORESEEN = 3
"""How the process ends when it has said, in one sentence for people, what is wrong."""
_ROOT = Path(__file__).resolve().parents[2]


class Told(msgspec.Struct, frozen=True):
    """How a PDF came out: `missing` names characters the font does not have, `undrawn` counts charts that failed."""

    pages: int
    missing: list[str]
    undrawn: int


@dataclass(frozen=True)
class Pdf:
    content: bytes
    told: Told


class PdfFailed(Retryable):
    code = "pdf_failed"

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after_seconds=30)


class Press:
    def __init__(self, data_dir: Path) -> None:
        self._data_dir, self._one_at_a_time = data_dir.absolute(), Lock()

    def pdf(self, document: Document) -> Pdf:
        """Raises PdfFailed, naming what is missing where something is."""
        command = [sys.executable, "-m", f"{__package__}.pdf", str(self._data_dir)]
        if not self._one_at_a_time.acquire(timeout=MOST_SECONDS):
            raise PdfFailed("Too many PDFs are being made; try again in a moment.")
        try:
            done = _run(command, pickle.dumps(document))
        finally:
            self._one_at_a_time.release()
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode == FORESEEN:
            raise PdfFailed(said)
        if done.returncode:
            logger.error("making a PDF failed: %s", said)
            raise PdfFailed("The PDF could not be made; the server's log says why. The other formats hold the same.")
        head, _, content = done.stdout.partition(b"\n")
        return Pdf(content, msgspec.json.decode(head, type=Told))


def _run(command: list[str], asked: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, cwd=_ROOT, input=asked, capture_output=True, check=False, timeout=MOST_SECONDS)  # noqa: S603 our own interpreter
    except subprocess.TimeoutExpired as error:
        raise PdfFailed("The PDF took too long to make; the other formats hold the same.") from error
