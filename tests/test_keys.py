"""Whose key a question goes out with: the account's own, else the installation's; and what may be saved by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from clickstream.errors import ClickstreamError, Forbidden, InvalidInput
from clickstream.keys import Keys, Wanted
from clickstream.keys.pasted import clean_key, clean_model
from clickstream.llm import OPENROUTER_URL, Kind
from clickstream.llm.endpoint import OPENAI_URL
from clickstream.llm.errors import KeyMissing
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.api_keys import SavedProvider
from clickstream.store.users import Role, Status, User
from clickstream.vault import SecretUnreadable, open_vault
from tests.conftest import FakeClock

Documents = Database[dict[str, Any]]

KEY = "sk-or-v1-0123456789abcdef"
OTHER = "sk-or-v1-fedcba9876543210"
LOCAL = "http://localhost:11434/v1"
USUAL = "openai/gpt-4o-mini"


@pytest.fixture
def make(store: Store, settings: Settings, clock: FakeClock, tmp_path: Path) -> Callable[..., Keys]:
    """Keys of an installation with the given settings, and four accounts named after their roles."""
    roles: tuple[Role, ...] = ("owner", "analyst", "viewer", "shopper")
    for role in roles:
        store.users.add(User(role, "-", role, "active", clock()))

    def made(secret: str = "one secret", **values: str) -> Keys:
        return Keys(store, open_vault(secret, tmp_path), replace(settings, **values), clock)

    return made


@pytest.fixture
def keys(make: Callable[..., Keys]) -> Keys:
    return make()


def place(keys: Keys, username: str | None, model: str = "") -> tuple[str, str, str, str] | None:
    choice = keys.resolve(username, model)
    return choice and (choice.endpoint.base_url, choice.endpoint.api_key, choice.model, choice.source)


def demote(database: Documents, username: str, role: Role, status: Status = "active") -> None:
    database.users.update_one({"_id": username}, {"$set": {"role": role, "status": status}})


def test_without_any_key_there_is_no_provider(keys: Keys) -> None:
    assert [place(keys, username) for username in ("owner", "shopper", None)] == [None, None, None]


def test_an_accounts_own_key_is_used_for_it_alone(keys: Keys) -> None:
    keys.save("shopper", Wanted(KEY))
    assert place(keys, "shopper") == (OPENROUTER_URL, KEY, USUAL, "account")
    assert place(keys, "owner") is None
    assert place(keys, None) is None


def test_an_owners_own_key_serves_the_owner_alone(keys: Keys) -> None:
    keys.save("owner", Wanted(KEY))
    assert place(keys, "analyst") is None


def test_the_environments_key_serves_everybody_without_one(make: Callable[..., Keys]) -> None:
    keys = make(openrouter_api_key=OTHER)
    keys.save("analyst", Wanted(KEY))
    assert place(keys, "analyst") == (OPENROUTER_URL, KEY, USUAL, "account")
    for username in ("owner", "viewer", "shopper", None):
        assert place(keys, username) == (OPENROUTER_URL, OTHER, USUAL, "environment")


def test_openrouter_comes_before_openai_and_both_before_the_owners_address(make: Callable[..., Keys]) -> None:
    make().save("owner", Wanted(kind="compatible", base_url=LOCAL))
    both = make(openrouter_api_key=KEY, openai_api_key="sk-proj-1")
    assert place(both, "shopper") == (OPENROUTER_URL, KEY, USUAL, "environment")
    assert place(make(openai_api_key="sk-proj-1"), "shopper") == (OPENAI_URL, "sk-proj-1", "gpt-4o-mini", "environment")
    assert place(make(), "shopper") == (LOCAL, "", USUAL, "owner")


def test_the_owners_address_serves_everybody_with_its_key_and_model(keys: Keys) -> None:
    keys.save("owner", Wanted("local-key-0123456789", "compatible", f" {LOCAL}/ ", "llama3.2"))
    assert place(keys, "owner") == (LOCAL, "local-key-0123456789", "llama3.2", "account")
    assert place(keys, "shopper") == (LOCAL, "local-key-0123456789", "llama3.2", "owner")
    assert place(keys, None) == (LOCAL, "local-key-0123456789", "llama3.2", "owner")


@pytest.mark.parametrize(("role", "status"), [("analyst", "active"), ("owner", "disabled")])
def test_an_address_serves_nobody_once_its_account_is_no_owner(
    database: Documents, keys: Keys, role: Role, status: Status
) -> None:
    keys.save("owner", Wanted(kind="compatible", base_url=LOCAL, model="llama3.2"))
    demote(database, "owner", role, status)
    assert place(keys, "shopper") is None
    assert place(keys, "owner") is None
    shown = keys.status("owner")
    assert (shown.saved, shown.source, shown.model_chosen) == (True, "none", False)
    assert shown.problem == "Only an owner may use an address of their own, so the saved one is not used."


@pytest.mark.parametrize("username", ["analyst", "viewer", "shopper", "nobody"])
def test_nobody_but_an_owner_names_an_address(keys: Keys, store: Store, username: str) -> None:
    for wanted in (Wanted(KEY, "compatible", LOCAL), Wanted(kind="compatible", base_url="http://169.254.169.254/v1")):
        with pytest.raises(Forbidden):
            keys.save(username, wanted)
        with pytest.raises(Forbidden):
            keys.draft(username, wanted)
    assert store.api_keys.find(username) is None


def test_the_request_names_the_model_then_the_account_then_the_setting(make: Callable[..., Keys]) -> None:
    keys = make(openrouter_model="acme/usual")
    keys.save("owner", Wanted(KEY))
    assert keys.resolve("owner").model == "acme/usual"  # type: ignore[union-attr]
    keys.save("owner", Wanted(model="acme/large"))
    assert keys.resolve("owner").model == "acme/large"  # type: ignore[union-attr]
    assert keys.resolve("owner", "acme/small").model == "acme/small"  # type: ignore[union-attr]
    keys.save("owner", Wanted(model=""))
    assert keys.resolve("owner").model == "acme/usual"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("setting", "chosen", "expected"),
    [
        (USUAL, "", "gpt-4o-mini"),
        ("openai/gpt-5", "", "gpt-5"),
        ("acme/large", "", "gpt-4o-mini"),
        ("acme/large", "gpt-4.1", "gpt-4.1"),
        ("acme/large", "openai/gpt-4.1", "gpt-4.1"),
    ],
)
def test_openai_is_asked_for_its_own_models_by_their_own_names(
    make: Callable[..., Keys], setting: str, chosen: str, expected: str
) -> None:
    keys = make(openrouter_model=setting)
    keys.save("analyst", Wanted("sk-proj-0123", "openai", model=chosen))
    assert place(keys, "analyst") == (OPENAI_URL, "sk-proj-0123", expected, "account")


def test_who_does_not_pay_does_not_choose_the_model(make: Callable[..., Keys]) -> None:
    keys = make(openrouter_api_key=KEY)
    for username in ("viewer", "shopper"):
        with pytest.raises(Forbidden, match="Save a key of your own"):
            keys.resolve(username, "acme/dear")
        with pytest.raises(Forbidden, match="Save a key of your own"):
            keys.save(username, Wanted(model="acme/dear"))
    keys.save("analyst", Wanted(model="acme/dear"))
    assert place(keys, "analyst") == (OPENROUTER_URL, KEY, "acme/dear", "environment")
    assert place(keys, "owner", "acme/dear") == (OPENROUTER_URL, KEY, "acme/dear", "environment")
    assert place(keys, None, "acme/dear") == (OPENROUTER_URL, KEY, "acme/dear", "environment")


def test_a_choice_of_a_former_analyst_no_longer_counts(make: Callable[..., Keys], database: Documents) -> None:
    keys = make(openrouter_api_key=KEY)
    keys.save("analyst", Wanted(model="acme/dear"))
    demote(database, "analyst", "shopper")
    assert place(keys, "analyst") == (OPENROUTER_URL, KEY, USUAL, "environment")
    assert (keys.status("analyst").model, keys.status("analyst").model_chosen) == (USUAL, False)


def test_a_key_never_follows_to_another_provider_or_address(keys: Keys) -> None:
    keys.save("owner", Wanted(KEY))
    with pytest.raises(InvalidInput) as raised:
        keys.save("owner", Wanted(kind="openai"))
    assert raised.value.fields == {"key": "is required"}
    assert keys.draft("owner", Wanted(kind="compatible", base_url=LOCAL)).endpoint.api_key == ""
    assert place(keys, "owner") == (OPENROUTER_URL, KEY, USUAL, "account")
    keys.save("owner", Wanted("local-key", "compatible", LOCAL, "llama3.2"))
    keys.save("owner", Wanted(base_url="http://localhost:1234/v1"))
    assert place(keys, "owner") == ("http://localhost:1234/v1", "", USUAL, "account")


def test_what_is_not_said_stays(keys: Keys, clock: FakeClock) -> None:
    keys.save("owner", Wanted("local-key", "compatible", LOCAL, "llama3.2"))
    saved_at = keys.status("owner").saved_at
    clock.advance(hours=1)
    keys.save("owner", Wanted(kind="compatible", base_url=f"{LOCAL}/", model="qwen3"))
    assert place(keys, "owner") == (LOCAL, "local-key", "qwen3", "account")
    assert keys.status("owner").saved_at == saved_at
    keys.save("owner", Wanted("newer-key"))
    assert place(keys, "owner") == (LOCAL, "newer-key", "qwen3", "account")
    assert keys.status("owner").saved_at == clock()


@pytest.mark.parametrize(
    ("wanted", "field", "reason"),
    [
        (Wanted(), "key", "is required"),
        (Wanted(kind="openrouter"), "key", "is required"),
        (Wanted(kind="compatible"), "base_url", "is required"),
        (Wanted(KEY, "openrouter", LOCAL), "base_url", "goes with compatible"),
        (Wanted(KEY, "compatible", "http://models.example/v1"), "base_url", "https://"),
        (Wanted("", "compatible", "file:///etc/passwd"), "base_url", "must look like"),
        (Wanted("", "compatible", "https://user:pass@models.example/v1"), "base_url", "must look like"),
        (Wanted(KEY, model="x" * 201), "model", "at most 200"),
        (Wanted(KEY, model="acme/\u202elarge"), "model", "at most 200"),
        (Wanted("sk-proj-0123"), "key", "belongs to OpenAI, not to OpenRouter"),
        (Wanted(KEY, "openai"), "key", "belongs to OpenRouter, not to OpenAI"),
    ],
    ids=str,
)
def test_what_cannot_be_saved_is_named_and_not_saved(
    keys: Keys, store: Store, wanted: Wanted, field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        keys.save("owner", wanted)
    assert reason in raised.value.fields[field]
    assert store.api_keys.find("owner") is None


def test_a_forgotten_key_is_used_no_more(keys: Keys, store: Store) -> None:
    keys.save("owner", Wanted(KEY, model="acme/large"))
    keys.forget("owner")
    assert place(keys, "owner") is None
    assert keys.status("owner").saved is False
    assert store.api_keys.find("owner") is None


def test_a_draft_is_tried_and_not_saved(keys: Keys, store: Store) -> None:
    assert keys.draft("owner", Wanted(KEY)).endpoint.api_key == KEY
    assert store.api_keys.find("owner") is None
    with pytest.raises(KeyMissing):
        keys.draft("owner", Wanted())


def test_a_draft_of_what_is_saved_uses_the_saved_key(keys: Keys) -> None:
    keys.save("owner", Wanted("local-key", "compatible", LOCAL))
    assert keys.draft("owner", Wanted()).endpoint.api_key == "local-key"
    assert keys.draft("owner", Wanted(kind="compatible", base_url=LOCAL)).endpoint.api_key == "local-key"


def test_the_status_says_what_is_in_use(make: Callable[..., Keys], clock: FakeClock) -> None:
    keys = make(openrouter_api_key=OTHER)
    before = keys.status("owner")
    assert (before.saved, before.masked, before.kind, before.source) == (False, None, "openrouter", "environment")
    keys.save("owner", Wanted(KEY, model="acme/large"))
    after = keys.status("owner")
    assert (after.saved, after.masked, after.kind, after.source) == (True, "…cdef", "openrouter", "account")
    assert (after.model, after.model_chosen, after.saved_at, after.problem) == ("acme/large", True, clock(), None)


def test_the_owners_address_and_key_are_shown_to_the_owner_alone(keys: Keys) -> None:
    keys.save("owner", Wanted("local-key-0123456789", "compatible", LOCAL))
    mine, theirs = keys.status("owner"), keys.status("shopper")
    assert (mine.base_url, mine.masked, mine.kind) == (LOCAL, "…6789", "compatible")
    assert (theirs.base_url, theirs.masked, theirs.kind, theirs.source) == (None, None, "compatible", "owner")


def test_a_changed_secret_is_said_and_not_silently_passed_over(make: Callable[..., Keys]) -> None:
    make().save("analyst", Wanted(KEY, model="acme/large"))
    rotated = make("another secret", openrouter_api_key=OTHER)
    for call in (rotated.resolve, lambda name: rotated.draft(name, Wanted())):
        with pytest.raises(SecretUnreadable, match="Paste it again"):
            call("analyst")
    shown = rotated.status("analyst")
    assert (shown.saved, shown.masked, shown.kind, shown.source) == (True, None, "openrouter", "account")
    assert "Paste it again" in (shown.problem or "")
    rotated.save("analyst", Wanted(KEY))
    assert place(rotated, "analyst") == (OPENROUTER_URL, KEY, "acme/large", "account")


def test_an_owners_unreadable_key_stops_the_owner_and_leaves_the_others_without(make: Callable[..., Keys]) -> None:
    make().save("owner", Wanted("local-key", "compatible", LOCAL))
    rotated = make("another secret")
    with pytest.raises(SecretUnreadable):
        rotated.resolve("owner")
    assert rotated.resolve("shopper") is None
    assert rotated.status("owner").source == "account"


@pytest.mark.parametrize(
    "change",
    [
        {"username": "shopper"},
        {"username": "owner", "kind": "compatible", "base_url": "https://evil.example/v1"},
        {"username": "owner", "kind": "openai"},
    ],
    ids=["copied to another account", "sent to another address", "sent to another provider"],
)
def test_an_entry_changed_in_the_database_gives_no_key_away(keys: Keys, store: Store, change: dict[str, str]) -> None:
    keys.save("owner", Wanted(KEY))
    saved = store.api_keys.find("owner")
    assert saved is not None
    changed: SavedProvider = replace(saved, **change)  # type: ignore[arg-type]
    store.api_keys.save(changed)
    with pytest.raises(SecretUnreadable):
        keys.resolve(change["username"])


def test_no_key_lies_readable_in_the_database(keys: Keys, database: Documents) -> None:
    keys.save("owner", Wanted(KEY, model="acme/large"))
    keys.save("shopper", Wanted(OTHER))
    stored = [document for name in database.list_collection_names() for document in database[name].find()]
    assert len(stored) >= 6
    assert not [document for document in stored if "0123456789" in str(document) or "fedcba" in str(document)]


def test_no_key_shows_in_what_is_printed(keys: Keys) -> None:
    keys.save("owner", Wanted(KEY))
    shown = [repr(thing) for thing in (Wanted(KEY), keys.resolve("owner"), keys.status("owner"), keys)]
    assert not [text for text in shown if "0123456789" in text]


@pytest.mark.parametrize(
    "pasted",
    [
        KEY,
        f"  {KEY}\r\n",
        f'"{KEY}"',
        f"'{KEY}'",
        f"`{KEY}`",
        f"Bearer {KEY}",
        f"bearer  {KEY} ",
        f"Authorization: Bearer {KEY}",
        f'"Bearer {KEY}"',
        f"OPENROUTER_API_KEY={KEY}",
        f'export OPENROUTER_API_KEY="{KEY}"\n',
    ],
)
def test_a_key_is_found_in_what_people_paste(pasted: str) -> None:
    assert clean_key(pasted, "openrouter") == KEY


@pytest.mark.parametrize("kind", ["openrouter", "openai", "compatible"])
@pytest.mark.parametrize(
    "pasted", [" ", '""', "Bearer ", "two words", f"{KEY}\n{OTHER}", f"{KEY}\u200b", "…cdef", "x" * 501, "a\x00b"]
)
def test_what_is_no_key_is_refused_without_being_repeated(pasted: str, kind: Kind) -> None:
    with pytest.raises(InvalidInput) as raised:
        clean_key(pasted, kind)
    assert list(raised.value.fields) == ["key"]
    assert "0123456789" not in raised.value.message


def test_a_compatible_provider_takes_any_key() -> None:
    assert [clean_key(key, "compatible") for key in (KEY, "sk-proj-1", "x" * 500)] == [KEY, "sk-proj-1", "x" * 500]


@pytest.mark.parametrize("named", ["llama3.2:3b", "hf.co/acme/Large-GGUF:Q4_K_M", "openai/gpt-4o-mini", "my model", ""])
def test_models_keep_their_names(named: str) -> None:
    assert clean_model(f" {named} ") == named


def test_every_refusal_is_one_of_ours(keys: Keys) -> None:
    with pytest.raises(ClickstreamError):
        keys.resolve("owner", "bad\nname")
