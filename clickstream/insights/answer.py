"""What a language model is asked to write, as the structs that decode its answer and generate the schema it is given.

Only the form is settled here. Bounds and truth are for `judging`: one claim that is too long costs its section a second
try, not the whole answer. The structs' docstrings are read by the model.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from clickstream.insights.report import STORE, Chart, Claim, Direction, Kind

PRODUCTS = "recommendations_for_user_products"


class WrittenClaim(msgspec.Struct, frozen=True):
    """One statement: the ids of the facts it rests on, their direction, and the text with its slots."""

    fact_ids: list[str]
    direction: Direction
    text: str

    def claim(self) -> Claim:
        return Claim(self.text, self.fact_ids, self.direction)


class ChartedClaim(WrittenClaim, frozen=True):
    """One statement: as above, and the chart that shows it best."""

    chart: Chart

    def claim(self) -> Claim:
        return Claim(self.text, self.fact_ids, self.direction, self.chart)


class WrittenProduct(msgspec.Struct, frozen=True):
    """One recommended product by its alias, the ids of the facts the reason rests on, and the reason with its slots."""

    product: str
    fact_ids: list[str]
    reason: str

    def claim(self) -> Claim:
        return Claim(self.reason, self.fact_ids)


class StoreAnswer(msgspec.Struct, frozen=True):
    """The report."""

    executive_summary: list[WrittenClaim]
    key_insights: list[WrittenClaim]
    recommendations: list[WrittenClaim]
    decisions: list[WrittenClaim]
    next_best_actions: list[WrittenClaim]
    risk_alerts: list[WrittenClaim]
    recommendations_for_user: list[WrittenClaim]
    recommendations_for_user_products: list[WrittenProduct]


class JourneyAnswer(msgspec.Struct, frozen=True):
    """The report."""

    patterns: list[ChartedClaim]
    differences: list[ChartedClaim]
    drop_offs: list[ChartedClaim]
    search_analysis: list[ChartedClaim]
    cart_abandonment: list[ChartedClaim]
    recommendations: list[ChartedClaim]


class ComparisonAnswer(msgspec.Struct, frozen=True):
    """The report."""

    what_changed: list[ChartedClaim]
    what_held: list[ChartedClaim]
    why_it_may_be: list[ChartedClaim]
    what_to_do: list[ChartedClaim]
    read_with_care: list[ChartedClaim]


ANSWERS: dict[str, type[msgspec.Struct]] = {
    "store": StoreAnswer,
    "journey": JourneyAnswer,
    "comparison": ComparisonAnswer,
}
"""By the kind of report."""

Parts = dict[str, list[WrittenClaim] | list[WrittenProduct]]


def parts_of_kind(kind: Kind) -> tuple[str, ...]:
    """What a model writes for this kind of report: its sections, and products where it recommends any."""
    return (*kind.sections, PRODUCTS) if kind.recommends_products else kind.sections


def answer_of(parts: Collection[str], kind: Kind = STORE) -> type[msgspec.Struct]:
    """The struct of an answer that has only these parts, in the order of the report."""
    whole = ANSWERS[kind.id]
    types: dict[str, Any] = {field.name: field.type for field in msgspec.structs.fields(whole)}
    if types.keys() <= set(parts):
        return whole
    return msgspec.defstruct(whole.__name__, [(part, kept) for part, kept in types.items() if part in parts], frozen=True)


def parts_of(answer: msgspec.Struct) -> Parts:
    return msgspec.structs.asdict(answer)
