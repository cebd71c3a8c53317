"""Experiments: one worked out by hand, what is missing for a verdict, and sessions that saw more than one arm."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from hand_shop import Ask, act, buy, eur, moment, pair, shop_of, visit

from clickstream import metrics
from clickstream.errors import InvalidInput
from clickstream.facts import facts_of
from clickstream.metrics.statistics import chi_square_p_value, sessions_to_detect
from clickstream.scope import Scope
from clickstream.store import Store
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]
AS_OF = "2026-03-20 00:00"


def arm_of(experiment: str, variant: str, visitors: int, buyers: int, price: float = 20) -> list[JsonDict]:
    """Visitors of one session each, who saw this arm; the first ones buy, for 0 and 2 more by turns."""
    visits = []
    for n in range(visitors):
        who = f"{experiment}{variant}{n}"
        bought = [buy(who, price + 2 * (n % 2))] if n < buyers else []
        visits.append(visit(who, f"2026-03-02 10:{n % 60:02}", *bought, variant=variant, experiment=experiment))
    return list(chain.from_iterable(visits))


@pytest.fixture(scope="module")
def ask(connection: Connection) -> Iterator[Ask]:
    """`button`: 100 visitors saw A and 10 bought, 200 saw B and 30 bought. `banner`: three visitors, one of whom twice."""
    banner = [
        *visit("ann", "2026-03-03 10:00", act("pageview", variant="on", experiment="banner"), variant="B", experiment="new"),
        *visit("bob", "2026-03-03 10:00", variant="off", experiment="banner"),
        *visit("bob", "2026-03-04 10:00", buy("b", 5), variant="on", experiment="banner"),
        *visit(
            "cat", "2026-03-03 10:00", act("pageview", variant="off", experiment="banner"), variant="on", experiment="banner"
        ),
    ]
    plain = [*visit("dan", "2026-03-05 10:00", variant="C"), *visit("eve", "2026-03-05 10:00", experiment="button")]
    button = [*arm_of("button", "B", 200, 30), *arm_of("button", "A", 100, 10)]
    with shop_of(connection, [*button, *banner, *plain], as_of=AS_OF) as shop:
        yield shop


def test_an_experiment_worked_out_by_hand(ask: Ask) -> None:
    result = ask("variants")
    assert (result["experiment"], result["control"], result["sessions"], result["visitors"]) == ("button", "A", 300, 300)
    a, b = result["arms"]
    assert [(row["arm"], row["control"], row["sessions"], row["visitors"]) for row in (a, b)] == [
        ("A", True, 100, 100),
        ("B", False, 200, 200),
    ]
    assert (pair(a["conversion_rate"]), pair(b["conversion_rate"])) == ((10, 100), (30, 200))
    assert (a["revenue"], b["revenue"]) == (eur(210), eur(630))
    assert (a["revenue_per_session"], b["revenue_per_session"]) == (eur(2.1), eur(3.15))
    difference = b["conversion_difference"]
    # Wilson: A 0.0552 to 0.1744, B 0.1071 to 0.2061. z = 0.05 / sqrt(0.1333 x 0.8667 x (1/100 + 1/200)) = 1.2010.
    assert difference["difference"] == pytest.approx(0.05)
    assert (difference["low"], difference["high"]) == pytest.approx((-0.0359, 0.1218), abs=1e-4)
    assert difference["p_value"] == difference["p_adjusted"] == pytest.approx(0.2298, abs=1e-4)
    assert b["aov_difference"][0]["difference"] == pytest.approx(0)
    assert b["revenue_per_session_difference"][0]["difference"] == pytest.approx(1.05)
    assert a["conversion_difference"] is None and a["verdict"] is None


def test_arms_that_got_other_shares_than_they_should_are_flagged(ask: Ask) -> None:
    even, planned = ask("variants"), ask("variants", {"split": "1:2"})
    ratio = even["sample_ratio"]
    assert ratio["statistic"] == pytest.approx(50**2 / 150 + 50**2 / 150)
    assert ratio["p_value"] == pytest.approx(7.76e-9, rel=0.01)
    assert (ratio["flagged"], even["arms"][1]["verdict"]) == (True, "unbalanced")
    assert planned["sample_ratio"]["p_value"] == 1
    assert (planned["sample_ratio"]["flagged"], planned["arms"][1]["verdict"]) == (False, "undecided")


def test_an_unbalanced_experiment_has_no_difference_to_tell(ask: Ask) -> None:
    told = {fact.id for fact in facts_of("variants", ask("variants"), {})}
    assert "variants.arm.b.conversion_rate" in told
    assert not [fact_id for fact_id in told if fact_id.endswith("difference")]


def test_what_a_verdict_needs_is_told_in_sessions_of_each_side(ask: Ask) -> None:
    ten, doubled = (ask("variants", {"detect": detect, "split": "1:2"})["arms"][1] for detect in (10, 100))
    assert (ten["needed"], doubled["needed"]) == (14_749, 197)
    assert (ten["verdict"], doubled["verdict"]) == ("undecided", "undecided")
    assert ask("variants", {"detect": 100, "split": "1:2", "control": "B"})["arms"][1]["needed"] == 118


def test_experiments_are_kept_apart_and_listed(ask: Ask) -> None:
    result = ask("variants", {"experiment": "banner"})
    assert result["experiments"] == [
        {"experiment": "button", "sessions": 300},
        {"experiment": "banner", "sessions": 4},
        {"experiment": "(unnamed)", "sessions": 1},
        {"experiment": "new", "sessions": 1},
    ]
    assert [(row["arm"], row["sessions"], row["visitors"], row["conversions"]) for row in result["arms"]] == [
        ("off", 1, 1, 0),
        ("on", 3, 2, 1),
    ]
    assert [row["verdict"] for row in result["arms"]] == [None, "too_few"]


def test_who_saw_two_arms_is_counted_once_and_named(ask: Ask) -> None:
    """Bob on two days, Cat within one session."""
    assert ask("variants", {"experiment": "banner"})["mixed"] == {"visitors": 2, "sessions": 3}
    assert ask("variants")["mixed"] == {"visitors": 0, "sessions": 0}


def test_an_experiment_nobody_saw_has_no_arms(ask: Ask) -> None:
    result = ask("variants", {"experiment": "other", "split": "50:50"})
    assert (result["arms"], result["sessions"]) == ([], 0)
    assert result["hint"].endswith("There is button, banner, (unnamed), new.")
    assert result["sample_ratio"] == {"expected": [], "statistic": None, "p_value": None, "flagged": False}


def test_a_shop_without_experiments_says_what_to_send(connection: Connection) -> None:
    with shop_of(connection, visit("ann", "2026-03-03 10:00"), as_of=AS_OF) as ask:
        result = ask("variants")
    assert (result["experiment"], result["experiments"], result["arms"]) == (None, [], [])
    assert "`variant`" in result["hint"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [("BAC", "A"), (["b", "Control", "a"], "Control"), (["x", "baseline", "a"], "baseline"), (["z", "y"], "y")],
)
def test_the_control_is_the_arm_that_is_called_so(names: list[str], expected: str, connection: Connection) -> None:
    seen = [visit(f"v{n}", "2026-03-03 10:00", variant=name) for n, name in enumerate(names)]
    with shop_of(connection, *seen, as_of=AS_OF) as ask:
        assert ask("variants")["control"] == expected


def test_an_arm_is_compared_from_thirty_sessions_on(connection: Connection) -> None:
    arms = [*arm_of("size", "A", 30, 3), *arm_of("size", "B", 29, 9), *arm_of("size", "C", 30, 9)]
    with shop_of(connection, arms, as_of=AS_OF) as ask:
        rows = {row["arm"]: row for row in ask("variants")["arms"]}
        assert [row["conversion_difference"] is None for row in rows.values()] == [True, True, False]
        assert (rows["B"]["verdict"], rows["B"]["revenue_per_session_difference"]) == ("too_few", [])
        assert ask("variants", {"control": "B"})["arms"][2]["conversion_difference"] is None


def test_of_many_arms_those_with_most_sessions_are_shown(connection: Connection) -> None:
    arms = [*arm_of("many", "z", 1, 0), *chain.from_iterable(arm_of("many", f"v{n:02}", 2, 0) for n in range(22))]
    with shop_of(connection, arms, as_of=AS_OF) as ask:
        result = ask("variants", {"control": "z"})
    assert [row["arm"] for row in result["arms"]] == ["z", *(f"v{n:02}" for n in range(19))]
    assert result["hidden"] == {"arms": 3, "sessions": 6}


@pytest.mark.parametrize("split", ["half", "50", "50:0", "50:-1", "1:2:3", "0.5:0.5", ":", "1:9999999"])
def test_a_split_that_does_not_fit_is_refused(split: str, ask: Ask) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask("variants", {"split": split})
    assert refused.value.fields.keys() == {"split"}


@pytest.mark.parametrize("options", [{"detect": 0}, {"detect": 101}, {"experiment": "x" * 201}, {"arm": "A"}])
def test_options_there_are_not_are_refused(options: JsonDict, store: Store) -> None:
    with pytest.raises(InvalidInput):
        metrics.measure(store, "variants", Scope(as_of=moment(AS_OF)), options)


@pytest.mark.parametrize(
    ("statistic", "freedom", "expected"),
    [
        (3.841458820694124, 1, 0.05),
        (5.991464547107979, 2, 0.05),
        (11.344866730144373, 3, 0.01),
        (10.827566, 1, 0.001),
        (0, 4, 1),
    ],
)
def test_chi_square_agrees_with_printed_tables(statistic: float, freedom: int, expected: float) -> None:
    assert chi_square_p_value(statistic, freedom) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("rate", "relative"), [(0, 0.1), (1, 0.1), (0.6, 1)])
def test_a_change_that_cannot_be_needs_no_number_of_sessions(rate: float, relative: float) -> None:
    assert sessions_to_detect(rate, relative) is None
