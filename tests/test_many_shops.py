"""Two hundred random shops, each asked for every metric with random options in random scopes: product and oracle agree."""

from __future__ import annotations

import pytest
from judge import judged
from mall import SHOPS_IN_A_MALL
from oracle_metrics import METRICS as KNOWN
from oracle_metrics import PARTS

from clickstream.metrics import METRICS
from clickstream.store.connect import Connection

SHOPS = 200


@pytest.mark.parametrize("number", range(SHOPS // SHOPS_IN_A_MALL))
def test_a_mall_of_random_shops_agrees(connection: Connection, number: int) -> None:
    found = list(judged(connection, number))
    assert not found, "\n".join([f"{len(found)} disagreements", *found[:20]])


@pytest.mark.parametrize("metric", sorted(KNOWN))
def test_every_part_that_lists_sessions_is_judged(metric: str) -> None:
    assert {part.name for part in METRICS[metric].parts} == {part for name, part in PARTS if name == metric}
