from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

import simple_analysis
from clickstream import rollup
from clickstream.clock import system_clock
from clickstream.ingest import Collector
from clickstream.metrics import measure
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.saved_segments import SavedSegment
from tests.conftest import FakeClock
from tests.visits import visits

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("on_the_tests_database")


@pytest.fixture
def shop(store: Store, settings: Settings) -> None:
    Collector(store, system_clock).collect([*visits(40, MORNING, buying=3), *visits(5, MORNING, first=60, device="mobile")])
    rollup.catch_up(store, settings, system_clock)


@pytest.mark.usefixtures("shop")
def test_it_prints_totals_types_and_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert simple_analysis.main([]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Events", "99"] in lines
    assert ["Sessions", "45"] in lines
    assert ["Orders", "3"] in lines
    assert ["Conversion", "rate", "6.7%"] in lines
    assert ["Revenue", "60.00", "EUR"] in lines
    assert ["product_view", "45"] in lines
    assert ["/", "90"] in lines


@pytest.mark.usefixtures("shop")
def test_its_counts_are_the_metrics_own(store: Store, clock: FakeClock) -> None:
    scope = Scope(as_of=clock(), filters={"device": "mobile"})
    counts = simple_analysis.simple_sessionize_and_counts(store, scope)

    overview = measure(store, "overview", scope).result
    assert {name: counts[name] for name in ("events", "sessions", "visitors", "orders", "revenue")} == {
        name: overview[name] for name in ("events", "sessions", "visitors", "orders", "revenue")
    }
    assert counts["sessions"] == 5
    assert counts["pages"] == measure(store, "pages", scope).result["pages"]


@pytest.mark.usefixtures("shop")
def test_it_writes_nothing(database: Database[dict[str, Any]]) -> None:
    def everything() -> dict[str, list[Any]]:
        return {name: list(database[name].find().sort("_id", 1)) for name in database.list_collection_names()}

    before = everything()
    assert simple_analysis.main([]) == 0
    assert everything() == before


def test_it_says_what_is_not_summed_up_yet(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    Collector(store, system_clock).collect(visits(2, MORNING))
    assert simple_analysis.main([]) == 0

    printed = capsys.readouterr().out
    assert "Changes not summed up yet: 1." in printed
    assert "Conversion rate" in printed
    assert "—" in printed


@pytest.mark.usefixtures("shop")
def test_an_empty_window_says_where_the_data_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert simple_analysis.main(["--since", "2020-01-01", "--until", "2020-02-01"]) == 0

    assert "data runs from 2026-03-01T09:00:00.000Z" in capsys.readouterr().out


@pytest.mark.usefixtures("shop")
def test_as_json_it_prints_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert simple_analysis.main(["--json", "--device", "mobile"]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert (printed["sessions"], printed["scope"]["filters"]) == (5, {"device": "mobile"})


@pytest.mark.usefixtures("shop")
def test_a_saved_segment_is_named_and_what_is_given_beside_it_wins(
    store: Store, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    filters = {"device": "mobile", "visitor": "new"}
    store.saved_segments.add(SavedSegment("s1", "New on phones", filters, "ana", clock()))
    assert simple_analysis.main(["--json", "--segment", "new ON phones", "--visitor", "returning"]) == 0
    assert json.loads(capsys.readouterr().out)["scope"]["filters"] == {"device": "mobile", "visitor": "returning"}
    assert simple_analysis.main(["--segment", "Tablets"]) == 1
    assert "saved are: New on phones." in capsys.readouterr().err


def test_a_selection_that_cannot_be_read_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert simple_analysis.main(["--until", "tomorrow"]) == 1

    assert "until must be a day" in capsys.readouterr().err.splitlines()[-1]
