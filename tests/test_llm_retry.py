"""Waits grow, are random, are bounded, and respect what was asked."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from clickstream.llm.errors import Busy, KeyRefused, LlmError
from clickstream.llm.retry import Retries


class Timeline:
    """A clock that moves only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def waits(error: LlmError, seed: int = 1, until: float = 1000) -> list[float]:
    """The moments at which a request that always fails is sent."""
    timeline, moments = Timeline(), []

    def attempt() -> None:
        moments.append(timeline.now)
        raise error

    with pytest.raises(type(error)):
        Retries(timeline.clock, timeline.sleep, random.Random(seed)).run(attempt, until=until, cancel=None)
    return [later - earlier for earlier, later in pairwise(moments)]


def test_the_jitter_is_full_and_its_bound_doubles() -> None:
    pairs = [waits(Busy(), seed) for seed in range(300)]
    first, second = zip(*pairs, strict=True)
    for bound, series in ((0.5, first), (1.0, second)):
        assert 0 <= min(series) < 0.1 * bound
        assert 0.9 * bound < max(series) <= bound
    assert len(set(first)) > 250


def test_a_wait_is_never_shorter_than_asked() -> None:
    assert waits(Busy(retry_after_seconds=3)) == [pytest.approx(3), pytest.approx(3)]


def test_a_wait_of_more_than_two_minutes_is_not_worth_it() -> None:
    assert waits(Busy(retry_after_seconds=121)) == []


def test_what_cannot_pass_is_not_tried_again() -> None:
    assert waits(KeyRefused()) == []


def test_a_wait_that_reaches_the_deadline_is_not_begun() -> None:
    assert waits(Busy(retry_after_seconds=4), until=5) == [pytest.approx(4)]


def test_the_first_success_ends_the_trying() -> None:
    timeline, outcomes = Timeline(), iter([Busy(), 7])

    def attempt() -> int:
        outcome = next(outcomes)
        if isinstance(outcome, LlmError):
            raise outcome
        return outcome

    assert Retries(timeline.clock, timeline.sleep, random.Random(1)).run(attempt, until=9, cancel=None) == 7
