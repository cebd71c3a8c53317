"""The trail of a session: what happened, in event order, small enough to be kept with it, so that funnels and paths need no
events.

`types` has one character an event: a letter of CODES, or one from FIRST_OTHER on for the types in `names`. `ms` holds the
milliseconds since the session's start, four bytes each, eight where four do not reach. `pages` has one character a view
(VIEWS): NO_PAGE, or the place in the session's `pages` counted from FIRST_PAGE.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

import msgspec

from clickstream.events import VIEWS, Event

CODES = {
    "pageview": "p",
    "product_view": "v",
    "search": "s",
    "search_click": "k",
    "list_filter": "f",
    "list_view": "l",
    "add_to_cart": "a",
    "remove_from_cart": "r",
    "cart_view": "c",
    "coupon": "u",
    "checkout": "b",
    "checkout_step": "t",
    "payment_error": "y",
    "purchase": "z",
    "refund": "d",
    "order_cancel": "x",
    "engagement": "e",
    "login": "i",
}
"""Only ever add to them: another letter for a type is another calculation."""
FIRST_OTHER = 0x100
NO_PAGE = " "
FIRST_PAGE = 0x21
_MILLISECOND = timedelta(milliseconds=1)
_NARROW = 2**32
_WIDTHS = {4: "I", 8: "Q"}


class Trail(msgspec.Struct, frozen=True):
    types: str = ""
    names: list[str] = []
    ms: bytes = b""
    pages: str = ""


def trail_of(events: Sequence[Event], pages: Mapping[str, int]) -> Trail:
    """The trail of a session's events, which are in event order; `pages` names the place of each page it saw."""
    names = sorted({event.event_type for event in events} - CODES.keys())
    codes = {**CODES, **{name: chr(FIRST_OTHER + n) for n, name in enumerate(names)}} if names else CODES
    start = events[0].timestamp
    offsets = [(event.timestamp - start) // _MILLISECOND for event in events]
    width = "I" if offsets[-1] < _NARROW else "Q"
    return Trail(
        types="".join([codes[event.event_type] for event in events]),
        names=names,
        ms=struct.pack(f"<{len(offsets)}{width}", *offsets),
        pages="".join([_page(event.page, pages) for event in events if event.event_type in VIEWS]),
    )


def _page(page: str | None, pages: Mapping[str, int]) -> str:
    return chr(FIRST_PAGE + pages[page]) if page else NO_PAGE


def offsets_of(ms: bytes, events: int) -> Sequence[int]:
    """Milliseconds since the session's start, one an event.

    >>> list(offsets_of(struct.pack("<2I", 0, 1500), 2))
    [0, 1500]
    """
    return _shape(events, len(ms)).unpack(ms)


@lru_cache(4_096)
def _shape(events: int, size: int) -> struct.Struct:
    return struct.Struct(f"<{events}{_WIDTHS[size // events]}" if events else "")
