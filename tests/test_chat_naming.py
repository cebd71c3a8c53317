"""What a sentence says its figures are of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from clickstream.chat.call import About, Call
from clickstream.chat.evidence import Evidence, Measurement
from clickstream.chat.naming import misplaced
from clickstream.facts import Fact, FactSheet, of_call
from clickstream.insights.slots import claim_of
from clickstream.localtime import LocalTime
from clickstream.scope import Scope

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday
LAST_WEEK = {"since": datetime(2026, 3, 2, tzinfo=UTC), "until": datetime(2026, 3, 9, tzinfo=UTC)}
COUNT, CHANGE = ("count", 40), ("change", -0.1)


def fact(fact_id: str, label: str = "Sessions", kind: tuple[str, float] = COUNT) -> Fact:
    unit, value = kind
    return Fact(fact_id, label, value, unit, 40, "")


def evidence(against: Scope | None = None, **base: Any) -> Evidence:
    about = About(
        Scope(as_of=NOW, **base),
        LocalTime("UTC"),
        against=against,
        devices=("mobile", "desktop"),
        countries=("DE", "US"),
        channels=("email", "direct"),
        variants=("B",),
    )
    sheet = [
        fact("overview.sessions"),
        fact("overview.new_sessions"),
        fact("segments.device.mobile.share", "Share of mobile"),
        fact("compare.b.sessions", "B: Sessions"),
        fact("trends.sessions.change", "Change of sessions", CHANGE),
    ]
    found = Evidence(cast(Any, None), about, FactSheet(sheet), 1)
    scope = Scope(as_of=NOW, filters={"device": "mobile", "country": "DE"}, **LAST_WEEK)  # type: ignore[arg-type]
    measured = of_call(1, fact("overview.sessions"))
    found.measurements.append(Measurement(1, Call("overview", {}, scope), 1, (measured,)))
    found.facts = FactSheet([*sheet, measured])
    return found


RIGHT = (
    "{{overview.sessions}} sessions came.",
    "On mobile it was {{segments.device.mobile.share}}.",
    "Smartphones in Germany brought {{c1.overview.sessions}} sessions.",
    "Last week {{c1.overview.sessions}} sessions came by phone.",
    "{{overview.new_sessions}} of them were by new visitors.",
    "Sessions fell by {{trends.sessions.change}} since last week.",
    "It is about us, in a direction: {{overview.sessions}} sessions.",
)
WRONG = (
    "On mobile {{overview.sessions}} sessions came.",
    "Phones brought {{overview.sessions}} sessions.",
    "In Germany {{overview.sessions}} sessions came.",
    "Laptops brought {{c1.overview.sessions}} sessions.",
    "The newsletter brought {{overview.sessions}} sessions.",
    "Last week {{overview.sessions}} sessions came.",
    "Yesterday {{c1.overview.sessions}} sessions came.",
    "New visitors brought {{overview.sessions}} sessions.",
    "Variant B had {{overview.sessions}} sessions.",
)


@pytest.mark.parametrize("sentence", RIGHT)
def test_figures_of_what_is_named_may_be_shown(sentence: str) -> None:
    assert list(misplaced(claim_of(sentence), evidence(), "en")) == []


@pytest.mark.parametrize("sentence", WRONG)
def test_figures_of_something_else_may_not(sentence: str) -> None:
    assert len(list(misplaced(claim_of(sentence), evidence(), "en"))) == 1


def test_names_are_understood_in_the_language_of_the_answer() -> None:
    german = "In Deutschland kamen letzte Woche {{%s}} Sitzungen."
    assert list(misplaced(claim_of(german % "c1.overview.sessions"), evidence(), "de")) == []
    assert len(list(misplaced(claim_of(german % "overview.sessions"), evidence(), "de"))) == 2


def test_the_selection_of_the_analysis_itself_may_be_named() -> None:
    sentence = claim_of("On mobile {{overview.sessions}} sessions came last week.")
    assert list(misplaced(sentence, evidence(filters={"device": "mobile"}, **LAST_WEEK), "en")) == []


def test_each_side_of_a_comparison_has_figures_of_its_own() -> None:
    desktop = Scope(as_of=NOW, filters={"device": "desktop"})
    both = evidence(against=desktop, filters={"device": "mobile"})
    assert list(misplaced(claim_of("On desktop {{compare.b.sessions}} sessions came."), both, "en")) == []
    assert len(list(misplaced(claim_of("On mobile {{compare.b.sessions}} sessions came."), both, "en"))) == 1
