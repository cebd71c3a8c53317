"""The sessions behind a number, page by page without gap or repeat, and the events of one."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from web_client import Answer, Client, client_as, hold_dataset

from clickstream import rollup
from clickstream.metrics import measure
from clickstream.scope import Scope
from clickstream.sessions import MAX_EVENTS
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
START = datetime(2026, 2, 28, 10, tzinfo=UTC)


@pytest.fixture
def viewer(deps: Deps) -> Client:
    return client_as(App(deps), deps, "viewer")


def receive(deps: Deps, *events: Json) -> None:
    receipt = deps.collector.collect(events)
    assert receipt.rejected == []
    rollup.catch_up(deps.store, deps.settings, deps.clock)


def event(minutes: float = 0, **also: Any) -> Json:
    return {"event_type": "pageview", "timestamp": (START + timedelta(minutes=minutes)).isoformat(), "page": "/", **also}


def listed(viewer: Client, **query: Any) -> Iterator[list[Json]]:
    """Every page of the list."""
    while True:
        body = viewer.get(f"/api/sessions?{urlencode(query)}").json
        yield body["items"]
        if body["next"] is None:
            return
        query["after"] = body["next"]


def ids(pages: Iterator[list[Json]]) -> list[str]:
    return [item["session_id"] for page in pages for item in page]


def refused(answer: Answer, status: int = 400) -> tuple[str, Json]:
    assert set(answer.json) == {"error", "code", "status", "fields", "request_id"}
    assert answer.status == status
    return answer.json["code"], answer.json["fields"]


# The list


def test_an_empty_shop_has_an_empty_list(viewer: Client) -> None:
    assert viewer.get("/api/sessions").json == {"items": [], "next": None}
    assert viewer.get("/api/sessions?dataset=none").json["code"] == "unknown_dataset"


def test_a_session_is_shown_with_what_it_adds_to_the_numbers(viewer: Client, deps: Deps) -> None:
    who = {"session_id": "s1", "client_id": "c1"}
    receive(
        deps,
        event(0, **who, device="mobile", referrer="https://google.com/", variant="B", experiment="button"),
        event(1, **who, user_id="alice", event_type="purchase", revenue="9.90", currency="EUR", order_id="o1", variant="A"),
        event(0.5, client_id="c2"),
    )
    items = viewer.get("/api/sessions").json["items"]
    assert items[1] == {
        "session_id": "s1",
        "visitor": "alice",
        "user_id": "alice",
        "start": "2026-02-28T10:00:00.000Z",
        "end": "2026-02-28T10:01:00.000Z",
        "duration": 60,
        "device": "mobile",
        "country": "unknown",
        "channel": "organic",
        "variant": "B",
        "experiments": [["button", "B"], ["(unnamed)", "A"]],
        "new": True,
        "events": 2,
        "pageviews": 1,
        "converted": True,
        "orders": 1,
        "revenue": [{"currency": "EUR", "amount": 9.9}],
    }
    assert items[0]["session_id"] == f"c2:{int(START.timestamp() * 1000) + 30_000}"


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_have_no_gap_and_no_repeat_also_where_all_begin_at_once(limit: int, viewer: Client, deps: Deps) -> None:
    ms = int(START.timestamp() * 1000)
    receive(
        deps,
        *(event(0, session_id=f"s{n}", client_id="c") for n in range(6)),
        *(event(n % 2, session_id=name, client_id="c") for n, name in enumerate(["Ä/ö", "a b", "?x=1&y", "😀", ":", "%41"])),
        event(0, client_id="x"),
        event(0, user_id="x"),
        event(0, session_id=f"x:{ms}", client_id="y"),
    )
    pages = list(listed(viewer, limit=limit))
    assert {len(page) for page in pages[:-1]} <= {limit}
    items = [item for page in pages for item in page]
    assert len(items) == 15 == measure(deps.store, "overview", Scope(as_of=deps.clock())).result["sessions"]
    assert len({(item["session_id"], item["visitor"], item["user_id"]) for item in items}) == 15
    assert [item["start"] for item in items] == sorted((item["start"] for item in items), reverse=True)
    assert [item["session_id"] for item in items].count(f"x:{ms}") == 3


def test_a_session_that_arrives_meanwhile_disturbs_no_page(viewer: Client, deps: Deps) -> None:
    receive(deps, *(event(n, session_id=f"s{n}") for n in range(4)))
    first = viewer.get("/api/sessions?limit=2").json
    receive(deps, event(9, session_id="new"))
    second = viewer.get(f"/api/sessions?limit=2&after={quote(first['next'])}").json
    assert [item["session_id"] for item in first["items"] + second["items"]] == ["s3", "s2", "s1", "s0"]
    assert second["next"] is None


def test_the_list_holds_exactly_the_sessions_of_its_scope(viewer: Client, deps: Deps) -> None:
    receive(
        deps,
        event(0, session_id="s0", user_id="alice", device="mobile"),
        event(5, session_id="s1", user_id="alice", device="tv"),
        event(9, session_id="s2", client_id="c1", device="tv", source="simulation"),
    )
    assert ids(listed(viewer)) == ["s1", "s0"]
    assert ids(listed(viewer, view="all", limit=1)) == ["s2", "s1", "s0"]
    assert ids(listed(viewer, visitor="returning")) == ["s1"]
    assert ids(listed(viewer, device="tv", view="all")) == ["s2", "s1"]
    assert ids(listed(viewer, user_id="alice", until="2026-02-28T10:05:00Z")) == ["s0"]
    assert ids(listed(viewer, since="2026-02-28T10:05:00Z", until="2026-02-28T10:05:00.001Z")) == ["s1"]


def test_what_is_no_session_is_not_listed_and_not_found(viewer: Client, deps: Deps) -> None:
    """A refund alone, and a session too long to be one."""
    ms = int(START.timestamp() * 1000)
    receive(deps, event(0, client_id="c1", event_type="refund", order_id="o1"))
    receive(deps, *(event(n / 60_000, session_id="long", event_id=f"e{n}") for n in range(MAX_EVENTS + 1)))
    assert ids(listed(viewer, view="all")) == []
    assert viewer.get("/api/sessions/long").status == 404
    assert viewer.get(f"/api/sessions/c1:{ms}").status == 404


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1.5", "1e2", "9" * 30, "²"])
def test_a_limit_that_is_none_is_named(limit: str, viewer: Client) -> None:
    assert refused(viewer.get(f"/api/sessions?limit={quote(limit)}"))[1] == {"limit": "must be a whole number from 1 to 500"}


def mark(*place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        *(
            "x",
            "====",
            "1234:s1",
            "é",
            "bm9wZQ",
            "a" * 3_000,
            "%00",
            mark(),
            mark(1),
            mark("1", "s", "k"),
            mark(1, "s", None),
        ),
        *(mark(1.5, "s", "k"), mark(1, {"$gt": ""}, "k"), mark(10**18, "s", "k"), mark(-(10**18), "s", "k"), mark([])),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 2_000).decode(),
    ],
)
def test_a_forged_mark_is_refused(after: str, viewer: Client, deps: Deps) -> None:
    receive(deps, event(0, session_id="s0"))
    assert set(refused(viewer.get(f"/api/sessions?after={quote(after)}"))[1]) == {"after"}


def test_a_mark_of_nowhere_gives_what_comes_after_it(viewer: Client, deps: Deps) -> None:
    receive(deps, *(event(n, session_id=f"s{n}") for n in range(3)))
    place = mark(int(START.timestamp() * 1000) + 60_000, "s1", "")
    assert ids(listed(viewer, after=place)) == ["s0"]
    assert ids(listed(viewer, after=mark(0, "", ""))) == []
    assert ids(listed(viewer, after=mark(4_000_000_000_000, "\0", "\n"))) == ["s2", "s1", "s0"]


# One session


def test_a_session_comes_with_its_events_in_order(viewer: Client, deps: Deps) -> None:
    receive(
        deps,
        event(2, session_id="s1", page="/c"),
        event(0, session_id="s1", page="/a"),
        event(1, session_id="s1", page="/b2", event_id="2"),
        event(1, session_id="s1", page="/b1", event_id="1"),
        event(1, session_id="other"),
    )
    body = viewer.get("/api/sessions/s1").json
    assert [one["page"] for one in body["events"]] == ["/a", "/b2", "/b1", "/c"]
    assert body["session"]["events"] == 4
    assert body["session"] == next(item for item in viewer.get("/api/sessions").json["items"] if item["session_id"] == "s1")


@pytest.mark.parametrize("owner", ["client_id", "user_id"])
def test_the_sessions_of_a_client_or_user_are_cut_and_found_each_on_its_own(owner: str, viewer: Client, deps: Deps) -> None:
    who = {owner: "a:b/c d"}
    receive(deps, *(event(minutes, **who, page=f"/{minutes}") for minutes in (0, 10, 41, 100, 130, 161)))
    found = ids(listed(viewer))
    assert len(found) == 4
    pages = []
    for session_id in found:
        answer = viewer.get(f"/api/sessions/{quote(session_id, safe='')}")
        pages.append([one["page"] for one in answer.json["events"]])
        assert answer.json["session"]["events"] == len(pages[-1])
    assert pages == [["/161"], ["/100", "/130"], ["/41"], ["/0", "/10"]]


@pytest.mark.parametrize(
    "session_id", ["Ä/ö", "a b", "?x=1&y", "😀", ":", "%41", "..", ".", "null", '{"$gt":""}', "x" * 200]
)
def test_a_session_is_found_by_whatever_name_it_has(session_id: str, viewer: Client, deps: Deps) -> None:
    receive(deps, event(0, session_id=session_id))
    answer = viewer.get(f"/api/sessions/{quote(session_id, safe='')}")
    assert (answer.status, answer.json["session"]["session_id"]) == (200, session_id)


@pytest.mark.parametrize("session_id", ["none", "s1:1", ":", "c1:0", "u1", "x" * 5_000, '{"$gt":""}', "$where"])
def test_a_session_that_is_not_there_is_not_found(session_id: str, viewer: Client, deps: Deps) -> None:
    assert refused(viewer.get(f"/api/sessions/{quote(session_id, safe='')}"), 404)[0] == "not_found"
    receive(deps, event(0, session_id="s1"), event(0, client_id="c1"), event(0, user_id="u1"))
    assert refused(viewer.get(f"/api/sessions/{quote(session_id, safe='')}"), 404)[0] == "not_found"


def test_noise_is_seen_only_in_the_view_that_has_it(viewer: Client, deps: Deps) -> None:
    receive(
        deps,
        event(0, session_id="s1", page="/a"),
        event(1, session_id="s1", page="/noise", source="basic_sim"),
        event(2, session_id="s1", page="/b"),
        event(0, session_id="s2", source="seed_demo"),
    )
    clean, everything = viewer.get("/api/sessions/s1").json, viewer.get("/api/sessions/s1?view=all").json
    assert [one["page"] for one in clean["events"]] == ["/a", "/b"]
    assert [one["page"] for one in everything["events"]] == ["/a", "/noise", "/b"]
    assert (clean["session"]["events"], everything["session"]["events"]) == (2, 3)
    assert viewer.get("/api/sessions/s2").status == 404
    assert viewer.get("/api/sessions/s2?view=all").status == 200


def test_a_session_is_of_its_dataset(viewer: Client, deps: Deps) -> None:
    hold_dataset(deps, "upload1")
    deps.collector.collect([event(0, session_id="s1", page="/upload")], "upload1")
    receive(deps, event(0, session_id="s1", page="/live"))
    for dataset, page in (("live", "/live"), ("upload1", "/upload")):
        assert [one["page"] for one in viewer.get(f"/api/sessions/s1?dataset={dataset}").json["events"]] == [page]
        assert ids(listed(viewer, dataset=dataset)) == ["s1"]
    assert viewer.get("/api/sessions/s1?dataset=none").status == 404
