from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import analysis
from clickstream.clock import system_clock
from clickstream.ingest import Collector
from clickstream.settings import Settings
from clickstream.store import Store
from tests.conftest import FakeClock
from tests.visits import visits

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("on_the_tests_database")


@pytest.fixture
def shop(store: Store) -> None:
    Collector(store, system_clock).collect([*visits(40, MORNING, buying=3), *visits(5, MORNING, first=60, device="mobile")])


@pytest.mark.usefixtures("shop")
def test_it_prints_the_numbers_and_every_section_and_saves_them(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert analysis.main([]) == 0

    printed = capsys.readouterr().out
    (saved,) = store.analyses.page(limit=5)
    for title in ("Summary", "Executive summary", "Key insights", "Next best actions", "Risk alerts"):
        assert f"\n{title}\n" in printed
    lines = [line.split() for line in printed.splitlines()]
    assert ["Sessions", "45"] in lines
    assert ["Conversion", "rate", "6.7%"] in lines
    assert ["Revenue", "(EUR)", "€60.00"] in lines
    assert f"Saved as analysis {saved['analysis_id']}" in printed
    assert (saved["status"], saved["created_by"]) == ("done", None)


@pytest.mark.usefixtures("shop")
def test_as_json_it_prints_the_saved_document(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert analysis.main(["--json", "--device", "mobile", "--since", "2026-03-01", "--until", "2026-03-02"]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert printed == store.analyses.find(printed["analysis_id"])
    assert printed["metrics"]["overview"]["sessions"] == 5
    assert printed["scope"]["filters"] == {"device": "mobile"}


def test_the_texts_are_in_the_language_asked_for(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert analysis.main(["--language", "es"]) == 0
    printed = capsys.readouterr().out
    assert "Alertas de riesgo" in printed
    assert "sesiones" in printed
    assert analysis.main(["--language", "xx"]) == 1
    assert "Texts are written in en, de, fr, es, vi" in capsys.readouterr().err


def test_an_empty_shop_is_analysed_too(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert analysis.main([]) == 0

    assert "There are no sessions in this selection" in capsys.readouterr().out


def test_a_selection_that_cannot_be_read_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert analysis.main(["--since", "yesterday"]) == 1

    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("This selection cannot be read. since must be a day")


def test_wrong_arguments_are_exit_code_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        analysis.main(["--visitor", "old"])

    assert stopped.value.code == 2


def test_run_analysis_is_a_function_of_a_store_and_a_selection(store: Store, settings: Settings, clock: FakeClock) -> None:
    found = analysis.run_analysis(store, settings, {"user_id": "alice"}, clock)

    assert (found["status"], found["user_id"]) == ("done", "alice")
