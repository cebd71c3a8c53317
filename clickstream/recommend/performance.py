"""How far products come on their own page: looked at, put into the cart, bought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickstream.metrics.statistics import wilson

SMALLEST_AUDIENCE = 20
"""Fewer sessions than this say nothing about a product."""


@dataclass(frozen=True)
class Performance:
    """Sessions that looked at a product (viewed it or put it into the cart), added it, and added and bought it."""

    looked: int
    added: int
    bought: int

    @property
    def strength(self) -> float:
        """Lower end of the 95 % interval of bought / looked, so that few sessions prove little.

        >>> [round(Performance(looked, added, bought).strength, 3) for looked, added, bought in ((20, 4, 2), (200, 40, 20))]
        [0.028, 0.066]
        """
        interval = wilson(self.bought, self.looked)
        return interval.low if interval else 0.0


@dataclass(frozen=True)
class Performances:
    """Of `sessions` that looked at any product, the first of them at `since`."""

    sessions: int
    since: datetime | None
    of: Mapping[str, Performance]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Performances:
        """Rows: `product`, sessions that `looked`, `added` and `bought`, how many have it `first`, `since`."""
        found = list(rows)
        of = {row["product"]: Performance(row["looked"], row["added"], row["bought"]) for row in found}
        since = min((row["since"] for row in found), default=None)
        return cls(sum(row["first"] for row in found), since, of)

    def sellers(self) -> dict[str, Performance]:
        """Products that SMALLEST_AUDIENCE sessions looked at and at least one bought."""
        return {product: one for product, one in self.of.items() if one.looked >= SMALLEST_AUDIENCE and one.bought}
