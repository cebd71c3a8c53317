"""Two sides compared: differences as the API writes them, and their correction for how many were looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from clickstream.metrics.statistics import (
    TestedDifference,
    benjamini_hochberg,
    moments,
    newcombe_difference,
    power_sums,
    two_proportion_p_value,
    welch,
)
from clickstream.money import UNITS

Row = dict[str, Any]


class Sample(NamedTuple):
    """Number, sum and sum of squares of amounts in 1/10,000: whole numbers, so that samples add and subtract exactly."""

    n: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def of(cls, values: Mapping[int, int]) -> Sample:
        """From a histogram."""
        return cls(*power_sums(values))

    def with_other(self, other: Sample) -> Sample:
        return Sample(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def without(self, other: Sample) -> Sample:
        return Sample(self.n - other.n, self.total - other.total, self.squares - other.squares)

    def in_money(self) -> tuple[float, float, int]:
        """Mean and sample variance in currency units, and n."""
        found = moments(*self)
        return found.mean / UNITS, found.variance / (UNITS * UNITS), self.n


def rate_difference(a: int, n: int, b: int, m: int) -> Row | None:
    """a/n less b/m; None where a side is empty."""
    found = newcombe_difference(a, n, b, m)
    p_value = two_proportion_p_value(a, n, b, m)
    if found is None or p_value is None:
        return None
    return _row(TestedDifference(*found, p_value))


def money_difference(currency: str, own: Sample, other: Sample) -> Row | None:
    """Mean of one less that of the other; None with fewer than two amounts on a side, or where neither varies."""
    found = welch(*own.in_money(), *other.in_money())
    return {"currency": currency, **_row(found)} if found else None


def _row(found: TestedDifference) -> Row:
    return {**found._asdict(), "p_adjusted": None}


def adjust(differences: Iterable[Row | None]) -> None:
    """Fill in `p_adjusted` (Benjamini-Hochberg), of amounts within each currency."""
    families: dict[str, list[Row]] = {}
    for difference in differences:
        if difference:
            families.setdefault(difference.get("currency", ""), []).append(difference)
    for family in families.values():
        adjusted = benjamini_hochberg([difference["p_value"] for difference in family])
        for difference, p_adjusted in zip(family, adjusted, strict=True):
            difference["p_adjusted"] = p_adjusted
