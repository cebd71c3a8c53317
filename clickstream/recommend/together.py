"""How often products share a session, against how often chance would have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickstream.metrics.lift import SMALLEST_SUPPORT, Lift, lift


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
