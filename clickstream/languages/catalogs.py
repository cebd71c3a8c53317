"""Gettext catalogs, read from their `.po` files when they are first asked."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages import Catalog, pofile

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Translations:
    """One area of the program in one language."""

    messages: Catalog
    form_of: Callable[[int], int]

    def singular(self, text: str, context: str) -> str | None:
        return self._forms(text, context)[0]

    def plural(self, one: str, number: float, context: str) -> str | None:
        """The form for this number; the only one where the sentence is the same for all."""
        forms = self._forms(one, context)
        return forms[self.form_of(int(number))] if len(forms) > 1 else forms[0]

    def _forms(self, text: str, context: str) -> tuple[str | None, ...]:
        found = self.messages.get(text, context or None)
        string = found.string if found else None
        return (string,) if string is None or isinstance(string, str) else tuple(string)


def path_of(language: str, area: str) -> Path:
    return FOLDER / language / f"{area}.po"


@cache
def catalog(language: str, area: str) -> Translations:
    """Empty where there is no file yet: everything is English then."""
    path = path_of(language, area)
    messages = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as lines:
            messages = pofile.read_po(lines, locale=language)
    return Translations(messages, gettext.c2py(messages.plural_expr))
