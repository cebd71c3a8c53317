"""Labels that shoppers and third parties wrote (queries, products, pages, campaigns): made harmless, kept readable."""

from __future__ import annotations

import re
import unicodedata

MAX_LABEL = 80
MAX_SLUG = 32

_INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cn", "Co", "Cs")
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIATION_SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SLOT_MARKS = str.maketrans("{}", "()")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s().-]?\d){6,}")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def clean_label(text: str, limit: int = MAX_LABEL) -> str:
    """NFKC, on one line, without control, bidi, zero-width and tag characters or slot braces, at most `limit` long.

    >>> clean_label("  red\\u200b\\n shoes\\u202e ")
    'red shoes'
    """
    normal = unicodedata.normalize("NFKC", _without_invisible(text))
    line = " ".join(_without_invisible(normal).translate(_SLOT_MARKS).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def clean_query(text: str) -> str:
    """A label from a search box, where people also type e-mail addresses, telephone and card numbers.

    >>> clean_query("order for anna@example.org")
    'order for (address)'
    """
    label = _ADDRESS.sub("(link)", _EMAIL.sub("(address)", clean_label(text, limit=10 * MAX_LABEL)))
    return clean_label(_LONG_NUMBER.sub("(number)", label))


def slug(text: str, position: int) -> str:
    """A label as part of a fact id; its position where the label has no plain letters or digits.

    >>> slug("Mobile Web", 3), slug("日本", 3)
    ('mobile_web', 'row_3')
    """
    plain = _NOT_SLUG.sub("_", clean_label(text).casefold()).strip("_")[:MAX_SLUG].rstrip("_")
    return plain or f"row_{position}"


def slugs(texts: list[str]) -> list[str]:
    """One slug each, all different: a later namesake carries its position."""
    taken: set[str] = set()
    result = []
    for position, text in enumerate(texts, start=1):
        chosen = slug(text, position)
        while chosen in taken:
            chosen = f"{chosen}_row_{position}"
        taken.add(chosen)
        result.append(chosen)
    return result


def _without_invisible(text: str) -> str:
    spaced = "".join(" " if char in "\t\n\r\v\f\u2028\u2029" else char for char in text)
    visible = (char for char in spaced if unicodedata.category(char) not in _INVISIBLE_CATEGORIES)
    return _VARIATION_SELECTORS.sub("", "".join(char for char in visible if char not in _INVISIBLE_LETTERS))
