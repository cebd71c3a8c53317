"""Try again where it can help: at most three times, no sooner than asked, never past the deadline."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from clickstream.llm.errors import Cancelled, LlmError

T = TypeVar("T")

MAX_ATTEMPTS = 3
BASE_SECONDS = 0.5
CAP_SECONDS = 8.0
LONGEST_RETRY_AFTER_SECONDS = 120.0
_SLICE_SECONDS = 0.1  # a pause is slept in slices, so that cancelling ends it


@dataclass(frozen=True)
class Retries:
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    rng: random.Random

    def run(self, attempt: Callable[[], T], *, until: float, cancel: threading.Event | None) -> T:
        """The first success of `attempt`; else its last error. `until` is a moment on the clock."""
        for failures in range(MAX_ATTEMPTS - 1):
            try:
                return attempt()
            except LlmError as error:
                wait = self._wait(error, failures)
                if wait is None or self.clock() + wait >= until:
                    raise
            self._pause(wait, cancel)
        return attempt()

    def _wait(self, error: LlmError, failures: int) -> float | None:
        """Full jitter, or longer where the provider asks for it; None where trying again is no use."""
        asked = error.retry_after_seconds or 0.0
        if not error.transient or asked > LONGEST_RETRY_AFTER_SECONDS:
            return None
        return max(asked, self.rng.uniform(0, min(CAP_SECONDS, BASE_SECONDS * 2**failures)))

    def _pause(self, seconds: float, cancel: threading.Event | None) -> None:
        while seconds > 0:
            if cancel is not None and cancel.is_set():
                raise Cancelled
            self.sleep(min(seconds, _SLICE_SECONDS))
            seconds -= _SLICE_SECONDS
