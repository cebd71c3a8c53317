"""POST /api/events: whatever a client sends, the answer says what became of it; GET shows the latest."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import NOWHERE, FakeClock, own_mongod
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from web_client import Answer, Client, client_as, real_deps

from clickstream.ingest.body import MAX_BATCH
from clickstream.settings import Settings, read_settings
from clickstream.store import Store
from clickstream.store.collections import ensure_indexes
from clickstream.store.connect import connect
from clickstream.store.users import Role
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
EVENT: Json = {"event_type": "pageview", "client_id": "c1", "timestamp": 1_772_362_800, "page": "/"}
ERROR_FIELDS = {"error", "code", "status", "fields", "request_id"}
LINES = {"content_type": "application/x-ndjson"}


def refused(answer: Answer, status: int = 400) -> tuple[str, Json]:
    assert set(answer.json) == ERROR_FIELDS
    assert (answer.status, answer.json["status"]) == (status, status)
    return answer.json["code"], answer.json["fields"]


def receipt(accepted: int, duplicates: int = 0, rejected: list[Json] | None = None) -> Json:
    return {"accepted": accepted, "duplicates": duplicates, "rejected": rejected or []}


def stored(deps: Deps) -> int:
    return deps.store.events.count("live")


# Forms of a body


@pytest.mark.parametrize(
    ("body", "headers", "accepted"),
    [
        (json.dumps(EVENT), {}, 1),
        (json.dumps([EVENT, EVENT]), {}, 2),
        (json.dumps(EVENT), {"content_type": "application/json; charset=utf-8"}, 1),
        (json.dumps(EVENT), {"content_type": "text/plain"}, 1),
        (f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}\n", LINES, 2),
        (f"\n{json.dumps(EVENT)}\r\n\r\n", {"content_type": "application/jsonl; charset=utf-8"}, 1),
        ("\ufeff" + json.dumps([EVENT]), {}, 1),
        ("\ufeff" + json.dumps(EVENT), LINES, 1),
        (" \n" + json.dumps(EVENT, indent=2) + " ", {}, 1),
    ],
)
def test_one_event_a_list_and_lines_are_taken(
    body: str, headers: dict[str, str], accepted: int, analyst: Client, deps: Deps
) -> None:
    for packed in (False, True):
        sent = gzip.compress(body.encode()) if packed else body.encode()
        answer = analyst.post("/api/events", sent, **headers, **({"content_encoding": "gzip"} if packed else {}))
        expected = receipt(0, accepted) if packed else receipt(accepted)
        assert (answer.status, answer.json) == (202, expected)
    assert stored(deps) == accepted


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b" \n", "empty_body"),
        (b"[]", "empty_body"),
        (b"{", "malformed_json"),
        (b"[" + json.dumps(EVENT).encode(), "malformed_json"),
        (b"event_type=pageview", "malformed_json"),
        (b"\xff\xfe{\0}\0", "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        (b'{"a": ' * 100_000, "malformed_json"),
        (b"null", "invalid_event"),
        (b"[[]]", "invalid_event"),
        (b"[" * 100_000 + b"]" * 100_000, "malformed_json"),
        (b'{"event_type": "pageview"}', "missing_identity"),
        (b'{"client_id": "c1"}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": "\xff"}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": "\\ud800"}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": "a\\u0000b"}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": 99999999999999999999}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": {"$gt": ""}}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": "c1", "a.b": 1}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": "c1", "x": 1e999}', "invalid_event"),
        (b'{"event_type": "pageview", "client_id": "c1", "x": [' + b"0," * 2_000 + b"0]}", "too_large"),
    ],
)
def test_a_body_without_a_valid_event_is_one_error_and_stores_nothing(
    body: bytes, code: str, analyst: Client, deps: Deps
) -> None:
    assert refused(analyst.post("/api/events", body))[0] == code
    assert stored(deps) == 0


def test_blank_lines_are_no_events(analyst: Client) -> None:
    assert refused(analyst.post("/api/events", b"\n \n", **LINES)) == ("empty_body", {})


def test_lines_sent_as_json_are_refused_and_not_half_read(analyst: Client, deps: Deps) -> None:
    body = f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}".encode()
    assert refused(analyst.post("/api/events", body))[0] == "malformed_json"
    assert stored(deps) == 0


def test_gzip_that_is_none_is_refused(analyst: Client) -> None:
    answer = analyst.post("/api/events", json.dumps(EVENT).encode(), content_encoding="gzip")
    assert answer.status == 400
    assert set(answer.json) == ERROR_FIELDS
    assert refused(analyst.post("/api/events", b"x", content_encoding="br"), 415)


def test_a_body_too_large_is_refused_packed_or_not(deps: Deps, settings: Settings) -> None:
    small = replace(deps, settings=replace(settings, max_body_mb=1))
    client = client_as(App(small), small, "analyst")
    body = json.dumps([EVENT] * 13_000).encode()
    assert len(body) > 1024 * 1024
    assert refused(client.post("/api/events", body), 413)[0] == "too_large"
    assert refused(client.post("/api/events", gzip.compress(body), content_encoding="gzip"), 413)[0] == "too_large"
    assert stored(deps) == 0


def test_a_batch_holds_twenty_thousand_events(analyst: Client, deps: Deps) -> None:
    over = b"[" + b",".join([b"1"] * (MAX_BATCH + 1)) + b"]"
    assert refused(analyst.post("/api/events", over), 413)[0] == "too_many_events"
    full = [{**EVENT, "event_id": str(n)} for n in range(MAX_BATCH)]
    assert analyst.post("/api/events", full).json == receipt(MAX_BATCH)
    assert stored(deps) == MAX_BATCH


# What becomes of each


def test_the_valid_ones_are_stored_and_the_others_named_with_place_reason_and_fields(analyst: Client, deps: Deps) -> None:
    body = b", ".join(
        [
            json.dumps(EVENT).encode(),
            b'{"event_type": "pageview"}',
            b"{nope}",
            b'{"x": ' * 100_000 + b"1" + b"}" * 100_000,
            b'{"event_type": 5.5, "client_id": "c1", "timestamp": "1999-12-31", "properties": {"device": []}}',
            b'{"event_type": "pageview", "client_id": "c2"}',
        ]
    )
    answer = analyst.post("/api/events", b"[" + body + b"]")
    assert answer.status == 202
    assert (answer.json["accepted"], answer.json["duplicates"]) == (2, 0)
    assert [(one["index"], one["code"], sorted(one["fields"])) for one in answer.json["rejected"]] == [
        (1, "missing_identity", ["client_id"]),
        (2, "malformed_json", [""]),
        (3, "malformed_json", [""]),
        (4, "invalid_event", ["event_type", "properties.device", "timestamp"]),
    ]
    assert stored(deps) == 2


def test_when_none_is_valid_each_is_named_in_the_one_error(analyst: Client) -> None:
    code, fields = refused(analyst.post("/api/events", [{"event_type": "pageview"}, {"client_id": "c1", "ts": "soon"}]))
    assert code == "invalid_event"
    assert set(fields) == {"[0].client_id", "[1].event_type", "[1].timestamp"}


def test_a_single_refused_event_has_its_fields_plain(analyst: Client) -> None:
    code, fields = refused(analyst.post("/api/events", {"client_id": "c1", "device": []}))
    assert (code, set(fields)) == ("invalid_event", {"event_type", "properties.device"})
    assert refused(analyst.post("/api/events", [{"event_type": "pageview"}]))[0] == "missing_identity"


def test_an_error_over_thousands_of_events_stays_short(analyst: Client) -> None:
    answer = analyst.post("/api/events", [{"event_type": "pageview"}] * 5_000)
    assert len(refused(answer)[1]) == 50
    assert len(answer.body) < 20_000


def test_sending_again_is_safe_and_says_so(analyst: Client, deps: Deps) -> None:
    batch = [EVENT, EVENT, {**EVENT, "event_id": "e1"}]
    assert analyst.post("/api/events", batch).json == receipt(3)
    again = analyst.post("/api/events", batch)
    assert (again.status, again.json) == (202, receipt(0, 3))
    mixed = analyst.post("/api/events", [{"event_type": "pageview"}, {**EVENT, "event_id": "e1"}])
    assert (mixed.status, mixed.json["duplicates"], len(mixed.json["rejected"])) == (202, 1, 1)
    assert stored(deps) == 3


# Who may


@pytest.mark.parametrize("role", ["shopper", "viewer", "analyst", "owner"])
def test_whoever_is_signed_in_may_send(role: Role, deps: Deps) -> None:
    assert client_as(App(deps), deps, role).post("/api/events", EVENT).status == 202


def test_strangers_may_not(deps: Deps) -> None:
    app = App(deps)
    for client in (client_as(app, deps, None), Client(app, token="forged"), Client(app, token="x" * 5_000)):
        assert refused(client.post("/api/events", EVENT), 401) == ("unauthenticated", {})
        assert client.get("/api/events").status == 401
    assert stored(deps) == 0


def test_an_expired_token_may_not(analyst: Client, deps: Deps, clock: FakeClock) -> None:
    clock.advance(days=deps.settings.token_days, seconds=1)
    assert analyst.post("/api/events", EVENT).status == 401


@pytest.mark.parametrize(("role", "status"), [("shopper", 403), ("viewer", 403), ("analyst", 200), ("owner", 200)])
def test_analysts_see_the_latest_events(role: Role, status: int, deps: Deps) -> None:
    assert client_as(App(deps), deps, role).get("/api/events").status == status


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused_with_those_there_are(method: str, analyst: Client) -> None:
    answer = analyst.send(method, "/api/events", EVENT)
    assert refused(answer, 405)[0] == "method_not_allowed"
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


CLAIMS = [
    {"user_id": "victim"},
    {"user_id": None},
    {"user_id": ["victim"]},
    {"user_id": "the-shopper "},
    {"userId": "victim", "uid": "victim", "user": {"id": "victim"}},
    {"properties": {"user_id": "victim"}},
    {"properties": {"user_id": {"$gt": ""}, "client_id": "victim"}, "user_id": ""},
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_shoppers_events_are_the_shoppers_whatever_they_claim(claim: Json, deps: Deps) -> None:
    shopper = client_as(App(deps), deps, "shopper")
    for sent in (claim, {"client_id": "c1", **claim}):
        answer = shopper.post("/api/events", {"event_type": "pageview", **sent})
        if answer.status == 400:
            assert answer.json["code"] == "invalid_event"
        else:
            assert answer.json == receipt(1)
    assert {event.user_id for event in deps.store.events.latest("live", 10)} <= {"the-shopper"}


def test_a_shopper_needs_no_other_identity(deps: Deps) -> None:
    client_as(App(deps), deps, "shopper").post("/api/events", {"event_type": "pageview"})
    (event,) = deps.store.events.latest("live", 10)
    assert (event.user_id, event.key) == ("the-shopper", "u:the-shopper")


def test_in_a_list_too_every_event_is_the_shoppers_and_what_is_none_is_named(deps: Deps) -> None:
    shopper = client_as(App(deps), deps, "shopper")
    answer = shopper.post("/api/events", [{**EVENT, "user_id": "a"}, None, "x", {**EVENT, "user_id": "b"}, {}])
    assert (answer.json["accepted"], [one["index"] for one in answer.json["rejected"]]) == (2, [1, 2, 4])
    body = "\n".join(json.dumps({**EVENT, "page": "/2", "user_id": user_id}) for user_id in "ab").encode()
    assert shopper.post("/api/events", body, **LINES).json == receipt(2)
    assert {event.user_id for event in deps.store.events.latest("live", 10)} == {"the-shopper"}


@pytest.mark.parametrize("role", ["viewer", "analyst", "owner"])
def test_others_speak_for_whom_they_say(role: Role, deps: Deps) -> None:
    client_as(App(deps), deps, role).post("/api/events", {**EVENT, "user_id": "alice"})
    assert deps.store.events.latest("live", 1)[0].user_id == "alice"


# The latest


def test_the_latest_events_come_with_everything_they_have(analyst: Client, clock: FakeClock) -> None:
    analyst.post("/api/events", {**EVENT, "event_id": "e1", "session_id": "s1", "user_id": "u1", "x": {"y": [1]}})
    clock.advance(seconds=1)
    analyst.post("/api/events", {**EVENT, "event_id": "e2"})
    items = analyst.get("/api/events").json["items"]
    assert [item["event_id"] for item in items] == ["e2", "e1"]
    assert items[1] == {
        "event_id": "e1",
        "event_type": "pageview",
        "timestamp": "2026-03-01T11:00:00.000Z",
        "received_at": "2026-03-01T12:00:00.000Z",
        "client_id": "c1",
        "user_id": "u1",
        "session_id": "s1",
        "page": "/",
        "properties": {"x": {"y": [1]}},
        "flag": None,
    }
    assert [item["event_id"] for item in analyst.get("/api/events?limit=1").json["items"]] == ["e2"]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=-1", "limit=x", "limit=1.5", "limit=%D9%A3x"])
def test_a_limit_that_is_none_is_named(query: str, analyst: Client) -> None:
    assert set(refused(analyst.get(f"/api/events?{query}"))[1]) == {"limit"}


def test_unknown_parameters_are_named(analyst: Client) -> None:
    assert refused(analyst.get("/api/events?dataset=x")) == ("unknown_parameter", {"dataset": "unknown parameter"})
    assert refused(analyst.post("/api/events?dataset=x", EVENT)) == ("unknown_parameter", {"dataset": "unknown parameter"})


# Without a database


@pytest.fixture
def own(data_dir: Path) -> Settings:
    return read_settings({"DATA_DIR": str(data_dir), "MONGO_CACHE_GB": "0.25"})


def test_a_database_that_stops_is_told_and_one_that_returns_is_used_again(own: Settings, clock: FakeClock) -> None:
    with own_mongod(own.data_dir) as mongod:
        client: MongoClient[Json] = MongoClient(mongod.uri, tz_aware=True, serverSelectionTimeoutMS=300)
        ensure_indexes(client["shop"])
        deps = real_deps(own, Store(client["shop"], describe="its own"), clock)
        analyst = client_as(App(deps), deps, "analyst")
        assert analyst.get("/ready").status == 200
        assert analyst.post("/api/events", {**EVENT, "event_id": "before"}).status == 202
    for answer in (
        analyst.post("/api/events", {**EVENT, "event_id": "during"}),
        analyst.post("/api/events", [{**EVENT, "event_id": f"during{n}"} for n in range(200)]),
        analyst.get("/ready"),
        analyst.get("/api/events"),
        analyst.get("/api/metrics/overview"),
        analyst.get("/api/sessions"),
    ):
        assert refused(answer, 503) == ("database_unavailable", {})
        assert int(answer.headers["retry-after"]) > 0
    assert analyst.get("/health").status == 200
    clock.advance(seconds=10)  # who is asking is not remembered any more either
    assert refused(analyst.post("/api/events", EVENT), 503)
    with client, own_mongod(own.data_dir):
        assert analyst.get("/ready").status == 200
        assert analyst.post("/api/events", {**EVENT, "event_id": "during"}).json == receipt(1)
        assert analyst.post("/api/events", {**EVENT, "event_id": "before"}).json == receipt(0, 1)
        assert stored(deps) == 2


def test_our_own_database_is_revived_when_it_died(own: Settings, clock: FakeClock) -> None:
    with connect(own, localhost=NOWHERE) as connection:
        ensure_indexes(connection.database)
        deps = real_deps(own, Store(connection.database, describe="x", revive=connection.revive), clock)
        analyst = client_as(App(deps), deps, "analyst")
        assert analyst.post("/api/events", EVENT).status == 202
        with suppress(PyMongoError):  # it hangs up on whoever shuts it down
            connection.client.admin.command("shutdown", force=True)
        assert analyst.post("/api/events", {**EVENT, "page": "/2"}).status == 503
        deps.store.revive()
        assert analyst.post("/api/events", {**EVENT, "page": "/2"}).json == receipt(1)
        assert stored(deps) == 2
