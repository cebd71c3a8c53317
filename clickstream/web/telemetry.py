"""What this process has done since it started, and its text form for Prometheus (exposition format 0.0.4).

Our own rather than a library's: three counters, a histogram and some gauges are fewer lines than a library's set-up.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from clickstream.ingest import Receipt

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
"""Upper ends of the buckets of answer times; beyond the last is one more."""

Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, Labels, float]
"""What is added to the family's name, labels, value."""


class Family(NamedTuple):
    name: str
    kind: str
    help: str
    samples: Sequence[Sample]


class _Times:
    """Answer times of one route."""

    def __init__(self) -> None:
        self.buckets = [0] * (len(SECONDS) + 1)
        self.sum = 0.0

    def samples(self, labels: Labels) -> Iterator[Sample]:
        count = 0
        for end, n in zip((*map(str, SECONDS), "+Inf"), self.buckets, strict=True):
            count += n
            yield "_bucket", (*labels, ("le", end)), count
        yield "_sum", labels, self.sum
        yield "_count", labels, count


class Telemetry:
    """One for each process."""

    def __init__(self) -> None:
        self._started = time.time()
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, _Times] = {}
        self._events: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._streams = 0

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` is the row of the table, not the address: there are few."""
        with self._lock:
            self._requests[method, route, status] += 1
            times = self._times.setdefault(route, _Times())
            times.buckets[bisect_left(SECONDS, seconds)] += 1
            times.sum += seconds

    def collected(self, receipt: Receipt) -> None:
        with self._lock:
            self._events["accepted"] += receipt.accepted
            self._events["duplicate"] += receipt.duplicates
            self._refused.update(one.code for one in receipt.rejected)

    def streamed(self, stream: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
        """The stream, counted as open from its first piece to its end."""
        with self._lock:
            self._streams += 1
        try:
            yield from stream
        finally:
            with self._lock:
                self._streams -= 1

    def families(self) -> list[Family]:
        with self._lock:
            requests = [("", _labels(method=m, route=r, status=str(s)), n) for (m, r, s), n in self._requests.items()]
            times = [sample for route, of in self._times.items() for sample in of.samples(_labels(route=route))]
            events = [("", _labels(outcome=outcome), n) for outcome, n in self._events.items()]
            refused = [("", _labels(code=code), n) for code, n in self._refused.items()]
            streams = self._streams
        return [
            Family("clickstream_requests_total", "counter", "Requests answered.", requests),
            Family("clickstream_request_seconds", "histogram", "Time to an answer, or to a stream's first piece.", times),
            Family("clickstream_events_total", "counter", "Events received over HTTP and valid.", events),
            Family("clickstream_events_rejected_total", "counter", "Events refused, by reason.", refused),
            gauge("clickstream_streams", "Streams of server-sent events that are open.", streams),
            gauge("process_start_time_seconds", "When this process started, in seconds since 1970.", self._started),
            *_process(),
        ]


def gauge(name: str, help: str, value: float) -> Family:
    return Family(name, "gauge", help, [("", (), value)])


def labelled(name: str, help: str, label: str, values: dict[str, float]) -> Family:
    return Family(name, "gauge", help, [("", ((label, text),), value) for text, value in values.items()])


def exposition(families: Sequence[Family]) -> str:
    """The families as Prometheus reads them.

    >>> print(exposition([labelled("a", "An a.", "kind", {'x"y': 2})]), end="")
    # HELP a An a.
    # TYPE a gauge
    a{kind="x\\"y"} 2
    """
    lines: list[str] = []
    for family in families:
        lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
        lines += [f"{family.name}{suffix}{_braced(labels)} {value!r}" for suffix, labels, value in family.samples]
    return "".join(f"{line}\n" for line in lines)


def _labels(**labels: str) -> Labels:
    return tuple(labels.items())


def _braced(labels: Labels) -> str:
    escaped = (f'{name}="{_escaped(text)}"' for name, text in labels)
    return f"{{{','.join(escaped)}}}" if labels else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _process() -> Iterator[Family]:
    yield Family("process_cpu_seconds_total", "counter", "Processor time of this process.", [("", (), time.process_time())])
    yield gauge("process_threads", "Threads of this process.", threading.active_count())
    if sys.platform.startswith("linux"):
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        yield gauge("process_resident_memory_bytes", "Memory of this process.", resident)
        yield gauge("process_open_fds", "Open files and sockets of this process.", len(os.listdir("/proc/self/fd")))
