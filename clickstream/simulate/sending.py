"""Events to a running server: sent again until they arrive, and counted whatever becomes of them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import requests

from clickstream.simulate.remote import NOT_LET_IN, NotLetIn, Receipt, Server, read, refusal
from clickstream.simulate.tally import Tally

Event = dict[str, Any]

SENDERS = 4
WAITING_BATCHES = 32
GRACE_SECONDS = 10.0
"""So long what is left is tried after the end, where the server does not answer."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 5.0
_STORED = 202
_MAY_PASS = (408, 425, 429)


class Sender:
    """Threads that deliver batches; where they cannot, `send` waits, so that memory stays bounded.

    Leaving the block delivers what waits; leaving it by an exception waits only for the answers under way. What cannot
    be delivered GRACE_SECONDS after `until` (of `time.monotonic`) is given up.
    `told` hears how many events were settled, from one thread at a time.
    """

    def __init__(self, server: Server, tally: Tally, told: Callable[[int], object], *, until: float) -> None:
        self._server, self._tally, self._told = server, tally, told
        self._waiting: queue.Queue[list[Event] | None] = queue.Queue(WAITING_BATCHES)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._give_up_at = until + GRACE_SECONDS
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(SENDERS)]
        self._refusal: NotLetIn | None = None

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stopped.set()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        if self._refusal and kind is None:
            raise self._refusal

    def send(self, events: list[Event]) -> None:
        """Raises NotLetIn when the server has refused us."""
        if self._refusal:
            raise self._refusal
        self._tally.made += len(events)
        self._waiting.put(events)

    def _work(self) -> None:
        while (events := self._waiting.get()) is not None:
            self._deliver(events)

    def _deliver(self, events: list[Event]) -> None:
        """With the same ids until it is answered: what arrived without our knowing is a duplicate the next time."""
        pause = _FIRST_PAUSE_SECONDS
        while not self._stopped.is_set() and time.monotonic() < self._give_up_at:
            if self._settle(events):
                return
            self._stopped.wait(min(pause, max(0.0, self._give_up_at - time.monotonic())))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _settle(self, events: list[Event]) -> bool:
        """Send and count; False where another try may end otherwise."""
        started = time.monotonic()
        try:
            answer = self._server.post(events)
        except requests.RequestException as error:
            return self._failed("no answer in time" if isinstance(error, requests.Timeout) else "no connection")
        seconds = time.monotonic() - started
        receipt = read(answer, Receipt) if answer.status_code == _STORED else None
        if answer.status_code >= 500 or answer.status_code in _MAY_PASS:
            return self._failed(f"HTTP {answer.status_code}")
        if answer.status_code == _STORED and receipt is None:
            return self._failed("an answer that is no receipt")
        with self._lock:
            self._tally.requests += 1
            self._tally.latencies.add(seconds)
            if receipt:
                self._count(receipt)
            elif answer.status_code in NOT_LET_IN:
                self._refusal = NotLetIn(refusal(answer).error)
                self._stopped.set()
                return True
            else:
                self._tally.refused[refusal(answer).code] += len(events)
            self._told(len(events))
        return True

    def _failed(self, cause: str) -> bool:
        with self._lock:
            self._tally.requests += 1
            self._tally.failed[cause] += 1
        return False

    def _count(self, receipt: Receipt) -> None:
        self._tally.accepted += receipt.accepted
        self._tally.duplicates += receipt.duplicates
        self._tally.refused.update(str(rejected.get("code")) for rejected in receipt.rejected)
