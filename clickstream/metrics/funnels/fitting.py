"""Which steps an event fits: its mark, one bit a step, and two for what it is besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from clickstream.events import Event
from clickstream.metrics.funnels.steps import NUMBER, SESSION, Alternative, Condition, Step

EXCLUDED = 1 << 10
INTERACTIVE = 1 << 11
NOT_INTERACTIVE = frozenset(("engagement",))
PRODUCT_FIELDS = frozenset(("product_id", "name", "category", "brand", "price", "quantity"))
Line = Mapping[str, Any]


class Fitting:
    """The marks of events under some steps and exclusions."""

    def __init__(self, steps: Sequence[Step], exclude: Sequence[Alternative]) -> None:
        self._by_type: dict[str, list[tuple[int, Alternative]]] = {}
        for n, step in enumerate(steps):
            for one in step.any:
                if one.type != SESSION:
                    self._by_type.setdefault(one.type, []).append((1 << n, one))
        for one in exclude:
            self._by_type.setdefault(one.type, []).append((EXCLUDED, one))

    @property
    def types(self) -> Iterable[str]:
        """The types that can fit anything."""
        return self._by_type.keys()

    @cached_property
    def conditional(self) -> frozenset[str]:
        """Those of which the type alone does not tell."""
        return frozenset(name for name, found in self._by_type.items() if any(one.where for _, one in found))

    def of_type(self, event_type: str) -> int:
        """The mark of an event of this type, conditions aside: what it may fit at most."""
        mark = 0 if event_type in NOT_INTERACTIVE else INTERACTIVE
        for bit, _ in self._by_type.get(event_type, ()):
            mark |= bit
        return mark

    def of_event(self, event: Event) -> int:
        return self._mark(event, _lines(event))

    def by_product(self, event: Event) -> dict[str, int] | None:
        """The mark of an event for each product it names, by its lines of that product; None where it names none."""
        lines = _lines(event)
        products = {product for line in lines if (product := line.get("product_id")) and isinstance(product, str)}
        if not products:
            return None
        return {
            product: self._mark(event, [line for line in lines if line.get("product_id") == product]) for product in products
        }

    def _mark(self, event: Event, lines: Sequence[Line]) -> int:
        mark = 0 if event.event_type in NOT_INTERACTIVE else INTERACTIVE
        for bit, one in self._by_type.get(event.event_type, ()):
            if not mark & bit and _fits(event, lines, one.where):
                mark |= bit
        return mark


def _lines(event: Event) -> list[Line]:
    """The event's items, else itself."""
    items = event.properties.get("items")
    lines: list[Line] = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return lines or [event.properties]


def _fits(event: Event, lines: Sequence[Line], conditions: Sequence[Condition]) -> bool:
    of_lines = [condition for condition in conditions if condition.property in PRODUCT_FIELDS]
    others = (condition for condition in conditions if condition.property not in PRODUCT_FIELDS)
    if not all(holds(condition, _value(event, condition.property)) for condition in others):
        return False
    return not of_lines or any(all(holds(one, line.get(one.property)) for one in of_lines) for line in lines)


def _value(event: Event, name: str) -> Any:
    return event.page if name == "page" else event.properties.get(name)


def holds(condition: Condition, value: Any) -> bool:
    """Whether a property's value fulfils a condition; None is an absent property."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return condition.op == "is_not"
    match condition.op:
        case "is":
            return _is(value, condition.value)
        case "is_not":
            return not _is(value, condition.value)
        case "contains":
            text = text_of(value)
            return text is not None and (text_of(condition.value) or "") in text
        case "at_least":
            number = _number(value)
            return number is not None and number >= Decimal(str(condition.value).strip())
        case "at_most":
            number = _number(value)
            return number is not None and number <= Decimal(str(condition.value).strip())
        case _:
            return True


def _is(value: Any, wanted: Any) -> bool:
    text, pattern = text_of(value), text_of(wanted) or ""
    if text is None:
        return False
    return text.startswith(pattern[:-1]) if isinstance(wanted, str) and pattern.endswith("*") else text == pattern


def text_of(value: Any) -> str | None:
    """How a value reads: trimmed and without case, a number as its shortest decimal; None for lists and objects.

    >>> text_of(" Red "), text_of(5.0), text_of(True), text_of([1])
    ('red', '5', 'true', None)
    """
    match value:
        case str():
            return value.strip().casefold()
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"{Decimal(repr(value)):f}".removesuffix(".0")
        case _:
            return None


def _number(value: Any) -> Decimal | None:
    """A number, also where it is written as text."""
    text = value.strip() if isinstance(value, str) else repr(value)
    return Decimal(text) if not isinstance(value, bool) and NUMBER.fullmatch(text) else None
