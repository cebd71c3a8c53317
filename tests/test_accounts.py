from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from conftest import FakeClock
from web_client import NOON, Client, bare_deps

from clickstream.errors import DatabaseUnavailable, InvalidInput
from clickstream.ingest import Collector
from clickstream.rollup import catch_up
from clickstream.settings import Settings, read_settings
from clickstream.store import Store
from clickstream.store.users import User
from clickstream.usernames import accept_username
from clickstream.web.access import COOKIE
from clickstream.web.app import App
from clickstream.web.deps import Deps

ALICE = {"username": "alice", "password": "correct horse"}
BOB = {"username": "bob", "password": "battery staple"}


@pytest.fixture
def known(settings: Settings, store: Store, clock: FakeClock) -> dict[str, str]:
    """Credentials under whose name the shop has seen somebody."""
    Collector(store, clock).collect([{"event_type": "pageview", "user_id": "known", "page": "/"}])
    catch_up(store, settings, clock)
    return {"username": "known", "password": "correct horse"}


@pytest.fixture
def client(deps: Deps) -> Client:
    return Client(App(deps))


def test_it_works_from_sign_up_to_log_out(client: Client) -> None:
    created = client.post("/api/signup", ALICE)
    assert (created.status, created.json["user"]) == (
        201,
        {"username": "alice", "role": "owner", "status": "active", "language": "en"},
    )
    logged_in = client.post("/api/login", ALICE)
    assert (logged_in.status, logged_in.json["user"]) == (200, created.json["user"])
    client.token = logged_in.json["token"]
    assert client.get("/api/me").json == {"username": "alice", "role": "owner", "language": "en"}
    assert client.post("/api/logout").status == 204
    assert client.get("/api/me").status == 401
    client.token = created.json["token"]
    assert client.get("/api/me").status == 200


def test_a_new_account_speaks_its_browsers_language_until_it_chooses_another(deps: Deps, client: Client) -> None:
    created = client.post("/api/signup", ALICE, accept_language="pt-BR, fr-CA;q=0.9, en;q=0.5")
    assert created.json["user"]["language"] == "fr"
    client.token = created.json["token"]
    assert client.get("/api/me").json["language"] == "fr"
    assert client.send("PATCH", "/api/me", {"language": "vi"}).json == {
        "username": "alice",
        "role": "owner",
        "language": "vi",
    }
    assert client.get("/api/me").json["language"] == "vi"
    assert client.post("/api/login", ALICE).json["user"]["language"] == "vi"
    assert [deps.store.users.language_of(name) for name in ("alice", "nobody")] == ["vi", "en"]


def test_the_first_account_is_the_owner_and_later_ones_are_shoppers(client: Client) -> None:
    roles = [
        client.post("/api/signup", {"username": name, "password": "correct horse"}).json["user"]["role"]
        for name in ("first", "second", "third")
    ]
    assert roles == ["owner", "shopper", "shopper"]


def test_of_sign_ups_at_the_same_moment_exactly_one_becomes_the_owner(deps: Deps, store: Store) -> None:
    app = App(deps)

    def sign_up(number: int) -> str:
        answer = Client(app).post("/api/signup", {"username": f"user{number}", "password": "correct horse"})
        role: str = answer.json["user"]["role"]
        return role

    with ThreadPoolExecutor(12) as pool:
        roles = sorted(pool.map(sign_up, range(12)))
    assert roles == ["owner"] + ["shopper"] * 11
    stored = [store.users.find(f"user{number}") for number in range(12)]
    assert sorted(user.role for user in stored if user) == roles


def test_one_name_taken_at_the_same_moment_is_one_account(deps: Deps) -> None:
    app = App(deps)
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: Client(app).post("/api/signup", ALICE).status, range(8)))
    assert statuses == [201] + [409] * 7


def test_a_first_sign_up_that_broke_off_becomes_the_owner_at_its_log_in(
    deps: Deps, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(username: str) -> bool:
        raise DatabaseUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(deps.store.users, "claim_ownership", die)
        assert client.post("/api/signup", ALICE).status == 503
    assert client.post("/api/login", ALICE).json["user"]["role"] == "owner"
    assert client.post("/api/signup", BOB).json["user"]["role"] == "shopper"
    assert client.post("/api/login", BOB).json["user"]["role"] == "shopper"


def test_an_owner_who_gave_the_role_away_does_not_get_it_back_at_log_in(deps: Deps, client: Client) -> None:
    client.post("/api/signup", ALICE)
    assert not deps.store.users.claim_ownership("alice")


def test_a_taken_name_is_a_conflict_in_any_spelling(client: Client) -> None:
    client.post("/api/signup", ALICE)
    for spelling in ("alice", "ALICE", "Ａｌｉｃｅ"):
        answer = client.post("/api/signup", {"username": spelling, "password": "another one"})
        assert (answer.status, answer.json["fields"]) == (409, {"username": "is taken"})
    assert client.post("/api/login", {"username": "Alice", "password": "correct horse"}).status == 200


def test_me_says_that_the_first_account_is_missing(client: Client) -> None:
    before = client.get("/api/me")
    assert (before.status, before.json["code"]) == (401, "setup_needed")
    client.post("/api/signup", ALICE)
    after = client.get("/api/me")
    assert (after.status, after.json["code"]) == (401, "unauthenticated")


def test_a_name_that_has_events_waits_for_approval(client: Client, known: dict[str, str]) -> None:
    client.post("/api/signup", ALICE)
    created = client.post("/api/signup", known)
    assert (created.status, created.json) == (
        202,
        {"token": None, "user": {"username": "known", "role": "shopper", "status": "pending", "language": "en"}},
    )
    assert created.cookies == []
    refused = client.post("/api/login", known)
    assert (refused.status, refused.json["code"]) == (403, "pending")
    assert "owner" in refused.json["error"]
    assert client.post("/api/login", known | {"password": "wrong horse"}).status == 401


def test_a_name_without_events_waits_for_nobody(client: Client, known: dict[str, str]) -> None:
    client.post("/api/signup", ALICE)
    assert client.post("/api/signup", BOB).status == 201


def test_the_owner_waits_for_nobody(client: Client, known: dict[str, str]) -> None:
    created = client.post("/api/signup", known)
    assert created.json["user"] == {"username": "known", "role": "owner", "status": "active", "language": "en"}


def test_a_disabled_account_cannot_log_in(deps: Deps, client: Client) -> None:
    client.post("/api/signup", ALICE)
    deps.store.users.add(User("bob", deps.passwords.hash("battery staple"), "viewer", "disabled", NOON))
    refused = client.post("/api/login", BOB)
    assert (refused.status, refused.json["code"]) == (403, "disabled")


@pytest.mark.parametrize(
    "credentials",
    [ALICE | {"password": "wrong horse"}, BOB, ALICE | {"password": ""}],
    ids=["wrong password", "unknown user", "empty password"],
)
def test_wrong_credentials_are_told_apart_by_nobody(client: Client, credentials: dict[str, str]) -> None:
    client.post("/api/signup", ALICE)
    answer = client.post("/api/login", credentials)
    assert (answer.status, answer.json["code"]) == (401, "wrong_credentials")
    assert answer.json["error"] == "The username or the password is wrong."
    assert answer.cookies == []


BAD_BODIES: list[tuple[Any, str]] = [
    ({"username": {"$gt": ""}, "password": "correct horse"}, "username"),
    ({"username": "alice", "password": {"$ne": None}}, "password"),
    ({"username": ["alice"], "password": "correct horse"}, "username"),
    ({"username": None, "password": "correct horse"}, "username"),
    ({"username": "alice"}, "password"),
    ({"username": "alice", "password": "correct horse", "role": "owner"}, "role"),
    ({"username": "al", "password": "correct horse"}, "username"),
    ({"username": "a" * 65, "password": "correct horse"}, "username"),
    ({"username": "a" * 1000, "password": "correct horse"}, "username"),
    ({"username": "al ice", "password": "correct horse"}, "username"),
    ({"username": "alice\u0000", "password": "correct horse"}, "username"),
    ({"username": "#first", "password": "correct horse"}, "username"),
    ({"username": "$where", "password": "correct horse"}, "username"),
    ({"username": "al/ice", "password": "correct horse"}, "username"),
    ({"username": "alice", "password": "seven77"}, "password"),
    ({"username": "alice", "password": "x" * 1025}, "password"),
    ({"username": "alice", "password": "é" * 600}, "password"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD_BODIES)
def test_it_refuses_a_sign_up_naming_the_field(body: Any, field: str) -> None:
    answer = Client(App(bare_deps())).post("/api/signup", body)
    assert (answer.status, list(answer.json["fields"])) == (400, [field])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"username": "\\ud800", "password": "correct horse"}', b"[" * 16_000]
)
@pytest.mark.parametrize("target", ["/api/signup", "/api/login"])
def test_a_body_that_is_no_json_is_refused(target: str, body: bytes) -> None:
    answer = Client(App(bare_deps())).post(target, body)
    assert answer.status == 400


def test_credentials_do_not_take_megabytes() -> None:
    assert Client(App(bare_deps())).post("/api/login", b"[" * 20_000).status == 413


@pytest.mark.parametrize(
    ("raw", "username"),
    [
        ("Alice.B-c_d@shop", "alice.b-c_d@shop"),
        ("Ｂｏｂ", "bob"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ÅSA", "åsa"),
        ("李小龙", "李小龙"),
        ("abc", "abc"),
        ("a" * 64, "a" * 64),
    ],
)
def test_a_username_has_one_spelling(raw: str, username: str) -> None:
    assert accept_username(raw) == username
    assert accept_username(username) == username


def test_a_ligature_does_not_sneak_past_the_length() -> None:
    with pytest.raises(InvalidInput):
        accept_username("\ufdfa" * 20)


@pytest.mark.parametrize(("forwarded", "secure"), [("", False), ("http", False), ("https", True)])
def test_the_cookie_is_for_the_browser_and_our_own_site_only(forwarded: str, secure: bool) -> None:
    proxied = read_settings({"TRUSTED_PROXIES": "192.0.2.1"})
    answer = Client(App(bare_deps(settings=proxied))).post("/api/signup", ALICE, x_forwarded_proto=forwarded)
    (cookie,) = answer.cookies
    name, *attributes = cookie.split("; ")
    assert name == f"{COOKIE}={answer.json['token']}"
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"} <= set(attributes)
    assert ("Secure" in attributes) is secure


def test_a_browser_logs_in_and_out_with_its_cookie() -> None:
    browser = Client(App(bare_deps()), browser=True)
    browser.post("/api/signup", ALICE)
    assert browser.get("/api/me").status == 200
    token = browser.cookies[COOKIE]
    assert browser.post("/api/logout").status == 204
    assert browser.cookies[COOKIE] == ""
    browser.cookies[COOKIE] = token
    assert browser.get("/api/me").status == 401


def test_another_site_cannot_log_anybody_in_or_out() -> None:
    browser = Client(App(bare_deps()), browser=True)
    browser.post("/api/signup", ALICE)
    for target, payload in (("/api/signup", BOB), ("/api/login", ALICE), ("/api/logout", None)):
        assert browser.send("POST", target, payload, headers={"origin": "https://evil.test"}).status == 403
    assert browser.get("/api/me").status == 200


def test_logging_out_twice_or_as_nobody_is_fine() -> None:
    client = Client(App(bare_deps()))
    assert client.post("/api/logout").status == 204
    assert client.post("/api/logout", authorization="Bearer forged").status == 204


def test_a_token_expires_after_the_days_of_the_setting(client: Client, clock: FakeClock) -> None:
    client.token = client.post("/api/signup", ALICE).json["token"]
    clock.now += timedelta(days=30) - timedelta(seconds=1)
    assert client.get("/api/me").status == 200
    clock.advance(seconds=1)
    assert client.get("/api/me").status == 401


def test_the_database_holds_neither_passwords_nor_tokens(deps: Deps, client: Client, database: Any) -> None:
    token = client.post("/api/signup", ALICE).json["token"]
    stored = str([*database.users.find(), *database.tokens.find()])
    assert "alice" in stored
    assert token not in stored
    assert "correct horse" not in stored


def attempts(client: Client, credentials: dict[str, str], times: int) -> list[int]:
    return [client.post("/api/login", credentials).status for _ in range(times)]


def test_guessing_a_password_is_slowed_down(clock: FakeClock) -> None:
    client = Client(App(bare_deps(clock)))
    client.post("/api/signup", ALICE)
    wrong = ALICE | {"password": "wrong horse"}
    assert attempts(client, wrong, 11) == [401] * 10 + [429]
    refused = client.post("/api/login", ALICE)
    assert (refused.status, refused.headers["retry-after"]) == (429, "10")
    assert Client(client.app, address="192.0.2.2").post("/api/login", ALICE).status == 200
    clock.advance(seconds=10)
    assert client.post("/api/login", ALICE).status == 200
    assert attempts(client, wrong, 10) == [401] * 10


def test_guessing_usernames_is_slowed_down_per_address() -> None:
    client = Client(App(bare_deps()))
    client.post("/api/signup", ALICE)
    statuses = [attempts(client, {"username": f"user{n}", "password": "wrong horse"}, 1)[0] for n in range(61)]
    assert statuses == [401] * 60 + [429]


def test_creating_accounts_is_slowed_down_per_address() -> None:
    client = Client(App(bare_deps()))
    statuses = [client.post("/api/signup", ALICE | {"username": f"user{n}"}).status for n in range(31)]
    assert statuses == [201] * 30 + [429]


def test_a_database_that_is_away_is_not_a_wrong_password(
    deps: Deps, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.token = client.post("/api/signup", ALICE).json["token"]

    def away(*arguments: Any) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(deps.store.users, "find", away)
    for answer in (client.post("/api/login", ALICE), client.get("/api/me")):
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")


def test_an_installation_with_only_a_claim_still_needs_its_first_account(deps: Deps) -> None:
    deps.store.users.claim_ownership("nobody-yet")
    assert not deps.store.users.any()
    assert deps.store.users.find("#first") is None


def test_a_token_of_a_user_who_is_gone_is_nobody(deps: Deps) -> None:
    token = replace(Client(App(deps)), token=deps.identities.issue("ghost"))
    assert token.get("/api/me").status == 401
