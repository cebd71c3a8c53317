"""One session of an uploaded log as raw events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from clickstream.channels import channel_of
from clickstream.events import Event
from clickstream.ingest.journeys import problems_at, read_journey
from clickstream.ingest.limits import Refused
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def step(name: str, second: int = 0, **details: Any) -> dict[str, Any]:
    moment = f"2026-02-01T10:00:{second:02}Z"
    return {"activity_id": f"a{second}", "activity_type": name, "timestamp": moment, "details": details}


def record(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"session_id": "s1", "user_id": "u1", "session_end": "2026-02-01T11:00:00Z", "activities": list(steps), **more}


def parsed(given: dict[str, Any]) -> list[Event]:
    occurrences, found = Occurrences(), []
    for position, raw in enumerate(read_journey(given, NOW).events):
        assert not isinstance(raw, Refused)
        found.append(parse_event(raw, received_at=NOW, position=position, occurrences=occurrences))
    return found


def faults(given: dict[str, Any]) -> dict[str, str]:
    journey, found = read_journey(given, NOW), dict[str, str]()
    for place, raw in zip(journey.places, journey.events, strict=True):
        try:
            if isinstance(raw, Refused):
                raise raw
            parse_event(raw, received_at=NOW, position=0, occurrences=Occurrences())
        except Refused as refused:
            found |= problems_at(given, "$[3]", place, refused.fields)
    return found


def test_what_stands_in_details_and_product_details_is_of_the_event() -> None:
    shown = step("product_view", product_id="p1", product_details={"name": "Lamp", "price": 9.5, "category": "home"})
    event = parsed(record(shown))[0]
    assert (event.event_type, event.session_id, event.user_id) == ("product_view", "s1", "u1")
    assert event.properties == {"product_id": "p1", "name": "Lamp", "price": 9.5, "category": "home"}


def test_a_number_of_items_is_not_taken_for_the_items() -> None:
    assert parsed(record(step("purchase", total_amount=9, items=3)))[0].properties == {"total_amount": 9, "items_count": 3}


def test_the_simple_shape_is_read_too() -> None:
    simple = {"session_id": 7, "events": [{"type": "view", "timestamp": 1769940000, "product_id": "p1"}]}
    event = parsed(simple)[0]
    assert (event.event_type, event.session_id, event.properties) == ("product_view", "7", {"product_id": "p1"})


def test_the_session_is_described_by_its_earliest_event_wherever_that_stands() -> None:
    late, early = step("search", 9), step("pageview", 1)
    given = record(late, early, device_type="mobile", user_attributes={"country": "DE", "referrer": "google_ads"})
    first, second = parsed(given)
    assert first.properties == {}
    assert second.properties == {"device": "mobile", "country": "DE", "utm": {"source": "google", "medium": "cpc"}}
    assert "unsorted" in read_journey(given, NOW).notes


def test_a_session_s_experiment_is_that_of_every_variant_it_names() -> None:
    given = record(step("pageview", 1), step("product_view", 2, variant="B"), experiment="button")
    assert [event.properties for event in parsed(given)] == [
        {"experiment": "button"},
        {"variant": "B", "experiment": "button"},
    ]
    whole = record(step("pageview", 1), variant="A", attributes={"experiment_id": 7})
    assert parsed(whole)[0].properties == {"variant": "A", "experiment": 7}


@pytest.mark.parametrize(
    ("referrer", "channel"),
    [
        ("google_organic", "organic"),
        ("google_ads", "paid"),
        ("facebook", "social"),
        ("email", "email"),
        ("affiliate", "affiliate"),
        ("direct", "direct"),
        ("", "direct"),
        (None, "direct"),
        ("https://www.bing.com/x", "organic"),
        ("blog.example.com", "referral"),
        ("my_partner_site", "referral"),
        (7, "direct"),
    ],
)
def test_words_and_addresses_say_where_a_session_came_from(referrer: Any, channel: str) -> None:
    event = parsed(record(step("pageview"), user_attributes={"referrer": referrer}))[0]
    assert channel_of(event.properties) == channel


def test_a_campaign_of_the_event_itself_wins() -> None:
    event = parsed(record(step("pageview", utm_source="bing", utm_medium="cpc"), referrer="facebook"))[0]
    assert event.properties == {"utm": {"source": "bing", "medium": "cpc"}}


def test_ids_of_steps_need_to_differ_in_their_session_only() -> None:
    ours, theirs = parsed(record(step("search")))[0], parsed(record(step("search"), session_id="s2"))[0]
    assert ours.event_id != theirs.event_id


def test_events_that_share_an_id_are_told_apart_by_their_content() -> None:
    given = record(step("search", query="lamp"), step("search", query="sofa"))
    assert len({event.event_id for event in parsed(given)}) == 2
    assert read_journey(given, NOW).notes == ["repeated_event_id"]


def test_a_session_without_an_id_gets_the_same_one_each_time_it_is_read() -> None:
    given = {"activities": [step("search")]}
    first, again = read_journey(given, NOW), read_journey(dict(given), NOW)
    assert first.session_id == again.session_id
    assert first.session_id != read_journey({"activities": [step("search", 1)]}, NOW).session_id
    assert first.notes == ["no_session_id", "no_user", "no_session_end"]


def test_what_the_session_says_of_itself_is_declared_and_in_no_event() -> None:
    given = record(step("search"), conversion=True, total_value=9.5, user_attributes={"new_user": False})
    assert read_journey(given, NOW).declared == {"conversion": True, "total_value": 9.5, "new_user": False}
    assert parsed(given)[0].properties == {}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"session_id": "a"}, ""),
        ({"session_id": "a", "events": []}, "events"),
        ({"session_id": "a", "activities": {}}, "activities"),
    ],
)
def test_a_record_without_events_is_refused(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Refused) as refused:
        read_journey(given, NOW)
    assert (refused.value.code, list(refused.value.fields)) == ("no_events", [path])


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        pytest.param(record(7), ["$[3].activities[0]"], id="no object"),
        pytest.param(record({"activity_type": "search"}), ["$[3].activities[0].timestamp"], id="no time"),
        pytest.param(record({"type": "search", "time": "now"}), ["$[3].activities[0].time"], id="no readable time"),
        pytest.param(record({"time": "2026-02-01"}), ["$[3].activities[0].event_type"], id="no type"),
        pytest.param(record(step("purchase", total_amount="x")), ["$[3].activities[0].details.total_amount"], id="amount"),
        pytest.param(
            record(step("search"), step("purchase", 1, items=[{"price": -1}])),
            ["$[3].activities[1].details.items[0].price"],
            id="an item",
        ),
        pytest.param(
            record(step("product_view", product_details={"price": "x"})),
            ["$[3].activities[0].details.product_details.price"],
            id="a product",
        ),
        pytest.param(
            record(step("cart", updated_cart_value=-1)), ["$[3].activities[0].details.updated_cart_value"], id="alias"
        ),
        pytest.param(record(step("search"), user_id=["u"]), ["$[3].user_id"], id="of the session"),
        pytest.param(
            record(step("search"), user_attributes={"country": {}}), ["$[3].user_attributes.country"], id="an attribute"
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path_in_the_file(given: dict[str, Any], paths: list[str]) -> None:
    assert list(faults(given)) == paths
