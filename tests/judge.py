"""Product and oracle asked the same: of malls of random shops, all metrics or some of them.

PYTHONPATH=. python tests/judge.py 0 2 5 --metrics funnel paths

Exit status 3 where they disagree.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from random import Random

from mall import mall
from oracle import Oracle
from oracle_metrics import METRICS as KNOWN
from parts import parts_of
from questions import Question, questions
from shop_check import Shop

from clickstream.metrics import Wanted
from clickstream.settings import read_settings
from clickstream.store.connect import Connection, connect

DISAGREED = 3


def judged(connection: Connection, number: int, metrics: Sequence[str] = tuple(KNOWN)) -> Iterator[str]:
    """Every disagreement about the shops of a mall."""
    with mall(connection, number) as shops:
        for shop in shops:
            oracle, rng = shop.oracle(), Random(f"{shop.dataset} {number}")
            for question in questions(rng, oracle, metrics, shop.clock()):
                yield from (f"{shop.dataset}: {question}: {line}" for line in about(shop, oracle, question, rng))


def about(shop: Shop, oracle: Oracle, question: Question, rng: Random) -> Iterator[str]:
    """About the answer, and about the sessions behind two of its numbers."""
    metric, options, _, scope = question
    yield from shop.compare(oracle, metric, options, scope)
    parts = parts_of(metric, oracle.measure(metric, options=options, **scope))
    for part, value in rng.sample(parts, min(2, len(parts))):
        lines = shop.compare_behind(oracle, Wanted(metric, part, value, options), scope)
        yield from (f"{part} {value}: {line}" for line in lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("malls", type=int, nargs="+")
    parser.add_argument("--metrics", nargs="+", choices=sorted(KNOWN), default=list(KNOWN))
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="clickstream-judge-") as data_dir:
        settings = read_settings({"DATA_DIR": data_dir, "MONGO_CACHE_GB": "0.25"})
        with connect(settings, localhost="127.0.0.1:1") as connection:
            lines = (line for number in asked.malls for line in judged(connection, number, asked.metrics))
            first = next(lines, None)
    print(first or "they agree")
    return DISAGREED if first else 0


if __name__ == "__main__":
    sys.exit(main())
