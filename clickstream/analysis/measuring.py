"""Everything an analysis measures, as steps that can be counted, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickstream.comparison import QUESTIONS, check_apart, put_side_by_side
from clickstream.facts import FactSheet, Measured, build, product_ids_of
from clickstream.localtime import LocalTime
from clickstream.metrics import Answer, measure
from clickstream.rollup import CALCULATION_VERSION
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store

MOST_TERMS = 200
MOST_PAGES = 50
MOST_FRICTION = 20
MOST_PRODUCTS = 20
MOST_WEEKS = 8
ATTEMPTS = 3


@dataclass(frozen=True)
class Step:
    """One metric measured; `key` is its name in the analysis."""

    key: str
    metric_id: str
    options: Mapping[str, Any]


STEPS = (
    Step("overview", "overview", {}),
    Step("trends", "trends", {}),
    Step("series", "series", {"interval": "day"}),
    Step("funnel", "funnel", {}),
    Step("cart", "cart", {}),
    Step("checkout", "checkout", {}),
    Step("search", "search", {"limit": MOST_TERMS}),
    Step("segments", "segments", {"dimension": "device"}),
    *(Step(f"segments_{name}", "segments", {"dimension": name}) for name in ("channel", "visitor", "country", "variant")),
    Step("variants", "variants", {}),
    Step("products", "products", {"limit": MOST_PRODUCTS}),
    Step("bought_together", "bought_together", {"limit": MOST_PRODUCTS}),
    Step("channels", "channels", {}),
    Step("retention", "retention", {"weeks": MOST_WEEKS}),
    Step("retention_purchase", "retention", {"weeks": MOST_WEEKS, "first": "purchase"}),
    Step("rfm", "rfm", {}),
    Step("pages", "pages", {"limit": MOST_PAGES}),
    Step("event_types", "event_types", {}),
)

JOURNEY_STEPS = (
    *STEPS,
    Step("paths", "paths", {}),
    *(Step(f"paths_{who}", "paths", {"who": who}) for who in ("buyers", "abandoners")),
    Step("differences", "differences", {}),
    Step("friction", "friction", {"limit": MOST_FRICTION}),
)
COMPARISON_STEPS = tuple(Step(key, *question) for key, question in QUESTIONS.items())
STEPS_OF = {"store": STEPS, "journey": JOURNEY_STEPS, "comparison": COMPARISON_STEPS}
"""What each kind of report measures; a comparison on either side."""
SIDE_B = "against_"
"""Begins what is told of the steps of the other side."""

Told = Callable[[str], None]


@dataclass(frozen=True)
class Subject:
    """What a report of this kind is about; `against` is the other side of a comparison."""

    report: str
    scope: Scope
    against: Scope | None = None

    @property
    def user_id(self) -> str | None:
        """The one person it is about, on either side."""
        return self.scope.user_id or (self.against.user_id if self.against else None)

    @property
    def steps(self) -> tuple[str, ...]:
        """Keys as they are told, in their order."""
        keys = tuple(step.key for step in STEPS_OF[self.report])
        return (*keys, *(f"{SIDE_B}{key}" for key in keys)) if self.against else keys


@dataclass(frozen=True)
class Numbers:
    """Results by key, the facts in them, and the receipts. `moved`: data changed while it was being measured."""

    metrics: dict[str, Any]
    facts: FactSheet
    watermark: int
    moved: bool
    reconciliation: list[dict[str, Any]]
    calculation_version: int = CALCULATION_VERSION


def numbers_of(store: Store, settings: Settings, subject: Subject, told: Told) -> Numbers:
    """Everything the report is made of, measured now. Raises InvalidInput for a side of a comparison without sessions."""
    steps = STEPS_OF[subject.report]
    answers = measure_all(store, subject.scope, told, steps)
    if subject.against is None:
        found = measured(store, subject.scope, answers, local_time(store, settings, subject.scope.dataset))
        return _numbers(answers, {key: answer.result for key, answer in answers.items()}, build(found))
    others = measure_all(store, subject.against, lambda key: told(f"{SIDE_B}{key}"), steps)
    results = put_side_by_side(store, answers, others)
    facts = build(Measured(results, frozenset(results["comparison"]["withheld"])))
    return _numbers(answers, results, facts, {f"{SIDE_B}{key}": answer for key, answer in others.items()})


def compare(store: Store, a: Scope, b: Scope) -> dict[str, Any]:
    """Both scopes measured and put side by side, and nothing saved.

    Raises InvalidInput for one scope given twice and for a side without sessions, which it names with where its data is.
    """
    check_apart(a, b)
    sides = (measure_all(store, scope, lambda key: None, COMPARISON_STEPS) for scope in (a, b))
    return put_side_by_side(store, *sides)


def _numbers(
    answers: Mapping[str, Answer], results: dict[str, Any], facts: FactSheet, others: Mapping[str, Answer] | None = None
) -> Numbers:
    sides = [side for side in (answers, others) if side]
    watermarks = [{answer.watermark for answer in side.values()} for side in sides]
    return Numbers(
        metrics=results,
        facts=facts,
        watermark=max(watermarks[0]),
        moved=any(len(found) > 1 for found in watermarks),
        reconciliation=[
            {"metric": key, **identity}
            for side in sides
            for key, answer in side.items()
            for identity in answer.reconciliation
        ],
    )


def local_time(store: Store, settings: Settings, dataset: str) -> LocalTime:
    """The wall clock a dataset's days were cut by."""
    served = store.state.find_dataset(dataset)
    return LocalTime(served.calculation.time_zone if served else settings.time_zone)


def measure_all(store: Store, scope: Scope, told: Told, steps: Sequence[Step] = STEPS) -> dict[str, Answer]:
    """Every step's answer by key, all of one watermark where the data holds still for long enough.

    `told` hears the key of each step before it is measured for the first time.
    """
    answers = {}
    for step in steps:
        told(step.key)
        answers[step.key] = reconciled(store, scope, step)
    for _ in range(ATTEMPTS - 1):
        latest = max(answer.watermark for answer in answers.values())
        outdated = [step for step in steps if answers[step.key].watermark < latest]
        answers |= {step.key: reconciled(store, scope, step) for step in outdated}
    return answers


def reconciled(store: Store, scope: Scope, step: Step) -> Answer:
    """The answer, asked for again where a change in between may be why it does not reconcile."""
    answer = measure(store, step.metric_id, scope, step.options)
    for _ in range(ATTEMPTS - 1):
        if holds(answer):
            break
        answer = measure(store, step.metric_id, scope, step.options)
    return answer


def holds(answer: Answer) -> bool:
    return all(identity["holds"] for identity in answer.reconciliation)


def measured(store: Store, scope: Scope, answers: Mapping[str, Answer], local: LocalTime) -> Measured:
    """The answers with the days they are about and the products' names."""
    results = {key: answer.result for key, answer in answers.items()}
    elsewhere = answers["overview"].range
    return Measured(
        results=results,
        failed=frozenset(key for key, answer in answers.items() if not holds(answer)),
        days=_first_and_last([row["day"] for row in results["series"] if row["sessions"]]),
        available=(local.day(elsewhere[0]), local.day(elsewhere[1])) if elsewhere else None,
        product_names=product_names(store, answers.values()),
    )


def _first_and_last(days: Sequence[str]) -> tuple[str, str] | None:
    return (days[0], days[-1]) if days else None


def product_names(store: Store, answers: Iterable[Answer]) -> dict[str, str]:
    """Names of the products that facts of these answers are about, where the catalogue knows them."""
    product_ids = [found for answer in answers for found in product_ids_of(answer.metric.id, answer.result)]
    return {product.product_id: product.name for product in store.products.get(list(dict.fromkeys(product_ids)))}
