"""A fact: one value with its unit, sample and definition. Every number a text shows is one of these.

Units: `count`, `number`, `rate` (0..1), `seconds`, `day` (2026-03-01), `money:EUR`, `name` (a label, always shown
quoted), and the signed ones: `change` (relative, -0.1 = a tenth less), `points` (difference of two rates) and
`difference:EUR` (difference of two amounts).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

Extreme = Literal["", "highest", "lowest"]
Value = int | float | str
Result = Mapping[str, Any]

SIGNED_UNITS = ("change", "points", "difference")
MINIMUM_SAMPLE = 30
"""Nothing is compared below this many sessions (or carts, searches, orders) on either side."""


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """`n` is the denominator or the sample behind the value; `extreme` says that the value alone leads or ends its group."""

    id: str
    label: str
    value: Value
    unit: str
    n: int | None
    definition: str
    extreme: Extreme = ""

    @property
    def kind(self) -> str:
        """The unit without its currency."""
        return self.unit.partition(":")[0]

    @property
    def currency(self) -> str:
        return self.unit.partition(":")[2]

    @property
    def signed(self) -> bool:
        return self.kind in SIGNED_UNITS


_OF_CALL = re.compile(r"c[0-9]+\.")


def of_call(number: int, fact: Fact) -> Fact:
    """The fact as one of the n-th measurement of a chat's answer: `c1.overview.sessions`."""
    return msgspec.structs.replace(fact, id=f"c{number}.{fact.id}")


def bare_id(fact_id: str) -> str:
    """The id of a fact whatever it was measured for.

    >>> bare_id("c12.overview.sessions"), bare_id("cart.created")
    ('overview.sessions', 'cart.created')
    """
    found = _OF_CALL.match(fact_id)
    return fact_id[found.end() :] if found else fact_id


class FactSheet(Mapping[str, Fact]):
    """Facts by id, in order; ids are unique."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._by_id: dict[str, Fact] = {}
        for fact in facts:
            if fact.id in self._by_id:
                raise ValueError(f"two facts are called {fact.id}")
            self._by_id[fact.id] = fact

    def __getitem__(self, fact_id: str) -> Fact:
        return self._by_id[fact_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def number(self, fact_id: str) -> float | None:
        """The value of a numeric fact; None where the sheet has no such fact (unknown is not zero)."""
        fact = self._by_id.get(fact_id)
        return float(fact.value) if fact and not isinstance(fact.value, str) else None

    def under(self, prefix: str) -> list[Fact]:
        return [fact for fact in self.values() if fact.id.startswith(prefix)]


def count(fact_id: str, label: str, value: int, n: int | None, definition: str) -> Fact:
    return Fact(fact_id, label, value, "count", n, definition)


def name(fact_id: str, label: str, value: str, n: int | None, definition: str) -> Iterator[Fact]:
    """No fact where nothing readable is left of the label."""
    if value:
        yield Fact(fact_id, label, value, "name", n, definition)


def ratio(fact_id: str, label: str, rate: Result, definition: str, *, unit: str = "rate") -> Iterator[Fact]:
    """A rate {"numerator", "denominator", "value"}; unknown (denominator 0) is no fact."""
    if rate["value"] is not None:
        yield Fact(fact_id, label, rate["value"], unit, rate["denominator"], definition)


def share(fact_id: str, label: str, part: int, whole: int, definition: str) -> Iterator[Fact]:
    if whole:
        yield Fact(fact_id, label, part / whole, "rate", whole, definition)


def money(
    fact_id: str, label: str, amounts: Sequence[Result] | None, n: int | None, definition: str, *, key: str = "amount"
) -> Iterator[Fact]:
    """One fact a currency: `overview.revenue` -> `overview.revenue.eur`; None is unknown."""
    for entry in amounts or ():
        currency = entry["currency"]
        if entry[key] is not None:
            yield Fact(
                f"{fact_id}.{currency.casefold()}", f"{label} ({currency})", entry[key], f"money:{currency}", n, definition
            )


def seconds(fact_id: str, label: str, value: float | None, n: int | None, definition: str) -> Iterator[Fact]:
    if value is not None:
        yield Fact(fact_id, label, value, "seconds", n, definition)


def day(fact_id: str, label: str, value: str, definition: str) -> Fact:
    return Fact(fact_id, label, value, "day", None, definition)


def marked_extremes(facts: Sequence[Fact]) -> list[Fact]:
    """The same facts with the strict highest and lowest of the group marked; a tie leads nothing."""
    numbers = sorted(float(fact.value) for fact in facts)
    if len(numbers) < 2:
        return list(facts)
    highest = numbers[-1] if numbers[-1] > numbers[-2] else None
    lowest = numbers[0] if numbers[0] < numbers[1] else None

    def marked(fact: Fact) -> Fact:
        if float(fact.value) == highest:
            return msgspec.structs.replace(fact, extreme="highest")
        return msgspec.structs.replace(fact, extreme="lowest") if float(fact.value) == lowest else fact

    return [marked(fact) for fact in facts]


def led(facts: Sequence[Fact]) -> list[Fact]:
    """The same facts with the one that leads marked: strictly the highest, and not by a small sample."""
    ranked = sorted(facts, key=lambda fact: float(fact.value), reverse=True)[:2]
    if len(ranked) < 2 or ranked[0].value == ranked[1].value or (ranked[0].n or 0) < MINIMUM_SAMPLE:
        return list(facts)
    return [msgspec.structs.replace(fact, extreme="highest") if fact is ranked[0] else fact for fact in facts]
