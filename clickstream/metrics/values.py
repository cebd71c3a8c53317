"""The values answers are made of: rates that know their two sides, money per currency, points of a distribution."""

from __future__ import annotations

from collections import Counter
from typing import Any

from clickstream.measures import Measures
from clickstream.metrics.statistics import median
from clickstream.money import amount

Value = dict[str, Any]


def rate(numerator: int, denominator: int) -> Value:
    """A rate as the API writes it; its value is None where the denominator is 0.

    >>> rate(1, 4)["value"], rate(0, 0)["value"]
    (0.25, None)
    """
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": numerator / denominator if denominator else None,
    }


def money(by_currency: dict[str, int]) -> list[Value]:
    """Money as the API writes it, one entry a currency, sorted."""
    return [{"currency": currency, "amount": amount(by_currency[currency])} for currency in sorted(by_currency)]


def money_per(by_currency: dict[str, int], count: int) -> list[Value]:
    """Money divided by a count; nothing where the count is 0."""
    if not count:
        return []
    return [{"currency": currency, "amount": amount(by_currency[currency] / count)} for currency in sorted(by_currency)]


def revenue_of(measures: Measures) -> dict[str, int]:
    """Gross revenue in 1/10,000 of every currency that has an order of known revenue."""
    return {currency: measures.money[currency]["revenue"] for currency in measures.order_values}


def average_orders(measures: Measures) -> list[Value]:
    """Average order value per currency, with the median and the number of orders it rests on."""
    return [_average_order(currency, measures.order_values[currency]) for currency in sorted(measures.order_values)]


def _average_order(currency: str, values: Counter[int]) -> Value:
    orders = sum(values.values())
    total = sum(value * n for value, n in values.items())
    middle = median(values)
    assert middle is not None
    return {"currency": currency, "amount": amount(total / orders), "median": amount(middle), "orders": orders}


def identity(name: str, left: int, right: int) -> Value:
    """One line of reconciliation: two ways to the same number (which the database may have as an integer of its own)."""
    return {"name": name, "left": int(left), "right": int(right), "holds": left == right}


def money_identity(name: str, currency: str, left: int, right: int) -> Value:
    """The same for two sums of money, compared in units and told as amounts."""
    told = {"left": amount(int(left)), "right": amount(int(right)), "unit": f"money:{currency}"}
    return identity(f"{name}, {currency}", left, right) | told
