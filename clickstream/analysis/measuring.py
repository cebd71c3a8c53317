"""Everything an analysis measures, as steps that can be counted, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import dropwhile
from typing import Any

from clickstream.facts import Measured
from clickstream.localtime import LocalTime
from clickstream.metrics import Answer, measure
from clickstream.scope import Scope, windows
from clickstream.store import Store

MOST_TERMS = 200
MOST_PAGES = 50
ATTEMPTS = 3
HISTORY = timedelta(weeks=8)
COMPARED = ("overview", "cart", "checkout", "search")


@dataclass(frozen=True)
class Step:
    """One metric measured; `key` is its name in the analysis."""

    key: str
    metric_id: str
    options: Mapping[str, Any]


STEPS = (
    Step("overview", "overview", {}),
    Step("series", "series", {"interval": "day"}),
    Step("funnel", "funnel", {}),
    Step("cart", "cart", {}),
    Step("checkout", "checkout", {}),
    Step("search", "search", {"limit": MOST_TERMS}),
    Step("segments", "segments", {"dimension": "device"}),
    *(Step(f"segments_{name}", "segments", {"dimension": name}) for name in ("channel", "visitor", "country", "variant")),
    Step("pages", "pages", {"limit": MOST_PAGES}),
    Step("event_types", "event_types", {}),
)

Told = Callable[[str], None]


def measure_all(store: Store, scope: Scope, told: Told) -> dict[str, Answer]:
    """Every step's answer by key, all of one watermark where the data holds still for long enough.

    `told` hears the key of each step before it is measured for the first time.
    """
    answers = {}
    for step in STEPS:
        told(step.key)
        answers[step.key] = _reconciled(store, scope, step)
    for _ in range(ATTEMPTS - 1):
        latest = max(answer.watermark for answer in answers.values())
        outdated = [step for step in STEPS if answers[step.key].watermark < latest]
        answers |= {step.key: _reconciled(store, scope, step) for step in outdated}
    return answers


def _reconciled(store: Store, scope: Scope, step: Step) -> Answer:
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
    """The answers with what they are compared with: the window before, the weekdays before, the products' names."""
    results = {key: answer.result for key, answer in answers.items()}
    elsewhere = answers["overview"].range
    return Measured(
        results=results,
        previous=_previous(store, scope, local),
        failed=frozenset(key for key, answer in answers.items() if not holds(answer)),
        history=_history(store, scope, results["series"]),
        days=_first_and_last([row["day"] for row in results["series"] if row["sessions"]]),
        whole_days=_first_and_last([row["day"] for row in results["series"] if _is_over(row["day"], scope, local)]),
        available=(local.day(elsewhere[0]), local.day(elsewhere[1])) if elsewhere else None,
        product_names=_product_names(store, results["cart"]["products_left"]),
    )


def _previous(store: Store, scope: Scope, local: LocalTime) -> dict[str, Any]:
    """Results of the window before; none without a window, or where the data begins within that window."""
    served = store.state.find_dataset(scope.dataset)
    reach = store.sessions.range(scope.dataset, served.generation, scope.view) if served else None
    compared = windows(scope, local, reach) if scope.since else None
    if compared is None or compared.before is None:
        return {}
    answers = [measure(store, metric_id, compared.before) for metric_id in COMPARED]
    results = {answer.metric.id: answer.result for answer in answers if holds(answer)}
    return results if results.get("overview", {}).get("sessions") else {}


def _history(store: Store, scope: Scope, series: Sequence[Any]) -> Sequence[Any]:
    """The daily series with the weeks before the window, from the first day that has a session on."""
    rows = series
    if scope.since is not None:
        answer = measure(store, "series", replace(scope, since=scope.since - HISTORY), {"interval": "day"})
        rows = answer.result if holds(answer) else ()
    return list(dropwhile(lambda row: not row["sessions"], rows))


def _is_over(day: str, scope: Scope, local: LocalTime) -> bool:
    end = local.next_day_start(day)
    begun = scope.since is None or local.day_start(day) >= scope.since
    return begun and end <= scope.as_of and (scope.until is None or end <= scope.until)


def _first_and_last(days: Sequence[str]) -> tuple[str, str] | None:
    return (days[0], days[-1]) if days else None


def _product_names(store: Store, products_left: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    product_ids = [row["product_id"] for row in products_left]
    return {product.product_id: product.name for product in store.products.get(product_ids)}
