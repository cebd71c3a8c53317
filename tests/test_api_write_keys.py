"""Write keys over the API: made, shown once, sent with, refused, revoked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from conftest import FakeClock
from web_client import Answer, Client, client_as, hold_dataset

from clickstream import rollup
from clickstream.web.app import App
from clickstream.web.deps import Deps

SHOP = "https://shop.example"
EVENT = {"event_type": "pageview", "client_id": "c1", "page": "/"}
BROWSER = {"label": "shop", "origins": [SHOP]}
Json = dict[str, Any]


def made(owner: Client, wanted: Mapping[str, object] = BROWSER) -> tuple[str, str]:
    """A new key in full, and its id."""
    answer = owner.post("/api/write-keys", wanted)
    assert answer.status == 201, answer.json
    return answer.json["key"], answer.json["write_key"]["key_id"]


def send(app: App, key: str, events: object = EVENT, **headers: str) -> Answer:
    return Client(app).post("/api/events", events, x_write_key=key, **headers)


def stored(deps: Deps) -> int:
    return deps.store.events.count("live")


# Making one


def test_a_key_is_shown_once_and_kept_as_a_digest_and_its_end(owner: Client, deps: Deps, database: Any) -> None:
    key, key_id = made(owner, {"label": " My shop ", "origins": ["Shop.example/", SHOP]})
    (listed,) = owner.get("/api/write-keys").json["items"]
    assert listed == {
        "key_id": key_id,
        "label": "My shop",
        "dataset": "live",
        "mode": "live",
        "server": False,
        "origins": [SHOP],
        "last4": key[-4:],
        "created_by": "the-owner",
        "created_at": "2026-03-01T12:00:00.000Z",
        "revoked_at": None,
    }
    assert key.startswith("wk_") and len(key) > 30
    assert key not in str(list(database.write_keys.find()))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "label"),
        ({"label": "  "}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"label": "x", "mode": "other"}, "mode"),
        ({"label": "x", "dataset": "nowhere"}, "dataset"),
        ({"label": "x", "colour": "red"}, "colour"),
        ({"label": "x", "server": True, "origins": [SHOP]}, "origins"),
        *(
            ({"label": "x", "origins": [origin]}, "origins")
            for origin in (
                "https://shop.example/page",
                "https://shop.example?x",
                "ftp://shop.example",
                "https://",
                "https://a b",
                "https://*.shop.example",
                "https://me@shop.example",
                "https://shop.example:99999",
                "https://[::1",
                "null://",
            )
        ),
        ({"label": "x", "origins": [f"https://shop{n}.example" for n in range(51)]}, "origins"),
    ],
)
def test_what_makes_no_key_is_named(wanted: Json, field: str, owner: Client) -> None:
    answer = owner.post("/api/write-keys", wanted)
    assert (answer.status, list(answer.json["fields"])) == (400, [field])
    assert owner.get("/api/write-keys").json == {"items": []}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("HTTPS://Shop.Example:443/", SHOP),
        ("http://shop.example:80", "http://shop.example"),
        ("bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("*", "*"),
    ],
)
def test_a_site_is_kept_as_browsers_name_it(given: str, kept: str, owner: Client) -> None:
    made(owner, {"label": "x", "origins": [given]})
    assert owner.get("/api/write-keys").json["items"][0]["origins"] == [kept]


def test_there_is_an_end_to_how_many_can_be_made_and_revoking_makes_room(owner: Client) -> None:
    keys = [made(owner)[1] for _ in range(100)]
    assert owner.post("/api/write-keys", BROWSER).json["code"] == "too_many_keys"
    assert owner.send("DELETE", f"/api/write-keys/{keys[0]}").status == 204
    made(owner)


# Sending


def test_a_key_sends_events_by_header_or_address_and_needs_no_account(owner: Client, app: App, deps: Deps) -> None:
    key, _ = made(owner)
    assert send(app, key).json == {"accepted": 1, "duplicates": 0, "rejected": []}
    packed = json.dumps([EVENT]).encode()
    beacon = Client(app).post(f"/api/events?key={key}", packed, content_type="text/plain;charset=UTF-8")
    assert (beacon.status, beacon.json["accepted"]) == (202, 1)
    assert stored(deps) == 2


def test_a_key_wins_over_the_cookie_a_browser_sends_along(owner: Client, app: App, deps: Deps) -> None:
    key, _ = made(owner)
    cookie = f"clickstream_token={client_as(app, deps, 'shopper').token}"
    assert send(app, key, {**EVENT, "user_id": "alice"}, cookie=cookie, origin=SHOP).status == 202
    assert deps.store.events.latest("live", 1)[0].user_id == "alice"


def test_events_go_into_the_datasets_of_their_keys(owner: Client, app: App, deps: Deps, clock: FakeClock) -> None:
    deps.collector.collect([EVENT], "another")
    rollup.catch_up(deps.store, deps.settings, clock)
    key, _ = made(owner, {"label": "x", "dataset": "another"})
    assert send(app, key).json["accepted"] == 1
    assert (stored(deps), deps.store.events.count("another")) == (0, 2)


def test_an_uploaded_log_takes_no_events(owner: Client, deps: Deps) -> None:
    hold_dataset(deps, "d1")
    answer = owner.post("/api/write-keys", {"label": "x", "dataset": "d1"})
    assert (answer.status, answer.json["fields"]) == (400, {"dataset": "is an uploaded log"})


@pytest.mark.parametrize("key", ["wk_nothing", "x", "x" * 5_000, "' or 1=1"])
def test_a_key_there_is_not_is_refused_also_with_a_token_beside_it(key: str, owner: Client, deps: Deps) -> None:
    answer = owner.post("/api/events", EVENT, x_write_key=key)
    assert (answer.status, answer.json["code"]) == (401, "unknown_write_key")
    assert stored(deps) == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/events"),
        ("GET", "/api/metrics/overview"),
        ("GET", "/api/write-keys"),
        ("POST", "/api/write-keys"),
        ("POST", "/api/analyze"),
        ("GET", "/api/recommendations"),
    ],
)
def test_a_key_opens_nothing_else(method: str, path: str, owner: Client, app: App) -> None:
    key, _ = made(owner, {"label": "backend", "server": True})
    for headers in ({"x_write_key": key}, {"authorization": f"Bearer {key}"}):
        answer = Client(app).send(method, path, {} if method == "POST" else None, headers=headers)
        assert (answer.status, answer.json["code"]) == (401, "write_key")
        assert "may only send events" in answer.json["error"]


def test_a_key_sent_as_a_token_is_told_where_it_belongs(owner: Client, app: App) -> None:
    key, _ = made(owner)
    answer = Client(app, token=key).post("/api/events", EVENT)
    assert (answer.status, answer.json["code"]) == (401, "write_key")
    assert "X-Write-Key" in answer.json["error"]


def test_a_wrong_clock_moves_no_event_into_another_day(owner: Client, app: App, deps: Deps, clock: FakeClock) -> None:
    key, _ = made(owner)
    theirs = int(clock().timestamp() * 1000) - 400 * 86_400_000  # a device that believes in the year before last
    Client(app).post(f"/api/events?key={key}&sent={theirs + 700}", [{**EVENT, "timestamp": theirs}])
    assert deps.store.events.latest("live", 1)[0].timestamp == clock()


# Revoking and changing


def test_a_revoked_key_is_refused_at_once_and_says_so_to_its_page(owner: Client, app: App, deps: Deps) -> None:
    key, key_id = made(owner)
    assert send(app, key, origin=SHOP).status == 202
    assert owner.send("DELETE", f"/api/write-keys/{key_id}").status == 204
    answer = send(app, key, origin=SHOP)
    assert (answer.status, answer.json["code"]) == (401, "revoked_write_key")
    assert answer.json["error"] == f"The write key …{key[-4:]} was revoked; use another."
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert stored(deps) == 1


def test_a_key_stays_listed_and_its_revocation_keeps_its_time(owner: Client, clock: FakeClock) -> None:
    _, key_id = made(owner)
    for _ in range(2):
        assert owner.send("DELETE", f"/api/write-keys/{key_id}").status == 204
        clock.advance(hours=1)
    assert owner.get("/api/write-keys").json["items"][0]["revoked_at"] == "2026-03-01T12:00:00.000Z"


def test_a_key_gets_another_label_and_other_sites(owner: Client, app: App) -> None:
    key, key_id = made(owner)
    assert send(app, key, origin="https://new.example").json["code"] == "origin_not_allowed"
    answer = owner.send("PATCH", f"/api/write-keys/{key_id}", {"label": "New", "origins": ["new.example"]})
    assert (answer.json["label"], answer.json["origins"]) == ("New", ["https://new.example"])
    assert send(app, key, origin="https://new.example").status == 202
    assert send(app, key, origin=SHOP).status == 403


@pytest.mark.parametrize(("method", "payload"), [("DELETE", None), ("PATCH", BROWSER)])
def test_a_key_there_is_not_cannot_be_changed(method: str, payload: Json | None, owner: Client) -> None:
    assert owner.send(method, "/api/write-keys/nothing", payload).status == 404


# What a page may not say


@pytest.mark.parametrize("event_type", ["refund", "order_cancel", "order_update", "order_shipped"])
@pytest.mark.parametrize(
    ("sender", "taken"),
    [
        ("browser key", False),
        ("server key", True),
        ("shopper", False),
        ("viewer", False),
        ("analyst", True),
        ("owner", True),
    ],
)
def test_only_the_shop_itself_undoes_orders(sender: Any, taken: bool, event_type: str, owner: Client, deps: Deps) -> None:
    event = {**EVENT, "event_type": event_type, "order_id": "A-1"}
    if sender.endswith("key"):
        key, _ = made(owner, {"label": "x", "server": sender == "server key"})
        answer = send(owner.app, key, [event, EVENT])
    else:
        answer = client_as(owner.app, deps, sender).post("/api/events", [event, EVENT])
    refusals = [(one["index"], one["code"], list(one["fields"])) for one in answer.json["rejected"]]
    assert refusals == ([] if taken else [(0, "not_trusted", ["event_type"])])
    assert answer.json["accepted"] == 1 + taken


def test_a_shopper_joins_no_session_of_somebody_else(owner: Client, app: App, deps: Deps) -> None:
    owner.post("/api/events", {**EVENT, "user_id": "alice", "session_id": "s1"})
    owner.post("/api/events", {**EVENT, "session_id": "anonymous"})
    shopper = client_as(app, deps, "shopper")
    names = ("s1", "anonymous", "own", "own", "s1")
    answer = shopper.post("/api/events", [{**EVENT, "session_id": name, "page": f"/{n}"} for n, name in enumerate(names)])
    assert [(one["index"], one["code"], one["fields"]) for one in answer.json["rejected"]] == [
        (0, "not_trusted", {"session_id": "belongs to another visitor"}),
        (4, "not_trusted", {"session_id": "belongs to another visitor"}),
    ]
    assert answer.json["accepted"] == 3
    again = shopper.post("/api/events", {**EVENT, "session_id": "own", "page": "/again"})
    assert again.status == 202


def test_a_server_key_is_refused_where_it_is_no_secret_any_more(owner: Client, app: App, deps: Deps) -> None:
    key, _ = made(owner, {"label": "backend", "server": True})
    for answer in (Client(app).post(f"/api/events?key={key}", EVENT), send(app, key, origin=SHOP)):
        assert (answer.status, answer.json["code"]) == (403, "exposed_server_key")
        assert "access-control-allow-origin" not in answer.headers
        assert "Revoke it" in answer.json["error"]
    assert stored(deps) == 0


# Other sites


@pytest.mark.parametrize(
    ("origins", "origin", "admitted"),
    [
        ([SHOP], SHOP, True),
        ([SHOP], "https://evil.example", False),
        ([SHOP], "http://shop.example", False),
        ([SHOP], "https://shop.example:8443", False),
        ([SHOP], "https://shop.example.evil.example", False),
        ([SHOP], "null", False),
        ([], SHOP, False),
        ([], "https://shop.test", True),
        ([], None, True),
        ([SHOP], None, True),
        (["*"], "https://any.example", True),
        (["*"], "null", True),
    ],
)
def test_pages_send_from_the_sites_on_the_list_and_from_this_server(
    origins: list[str], origin: str | None, admitted: bool, owner: Client, app: App
) -> None:
    key, _ = made(owner, {"label": "x", "origins": origins})
    answer = send(app, key, **({"origin": origin} if origin else {}))
    assert answer.status == (202 if admitted else 403)
    own = origin in (None, "https://shop.test")
    assert answer.headers.get("access-control-allow-origin") == (origin if admitted and not own else None)
    assert "access-control-allow-credentials" not in answer.headers
    if not admitted:
        assert answer.json["code"] == "origin_not_allowed"
        assert str(origin) in answer.json["error"]
    elif not own:
        assert "origin" in answer.headers["vary"]


def test_a_page_reads_why_its_events_were_refused(owner: Client, app: App) -> None:
    key, _ = made(owner)
    answer = send(app, key, {"event_type": "pageview"}, origin=SHOP)
    assert (answer.status, answer.json["code"]) == (400, "missing_identity")
    assert answer.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    ("path", "headers", "origin", "admitted"),
    [
        ("/api/events", "content-type,x-write-key", SHOP, True),
        ("/api/events", "X-Write-Key", SHOP, True),
        ("/api/events?key={key}", "content-type", SHOP, True),
        ("/api/events?key={key}", "content-type", "https://evil.example", False),
        ("/api/events?key=wk_nothing", "x-write-key", SHOP, False),
        ("/api/events", "content-type", SHOP, False),
        ("/api/events", "authorization", SHOP, False),
        ("/api/events", "x-write-key", "https://evil.example", False),
        ("/api/metrics/overview", "x-write-key", SHOP, False),
        ("/api/write-keys", "x-write-key", SHOP, False),
    ],
)
def test_a_preflight_admits_listed_sites_to_sending_with_a_key(
    path: str, headers: str, origin: str, admitted: bool, owner: Client
) -> None:
    key, _ = made(owner)
    made(owner, {"label": "backend", "server": True})
    asked = {"origin": origin, "access_control_request_method": "POST", "access_control_request_headers": headers}
    answer = Client(owner.app).send("OPTIONS", path.format(key=key), headers=asked)
    assert answer.status == 204
    assert answer.headers.get("access-control-allow-origin") == (origin if admitted else None)
    if admitted:
        assert answer.headers["access-control-allow-methods"] == "POST"
        assert "x-write-key" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/api/metrics/overview", "/api/events", "/api/me", "/api/products"])
def test_nothing_else_is_readable_by_other_sites(path: str, owner: Client) -> None:
    key, _ = made(owner, {"label": "x", "origins": ["*"]})
    answer = owner.get(path, origin=SHOP, x_write_key=key)
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


# Test mode


def test_test_events_are_judged_and_shown_and_counted_nowhere(owner: Client, deps: Deps, clock: FakeClock) -> None:
    key, _ = made(owner, {"label": "x", "mode": "test"})
    sent = [{**EVENT, "event_id": "e1"}, {"event_type": "pageview"}, {**EVENT, "event_type": "refund"}]
    answer = send(owner.app, key, sent)
    assert (answer.status, answer.json["accepted"]) == (202, 1)
    assert [one["code"] for one in answer.json["rejected"]] == ["missing_identity", "not_trusted"]
    assert send(owner.app, key, {"event_type": "pageview"}).json["code"] == "missing_identity"
    arrivals = next(deps.arrivals.watch())
    assert [(one.kind, one.test) for one in arrivals].count(("checked", True)) == 1
    assert {one.code for one in arrivals if one.kind == "refused"} == {"missing_identity", "not_trusted"}
    assert all(one.test for one in arrivals)
    rollup.catch_up(deps.store, deps.settings, clock)
    assert stored(deps) == 0
    for view in ("clean", "all"):
        assert owner.get(f"/api/metrics/overview?view={view}").json["result"]["events"] == 0
    live, _ = made(owner)
    assert send(owner.app, live, sent[0]).json["accepted"] == 1  # a rehearsal takes no names


def test_making_changing_and_revoking_goes_on_record(owner: Client, clock: FakeClock) -> None:
    key, key_id = made(owner)
    clock.advance(seconds=1)
    owner.send("PATCH", f"/api/write-keys/{key_id}", {"label": "New", "origins": []})
    clock.advance(seconds=1)
    owner.send("DELETE", f"/api/write-keys/{key_id}")
    entries = owner.get("/api/audit").json["items"]
    assert [(entry["action"], entry["about"]) for entry in entries] == [
        ("write_key_revoked", f"New …{key[-4:]}"),
        ("write_key_changed", f"New …{key[-4:]}"),
        ("write_key_created", f"shop …{key[-4:]}"),
    ]
    assert key not in str(entries)
