"""The sessions behind a number: every metric names its parts, and each part finds the sessions it counts.

A part is a row in the metric's table, and finds either a filter on stored sessions or, where the number is computed here,
the places of its sessions:

    Metric(
        id="pages",
        ...,
        parts=(
            Part("bounces", "sessions with one interactive event", counted("bounces")),
            Part("page", "sessions that saw this page", lambda asked: Matching(holding("pages", asked.value)), value=True),
            Part("reached", "sessions that reached this step", _reached, value=True),
        ),
    )

    def _reached(asked: Asked) -> Listed:
        step = asked.number("the number of a step, from 1", largest=10)
        rows = asked.source.stream([sums.matching(asked.scope), {"$project": {**PLACE_FIELDS, ...}}])
        return Listed([place_of(row) for row in rows if ...])

A filter is added to the scope's. What a `value` cannot be is refused with `asked.refuse(sentence)`; a value that nothing
has (a page nobody saw) is no mistake and finds no session. `total` must equal the number wherever that counts sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clickstream.errors import InvalidInput
from clickstream.links import Place
from clickstream.metrics.source import Row, Source
from clickstream.scope import Scope

PLACE_FIELDS = {"_id": 0, "start": 1, "session_id": 1, "key": 1}


@dataclass(frozen=True)
class Asked:
    """What a part is told: `value` says which row of the metric, "" where the part takes none."""

    source: Source
    scope: Scope
    options: Mapping[str, Any]
    value: str

    def refuse(self, problem: str) -> InvalidInput:
        return InvalidInput("These sessions cannot be listed.", fields={"value": problem}, code="invalid_option")

    def number(self, wanted: str, *, largest: int) -> int:
        """The value as a whole number from 1 to `largest`. Raises InvalidInput saying what is `wanted`."""
        number = int(self.value) if self.value.isdecimal() and len(self.value) < 6 else 0
        if not 1 <= number <= largest:
            raise self.refuse(f"must be {wanted}")
        return number


@dataclass(frozen=True)
class Matching:
    """The scope's sessions that this filter holds for, in another view than the scope's where one is named."""

    where: Mapping[str, Any] = field(default_factory=dict)
    view: str | None = None


@dataclass(frozen=True)
class Listed:
    """These sessions, in any order, each once; of another view than the scope's where one is named."""

    places: Sequence[Place]
    view: str | None = None


Found = Matching | Listed
NOBODY = Listed(())


@dataclass(frozen=True)
class Part:
    """One number of a metric that counts sessions; with `value` it is one in each row of a table."""

    name: str
    help: str
    find: Callable[[Asked], Found]
    value: bool = False

    def described(self) -> dict[str, Any]:
        return {"name": self.name, "help": self.help, "value": self.value}


def counted(count: str) -> Callable[[Asked], Found]:
    """Sessions with at least one of a count (`clickstream.measures.COUNTS`)."""
    return lambda asked: Matching({f"counts.{count}": {"$gte": 1}})


def holding(field: str, first: str, **more: Any) -> dict[str, Any]:
    """A filter on sessions whose list of tuples `field` has one that begins with `first`; `at_<n>` are further places."""
    wanted = {"0": first, **{name.removeprefix("at_"): value for name, value in more.items()}}
    return {field: {"$elemMatch": {place: {"$eq": value} for place, value in wanted.items()}}}


def place_of(row: Row) -> Place:
    """From a row that was projected with PLACE_FIELDS."""
    return row["start"], row["session_id"], row["key"]


def part_of(parts: Sequence[Part], metric_id: str, name: str, value: str) -> Part:
    """The part that was asked for. Raises InvalidInput saying which there are, and where a value is missing or too much."""
    by_name = {part.name: part for part in parts}
    problems = {}
    if name not in by_name:
        problems["of"] = f"must be one of {', '.join(by_name)}" if by_name else f"{metric_id} lists no sessions"
    elif by_name[name].value and not value:
        problems["value"] = f"is missing: which {name}"
    elif value and not by_name[name].value:
        problems["value"] = f"is nothing that {name} takes"
    if problems:
        raise InvalidInput("These sessions cannot be listed.", fields=problems, code="invalid_option")
    return by_name[name]
