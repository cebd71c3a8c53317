"""How a fact's value is written for people, in one language's hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from clickstream.facts import Fact
from clickstream.insights.names import own_name
from clickstream.insights.report import Direction
from clickstream.languages.locales import Locale


def formatted(fact: Fact, locale: Locale, *, with_sign: bool = True, quoted: bool = True) -> str:
    """The value as text; `with_sign` False where the sentence says which way, `quoted` False where it quotes the name.

    >>> formatted(Fact("a", "", 0.0345, "rate", 9, ""), locale_named("en"))
    '3.5%'
    """
    if isinstance(fact.value, str):
        return _text(fact, locale, quoted=quoted)
    value = fact.value if with_sign or not fact.signed else abs(fact.value)
    sign = "+" if fact.signed and with_sign and not lies_flat(fact) and value > 0 else ""
    return sign + _NUMERIC[fact.kind](value, fact.currency, locale)


def lies_flat(fact: Fact) -> bool:
    """Is a signed fact shown as zero?"""
    smallest = 0.005 if fact.kind == "difference" else 0.0005
    return not isinstance(fact.value, str) and abs(fact.value) < smallest


def direction_of(fact: Fact) -> Direction:
    """Which way a signed fact points, as far as it is shown."""
    if lies_flat(fact):
        return "flat"
    return "up" if float(fact.value) > 0 else "down"


def _text(fact: Fact, locale: Locale, *, quoted: bool) -> str:
    if fact.kind == "day":
        return locale.day(date.fromisoformat(str(fact.value)))
    name = own_name(fact, locale.code)
    return locale.quoted(name) if quoted else name


def _rate(value: float, locale: Locale) -> str:
    """What is not quite nothing or not quite all does not look like it."""
    if 0 < value < 0.00005:
        return f"<{locale.share(0.0001, 2)}"
    if 0.9995 <= value < 1:
        return f">{locale.share(0.999, 1)}"
    return _percent(value, locale)


def _percent(value: float, locale: Locale) -> str:
    """One decimal, two under one percent: 0.25 % and 0.3 % are not the same shop."""
    return locale.share(value, 2 if 0 < abs(value) < 0.01 else 1)


def _points(value: float, locale: Locale) -> str:
    return f"{locale.number(Decimal(str(value)) * 100, 1)} {locale.hand.points}"


_NUMERIC: dict[str, Callable[[float, str, Locale], str]] = {
    "count": lambda value, _, locale: locale.number(value),
    "number": lambda value, _, locale: locale.number(value, 1),
    "rate": lambda value, _, locale: _rate(value, locale),
    "seconds": lambda value, _, locale: locale.duration(value),
    "money": lambda value, currency, locale: locale.money(value, currency),
    "difference": lambda value, currency, locale: locale.money(value, currency),
    "change": lambda value, _, locale: _percent(value, locale),
    "points": lambda value, _, locale: _points(value, locale),
}
