"""One side of a comparison: what was measured of a scope, how long its window is, and what it shares with the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from clickstream.clock import iso
from clickstream.errors import InvalidInput
from clickstream.localtime import LocalTime
from clickstream.metrics import Answer
from clickstream.scope import Scope
from clickstream.store import Store

OVERLAP, VERSIONS = "overlap", "versions"
_SAME_LENGTH = 1e-6


@dataclass(frozen=True)
class Side:
    """`results` by key of QUESTIONS, `failed` those that do not reconcile."""

    scope: Scope
    results: Mapping[str, Any]
    failed: frozenset[str]
    watermark: int
    local: LocalTime

    @property
    def time_zone(self) -> str:
        return self.local.time_zone

    @cached_property
    def window(self) -> tuple[datetime, datetime]:
        """As far as it has begun; a missing bound is the first or last local day that has a session."""
        days = [point["day"] for point in self.results["series"]]
        since = self.scope.since or self.local.day_start(days[0])
        until = self.scope.until or self.local.next_day_start(days[-1])
        return since, min(until, self.scope.as_of) if self.scope.as_of > since else until

    @cached_property
    def days(self) -> float:
        return self.local.days_between(*self.window)

    @property
    def currencies(self) -> frozenset[str]:
        return frozenset(row["currency"] for row in self.results["overview"]["revenue"])

    @property
    def open_carts(self) -> int:
        found: int = self.results["cart"]["open"]
        return found

    def lasts_as_long_as(self, other: Side) -> bool:
        return abs(self.days - other.days) < _SAME_LENGTH

    def days_in_order(self) -> list[dict[str, Any]]:
        """The series by number of the day, the first day of the window being 1."""
        fields = ("day", "sessions", "conversions", "orders", "revenue")
        points = enumerate(self.results["series"], 1)
        return [{"number": number, **{name: point[name] for name in fields}} for number, point in points]

    def described(self) -> dict[str, Any]:
        """The receipt."""
        since, until = self.window
        return {
            "scope": self.scope.described(),
            "watermark": self.watermark,
            "time_zone": self.time_zone,
            "sessions": self.results["overview"]["sessions"],
            "window": {"since": iso(since), "until": iso(until)},
            "first_day": self.local.day(since),
            "last_day": self.local.day(until - timedelta(milliseconds=1)),
            "days": self.days,
            "currencies": sorted(self.currencies),
            "open_carts": self.open_carts,
        }


def side_of(store: Store, answers: Mapping[str, Answer]) -> Side:
    scope = answers["overview"].scope
    served = store.state.find_dataset(scope.dataset)
    return Side(
        scope=scope,
        results={key: answer.result for key, answer in answers.items()},
        failed=frozenset(key for key, one in answers.items() if not all(line["holds"] for line in one.reconciliation)),
        watermark=max(answer.watermark for answer in answers.values()),
        local=LocalTime(served.calculation.time_zone if served else "UTC"),
    )


def check_apart(a: Scope, b: Scope) -> None:
    """Raises InvalidInput where both are the same sessions by the same words."""
    if replace(a, as_of=b.as_of) == b:
        fields = {"b": "must differ from a in its dataset, window, person, filters or view"}
        raise InvalidInput("Both sides are the same selection; choose another one for B.", fields=fields, code="same_scope")


def check_not_empty(a: Answer, b: Answer) -> None:
    """Of both overviews. Raises InvalidInput naming the side without sessions, and where its data is."""
    problems = {letter: _where(one) for letter, one in (("a", a), ("b", b)) if not one.result["sessions"]}
    if problems:
        sides = " and ".join(f"Side {letter.upper()}" for letter in problems)
        message = f"{sides} {'has' if len(problems) == 1 else 'have'} no sessions, so there is nothing to compare."
        raise InvalidInput(message, fields=problems, code="empty_side")


def _where(answer: Answer) -> str:
    if answer.range is None:
        return "no session matches this selection; widen the window or take a filter away"
    first, last = answer.range
    return f"its data runs from {first.date()} to {last.date()} (UTC)"


def why_untested(store: Store, a: Side, b: Side) -> str | None:
    """Why no difference can be tested: OVERLAP where a session may be on both sides, VERSIONS where both are of one log."""
    if a.scope.dataset != b.scope.dataset:
        return VERSIONS if _first_version(store, a.scope.dataset) == _first_version(store, b.scope.dataset) else None
    return None if any(_apart(a, b)) else OVERLAP


def _apart(a: Side, b: Side) -> Iterator[bool]:
    """Ways in which no session can be on both sides."""
    yield a.window[1] <= b.window[0] or b.window[1] <= a.window[0]
    yield bool(a.scope.user_id and b.scope.user_id and a.scope.user_id != b.scope.user_id)
    for name in a.scope.filters.keys() & b.scope.filters.keys():
        yield a.scope.filters[name] != b.scope.filters[name]


def _first_version(store: Store, dataset_id: str) -> str:
    """The upload that this one is a version of, however many there were between; else itself."""
    held = store.datasets.find(dataset_id)
    return _first_version(store, held.version_of) if held and held.version_of else dataset_id
