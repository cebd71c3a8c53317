"""What an answer may rest on: the facts of the analysis, and those of everything measured for the question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clickstream.analysis.measuring import Step, holds, product_names, reconciled
from clickstream.analysis.run import Means
from clickstream.chat.call import About, Call
from clickstream.clock import iso
from clickstream.errors import ClickstreamError
from clickstream.facts import Fact, FactSheet, facts_of, of_call
from clickstream.facts.fact import day, name
from clickstream.facts.labels import clean_label
from clickstream.facts.overview import range_facts
from clickstream.localtime import LocalTime
from clickstream.metrics import Answer
from clickstream.scope import Scope

_OF_THE_CALL = "What was measured"


class DoesNotAddUp(ClickstreamError):
    code = "does_not_add_up"

    def __init__(self) -> None:
        super().__init__("This metric is withheld because its parts do not add up.")


@dataclass(frozen=True)
class Measurement:
    """The n-th call of an answer with its facts, `c<n>.` before their ids."""

    number: int
    call: Call
    watermark: int
    facts: tuple[Fact, ...]

    def described(self) -> dict[str, Any]:
        return {**self.call.described(), "watermark": self.watermark}


class Evidence:
    """Grows with every call; the same call is measured once."""

    def __init__(self, means: Means, about: About, analysis: FactSheet, watermark: int | None) -> None:
        self._means, self.about = means, about
        self.base, self.analysis, self.watermark = about.base, analysis, watermark
        self.measurements: list[Measurement] = []
        self.facts = analysis

    def known(self, call: Call) -> Measurement | None:
        return next((found for found in self.measurements if found.call == call), None)

    def measure(self, call: Call) -> Measurement:
        """Raises DoesNotAddUp, and what `metrics.measure` raises."""
        if found := self.known(call):
            return found
        with self._means.measuring:
            answer = reconciled(self._means.store, call.scope, Step(call.metric_id, call.metric_id, call.options))
        if not holds(answer):
            raise DoesNotAddUp
        number = len(self.measurements) + 1
        facts = tuple(of_call(number, fact) for fact in self._told(answer, call.scope))
        measurement = Measurement(number, call, answer.watermark, facts)
        self.measurements.append(measurement)
        self.facts = FactSheet([*self.facts.values(), *facts])
        return measurement

    def _told(self, answer: Answer, scope: Scope) -> Iterator[Fact]:
        yield from scope_facts(scope, self.about.local)
        if answer.range:
            yield from range_facts("available", *(self.about.local.day(moment) for moment in answer.range))
        yield from facts_of(answer.metric.id, answer.result, product_names(self._means.store, [answer]))


def scope_facts(scope: Scope, local: LocalTime) -> Iterable[Fact]:
    """What a text can call the selection by: `scope.since`, `scope.until` (the last day), `scope.device`, ..."""
    whole = scope.whole_days(local)
    first, last = whole or (None, None)
    if first:
        yield day("scope.since", "First day of the selection", first, _OF_THE_CALL)
    if last:
        yield day("scope.until", "Last day of the selection", last, _OF_THE_CALL)
    if whole is None:
        moments = {"since": scope.since, "until": scope.until and scope.until - timedelta(milliseconds=1)}
        for key, moment in moments.items():
            if moment:
                yield from name(f"scope.{key}", f"Selected {key}", iso(moment)[:16].replace("T", " "), None, _OF_THE_CALL)
    named = {**scope.filters, **({"view": scope.view} if scope.view == "all" else {})}
    for key, value in named.items():
        yield from name(f"scope.{key}", f"Selected {key}", clean_label(value), None, _OF_THE_CALL)
