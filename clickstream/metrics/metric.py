"""What a metric is: an id, a printed definition, options, and a function from a scope to a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from clickstream.errors import InvalidInput
from clickstream.metrics.behind import Part
from clickstream.metrics.source import Source
from clickstream.scope import Scope

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """A result and the identities that must hold in it. `sessions`: how many it is of, where the metric knows."""

    result: Any
    reconciliation: list[dict[str, Any]]
    sessions: int | None = None


class Unreadable(ValueError):
    """What is wrong within an option, by place: `[2].where[0].op`, "" for all of it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True)
class Option:
    """One choice the asker has: from `choices`, a text of at most `longest`, JSON that `parse` reads (it raises Unreadable),
    or a whole number from 1 to `largest`. Where it is left empty it is the default."""

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    largest: int = 0
    longest: int = 0
    parse: Callable[[Any], Any] | None = None

    @property
    def kind(self) -> str:
        if self.choices:
            return "choice"
        if self.parse:
            return "json"
        return "text" if self.longest else "number"

    def read(self, value: Any) -> Any:
        """Raises ValueError saying what would do."""
        if value is None or value == "":
            return self.default
        if self.parse:
            return self.parse(value)
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}")
            return value
        if self.longest:
            if not isinstance(value, str) or len(value) > self.longest:
                raise ValueError(f"must be text of at most {self.longest} characters")
            return value
        number = int(value) if str(value).isdecimal() and len(str(value)) < 10 else 0
        if not 1 <= number <= self.largest:
            raise ValueError(f"must be a whole number from 1 to {self.largest}")
        return number


@dataclass(frozen=True)
class Metric:
    """`fields` defines each number of the result that is not plain from its name; `parts` are those that list sessions."""

    id: str
    title: str
    definition: str
    measure: Callable[[Source, Scope, Options], Measured]
    fields: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    parts: tuple[Part, ...] = ()

    def read_options(self, given: Options) -> dict[str, Any]:
        """Every option with its value. Raises InvalidInput naming each that does not exist or cannot be read."""
        known = {option.name: option for option in self.options}
        problems = {name: f"is no option of {self.id}" for name in given if name not in known}
        values: dict[str, Any] = {}
        for option in self.options:
            try:
                values[option.name] = option.read(given.get(option.name))
            except Unreadable as error:
                problems.update({f"{option.name}{place}": problem for place, problem in error.problems.items()})
            except ValueError as error:
                problems[option.name] = str(error)
        if problems:
            raise InvalidInput(f"{self.title} cannot be measured like this.", fields=problems, code="invalid_option")
        return values

    def described(self) -> dict[str, Any]:
        """The metric as GET /api/metrics lists it."""
        return {
            "id": self.id,
            "title": self.title,
            "definition": self.definition,
            "fields": dict(self.fields),
            "options": [
                {
                    "name": option.name,
                    "kind": option.kind,
                    "default": msgspec.to_builtins(option.default),
                    "help": option.help,
                    "choices": list(option.choices),
                    "largest": option.largest or None,
                    "longest": option.longest or None,
                }
                for option in self.options
            ],
            "parts": [part.described() for part in self.parts],
        }
