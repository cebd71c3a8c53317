"""What each language calls countries and months, as CLDR has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from babel import Locale


@cache
def countries(language: str) -> Mapping[str, str]:
    """Names by two-letter code.

    >>> countries("de")["DE"]
    'Deutschland'
    """
    return {code: name for code, name in Locale(language).territories.items() if len(code) == 2}


@cache
def months(language: str) -> Sequence[tuple[int, str]]:
    """Number and name of each month, in full and short."""
    names = Locale(language).months["format"]
    return [(month, name) for width in ("wide", "abbreviated") for month, name in names[width].items()]
