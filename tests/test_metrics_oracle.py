"""Every metric of the product against the oracle: golden shop, random shops, late and shuffled arrival."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import golden_shop
import pytest
from agreement import disagreements
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shop_check import CASES, ZONES, check_everything, empty_shop, scopes_of
from shops import last_moment, random_shop, raw_shops

from clickstream import metrics
from clickstream.scope import Scope
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]


@pytest.mark.parametrize("metric", golden_shop.EXPECTED)
def test_the_product_says_what_was_worked_out_by_hand(connection: Connection, metric: str) -> None:
    with empty_shop(connection, golden_shop.AS_OF, golden_shop.TIME_ZONE, golden_shop.CURRENCY) as shop:
        shop.receive(golden_shop.EVENTS)
        shop.catch_up()
        answer = metrics.measure(shop.store, metric, Scope(dataset="live", as_of=golden_shop.AS_OF), {})
        assert list(disagreements(answer.result, golden_shop.EXPECTED[metric])) == []


def test_the_golden_shop_agrees_in_every_scope(connection: Connection) -> None:
    with empty_shop(connection, golden_shop.AS_OF, golden_shop.TIME_ZONE, golden_shop.CURRENCY) as shop:
        shop.receive(golden_shop.EVENTS)
        check_everything(shop)


def test_an_empty_shop_agrees(connection: Connection) -> None:
    with empty_shop(connection, datetime(2026, 3, 1, tzinfo=UTC)) as shop:
        check_everything(shop)


@hypothesis_settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(events=raw_shops(), zone=st.sampled_from(ZONES), minutes=st.integers(0, 40), data=st.data())
def test_small_random_shops_agree(
    connection: Connection, events: list[JsonDict], zone: str, minutes: int, data: st.DataObject
) -> None:
    with empty_shop(connection, last_moment(events) + timedelta(minutes=minutes), zone) as shop:
        shop.receive(events)
        shop.catch_up()
        oracle = shop.oracle()
        scopes = scopes_of(oracle, shop.clock())
        other = data.draw(st.sampled_from(sorted(scopes)))
        shop.check(oracle, {"everything": scopes["everything"], other: scopes[other]})


@pytest.mark.parametrize("seed", range(4))
def test_large_random_shops_agree(connection: Connection, seed: int) -> None:
    events = random_shop(Random(seed), 50 + 60 * seed, buying=100 if seed % 2 else 12)
    with empty_shop(connection, last_moment(events) + timedelta(minutes=5), ZONES[seed % 3]) as shop:
        shop.receive(events)
        check_everything(shop)


@pytest.mark.parametrize("seed", range(100, 104))
def test_arrival_in_shuffled_batches_with_rollups_in_between_changes_nothing(connection: Connection, seed: int) -> None:
    """What came when decides ties only: the oracle is told the same batches."""
    rng = Random(seed)
    events = random_shop(rng, 120)
    rng.shuffle(events)
    with empty_shop(connection, last_moment(events) + timedelta(minutes=5), ZONES[seed % 3]) as shop:
        for first in range(0, len(events), 60):
            shop.receive(events[first : first + 60])
            if rng.random() < 0.5:
                shop.catch_up()
        check_everything(shop)


@pytest.mark.parametrize("seed", range(200, 202))
def test_a_shop_without_ties_answers_the_same_in_any_order_of_arrival(connection: Connection, seed: int) -> None:
    rng = Random(seed)
    by_moment = {last_moment([event]): event for event in random_shop(rng, 60)}
    events = [event | {"event_id": f"e{number}"} for number, event in enumerate(by_moment.values())]
    now = last_moment(events) + timedelta(minutes=5)
    answers = []
    for size in (len(events), 17, 5):
        rng.shuffle(events)
        with empty_shop(connection, now) as shop:
            for first in range(0, len(events), size):
                shop.receive(events[first : first + size])
                shop.catch_up()
            scope = Scope(dataset="live", as_of=now)
            answers.append([metrics.measure(shop.store, metric, scope, options).result for metric, options in CASES])
    assert answers[0] == answers[1] == answers[2]


def test_a_crowd_of_ten_thousand_and_one_events_is_oversize_and_nothing_else(connection: Connection) -> None:
    start = datetime(2026, 2, 10, 9, tzinfo=UTC)
    crowd = [
        {
            "event_id": f"e{number}",
            "event_type": "purchase" if number == 7 else "pageview",
            "timestamp": (start + timedelta(milliseconds=number)).isoformat(),
            "client_id": "c1",
            "properties": {"order_id": "o1", "revenue": 5} if number == 7 else {"page_path": "/"},
        }
        for number in range(10_001)
    ]
    later = [
        {"event_id": "x", "event_type": "pageview", "timestamp": (start + timedelta(hours=2)).isoformat(), "client_id": "c1"}
    ]
    with empty_shop(connection, start + timedelta(days=1)) as shop:
        shop.receive(crowd[:10_000])
        check_everything(shop)
        shop.receive(crowd[10_000:] + later)
        shop.catch_up()
        shop.check(shop.oracle(), {"everything": {}, "with noise": {"view": "all"}})
