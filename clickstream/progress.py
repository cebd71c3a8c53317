"""One line that says how far a long job is. On a terminal it is redrawn; elsewhere only the final line is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_REDRAW_SECONDS = 0.1
_BAR_CELLS = 24


class Progress:
    """`advance(n)` as work gets done, `close()` at the end; also a context manager.

    `total` may be an estimate (the bar waits at 99 % for the end) or None (no bar).
    """

    def __init__(
        self, total: int | None, label: str, stream: TextIO, *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.done = 0
        self._total, self._label, self._stream, self._seconds = total, label, stream, seconds
        self._started = seconds()
        self._drawn = float("-inf")
        self._live = stream.isatty()

    def advance(self, count: int) -> None:
        self.done += count
        now = self._seconds()
        if self._live and now - self._drawn >= _REDRAW_SECONDS:
            self._drawn = now
            self._write(f"\r{self._label} {self._bar()}{self._figures()}\x1b[K")

    def close(self) -> None:
        """Write the final line: how many, how fast."""
        front = "\r" if self._live else ""
        back = "\x1b[K" if self._live else ""
        self._write(f"{front}{self._label} {self._figures()} in {self._elapsed():.1f} s{back}\n")

    def _bar(self) -> str:
        if not self._total:
            return ""
        part = min(self.done / self._total, 0.99)
        filled = int(part * _BAR_CELLS)
        return f"[{'#' * filled}{'.' * (_BAR_CELLS - filled)}] {part:4.0%} "

    def _figures(self) -> str:
        elapsed = self._elapsed()
        rate = f" ({self.done / elapsed:,.0f}/s)" if elapsed > 0 else ""
        return f"{self.done:,}{rate}"

    def _elapsed(self) -> float:
        return self._seconds() - self._started

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
