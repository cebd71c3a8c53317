"""Every metric under several filters at once, which days cannot answer: product and oracle agree."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from oracle import Oracle
from oracle_measures import dimension
from oracle_metrics import METRICS
from questions import options_of
from shop_check import DIMENSIONS, empty_shop
from shops import last_moment, random_shop

from clickstream.scope import FILTERS
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]
COMBINATIONS = (
    ("device", "visitor", "variant"),
    ("country", "channel", "variant"),
    ("device", "country", "visitor", "variant"),
    ("device", "country", "channel", "visitor", "variant"),
)


def commonest(oracle: Oracle, names: tuple[str, ...]) -> dict[str, str]:
    """The values of these dimensions that most sessions have together."""
    found = Counter(tuple(dimension(session, name) for name in names) for session in oracle.sessions())
    return dict(zip(names, found.most_common(1)[0][0], strict=True))


def scopes(oracle: Oracle) -> dict[str, JsonDict]:
    """The combinations, the first of them also in a part of a day, and for one person."""
    filters = {" and ".join(names): {"filters": commonest(oracle, names)} for names in COMBINATIONS}
    first = commonest(oracle, COMBINATIONS[0])
    start = oracle.sessions()[len(oracle.sessions()) // 2]["start"]
    who = next(session["user_id"] for session in oracle.sessions() if session["user_id"])
    return {
        **filters,
        "in a window": {"filters": first, "since": start - timedelta(days=2, hours=5), "until": start + timedelta(hours=9)},
        "of one person": {"filters": first, "user_id": who},
        "with noise": {"filters": first, "view": "all"},
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_every_metric_agrees_under_several_filters(seed: int, connection: Connection) -> None:
    rng = Random(seed)
    events = random_shop(rng, 150)
    with empty_shop(connection, last_moment(events) + timedelta(minutes=5)) as shop:
        shop.receive(events)
        shop.catch_up()
        oracle = shop.oracle()
        asked = scopes(oracle)
        sizes = [oracle.measure("overview", as_of=shop.clock(), **scope)["sessions"] for scope in asked.values()]
        assert min(sizes[:3]) >= 3
        shop.check(oracle, asked, [(metric, options_of(metric, rng, oracle)) for metric in METRICS])


def test_all_filters_there_are_can_be_combined() -> None:
    assert set(COMBINATIONS[-1]) == set(FILTERS) == set(DIMENSIONS)
