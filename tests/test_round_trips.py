"""What the dashboard's questions cost: round trips to the database, for they are most of the time of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from conftest import FakeClock
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent
from visits import visits

from clickstream import rollup
from clickstream.days import Days, PartRead
from clickstream.ingest import Collector
from clickstream.metrics import measure
from clickstream.scope import FILTERS, LIVE, Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.connect import Connection

Json = dict[str, Any]
DAYS = Days("clean", None, None)


class Commands(CommandListener):
    """Collects the name and collection of every command that is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.sent.append(f"{event.command_name} {event.command[event.command_name]}")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
def shop(store: Store, settings: Settings, clock: FakeClock) -> Store:
    """Visits yesterday and one now, live and in another dataset."""
    collector = Collector(store, clock)
    for dataset in (LIVE, "imported"):
        collector.collect(visits(40, clock() - timedelta(days=1), buying=4), dataset)
        collector.collect(visits(1, clock() - timedelta(minutes=5), first=200), dataset)
    rollup.catch_up(store, settings, clock)
    return store


@pytest.fixture
def counted(shop: Store, connection: Connection, database: Database[Json], commands: Commands) -> Iterator[Store]:
    """The shop, through a client that counts."""
    with MongoClient[Json](connection.uri, tz_aware=True, event_listeners=[commands]) as client:
        yield Store(client[database.name], describe=shop.describe)


class Question(NamedTuple):
    why: str
    metric: str
    options: Json
    sent: list[str]


STATE, DAILY, SESSIONS = "find rollup_state", "aggregate daily", "aggregate sessions"
OF_VALUES = "values and their total in one read of days; then the open carts"
SET = [
    Question("all it shows in one read of days", "overview", {}, [STATE, DAILY]),
    Question("no window says where it begins and ends; then one read of days", "series", {}, [STATE, SESSIONS, DAILY]),
    Question("steps, seconds and the check in one read of days", "funnel", {}, [STATE, DAILY]),
    *(Question(OF_VALUES, "segments", {"dimension": name}, [STATE, DAILY, SESSIONS]) for name in FILTERS),
]
EACH = pytest.mark.parametrize("asked", [pytest.param(one, id=f"{one.metric} {one.options}: {one.why}") for one in SET])


def midnight(clock: FakeClock, *, days: int) -> datetime:
    """When the day begins that lies so many days after today."""
    return clock().replace(hour=0) + timedelta(days=days)


@EACH
def test_a_question_about_all_days_takes_these_round_trips(
    counted: Store, commands: Commands, clock: FakeClock, asked: Question
) -> None:
    measure(counted, asked.metric, Scope(as_of=clock()), asked.options)
    assert commands.sent == asked.sent


def test_the_first_page_of_the_dashboard_takes_22_round_trips_which_is_most_of_its_time(
    counted: Store, commands: Commands, clock: FakeClock
) -> None:
    for asked in SET:
        measure(counted, asked.metric, Scope(as_of=clock()), asked.options)
    assert len(commands.sent) == 22


@EACH
def test_a_window_that_holds_sessions_is_not_asked_where_the_data_is(
    counted: Store, commands: Commands, clock: FakeClock, asked: Question
) -> None:
    window = Scope(as_of=clock(), since=midnight(clock, days=-1), until=midnight(clock, days=1))
    answer = measure(counted, asked.metric, window, asked.options)
    open_carts = [SESSIONS] if asked.metric == "segments" else []
    assert (answer.range, commands.sent) == (None, [STATE, DAILY, *open_carts])


@EACH
def test_a_window_that_holds_none_says_where_the_data_is(counted: Store, clock: FakeClock, asked: Question) -> None:
    window = Scope(as_of=clock(), since=midnight(clock, days=-9), until=midnight(clock, days=-7))
    answer = measure(counted, asked.metric, window, asked.options)
    assert answer.range == (clock() - timedelta(days=1), clock() - timedelta(minutes=5))


def test_view_all_counts_its_noise_in_the_same_read(counted: Store, commands: Commands, clock: FakeClock) -> None:
    assert measure(counted, "overview", Scope(as_of=clock(), view="all")).result["noisy_events"] == 0
    assert commands.sent == [STATE, DAILY]


def test_nothing_is_open_in_an_imported_dataset(counted: Store, commands: Commands, clock: FakeClock) -> None:
    measure(counted, "segments", Scope(as_of=clock(), dataset="imported"))
    assert commands.sent == [STATE, DAILY]


def test_parts_read_together_are_the_parts_read_alone(counted: Store, clock: FakeClock) -> None:
    yesterday = clock.now.date() - timedelta(days=1)
    reads = [
        PartRead("total", DAYS),
        PartRead("total", DAYS._replace(view="all"), ("counts.sessions",)),
        PartRead("durations", Days("clean", yesterday.isoformat(), yesterday.isoformat())),
        PartRead("device", DAYS, ("values", "counts.sessions")),
        PartRead("hours", Days("clean", "2030-01-01", None)),
    ]
    alone = [counted.daily.parts(LIVE, 1, [read])[0] for read in reads]
    assert [sorted(rows, key=str) for rows in counted.daily.parts(LIVE, 1, reads)] == [
        sorted(rows, key=str) for rows in alone
    ]
    assert [len(rows) for rows in alone] == [2, 2, 1, 2, 0]
    assert {tuple(value["counts"]) for _, value in alone[1]} == {("sessions",)}


def test_two_reads_that_could_not_be_told_apart_are_refused(counted: Store) -> None:
    with pytest.raises(ValueError, match="told apart"):
        counted.daily.parts(LIVE, 1, [PartRead("total", DAYS), PartRead("total", DAYS, ("money",))])


@pytest.mark.parametrize(
    ("other", "held"),
    [
        pytest.param(PartRead("total", DAYS, ("money",)), True, id="fewer fields"),
        pytest.param(PartRead("total", DAYS, ("money", "counts.orders")), False, id="a field more"),
        pytest.param(PartRead("total", DAYS), False, id="all of it"),
        pytest.param(PartRead("hours", DAYS, ("money",)), False, id="another part"),
        pytest.param(PartRead("total", DAYS._replace(view="all"), ("money",)), False, id="another view"),
        pytest.param(PartRead("total", DAYS._replace(first="2026-03-01"), ("money",)), False, id="other days"),
    ],
)
def test_what_was_read_answers_only_what_lies_in_it(other: PartRead, held: bool) -> None:
    assert PartRead("total", DAYS, ("money", "counts.sessions")).holds(other) is held
    assert PartRead("total", DAYS).holds(other) is (other.part == "total" and other.days == DAYS)
