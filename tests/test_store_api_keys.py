"""What accounts saved, kept apart by account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clickstream.store import Store
from clickstream.store.api_keys import SavedProvider

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = SavedProvider("alice", "openrouter", "", "sealed-alice", "acme/large", NOON)
BOB = SavedProvider("bob", "compatible", "http://localhost:11434/v1", "", "llama3.2", NOON)


def test_each_account_has_its_own_and_nobody_has_one_at_first(store: Store) -> None:
    store.api_keys.save(ALICE)
    store.api_keys.save(BOB)
    assert store.api_keys.find("alice") == ALICE
    assert store.api_keys.find("bob") == BOB
    assert store.api_keys.find("carol") is None


def test_saving_again_replaces_what_was_there(store: Store) -> None:
    store.api_keys.save(ALICE)
    later = SavedProvider("alice", "openai", "", "sealed-again", "", NOON + timedelta(days=1))
    store.api_keys.save(later)
    assert store.api_keys.find("alice") == later


def test_a_model_is_chosen_without_touching_the_key(store: Store) -> None:
    store.api_keys.save(ALICE)
    store.api_keys.choose_model("alice", "acme/small")
    found = store.api_keys.find("alice")
    assert found == SavedProvider("alice", "openrouter", "", "sealed-alice", "acme/small", NOON)


def test_a_model_can_be_chosen_without_a_key(store: Store) -> None:
    store.api_keys.choose_model("carol", "acme/small")
    assert store.api_keys.find("carol") == SavedProvider("carol", model="acme/small")


def test_a_model_chosen_while_the_key_is_being_deleted_does_not_bring_it_back(store: Store) -> None:
    store.api_keys.save(ALICE)
    store.api_keys.delete("alice")
    store.api_keys.choose_model("alice", "acme/small")
    found = store.api_keys.find("alice")
    assert found is not None
    assert (found.kind, found.sealed_key) == (None, "")


def test_what_is_deleted_is_gone_and_deleting_nothing_is_harmless(store: Store) -> None:
    store.api_keys.save(ALICE)
    store.api_keys.save(BOB)
    store.api_keys.delete("alice")
    store.api_keys.delete("alice")
    assert store.api_keys.find("alice") is None
    assert store.api_keys.find("bob") == BOB


def test_addresses_of_their_own_come_latest_first(store: Store) -> None:
    later = SavedProvider("zoe", "compatible", "https://models.example/v1", "sealed", "", NOON + timedelta(hours=1))
    for saved in (ALICE, BOB, later):
        store.api_keys.save(saved)
    assert store.api_keys.compatible() == [later, BOB]
