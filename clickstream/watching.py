"""Something under way, as it changes, for those who wait for its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


def watched(
    find: Callable[[], T | None], has_ended: Callable[[T], bool], moved: Condition, *, look: float, sign_of_life: float
) -> Iterator[T | None]:
    """What `find` gives now, and at every change until it has ended; None as a sign of life. Ends where there is none.

    It is looked at when `moved` is notified and at least every `look` seconds; `sign_of_life` is in seconds too.
    """
    seen: T | None = None
    written = monotonic()
    while found := find():
        if found != seen:
            seen, written = found, monotonic()
            yield found
        elif monotonic() - written >= sign_of_life:
            written = monotonic()
            yield None
        if has_ended(found):
            return
        with moved:
            moved.wait(look)
