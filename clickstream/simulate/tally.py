"""What became of the events of a simulation, and how long the answers took."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

_GROWTH = 1.02


class Latencies:
    """Quantiles to within 2 % in little memory; the largest exactly. Milliseconds."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.largest = 0.0

    def add(self, seconds: float) -> None:
        ms = max(seconds * 1000, 0.001)
        self._counts[math.ceil(math.log(ms, _GROWTH))] += 1
        self.largest = max(self.largest, ms)

    def quantile(self, share: float) -> float | None:
        """Nearest rank; None where there is nothing."""
        rank = math.ceil(share * self._counts.total())
        for step in sorted(self._counts):
            rank -= self._counts[step]
            if rank <= 0:
                return min(_GROWTH**step, self.largest)
        return None


@dataclass
class Tally:
    """`refused` events by code; `failed` requests by cause, which were sent again."""

    made: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    latencies: Latencies = field(default_factory=Latencies)

    @property
    def delivered(self) -> int:
        return self.accepted + self.duplicates

    @property
    def undelivered(self) -> int:
        """Of these nobody has said what became of them."""
        return self.made - self.delivered - self.refused.total()
