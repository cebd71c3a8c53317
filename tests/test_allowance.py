"""What shoppers may spend of the installation's AI key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from conftest import FakeClock
from web_client import NOON

from clickstream.analysis import NO_MODEL, Advisor
from clickstream.analysis.advice import Wish
from clickstream.analysis.allowance import Allowance
from clickstream.errors import QuotaUsed
from clickstream.keys import Keys, Wanted
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role, User
from clickstream.vault import open_vault


@pytest.fixture
def keys(settings: Settings, store: Store, clock: FakeClock) -> Keys:
    """The installation has a key of its own."""
    own = replace(settings, openrouter_api_key="sk-or-v1-the-shops")
    roles: dict[str, Role] = {"bob": "shopper", "vera": "viewer", "ana": "analyst", "olga": "owner"}
    for username, role in roles.items():
        store.users.add(User(username, "-", role, "active", clock()))
    return Keys(store, open_vault("", settings.data_dir), own, clock)


@pytest.fixture
def allowance(settings: Settings, store: Store, clock: FakeClock, keys: Keys) -> Allowance:
    return Allowance(store, replace(settings, shopper_analyses_per_day=3), clock, Advisor(store, clock, keys))


def taken(allowance: Allowance, times: int = 6, **wish: Any) -> int:
    """How many of so many tries succeed."""

    def take(_: int) -> bool:
        try:
            allowance.take(Wish(**{"username": "bob", **wish}))
        except QuotaUsed:
            return False
        return True

    return sum(map(take, range(times)))


@pytest.mark.parametrize("username", ["bob", "vera"])
def test_shoppers_and_viewers_have_so_many_a_day(allowance: Allowance, username: str) -> None:
    assert taken(allowance, username=username) == 3


def test_everybody_has_a_share_of_their_own(allowance: Allowance) -> None:
    assert (taken(allowance, username="bob"), taken(allowance, username="vera")) == (3, 3)


@pytest.mark.parametrize("username", ["ana", "olga", None], ids=["analyst", "owner", "command line"])
def test_who_works_for_the_shop_is_not_counted(allowance: Allowance, username: str | None) -> None:
    assert taken(allowance, username=username) == 6


def test_what_asks_no_model_is_not_counted(allowance: Allowance) -> None:
    assert (taken(allowance, model=NO_MODEL), taken(allowance)) == (6, 3)


def test_a_key_of_ones_own_is_not_counted(allowance: Allowance, keys: Keys) -> None:
    keys.save("bob", Wanted(key="sk-or-v1-bobs", kind="openrouter"))
    assert taken(allowance) == 6


def test_without_a_key_of_the_shop_nothing_is_counted(
    settings: Settings, store: Store, clock: FakeClock, keys: Keys
) -> None:
    keyless = Keys(store, open_vault("", settings.data_dir), settings, clock)
    assert taken(Allowance(store, settings, clock, Advisor(store, clock, keyless)), 9) == 9


def test_the_day_ends_at_the_shops_midnight(settings: Settings, store: Store, clock: FakeClock, keys: Keys) -> None:
    there = replace(settings, shopper_analyses_per_day=1, time_zone="Asia/Tokyo")
    allowance = Allowance(store, there, clock, Advisor(store, clock, keys))
    allowance.take(Wish("bob"))
    with pytest.raises(QuotaUsed) as refused:
        allowance.take(Wish("bob"))
    assert refused.value.retry_after_seconds == 3 * 3600 + 1
    clock.advance(hours=3)
    allowance.take(Wish("bob"))


@pytest.mark.parametrize(("a_day", "sentence"), [(1, "left today .of 1.: come"), (0, "not for shoppers: save")])
def test_it_says_what_to_do(settings: Settings, store: Store, keys: Keys, a_day: int, sentence: str) -> None:
    advisor = Advisor(store, lambda: NOON, keys)
    allowance = Allowance(store, replace(settings, shopper_analyses_per_day=a_day), lambda: NOON, advisor)
    assert taken(allowance, a_day) == a_day
    with pytest.raises(QuotaUsed, match=sentence):
        allowance.take(Wish("bob"))


def test_at_the_same_moment_no_more_than_the_share_is_taken(allowance: Allowance) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: taken(allowance, 1), range(24))) == 3


def test_counters_go_by_themselves(store: Store, clock: FakeClock, database: Any) -> None:
    tomorrow = clock() + timedelta(days=1)
    assert store.quotas.take("x", 1, tomorrow)
    assert not store.quotas.take("x", 1, tomorrow)
    (kept,) = database.quotas.find()
    assert kept["expires_at"] == tomorrow
    assert database.quotas.index_information()["expiry"]["expireAfterSeconds"] == 0
