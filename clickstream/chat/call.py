"""One metric to be measured for an answer, and what the chat is about, which no call can leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clickstream.clock import iso
from clickstream.errors import InvalidInput
from clickstream.localtime import LocalTime
from clickstream.metrics import METRICS
from clickstream.scope import FILTERS, Scope, read_scope

KEPT = ("dataset", "user_id")
"""What an analysis is about: a call may say it, and nothing else."""
NARROWING = ("since", "until", *FILTERS, "view")


@dataclass(frozen=True)
class About:
    """`base` is the analysis's scope as of now, `against` side B of a comparison, whose side A is `base`.

    The names are those that filters can take; `products` are names by id.
    """

    base: Scope
    local: LocalTime
    report: str = "store"
    language: str = "en"
    against: Scope | None = None
    devices: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    products: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A metric with the options that were named (JSON values) and the scope it is measured for."""

    metric_id: str
    options: Mapping[str, Any]
    scope: Scope

    def described(self) -> dict[str, Any]:
        """As the API writes it, watermark aside."""
        return {
            "metric_id": self.metric_id,
            "title": METRICS[self.metric_id].title,
            "options": dict(self.options),
            "scope": self.scope.described(),
        }


def read_call(metric_id: str, arguments: Mapping[str, Any], base: Scope, local: LocalTime) -> Call:
    """A call within the dataset and about the person of `base`; what else of the scope is not named stays as it is there.

    Null and empty arguments are not named. Raises InvalidInput naming every argument that cannot be used.
    """
    metric = METRICS.get(metric_id)
    if metric is None:
        known = f"must be one of {', '.join(METRICS)}"
        raise InvalidInput(f"There is no metric {metric_id[:40]!r}.", fields={"metric": known}, code="unknown_metric")
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
    problems = _outside(given, base)
    scope, options = base, {name: value for name, value in given.items() if name not in (*KEPT, *NARROWING)}
    try:
        scope = _narrowed(base, given, local)
    except InvalidInput as error:
        problems |= error.fields
    try:
        metric.read_options(options)
    except InvalidInput as error:
        problems |= error.fields
    if problems:
        raise InvalidInput(f"{metric.title} cannot be measured like this.", fields=problems, code="invalid_call")
    return Call(metric_id, options, scope)


def _outside(given: Mapping[str, Any], base: Scope) -> dict[str, str]:
    """Arguments that name another dataset or person than the chat is about."""
    own = {"dataset": base.dataset, "user_id": base.user_id}
    foreign = [name for name in KEPT if name in given and given[name] != own[name]]
    return dict.fromkeys(foreign, "is that of the analysis and cannot be chosen")


def _narrowed(base: Scope, given: Mapping[str, Any], local: LocalTime) -> Scope:
    named = {name: given[name] for name in NARROWING if name in given}
    if wrong := {name: "must be text" for name, value in named.items() if not isinstance(value, str)}:
        raise InvalidInput("This selection cannot be read.", fields=wrong)
    window = {name: iso(moment) for name in ("since", "until") if (moment := getattr(base, name))}
    kept = {"dataset": base.dataset, "user_id": base.user_id or "", "view": base.view, **base.filters, **window}
    return read_scope({**kept, **named}, now=base.as_of, local=local)
