"""How often products share a session, against how often chance would have it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from clickstream.metrics.statistics import Z_95

SMALLEST_SUPPORT = 5
"""A pair seen together in fewer sessions is not shown."""


class Lift(NamedTuple):
    """P(ab) / (P(a) P(b)) with its 95 % interval; above 1 the two come together more often than by chance."""

    value: float
    low: float
    high: float


def lift(both: int, a: int, b: int, sessions: int) -> Lift:
    """Of `sessions`, `a` hold the one, `b` the other and `both` (at least 1) the pair.

    The interval is value x exp(-+ 1.96 s) with s^2 = 1/both - 1/a - 1/b + 2 both / (a b) - 1/sessions: the delta method on
    the logarithm of the four cells of a multinomial table.

    >>> [round(number, 4) for number in lift(6, 12, 10, 100)]
    [5.0, 2.9408, 8.5011]
    """
    value = both * sessions / (a * b)
    variance = 1 / both - 1 / a - 1 / b + 2 * both / (a * b) - 1 / sessions
    factor = math.exp(Z_95 * math.sqrt(max(0.0, variance)))
    return Lift(value, value / factor, value * factor)


@dataclass(frozen=True)
class Uses:
    """The sessions that viewed (or bought) any product, the first of them at `since`.

    `of`: per product, those that did it with this one. `together`: per (anchor, other product), those with both.
    """

    sessions: int
    since: datetime | None
    of: Mapping[str, int]
    together: Mapping[tuple[str, str], int]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Uses:
        """Rows: `product`, the `anchors` in the same sessions, `n` sessions, how many have the product `first`, `since`."""
        sessions, since = 0, None
        of: Counter[str] = Counter()
        together: Counter[tuple[str, str]] = Counter()
        for row in rows:
            product, n = row["product"], row["n"]
            sessions += row["first"]
            since = row["since"] if since is None else min(since, row["since"])
            of[product] += n
            for anchor in row["anchors"]:
                if anchor != product:
                    together[anchor, product] += n
        return cls(sessions, since, of, together)

    def lift(self, anchor: str, product: str) -> Lift:
        return lift(self.together[anchor, product], self.of[anchor], self.of[product], self.sessions)

    def companions(self) -> dict[tuple[str, str], Lift]:
        """The pairs that come together in SMALLEST_SUPPORT sessions or more, and more often than chance explains."""
        supported = [pair for pair, n in self.together.items() if n >= SMALLEST_SUPPORT]
        lifts = {pair: self.lift(*pair) for pair in supported}
        return {pair: found for pair, found in lifts.items() if found.low > 1}
