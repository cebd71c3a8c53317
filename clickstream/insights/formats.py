"""How a fact's value is written for people, in one language's hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from clickstream.errors import InvalidInput
from clickstream.facts import Fact
from clickstream.insights.report import Direction

CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class Locale:
    name: str
    group: str
    decimal: str
    opening_quote: str
    closing_quote: str
    points: str
    months: tuple[str, ...]

    def number(self, value: float | Decimal, decimals: int) -> str:
        """Rounded half away from zero in decimal, as browsers do, grouped by thousands; never a negative zero."""
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        plain = f"{rounded if rounded else abs(rounded):,.{decimals}f}"
        return "".join({",": self.group, ".": self.decimal, "-": "−"}.get(char, char) for char in plain)


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LOCALES = {"en": Locale("en", ",", ".", "“", "”", "percentage points", MONTHS)}


def locale_named(name: str) -> Locale:
    try:
        return LOCALES[name]
    except KeyError as error:
        known = ", ".join(sorted(LOCALES))
        raise InvalidInput(
            f"Texts are written in {known}, not in {name!r}.", fields={"locale": f"one of {known}"}
        ) from error


def formatted(fact: Fact, locale: Locale, *, with_sign: bool = True, quoted: bool = True) -> str:
    """The value as text; `with_sign` False where the sentence says which way, `quoted` False where it quotes the name.

    >>> formatted(Fact("a", "", 0.0345, "rate", 9, ""), LOCALES["en"])
    '3.5%'
    """
    if isinstance(fact.value, str):
        return _text(fact.value, fact.kind, locale, quoted=quoted)
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


def _text(value: str, kind: str, locale: Locale, *, quoted: bool) -> str:
    if kind == "day":
        moment = date.fromisoformat(value)
        return f"{moment.day} {locale.months[moment.month - 1]} {moment.year}"
    return f"{locale.opening_quote}{value}{locale.closing_quote}" if quoted else value


def _count(value: float, _currency: str, locale: Locale) -> str:
    return locale.number(value, 0)


def _number(value: float, _currency: str, locale: Locale) -> str:
    return locale.number(value, 1)


def _rate(value: float, currency: str, locale: Locale) -> str:
    """What is not quite nothing or not quite all does not look like it."""
    if 0 < value < 0.00005:
        return f"<{locale.number(0.01, 2)}%"
    if 0.9995 <= value < 1:
        return f">{locale.number(99.9, 1)}%"
    return _percent(value, currency, locale)


def _percent(value: float, _currency: str, locale: Locale) -> str:
    """One decimal, two under one percent: 0.25 % and 0.3 % are not the same shop."""
    decimals = 2 if 0 < abs(value) < 0.01 else 1
    return f"{locale.number(Decimal(str(value)) * 100, decimals)}%"


def _points(value: float, _currency: str, locale: Locale) -> str:
    return f"{locale.number(Decimal(str(value)) * 100, 1)} {locale.points}"


def _money(value: float, currency: str, locale: Locale) -> str:
    number = locale.number(abs(value), 0 if currency in WITHOUT_CENTS else 2)
    sign = CURRENCY_SIGNS.get(currency)
    return ("−" if value < 0 else "") + (f"{sign}{number}" if sign else f"{number} {currency}")


def _seconds(value: float, _currency: str, locale: Locale) -> str:
    """The two largest units that say something: `48 s`, `2 min 10 s`, `1 h 5 min`.

    >>> [_seconds(value, "", LOCALES["en"]) for value in (0, 4.25, 130, 3900, 90_000)]
    ['0 s', '4.3 s', '2 min 10 s', '1 h 5 min', '1 d 1 h']
    """
    if value < 10 and value != int(value):
        return f"{locale.number(value, 1)} s"
    whole = round(value)
    for size, word, smaller_size, smaller in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller_size
            return f"{whole // size} {word}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


_NUMERIC: dict[str, Callable[[float, str, Locale], str]] = {
    "count": _count,
    "number": _number,
    "rate": _rate,
    "seconds": _seconds,
    "money": _money,
    "difference": _money,
    "change": _percent,
    "points": _points,
}
