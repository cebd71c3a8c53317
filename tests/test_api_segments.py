"""Saved segments over HTTP: who may save, read, change and delete them, and what cannot be saved."""

from __future__ import annotations

from typing import Any

import pytest
from web_client import Client, client_as

from clickstream.store.saved_segments import SavedSegment
from clickstream.web.api.segments import MOST_SEGMENTS
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
GERMANS = {"name": "Germans on phones", "filters": {"device": "mobile", "country": "DE"}}


@pytest.fixture
def app(deps: Deps) -> App:
    return App(deps)


@pytest.fixture
def analyst(app: App, deps: Deps) -> Client:
    return client_as(app, deps, "analyst")


def saved(client: Client, name: str, **filters: str) -> Json:
    answer = client.post("/api/segments", {"name": name, "filters": filters or {"device": "mobile"}})
    assert answer.status == 201, answer.json
    return answer.json  # type: ignore[no-any-return]


def names(client: Client) -> list[str]:
    return [segment["name"] for segment in client.get("/api/segments").json["items"]]


def test_a_segment_is_saved_and_seen_by_viewers(analyst: Client, app: App, deps: Deps) -> None:
    made = analyst.post("/api/segments", GERMANS)
    assert made.status == 201
    assert client_as(app, deps, "viewer").get("/api/segments").json["items"] == [made.json]
    assert {name: made.json[name] for name in ("name", "filters")} == GERMANS


def test_it_is_renamed_changed_and_deleted(analyst: Client) -> None:
    segment = saved(analyst, "Phones")
    path = f"/api/segments/{segment['segment_id']}"
    assert analyst.send("PATCH", path, {"name": "  On   PHONES "}).json == {**segment, "name": "On PHONES"}
    assert analyst.send("PATCH", path, {"name": "On phones", "filters": {"visitor": "new", "variant": "B"}}).json == {
        **segment,
        "name": "On phones",
        "filters": {"visitor": "new", "variant": "B"},
    }
    assert names(analyst) == ["On phones"]
    nothing, no_filter = analyst.send("PATCH", path, {}), analyst.send("PATCH", path, {"filters": {}})
    assert [(answer.status, set(answer.json["fields"])) for answer in (nothing, no_filter)] == [
        (400, {"name"}),
        (400, {"filters"}),
    ]
    assert analyst.send("DELETE", path).status == 204
    assert (names(analyst), analyst.send("DELETE", path).status, analyst.send("PATCH", path, {"name": "x"}).status) == (
        [],
        404,
        404,
    )


def test_a_name_is_there_once_whatever_its_case(analyst: Client) -> None:
    saved(analyst, "Phones")
    other = saved(analyst, "Tablets", device="tablet")
    again = analyst.post("/api/segments", {"name": " phones ", "filters": {"country": "DE"}})
    renamed = analyst.send("PATCH", f"/api/segments/{other['segment_id']}", {"name": "PHONES"})
    for answer in (again, renamed):
        assert (answer.status, answer.json["fields"]) == (409, {"name": "is taken"})
    assert names(analyst) == ["Phones", "Tablets"]


BAD: list[tuple[str, Any, set[str]]] = [
    ("no name", {"filters": {"device": "mobile"}}, {"name"}),
    ("an empty name", {"name": "  ", "filters": {"device": "mobile"}}, {"name"}),
    ("a name of two lines and a bell", {"name": "a\nb\x07", "filters": {"device": "mobile"}}, {"name"}),
    ("a long name", {"name": "x" * 81, "filters": {"device": "mobile"}}, {"name"}),
    ("no filters", {"name": "All", "filters": {}}, {"filters"}),
    ("empty filters", {"name": "All", "filters": {"device": "", "country": ""}}, {"filters"}),
    ("filters that are none", {"name": "All", "filters": "device"}, {"filters"}),
    ("an unknown dimension", {"name": "All", "filters": {"weekday": "Monday"}}, {"filters.weekday"}),
    ("no kind of visitor", {"name": "All", "filters": {"visitor": "old"}}, {"filters.visitor"}),
    ("a long value", {"name": "All", "filters": {"country": "x" * 201}}, {"filters.country"}),
    ("two values", {"name": "All", "filters": {"device": ["mobile", "tablet"]}}, {"filters.device"}),
    ("a field too many", {"name": "All", "filters": {"device": "mobile"}, "user_id": "ann"}, set()),
]


@pytest.mark.parametrize(("label", "body", "fields"), BAD, ids=[bad[0] for bad in BAD])
def test_what_cannot_be_saved_is_refused_by_name(label: str, body: Any, fields: set[str], analyst: Client) -> None:
    answer = analyst.post("/api/segments", body)
    assert (answer.status, answer.json["status"]) == (400, 400)
    assert fields <= set(answer.json["fields"]), answer.json
    assert names(analyst) == []


def test_fifty_segments_are_listed_by_name_and_there_is_an_end_to_them(analyst: Client, deps: Deps) -> None:
    for number in range(50):
        saved(analyst, f"Segment {number:02}")
    assert names(analyst) == [f"Segment {number:02}" for number in range(50)]
    for number in range(50, MOST_SEGMENTS):
        more = SavedSegment(f"id{number}", f"Segment {number}", {"device": "mobile"}, "ana", deps.clock())
        deps.store.saved_segments.add(more)
    full = analyst.post("/api/segments", {"name": "One more", "filters": {"device": "mobile"}})
    assert (full.status, full.json["code"]) == (409, "too_many_segments")


def test_only_who_saved_it_or_an_owner_changes_it(app: App, deps: Deps) -> None:
    """What roles may do is test_authorization's business; this is about somebody else's segment."""
    segment = saved(client_as(app, deps, "owner"), "The owner's")
    path = f"/api/segments/{segment['segment_id']}"
    other = client_as(app, deps, "analyst")
    assert (other.send("PATCH", path, {"name": "Mine"}).status, other.send("DELETE", path).status) == (403, 403)
    assert client_as(app, deps, "owner").send("DELETE", path).status == 204


def test_what_happens_to_segments_is_on_record(analyst: Client, app: App, deps: Deps) -> None:
    segment = saved(analyst, "Phones")
    analyst.send("PATCH", f"/api/segments/{segment['segment_id']}", {"name": "Mobiles"})
    analyst.send("DELETE", f"/api/segments/{segment['segment_id']}")
    entries = client_as(app, deps, "owner").get("/api/audit?limit=3").json["items"]
    assert {(entry["action"], entry["about"]) for entry in entries} == {
        ("segment_saved", "Phones"),
        ("segment_changed", "Mobiles"),
        ("segment_deleted", "Mobiles"),
    }


def test_a_segment_selects_what_its_filters_select(analyst: Client, deps: Deps) -> None:
    segment = saved(analyst, "German phones", device="mobile", country="DE")
    query = "&".join(f"{name}={value}" for name, value in segment["filters"].items())
    assert analyst.get(f"/api/metrics/overview?{query}").json["scope"]["filters"] == segment["filters"]
