"""What sessions do, as nodes: event types, or pages grouped so that products and ids do not make one each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from clickstream.trails import CODES, FIRST_OTHER, FIRST_PAGE, NO_PAGE

Nodes = tuple[str, ...]
MOST_KNOWN = 50_000
_TYPES = {code: name for name, code in CODES.items()}
_ENGAGEMENT = CODES["engagement"]
_PRODUCT_VIEW, _VIEWS = CODES["product_view"], (CODES["pageview"], CODES["product_view"])
_DIGITS = frozenset("0123456789")


def type_nodes() -> Callable[[dict[str, Any]], Nodes]:
    """Of a session: the types of its interactive events, one after the other. Equal trails are looked at once."""

    @lru_cache(MOST_KNOWN)
    def nodes(types: str, names: Sequence[str]) -> Nodes:
        codes = (code for code, _ in groupby(types.replace(_ENGAGEMENT, "")))
        return tuple(_TYPES[code] if code in _TYPES else names[ord(code) - FIRST_OTHER] for code in codes)

    return lambda row: nodes(row["trail"]["types"], tuple(row["trail"].get("names", ())))


def page_nodes() -> Callable[[dict[str, Any]], Nodes]:
    """Of a session: its grouped pages, one after the other."""
    grouped = lru_cache(MOST_KNOWN)(group_page)

    def pages(row: dict[str, Any]) -> Iterator[str]:
        views = (code for code in row["trail"]["types"] if code in _VIEWS)
        for code, place in zip(views, row["trail"].get("pages", ""), strict=True):
            if place != NO_PAGE:
                yield grouped(row["pages"][ord(place) - FIRST_PAGE][0], code == _PRODUCT_VIEW)

    return lambda row: _collapsed(pages(row))


def _collapsed(names: Iterable[str]) -> Nodes:
    return tuple(name for name, _ in groupby(names))


def group_page(page: str, is_product: bool) -> str:
    """Parts with a digit become `*`, and so does the last part of a product's page.

    >>> group_page("/c/shoes/p-12/reviews", False), group_page("/p/linen-shirt/", True)
    ('/c/shoes/*/reviews', '/p/*/')
    """
    parts = page.split("/")
    named = [n for n, part in enumerate(parts) if part]
    for n in named:
        if not _DIGITS.isdisjoint(parts[n]) or (is_product and n == named[-1]):
            parts[n] = "*"
    return "/".join(parts)
