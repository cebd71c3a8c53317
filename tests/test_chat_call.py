from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from clickstream.chat.call import Call, read_call
from clickstream.errors import InvalidInput
from clickstream.localtime import LocalTime
from clickstream.scope import Scope

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BASE = Scope(
    as_of=NOW,
    dataset="log-1",
    since=datetime(2026, 3, 1, tzinfo=UTC),
    until=datetime(2026, 3, 8, tzinfo=UTC),
    user_id="alice",
    filters={"device": "mobile"},
)
BERLIN = LocalTime("Europe/Berlin")


def read(metric_id: str = "overview", base: Scope = BASE, **arguments: Any) -> Call:
    return read_call(metric_id, arguments, base, BERLIN)


def refused(metric_id: str = "overview", base: Scope = BASE, **arguments: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as error:
        read(metric_id, base, **arguments)
    return error.value.fields


def test_without_arguments_it_is_the_scope_of_the_analysis() -> None:
    assert read() == Call("overview", {}, BASE)


def test_what_is_named_replaces_that_part_of_the_scope_and_nothing_else() -> None:
    scope = read(country="DE", device="desktop", view="all").scope
    assert (scope.filters, scope.view) == ({"device": "desktop", "country": "DE"}, "all")
    assert (scope.dataset, scope.user_id, scope.since, scope.until) == ("log-1", "alice", BASE.since, BASE.until)


@pytest.mark.parametrize(
    ("arguments", "since", "until"),
    [
        ({"since": "2026-03-03"}, datetime(2026, 3, 2, 23, tzinfo=UTC), BASE.until),
        ({"until": "2026-03-03"}, BASE.since, datetime(2026, 3, 2, 23, tzinfo=UTC)),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-02-02T00:00:00+01:00"},
         datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 1, 23, tzinfo=UTC)),
        ({"since": None, "until": ""}, BASE.since, BASE.until),
    ],
    ids=["from a day", "to a day", "another window", "nothing named"],
)  # fmt: skip
def test_windows_are_local_days_or_instants(arguments: dict[str, Any], since: datetime, until: datetime) -> None:
    scope = read(**arguments).scope
    assert (scope.since, scope.until, scope.as_of) == (since, until, NOW)


def test_a_whole_dataset_stays_unbounded() -> None:
    scope = read(base=Scope(as_of=NOW), channel="paid").scope
    assert (scope.since, scope.until, scope.user_id) == (None, None, None)


def test_options_are_kept_as_they_were_named() -> None:
    assert read("segments", dimension="country", visitor="new").options == {"dimension": "country"}
    steps = [{"type": "add_to_cart"}, {"type": "purchase"}]
    assert read("funnel", steps=steps).options == {"steps": steps}


def test_saying_what_cannot_be_changed_is_no_mistake() -> None:
    assert read(dataset="log-1", user_id="alice") == read()


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "another dataset": ("overview", {"dataset": "live"}, "dataset"),
    "another person": ("overview", {"user_id": "bob"}, "user_id"),
    "everybody": ("overview", {"user_id": ["alice", "bob"]}, "user_id"),
    "an unknown metric": ("passwords", {}, "metric"),
    "a metric of a megabyte": ("x" * 1_000_000, {}, "metric"),
    "an unknown option": ("overview", {"limit": 3}, "limit"),
    "an unknown dimension": ("overview", {"browser": "firefox"}, "browser"),
    "an option out of range": ("search", {"limit": 5_000}, "limit"),
    "a choice that is none": ("segments", {"dimension": "password"}, "dimension"),
    "a list for a choice": ("segments", {"dimension": ["device"]}, "dimension"),
    "an operator in place of a value": ("overview", {"device": {"$ne": None}}, "device"),
    "a moment that is none": ("overview", {"since": "last week"}, "since"),
    "a number for a moment": ("overview", {"since": 20260301}, "since"),
    "a window backwards": ("overview", {"since": "2026-03-09"}, "until"),
    "a visitor of a third kind": ("overview", {"visitor": "lost"}, "visitor"),
    "a view of a third kind": ("overview", {"view": "raw"}, "view"),
    "a long name": ("overview", {"country": "x" * 201}, "country"),
    "a step of no kind": ("funnel", {"steps": [{"types": []}]}, "steps"),
}


@pytest.mark.parametrize(("metric_id", "arguments", "field"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_asked_is_refused_by_its_name(metric_id: str, arguments: dict[str, Any], field: str) -> None:
    fields = refused(metric_id, **arguments)
    assert [name for name in fields if name.startswith(field)], fields
    assert all(len(text) < 500 for text in fields.values())


def test_a_person_cannot_be_named_where_the_analysis_is_about_everybody() -> None:
    assert list(refused(base=Scope(as_of=NOW), user_id="alice")) == ["user_id"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert set(refused("segments", dataset="x", since="soon", dimension="y", colour="z")) == {
        "dataset",
        "since",
        "dimension",
        "colour",
    }
