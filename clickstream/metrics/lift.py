"""How much more often two products share a session than chance would have it."""

from __future__ import annotations

import math
from typing import NamedTuple

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
