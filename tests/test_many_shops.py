"""Two hundred random shops, each asked for every metric with random options in random scopes: product and oracle agree."""

from __future__ import annotations

from random import Random

import pytest
from mall import SHOPS_IN_A_MALL, mall
from oracle_metrics import METRICS as KNOWN
from questions import questions

from clickstream.metrics import METRICS
from clickstream.store.connect import Connection

SHOPS = 200


def delivered() -> list[str]:
    return [name for name in KNOWN if name in METRICS and (name != "funnel" or METRICS[name].options)]


@pytest.mark.parametrize("number", range(SHOPS // SHOPS_IN_A_MALL))
def test_a_mall_of_random_shops_agrees(connection: Connection, number: int) -> None:
    with mall(connection, number) as shops:
        found = []
        for shop in shops:
            oracle = shop.oracle()
            rng = Random(f"{shop.dataset} {number}")
            for question in questions(rng, oracle, delivered(), shop.clock()):
                lines = shop.compare(oracle, question.metric, question.options, question.scope)
                found += [f"{shop.dataset}: {question}: {line}" for line in lines]
        assert not found, "\n".join([f"{len(found)} disagreements", *found[:20]])
