"""Money as integers of 1/10,000, so that sums are exact and do not depend on order."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

UNITS = 10_000
MAX_AMOUNT = 100_000_000_000
MAX_SUM = 2**63 - 1
"""The most units the database adds: sums are held here rather than not stored at all."""
_CLEARLY_NOT_A_TIE = 0.4
_NUMBER = (int, float)


def is_amount(value: object) -> bool:
    """A finite number, or text that spells one, no larger than MAX_AMOUNT either way."""
    if isinstance(value, str):
        try:
            return "_" not in value and abs(Decimal(value)) <= MAX_AMOUNT
        except ArithmeticError:  # not a number, or beyond what decimals reach
            return False
    return isinstance(value, _NUMBER) and not isinstance(value, bool) and abs(value) <= MAX_AMOUNT


def units(value: int | float | str) -> int:
    """An amount in 1/10,000, rounded half-even in decimal.

    >>> units(35.79), units("0.00005"), units("0.00015"), units(7)
    (357900, 0, 2, 70000)
    """
    if isinstance(value, int):
        return value * UNITS
    if isinstance(value, float):
        scaled = value * UNITS
        nearest = math.floor(scaled + 0.5)
        if abs(scaled - nearest) < _CLEARLY_NOT_A_TIE:
            return nearest
    return int((Decimal(str(value)) * UNITS).to_integral_value(ROUND_HALF_EVEN))


def amount(in_units: int | float) -> float:
    """Units as the number people read: 357900 -> 35.79."""
    return in_units / UNITS


def amounts(by_currency: dict[str, int]) -> list[dict[str, object]]:
    """Money as the API writes it: one entry a currency, sorted by it."""
    return [{"currency": currency, "amount": amount(by_currency[currency])} for currency in sorted(by_currency)]
