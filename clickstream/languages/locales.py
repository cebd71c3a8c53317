"""How each language writes numbers, money, days and lengths of time: CLDR's rules, and what we settled beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import NamedTuple

import babel
from babel.dates import format_skeleton
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol

from clickstream.languages import known_language

CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
"""In English, where every other currency is its code."""
WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
MINUTE, HOUR, DAY = 60, 3_600, 86_400
NO_BREAK = "\u00a0"


class Hand(NamedTuple):
    """What CLDR does not settle, or Babel does not tell. Numbers are grouped from `grouped_from` digits on."""

    quotes: tuple[str, str]
    points: str
    units: tuple[str, str, str, str] = ("d", "h", "min", "s")
    grouped_from: int = 4


HANDS = {
    "en": Hand(("“", "”"), "percentage points"),
    "de": Hand(("„", "“"), "Prozentpunkte"),
    "fr": Hand((f"«{NO_BREAK}", f"{NO_BREAK}»"), "points de pourcentage", ("j", "h", "min", "s")),
    "es": Hand(("«", "»"), "puntos porcentuales", grouped_from=5),
    "vi": Hand(("“", "”"), "điểm phần trăm", ("ngày", "giờ", "phút", "giây")),
}


@dataclass(frozen=True)
class Locale:
    """One language's hand. `percent` is its sign with the space before it; `sign_leads` says where a currency stands."""

    code: str
    hand: Hand
    group: str
    decimal: str
    percent: str
    sign_leads: bool

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """Rounded half away from zero in decimal, as browsers do; never a negative zero."""
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        whole, _, fraction = f"{abs(rounded):.{decimals}f}".partition(".")
        grouped = f"{int(whole):,}".replace(",", self.group) if len(whole) >= self.hand.grouped_from else whole
        return f"{'−' if rounded < 0 else ''}{grouped}{self.decimal + fraction if fraction else ''}"

    def share(self, value: float, decimals: int) -> str:
        """0.034 with one decimal is `3.4%`."""
        return f"{self.number(Decimal(str(value)) * 100, decimals)}{self.percent}"

    def money(self, amount: float, currency: str) -> str:
        number = self.number(abs(amount), 0 if currency in WITHOUT_CENTS else 2)
        return ("−" if amount < 0 else "") + self._with_currency(number, currency)

    def day(self, day: date) -> str:
        if self.code == "en":
            return f"{day.day} {format_skeleton('MMM', day, locale='en')} {day.year}"
        return format_skeleton("yMMMd", day, locale=self.code)

    def duration(self, seconds: float) -> str:
        """The two largest units that say something: `48 s`, `2 min 10 s`, `1 h 5 min`.

        >>> [locale_named("en").duration(seconds) for seconds in (0, 4.25, 130, 3900, 90_000)]
        ['0 s', '4.3 s', '2 min 10 s', '1 h 5 min', '1 d 1 h']
        """
        *_, second = self.hand.units
        if seconds < 10 and seconds != int(seconds):
            return f"{self.number(seconds, 1)}{self._space}{second}"
        whole = round(seconds)
        parts = zip((DAY, HOUR, MINUTE, 1), (None, DAY, HOUR, MINUTE), self.hand.units, strict=True)
        shown = [(whole % larger if larger else whole) // size for size, larger, _ in parts]
        first = next((place for place, value in enumerate(shown) if value), len(shown) - 1)
        named = list(zip(shown, self.hand.units, strict=True))[first : first + 2]
        return " ".join(f"{value}{self._space}{unit}" for place, (value, unit) in enumerate(named) if value or not place)

    def quoted(self, text: str) -> str:
        return text.join(self.hand.quotes)

    @property
    def _space(self) -> str:
        return " " if self.code == "en" else NO_BREAK

    def _with_currency(self, number: str, currency: str) -> str:
        if self.sign_leads and currency in CURRENCY_SIGNS:
            return f"{CURRENCY_SIGNS[currency]}{number}"
        return f"{number}{self._space}{currency if self.sign_leads else get_currency_symbol(currency, self.code)}"


@cache
def locale_named(code: str) -> Locale:
    """Raises InvalidInput for a language that we do not have."""
    cldr = babel.Locale.parse(known_language(code))
    return Locale(
        code,
        HANDS[code],
        group=get_group_symbol(code),
        decimal=get_decimal_symbol(code),
        percent=cldr.percent_formats[None].pattern.rpartition("0")[2],
        sign_leads=cldr.currency_formats["standard"].pattern.startswith("¤"),
    )
