"""How write keys are remembered: cheap to look up, and forgotten in time."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import FakeClock
from cryptography.fernet import Fernet
from web_client import FakeWriteKeys

from clickstream.errors import Unauthenticated
from clickstream.store import Store
from clickstream.vault import Vault
from clickstream.web.request import Request
from clickstream.web.write_keys import Wanted, WriteKeyring

VAULT = Vault(Fernet.generate_key())


def carrying(key: str) -> Request:
    return Request("POST", "/api/events", {"x-write-key": key})


@pytest.fixture
def keys() -> Any:
    return FakeWriteKeys()


def test_a_busy_key_costs_no_read_per_request(keys: Any, clock: FakeClock) -> None:
    ring = WriteKeyring(keys, VAULT, clock)
    text, _ = ring.create(Wanted("x", "live"), "alice")
    keys.reads = 0
    for _ in range(10):
        assert ring.of(carrying(text))
        clock.advance(seconds=1)
    assert keys.reads == 2


def test_keys_that_do_not_exist_cost_a_read_a_second_at_most(keys: Any, clock: FakeClock) -> None:
    ring = WriteKeyring(keys, VAULT, clock)
    for n in range(50):
        with pytest.raises(Unauthenticated):
            ring.of(carrying(f"wk_{n}"))
        clock.advance(milliseconds=100)
    assert keys.reads <= 6


def test_what_another_process_makes_and_revokes_counts_within_seconds(store: Store, clock: FakeClock) -> None:
    here, there = (WriteKeyring(store.write_keys, VAULT, clock) for _ in range(2))
    assert here.all() == []
    text, key = there.create(Wanted("x", "live", origins=("*",)), "alice")
    clock.advance(seconds=1)
    assert here.of(carrying(text)) == key
    there.revoke(key.key_id)
    clock.advance(seconds=5)
    with pytest.raises(Unauthenticated, match="was revoked"):
        here.of(carrying(text))


def test_a_revocation_is_not_undone_by_a_read_that_began_before_it(keys: Any, clock: FakeClock) -> None:
    ring = WriteKeyring(keys, VAULT, clock)
    text, key = ring.create(Wanted("x", "live"), "alice")
    read = keys.all

    def revoked_meanwhile() -> Any:
        found = read()
        keys.all = read
        ring.revoke(key.key_id)
        return found

    keys.all = revoked_meanwhile
    ring.of(carrying(text))
    with pytest.raises(Unauthenticated, match="was revoked"):
        ring.of(carrying(text))


def test_a_key_is_kept_only_where_asked_and_only_encrypted(keys: Any, clock: FakeClock) -> None:
    ring = WriteKeyring(keys, VAULT, clock)
    ring.create(Wanted("x", "live"), "alice")
    assert ring.kept() is None
    text, key = ring.create(Wanted("y", "live"), "alice", keep=True)
    assert ring.kept() == text
    assert text not in str(keys.keys)
    assert WriteKeyring(keys, Vault(Fernet.generate_key()), clock).kept() is None
    ring.revoke(key.key_id)
    assert ring.kept() is None
