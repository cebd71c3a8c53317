"""The two real logs, read here with the csv module alone, must give the product and the oracle the same numbers.

The files are not part of the project (see their licences); where they are absent these tests are skipped.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from shop_check import empty_shop, scopes_of

from clickstream.store.connect import Connection

JsonDict = dict[str, Any]

DATA = Path(__file__).parents[2] / "shared" / "data"
REES46_TYPES = {"view": "product_view", "cart": "add_to_cart", "purchase": "purchase"}


def rees46(row: dict[str, str], number: int) -> JsonDict:
    """A purchase's price is its revenue; a row cut off before its session id raises TypeError."""
    price = {("revenue" if row["event_type"] == "purchase" else "price"): row["price"]} if row["price"] else {}
    if not row["user_session"]:
        raise TypeError(f"row {number} is cut off")
    return {
        "event_id": f"row{number}",
        "event_type": REES46_TYPES[row["event_type"]],
        "timestamp": row["event_time"].replace(" UTC", "Z").replace(" ", "T"),
        "user_id": row["user_id"],
        "session_id": row["user_session"],
        "properties": {"product_id": row["product_id"], "category": row["category_code"], "brand": row["brand"]} | price,
    }


def eshop(row: dict[str, str], number: int) -> JsonDict:
    """The file knows the day and the place in the session: seconds after midnight stand for the place."""
    midnight = datetime(int(row["year"]), int(row["month"]), int(row["day"]), tzinfo=UTC)
    return {
        "event_id": f"row{number}",
        "event_type": "product_view",
        "timestamp": (midnight + timedelta(seconds=int(row["order"]))).isoformat(),
        "session_id": row["session_id"],
        "page": f"/page/{row['page']}",
        "properties": {"product_id": row["page2_clothing_model"], "country": row["country"], "price": row["price"]},
    }


def events_of(name: str, convert: Callable[[dict[str, str], int], JsonDict]) -> Iterator[JsonDict]:
    with gzip.open(DATA / name, "rt", newline="") as file:
        delimiter = ";" if ";" in file.readline() else ","
        file.seek(0)
        for number, row in enumerate(csv.DictReader(file, delimiter=delimiter), 2):
            try:
                yield convert(row, number)
            except TypeError:
                continue


@pytest.mark.parametrize(
    ("name", "convert", "events", "sessions"),
    [
        ("rees46_2019_oct_head.csv.gz", rees46, 17_434, 5_066),
        ("eshop_clothing_2008.csv.gz", eshop, 165_474, 24_026),
    ],
)
def test_a_real_log_agrees(
    connection: Connection, name: str, convert: Callable[[dict[str, str], int], JsonDict], events: int, sessions: int
) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is not here: it may not be redistributed with the project")
    rows = list(events_of(name, convert))
    assert len(rows) == events
    with empty_shop(connection, datetime(2026, 3, 1, tzinfo=UTC), "Europe/Berlin") as shop:
        for first in range(0, len(rows), 2_000):
            shop.receive(rows[first : first + 2_000])
        shop.catch_up()
        oracle = shop.oracle()
        assert len(oracle.sessions()) == sessions
        scopes = scopes_of(oracle, shop.clock())
        shop.check(
            oracle, {label: scopes[label] for label in ("everything", "one whole day", "part of a day", "one country")}
        )
