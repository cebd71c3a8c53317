"""The languages of the texts that people read: which there are, and what a message is called in each.

The English message is its own key. Translations are gettext catalogs beside this module, `<code>/<area>.po`, one for each
area of the program; docs/languages.md says how to add a message or a language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from babel.lists import format_list

from clickstream.errors import InvalidInput
from clickstream.languages.catalogs import catalog

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch", "fr": "Français", "es": "Español", "vi": "Tiếng Việt"}
"""Codes with the languages' own names."""

_WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)")


def message(text: str) -> str:
    """Marks a sentence as one that catalogs have, where it is not said at once: in a table."""
    return text


def known_language(code: str, field: str = "language") -> str:
    """The code itself. Raises InvalidInput naming `field` where it is none of ours."""
    if code not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InvalidInput(f"Texts are written in {known}, not in {code[:20]!r}.", fields={field: f"one of {known}"})
    return code


def preferred_language(accept_language: str) -> str:
    """Which of ours a browser's Accept-Language puts first; English where it names none.

    >>> preferred_language("pt-BR, fr-CA;q=0.8, de;q=0.9"), preferred_language("")
    ('de', 'en')
    """
    ranked = sorted((_weighed(choice) for choice in accept_language.split(",")), key=lambda choice: -choice[1])
    return next((code for code, weight in ranked if code in LANGUAGES and weight > 0), ENGLISH)


def _weighed(choice: str) -> tuple[str, float]:
    tag, _, weight = choice.partition(";")
    found = _WEIGHT.fullmatch(weight.strip())
    return tag.strip().casefold().partition("-")[0], float(found.group(1)) if found else 1.0


def translated(language: str, area: str, text: str, context: str = "") -> str:
    """The message in this language; in English where its catalog has none."""
    if language == ENGLISH:
        return text
    return catalog(language, area).singular(text, context) or text


def plural(language: str, area: str, one: str, many: str, *, number: float, context: str = "") -> str:
    """The message in the form that goes with `number` in this language: `one` and `many` are the English forms."""
    if language == ENGLISH:
        return one if number == 1 else many
    return catalog(language, area).plural(one, number, context) or (one if number == 1 else many)


def joined(language: str, items: Sequence[str]) -> str:
    """A list in words.

    >>> joined("en", ["a", "b"]), joined("de", ["a", "b", "c"])
    ('a and b', 'a, b und c')
    """
    return format_list(items, locale=language)
