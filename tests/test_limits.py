from __future__ import annotations

import pytest
from conftest import FakeClock

from clickstream.errors import TooManyRequests
from clickstream.web.limits import Throttle, network_of


def test_a_burst_passes_and_the_next_is_told_how_long_to_wait(clock: FakeClock) -> None:
    throttle = Throttle(3, 10, clock)
    for _ in range(3):
        throttle.take("a")
    with pytest.raises(TooManyRequests) as refused:
        throttle.take("a")
    assert refused.value.retry_after_seconds == 10


def test_a_try_comes_back_after_its_seconds(clock: FakeClock) -> None:
    throttle = Throttle(1, 10, clock)
    throttle.take("a")
    clock.advance(seconds=9.5)
    with pytest.raises(TooManyRequests) as refused:
        throttle.take("a")
    assert refused.value.retry_after_seconds == 1
    clock.advance(seconds=0.5)
    throttle.take("a")


def test_a_long_pause_gives_no_more_than_the_burst(clock: FakeClock) -> None:
    throttle = Throttle(2, 10, clock)
    throttle.take("a")
    clock.advance(days=1)
    throttle.take("a")
    throttle.take("a")
    with pytest.raises(TooManyRequests):
        throttle.take("a")


def test_keys_do_not_share_their_tries(clock: FakeClock) -> None:
    throttle = Throttle(1, 10, clock)
    throttle.take("a")
    throttle.take("b")


def test_a_clock_set_back_locks_nobody_out_for_longer(clock: FakeClock) -> None:
    throttle = Throttle(1, 10, clock)
    throttle.take("a")
    clock.advance(days=-1)
    with pytest.raises(TooManyRequests) as refused:
        throttle.take("a")
    assert refused.value.retry_after_seconds == 10


def test_a_forgiven_key_starts_afresh(clock: FakeClock) -> None:
    throttle = Throttle(1, 10, clock)
    throttle.take("a")
    throttle.forgive("a")
    throttle.take("a")


def test_it_remembers_a_bounded_number_of_keys_and_forgets_the_least_recent(clock: FakeClock) -> None:
    throttle = Throttle(1, 10, clock, max_keys=2)
    for key in ("a", "b", "c"):
        throttle.take(key)
    assert len(throttle._buckets) == 2
    throttle.take("a")
    with pytest.raises(TooManyRequests):
        throttle.take("c")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("not an address", "not an address"),
    ],
)
def test_an_ipv6_client_is_counted_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
