from __future__ import annotations

import doctest
import importlib
from collections.abc import Sequence

import msgspec
import pytest

from clickstream.recommend import Candidate, Evidence, reason
from clickstream.recommend.history import History, recency
from clickstream.recommend.scoring import Proposal, mixed, ranked
from clickstream.recommend.together import Uses
from tests.recommend_shop import DAY, NOW, Json, ids, product


def test_recency_is_halved_every_thirty_days_and_never_above_one() -> None:
    assert [recency(NOW - days * DAY, NOW) for days in (-1, 0, 30, 60)] == [1, 1, 0.5, 0.25]


def row(days: int, *products: tuple[str, int, int, int], left: Sequence[str] = (), ordered: bool = False) -> Json:
    return {"start": NOW - days * DAY, "products": list(products), "left": list(left), "ordered": ordered}


def test_a_session_that_buys_one_product_leaves_its_looks_at_others_alone() -> None:
    history = History.from_rows([row(1, ("a", 1, 1, 1), ("b", 2, 0, 0), ordered=True), row(2, ("a", 1, 0, 0))])

    assert (history.interests["a"].looked, history.interests["a"].bought) == (0, NOW - DAY)
    assert (history.interests["b"].looked, history.interests["b"].bought) == (1, None)
    assert history.just_bought(NOW) == {"a"}
    assert history.latest(["a", "b"], 1) == ["a"]
    assert history.since == NOW - 2 * DAY


def test_uses_without_rows_are_nobody_s() -> None:
    assert (Uses.from_rows([]).sessions, Uses.from_rows([]).companions()) == (0, {})


def proposal(product_id: str, score: float, kind: str = "popular") -> Proposal:
    return Proposal(product_id, score, msgspec.convert({"kind": kind, "n": 1, "sessions": 1}, Evidence))


def test_a_product_is_ranked_once_by_its_best_reason() -> None:
    found = ranked([proposal("a", 0.1), proposal("b", 0.5), proposal("a", 0.7, "looked_at"), proposal("c", 0.5)])

    assert [(one.product_id, one.score, one.evidence.kind) for one in found] == [
        ("a", 0.7, "looked_at"),
        ("b", 0.5, "popular"),
        ("c", 0.5, "popular"),
    ]


def listed(kinds: str) -> list[Candidate]:
    """Candidates of falling scores: o(wn), l(eft), t(ogether), c(ategory)."""
    names = {"o": "looked_at", "l": "left_in_cart", "t": "viewed_together", "c": "category"}
    made = [proposal(f"{place:02d}{kind}", 1 - place / 100, names[kind]) for place, kind in enumerate(kinds)]
    return [Candidate(product=product(one.product_id), score=one.score, evidence=one.evidence) for one in made]


@pytest.mark.parametrize(
    ("kinds", "limit", "expected"),
    [
        ("oooott", 4, "oott"),
        ("oltoloct", 4, "olt" + "c"),
        ("oooo", 4, "oooo"),
        ("ooot", 4, "ooot"),
        ("ooot", 3, "oot"),
        ("ot", 1, "o"),
        ("", 4, ""),
    ],
)
def test_no_kind_takes_more_than_half_while_another_has_something_to_offer(kinds: str, limit: int, expected: str) -> None:
    assert "".join(name[-1] for name in ids(mixed(listed(kinds), limit))) == expected


@pytest.mark.parametrize(
    ("lift", "times"), [(1.234, "1.23 times"), (1.999, "2.00 times"), (2.0, "2.0 times"), (1234.56, "1,234.6 times")]
)
def test_lift_is_written_as_finely_as_it_needs(lift: float, times: str) -> None:
    evidence = Evidence(kind="viewed_together", because="a", because_name="A", n=1_234, sessions=9_999, lift=lift)

    assert reason(evidence) == f"Viewed together with A in 1,234 sessions, {times} as often as by chance."


@pytest.mark.parametrize("name", ["metrics.lift", "recommend.performance"])
def test_every_doctest_holds(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(f"clickstream.{name}"))
    assert (outcome.failed, outcome.attempted > 0) == (0, True)
