"""The searches of one session. Definitions: docs/definitions.md, Search."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import msgspec

from clickstream.events import Event

_SUCCESSES = frozenset(("product_view", "search_click", "add_to_cart", "purchase"))
_CLICKS = frozenset(("product_view", "search_click"))
_SKIPPED = frozenset(("engagement", "list_filter"))
_RESULTS_PATH = "/search"


Term = tuple[str, int, int]
"""The session's first search of one normalised query: the query, 1 if it found nothing, 1 if it succeeded."""


def normalised(query: str) -> str:
    """One spelling of a query: NFKC, casefolded, single spaces.

    >>> normalised("  Red   SHOES ")
    'red shoes'
    """
    return " ".join(unicodedata.normalize("NFKC", query).casefold().split())


def search_counts(events: list[Event]) -> tuple[dict[str, int], list[Term]]:
    """What the searches of a session add to the sums, and its terms; events in event order."""
    positions = [n for n, event in enumerate(events) if _is_search(event)]
    if not positions:
        return {}, []
    judged = [_judge(events, n, until) for n, until in zip(positions, [*positions[1:], len(events)], strict=True)]
    interactive = [n for n, event in enumerate(events) if event.event_type != "engagement"]
    counts = {
        "searches": len(judged),
        "search_sessions": 1,
        "searches_known": sum(one.known for one in judged),
        "searches_zero": sum(one.zero for one in judged),
        "search_successes": sum(one.success for one in judged),
        "search_clicks": sum(one.click for one in judged),
        "search_refinements": sum(one.refined for one in judged),
        "search_exits": sum(n == interactive[-1] for n in positions),
        "success_sessions": int(any(one.success for one in judged)),
        "zero_sessions": int(any(one.zero for one in judged)),
    }
    return {name: n for name, n in counts.items() if n}, list(_terms(judged))


class _Judged(msgspec.Struct, frozen=True):
    query: str
    known: bool
    zero: bool
    success: bool
    click: bool
    refined: bool


def _is_search(event: Event) -> bool:
    return event.event_type == "search" and event.properties.get("page_no", 1) == 1


def _query(event: Event) -> str:
    return normalised(event.properties.get("query", ""))


def _judge(events: list[Event], position: int, until: int) -> _Judged:
    """One search, with the events up to the next search (`until`)."""
    search = events[position]
    results = search.properties.get("results_count")
    following = next((event for event in events[position + 1 :] if not _skipped(event)), None)
    return _Judged(
        query=_query(search),
        known=results is not None,
        zero=results == 0,
        success=any(event.event_type in _SUCCESSES for event in events[position + 1 : until]),
        click=following is not None and following.event_type in _CLICKS,
        refined=following is not None and _is_search(following) and _query(following) != _query(search),
    )


def _skipped(event: Event) -> bool:
    on_results = event.event_type == "pageview" and (event.page or "").startswith(_RESULTS_PATH)
    return on_results or event.event_type in _SKIPPED


def _terms(judged: list[_Judged]) -> Iterator[Term]:
    seen = {""}
    for one in judged:
        if one.query not in seen:
            seen.add(one.query)
            yield (one.query, int(one.zero), int(one.success))
