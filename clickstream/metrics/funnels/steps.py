"""The steps of a funnel as they are asked for, read from JSON: every mistake is named by its place (`[2].where[0].op`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from clickstream.events import PROPERTY_ALIASES, TYPE_ALIASES
from clickstream.metrics.metric import Unreadable
from clickstream.sessions import FUNNEL_STEPS

SESSION = FUNNEL_STEPS[0]
"""The step that is no event: the moment before the first one."""
FEWEST_STEPS, MOST_STEPS = 2, 10
MOST_ALTERNATIVES, MOST_CONDITIONS, MOST_EXCLUSIONS = 5, 3, 3
MAX_JSON, MAX_TEXT = 20_000, 200
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
COMPARISONS = ("at_least", "at_most")
OPERATORS = ("is", "is_not", "contains", *COMPARISONS, "is_set")
_PLACE = re.compile(r"(?P<problem>.*?)(?: - at `\$(?P<place>.*)`)?", re.DOTALL)

Problem = tuple[str, str]
"""A place within the option, and what is wrong there."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    property: str
    op: str
    value: str | int | float | bool | None = None


class Alternative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event type, and what must hold of its properties."""

    type: str
    where: tuple[Condition, ...] = ()


class Step(msgspec.Struct, frozen=True):
    name: str
    any: tuple[Alternative, ...]


class _GivenStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str | None = None
    where: tuple[Condition, ...] = ()
    any: tuple[str | Alternative, ...] | None = None
    name: str = ""


DEFAULT_STEPS = tuple(Step(name, (Alternative(name),)) for name in FUNNEL_STEPS)


def read_steps(value: Any) -> tuple[Step, ...]:
    """Raises Unreadable."""
    given: tuple[str | _GivenStep, ...] = _converted(value, tuple[str | _GivenStep, ...])
    if not FEWEST_STEPS <= len(given) <= MOST_STEPS:
        raise Unreadable({"": f"must be {FEWEST_STEPS} to {MOST_STEPS} steps, not {len(given)}"})
    whole = [_GivenStep(type=one) if isinstance(one, str) else one for one in given]
    problems = [(f"[{n}]{place}", problem) for n, one in enumerate(whole) for place, problem in _step_problems(one, n)]
    if problems:
        raise Unreadable(dict(problems))
    return tuple(_step(one) for one in whole)


def read_exclusions(value: Any) -> tuple[Alternative, ...]:
    """Raises Unreadable."""
    given: tuple[str | Alternative, ...] = _converted(value, tuple[str | Alternative, ...])
    if len(given) > MOST_EXCLUSIONS:
        raise Unreadable({"": f"must be at most {MOST_EXCLUSIONS} event types, not {len(given)}"})
    whole = [_alternative(one) for one in given]
    problems = [(f"[{n}]{place}", problem) for n, one in enumerate(whole) for place, problem in _type_problems(one)]
    if problems:
        raise Unreadable(dict(problems))
    return tuple(whole)


def _converted(value: Any, kind: Any) -> Any:
    """JSON text, or what it says, as structs."""
    try:
        if isinstance(value, str):
            if len(value) > MAX_JSON:
                raise Unreadable({"": f"must be at most {MAX_JSON:,} characters of JSON"})
            value = msgspec.json.decode(value)
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = _PLACE.fullmatch(str(error))
        assert found
        raise Unreadable({found["place"] or "": found["problem"][:MAX_TEXT]}) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable({"": 'must be JSON, such as ["session", {"type": "add_to_cart"}, "purchase"]'}) from error


def _step_problems(given: _GivenStep, number: int) -> Iterator[Problem]:
    if len(given.name) > MAX_TEXT:
        yield ".name", f"must be at most {MAX_TEXT} characters"
    if (given.type is None) == (given.any is None):
        yield "", "must have either a type or alternatives in any"
    elif given.any is None:
        yield from _type_problems(Alternative(given.type or "", given.where), first=number == 0)
    elif given.where:
        yield ".where", "belongs to an alternative where there are several"
    elif not 1 <= len(given.any) <= MOST_ALTERNATIVES:
        yield ".any", f"must be 1 to {MOST_ALTERNATIVES} alternatives"
    else:
        for n, one in enumerate(given.any):
            for place, problem in _type_problems(_alternative(one), first=number == 0 and len(given.any) == 1):
                yield f".any[{n}]{place}", problem


def _type_problems(one: Alternative, *, first: bool = False) -> Iterator[Problem]:
    if not one.type or len(one.type) > MAX_TEXT:
        yield ".type", f"must be an event type of at most {MAX_TEXT} characters"
    if one.type == SESSION and not (first and not one.where):
        yield ".type", f"{SESSION} is no event: it may only be the first step, by itself and without conditions"
    if len(one.where) > MOST_CONDITIONS:
        yield ".where", f"must be at most {MOST_CONDITIONS} conditions"
    for n, condition in enumerate(one.where):
        for place, problem in _condition_problems(condition):
            yield f".where[{n}]{place}", problem


def _condition_problems(condition: Condition) -> Iterator[Problem]:
    value = condition.value
    if not condition.property or len(condition.property) > MAX_TEXT:
        yield ".property", f"must be the name of a property, at most {MAX_TEXT} characters"
    if condition.op not in OPERATORS:
        yield ".op", f"must be one of {', '.join(OPERATORS)}"
    elif condition.op == "is_set":
        if value not in (None, ""):
            yield ".value", "is nothing that is_set takes"
    elif isinstance(value, str) and len(value) > MAX_TEXT:
        yield ".value", f"must be at most {MAX_TEXT} characters"
    elif condition.op in COMPARISONS:
        if isinstance(value, bool) or not NUMBER.fullmatch(str(value).strip()):
            yield ".value", "must be a number"
    elif value is None or not str(value).strip():
        yield ".value", "is missing"


def _step(given: _GivenStep) -> Step:
    several = (Alternative(given.type or "", given.where),) if given.any is None else given.any
    alternatives = tuple(_alternative(one) for one in several)
    return Step(given.name or " or ".join(dict.fromkeys(one.type for one in alternatives)), alternatives)


def _alternative(given: str | Alternative) -> Alternative:
    """By the names events are stored under."""
    one = Alternative(given) if isinstance(given, str) else given
    conditions = tuple(
        msgspec.structs.replace(condition, property=PROPERTY_ALIASES.get(condition.property, condition.property))
        for condition in one.where
    )
    return Alternative(TYPE_ALIASES.get(one.type, one.type), conditions)
