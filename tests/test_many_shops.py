"""Two hundred random shops, each asked for every metric with random options in random scopes: product and oracle agree."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from mall import SHOPS_IN_A_MALL, mall
from oracle import Oracle
from oracle_metrics import METRICS as KNOWN
from parts import parts_of
from questions import Question, questions
from shop_check import Shop

from clickstream.metrics import METRICS, Wanted
from clickstream.store.connect import Connection

SHOPS = 200


def disagreements(shop: Shop, oracle: Oracle, question: Question, rng: Random) -> Iterator[str]:
    """About the answer, and about the sessions behind two of its numbers."""
    metric, options, _, scope = question
    yield from shop.compare(oracle, metric, options, scope)
    there = {part.name for part in METRICS[metric].parts}
    parts = [part for part in parts_of(metric, oracle.measure(metric, options=options, **scope)) if part[0] in there]
    for part, value in rng.sample(parts, min(2, len(parts))):
        lines = shop.compare_behind(oracle, Wanted(metric, part, value, options), scope)
        yield from (f"{part} {value}: {line}" for line in lines)


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
                found += [f"{shop.dataset}: {question}: {line}" for line in disagreements(shop, oracle, question, rng)]
        assert not found, "\n".join([f"{len(found)} disagreements", *found[:20]])
