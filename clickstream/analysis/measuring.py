"""Everything an analysis measures, as steps that can be counted, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickstream.facts import Measured, product_ids_of
from clickstream.localtime import LocalTime
from clickstream.metrics import Answer, measure
from clickstream.scope import Scope
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
STEPS_OF = {"store": STEPS, "journey": JOURNEY_STEPS}
"""What each kind of report measures."""

Told = Callable[[str], None]


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
