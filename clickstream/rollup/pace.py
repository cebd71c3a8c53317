"""How often a busy day is summed again: at most once per ten times what its last sum took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

REST = 10
MAX_REMEMBERED = 1_000

DayOf = tuple[str, str]


class Pace:
    """`timer` gives monotonic seconds."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._due_at: dict[DayOf, float] = {}

    def due(self, dataset: str, days: Iterable[str]) -> list[str]:
        now = self._timer()
        return sorted(day for day in days if self._due_at.get((dataset, day), now) <= now)

    @contextmanager
    def timing(self, dataset: str, day: str) -> Iterator[None]:
        started = self._timer()
        yield
        ended = self._timer()
        if len(self._due_at) >= MAX_REMEMBERED:
            self._due_at = {key: due for key, due in self._due_at.items() if due > ended}
        self._due_at[dataset, day] = ended + REST * (ended - started)
