"""Plain reads and writes, so mongomock will do."""

from __future__ import annotations

from datetime import timedelta

import mongomock
import pytest
from conftest import FakeClock

from clickstream.errors import Conflict
from clickstream.store.tokens import Token, Tokens


@pytest.fixture
def tokens() -> Tokens:
    client = mongomock.MongoClient(tz_aware=True)
    return Tokens(client.clickstream.tokens)


def test_a_token_is_found_until_the_moment_it_expires(tokens: Tokens, clock: FakeClock) -> None:
    token = Token("alice", clock() + timedelta(days=30))
    tokens.add("digest", token, clock())
    clock.advance(days=29, hours=23)
    assert tokens.find("digest", clock()) == token
    clock.advance(hours=1)
    assert tokens.find("digest", clock()) is None


def test_deleting_one_token_leaves_the_others_and_may_be_repeated(tokens: Tokens, clock: FakeClock) -> None:
    token = Token("alice", clock() + timedelta(days=1))
    for digest in ("phone", "laptop"):
        tokens.add(digest, token, clock())
    tokens.delete("phone")
    tokens.delete("phone")
    assert (tokens.find("phone", clock()), tokens.find("laptop", clock())) == (None, token)


def test_a_digest_belongs_to_one_account(tokens: Tokens, clock: FakeClock) -> None:
    tokens.add("digest", Token("alice", clock() + timedelta(days=1)), clock())
    with pytest.raises(Conflict):
        tokens.add("digest", Token("mallory", clock() + timedelta(days=1)), clock())
    found = tokens.find("digest", clock())
    assert found is not None and found.username == "alice"
