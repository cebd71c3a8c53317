from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pymongo.database import Database

import seed_demo_data
import seed_realistic_data
from clickstream import ingest, metrics
from clickstream.errors import InvalidInput
from clickstream.ingest import Receipt, Rejected
from clickstream.scope import Scope
from clickstream.store import Store
from tests.conftest import FakeClock

SHOP = ["--days", "7", "--user-count", "25", "--sessions-per-user", "5", "--avg-events", "7", "--seed-products"]
ALICE = ["--username", "alice", "--days", "5", "--sessions-per-user", "3", "--avg-events", "6", "--seed-products"]
Documents = Database[dict[str, Any]]


pytestmark = pytest.mark.usefixtures("on_the_tests_database")


def overview(store: Store, clock: FakeClock, user_id: str | None = None) -> dict[str, Any]:
    figures: dict[str, Any] = metrics.measure(store, "overview", Scope(as_of=clock(), user_id=user_id)).result
    return figures


def test_the_week_of_a_shop_is_stored_measured_and_summed_up(
    store: Store, database: Documents, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_realistic_data.main(SHOP, clock) == 0
    told, figures = capsys.readouterr(), overview(store, clock)

    stored = database.events.count_documents({})
    assert "Catalogue: 143 new" in told.out
    assert f"Stored {stored:,} new events; 0 were there already, 0 were refused." in told.out
    assert f"The shop now has {figures['sessions']:,} sessions and {figures['orders']:,} orders." in told.out
    assert f"Events {stored:,}" in told.err
    assert figures["events"] == stored - database.events.count_documents({"event_type": {"$in": ["refund", "order_cancel"]}})
    assert 800 <= figures["sessions"] <= 950
    assert 18 <= figures["orders"] <= 45
    assert set(database.events.distinct("user_id")) == {f"shopper{place:02d}" for place in range(1, 26)}
    assert database.events.distinct("properties.source") == ["realistic_seed"]
    assert database.events.count_documents({"timestamp": {"$gt": clock()}}) == 0


def test_seeding_twice_changes_nothing(
    store: Store, database: Documents, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    seed_realistic_data.main(SHOP, clock)
    figures, stored = overview(store, clock), list(database.events.find().sort("_id"))
    capsys.readouterr()
    clock.advance(minutes=50)

    assert seed_realistic_data.main(SHOP, clock) == 0
    assert f"Stored 0 new events; {len(stored):,} were there already" in capsys.readouterr().out
    assert list(database.events.find().sort("_id")) == stored
    assert overview(store, clock) == figures


def test_if_empty_adds_nothing_to_a_shop_that_has_events(
    store: Store, database: Documents, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_realistic_data.main([*SHOP, "--if-empty"], clock) == 0
    stored = database.events.count_documents({})
    clock.advance(days=2)
    capsys.readouterr()

    assert seed_realistic_data.main([*SHOP, "--if-empty"], clock) == 3
    assert capsys.readouterr().out == "The shop has events already; nothing was added.\n"
    assert database.events.count_documents({}) == stored > 0


def test_seeding_again_hours_later_adds_only_what_happened_since(
    database: Documents, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    seed_realistic_data.main(SHOP, clock)
    before = clock()
    known = set(database.events.distinct("event_id"))
    clock.advance(hours=5)

    assert seed_realistic_data.main(SHOP, clock) == 0
    added = list(database.events.find({"event_id": {"$nin": list(known)}}))
    assert added
    assert all(event["timestamp"] >= before for event in added)


def test_one_shopper_s_events_all_carry_her_name(
    store: Store, database: Documents, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_realistic_data.main(ALICE, clock) == 0
    figures = overview(store, clock, "alice")

    assert database.events.distinct("user_id") == ["alice"]
    assert database.events.count_documents({"user_id": {"$exists": False}}) == 0
    assert 11 <= figures["sessions"] <= 19
    assert f"alice now has {figures['sessions']} sessions" in capsys.readouterr().out


def test_without_a_catalogue_it_says_what_to_do(database: Documents, capsys: pytest.CaptureFixture[str]) -> None:
    assert seed_realistic_data.main(["--days", "1"]) == 1

    assert capsys.readouterr().err.splitlines()[-1] == (
        "The catalogue has no product in stock: run python seed_products.py first."
    )
    assert database.events.count_documents({}) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ["--days", "0"],
        ["--days", "many"],
        ["--user-count", "-1"],
        ["--sessions-per-user", "0"],
        ["--avg-events", "1"],
        ["--avg-events", "nan"],
        ["--username", "x"],
        ["--username", "$gt {}"],
        ["--username", "alice", "--user-count", "3"],
        ["--until", "yesterday"],
        ["--colour", "red"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_exit_code_2_and_name_the_argument(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        seed_realistic_data.main(wrong)

    assert caught.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_help_shows_the_two_command_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        seed_realistic_data.main(["--help"])

    help_text = capsys.readouterr().out
    assert caught.value.code == 0
    assert " ".join(SHOP) in help_text
    assert " ".join(ALICE) in help_text


class Interrupted(ingest.Collector):
    """Ctrl-C comes while the second batch is on its way."""

    batches = 0

    def collect(self, raw_events: Iterable[object], dataset: str = "live") -> Receipt:
        self.batches += 1
        if self.batches == 2:
            raise KeyboardInterrupt
        return super().collect(raw_events, dataset)


def test_ctrl_c_says_what_is_stored_and_the_same_command_goes_on(
    store: Store, database: Documents, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seed_realistic_data, "Collector", Interrupted)
        assert seed_realistic_data.main(SHOP, clock) == 130
    assert "Stopped. Stored 2,000 new events" in capsys.readouterr().err
    assert database.events.count_documents({}) == 2_000

    assert seed_realistic_data.main(SHOP, clock) == 0
    assert "2,000 were there already" in capsys.readouterr().out
    orders = database.events.distinct("properties.order_id", {"event_type": "purchase"})
    assert overview(store, clock)["orders"] == len(orders)


class Refusing(ingest.Collector):
    def collect(self, raw_events: Iterable[object], dataset: str = "live") -> Receipt:
        events = list(raw_events)
        receipt = super().collect(events[1:], dataset)
        return Receipt(receipt.accepted, receipt.duplicates, [Rejected(0, "missing_identity", {"client_id": "is missing"})])


def test_refused_events_are_counted_by_reason_and_end_with_exit_code_3(
    clock: FakeClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_realistic_data, "Collector", Refusing)

    assert seed_realistic_data.main(ALICE, clock) == 3
    told = capsys.readouterr().out
    assert "1 were refused" in told
    assert "Refused as missing_identity: 1." in told


def test_a_database_that_does_not_answer_is_one_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MONGO_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")

    assert seed_realistic_data.main(SHOP) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_story_ends_with_the_last_full_hour_or_the_day_asked_for() -> None:
    now = datetime(2026, 3, 1, 12, 34, 56, tzinfo=UTC)
    end = seed_realistic_data.end_of_story

    assert end(None, now, "UTC") == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert end(date(2026, 3, 1), now, "UTC") == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert end(date(2026, 2, 20), now, "UTC") == datetime(2026, 2, 21, tzinfo=UTC)
    assert end(date(2026, 2, 20), now, "Asia/Tokyo") == datetime(2026, 2, 20, 15, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="future"):
        end(date(2026, 3, 2), now, "UTC")


@pytest.mark.parametrize(
    ("argv", "code"), [(["--days", "1", "--user-count", "2", "--seed-products"], 0), (["--days", "0"], 2)]
)
def test_the_old_name_warns_and_delegates(
    argv: list[str], code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)

    with pytest.raises(SystemExit) as caught:
        seed_demo_data.main(argv)

    told = capsys.readouterr()
    assert caught.value.code == code
    assert "seed_demo_data.py is deprecated: use seed_realistic_data.py" in told.err
    assert ("The shop now has" in told.out) == (code == 0)
