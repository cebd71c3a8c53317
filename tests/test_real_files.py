"""Real logs, read here with the csv and json modules alone, must give the product and the oracle the same numbers.

The files are not part of the project (see their licences); where they are absent these tests are skipped.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from oracle import Oracle
from shop_check import CASES, empty_shop, scopes_of
from shops import stored

from clickstream.store.connect import Connection

JsonDict = dict[str, Any]

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
# The shipped mappings give countries and pages names of their own.
NOT_COMPARED: list[tuple[str, JsonDict]] = [("segments", {"dimension": "country"}), ("pages", {"limit": 1000})]
CASES_BY_DAY = [case for case in CASES if case != ("series", {"interval": "hour"})]
REES46_TYPES = {"view": "product_view", "cart": "add_to_cart", "purchase": "purchase"}


def rees46(row: dict[str, str], number: int) -> JsonDict:
    """A purchase's price is also its revenue; a row cut off before its session id raises TypeError."""
    price = {"price": row["price"]} if row["price"] else {}
    if row["event_type"] == "purchase":
        price |= {"revenue": row["price"]}
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


def events_of(path: Path, convert: Callable[[dict[str, str], int], JsonDict]) -> Iterator[JsonDict]:
    with gzip.open(path, "rt", newline="") as file:
        header = file.readline()
        delimiter = next(mark for mark in "\t;," if mark in header)
        file.seek(0)
        for number, row in enumerate(csv.DictReader(file, delimiter=delimiter), 2):
            try:
                yield convert(row, number)
            except TypeError:
                continue


def yoochoose(row: dict[str, str], number: int) -> JsonDict:
    return {
        "event_id": f"row{number}",
        "event_type": "product_view",
        "timestamp": float(row["Time"]),
        "session_id": row["SessionId"],
        "properties": {"product_id": row["ItemId"]},
    }


UTM = {"google_ads": ("google", "cpc"), "google_organic": ("google", "organic"), "direct": ("", "")}


def journeys(path: Path) -> Iterator[JsonDict]:
    """Sessions with activities, one event an activity; what a file says about itself is left out."""
    for session in json.loads(gzip.decompress(path.read_bytes())):
        referrer, country = session["user_attributes"]["referrer"], session["user_attributes"]["country"]
        source, medium = UTM.get(referrer, (referrer, ""))
        utm = {name: value for name, value in (("source", source), ("medium", medium)) if value}
        for activity in session["activities"]:
            details = dict(activity["details"])
            details |= details.pop("product_details", {})
            details.pop("items", None)  # a number here
            details |= {"device": session["device_type"], "country": country} | ({"utm": utm} if utm else {})
            yield {
                "event_id": activity["activity_id"],
                "event_type": activity["activity_type"],
                "timestamp": activity["timestamp"],
                "user_id": session["user_id"],
                "session_id": session["session_id"],
                "properties": details,
            }


class Log(NamedTuple):
    file: str
    mapping: str
    convert: Callable[[dict[str, str], int], JsonDict]
    events: int
    sessions: int
    exit_code: int


LOGS = [
    Log("rees46_2019_oct_head.csv.gz", "rees46", rees46, events=17_434, sessions=5_066, exit_code=3),
    Log("eshop_clothing_2008.csv.gz", "eshop", eshop, events=165_474, sessions=24_026, exit_code=0),
]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.mapping)
def test_a_real_log_loaded_from_the_command_line_agrees(connection: Connection, log: Log) -> None:
    path = present(log.file)
    rows = list(events_of(path, log.convert))
    assert len(rows) == log.events
    with empty_shop(connection, NOW, "Europe/Berlin") as shop:
        load = [sys.executable, str(ROOT / "ingest.py"), str(path), "--map", log.mapping]
        environ = {"MONGO_URI": connection.uri, "MONGO_DB": shop.name, "TIME_ZONE": "Europe/Berlin", "CURRENCY": "EUR"}
        done = subprocess.run(load, env=os.environ | environ, capture_output=True, text=True, check=False)
        assert done.returncode == log.exit_code, done.stderr
        oracle = Oracle(stored(rows, NOW), time_zone="Europe/Berlin", currency="EUR")
        assert len(oracle.sessions()) == log.sessions
        scopes = scopes_of(oracle, shop.clock())
        by_hour = [case for case in CASES if case not in NOT_COMPARED]
        by_day = [case for case in CASES_BY_DAY if case not in NOT_COMPARED]
        shop.check(oracle, {"everything": {}}, SAMPLES)
        shop.check(oracle, {label: scopes[label] for label in ("everything", "new visitors", "31 minutes later")}, by_day)
        shop.check(
            oracle, {label: scopes[label] for label in ("one whole day", "part of a day", "a filter on a day")}, by_hour
        )


DEAR_VIEW = '{"type": "product_view", "where": [{"property": "price", "op": "at_least", "value": 50}]}'
SAMPLES: list[tuple[str, JsonDict]] = [
    ("funnel", {"steps": '["product_view", "add_to_cart", "purchase"]', "unit": "visitor", "breakdown": "visitor"}),
    ("funnel", {"steps": '["session", "product_view", "product_view"]', "mode": "strict", "exclude": '["purchase"]'}),
    ("funnel", {"steps": '["product_view", {"any": ["add_to_cart", "purchase"]}]', "hold": "product"}),
    ("funnel", {"steps": f'["purchase", {DEAR_VIEW}]', "mode": "any"}),
    ("paths", {"steps": 10}),
    ("paths", {"end": "purchase", "who": "buyers"}),
    ("products", {"limit": 1000}),
    ("products", {"limit": 1000, "sort": "viewed"}),
    ("bought_together", {"limit": 1000}),
    ("bought_together", {"in": "views", "limit": 1000}),
    ("retention", {}),
    ("retention", {"first": "purchase", "mode": "n_week", "weeks": 2}),
    ("rfm", {}),
    ("channels", {}),
    ("trends", {}),
    ("friction", {"limit": 1000}),
    ("differences", {}),
    ("differences", {"against": "others"}),
    ("checkout", {}),
]


def present(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here: it may not be redistributed with the project")
    return path


@pytest.mark.parametrize(
    ("name", "events", "sessions"),
    [("yoochoose-clicks-100k_train_full.tsv.gz", 70_278, 17_794), ("yoochoose-clicks-100k_test.tsv.gz", 13_568, 3_416)],
)
def test_a_log_of_clicks_agrees(connection: Connection, name: str, events: int, sessions: int) -> None:
    rows = list(events_of(present(name), yoochoose))
    assert len(rows) == events
    with empty_shop(connection, NOW, "Europe/Berlin") as shop:
        shop.receive(rows)
        shop.catch_up()
        oracle = shop.oracle()
        assert len(oracle.sessions()) == sessions
        shop.check(oracle, {"everything": {}}, [*CASES_BY_DAY, *SAMPLES])


def test_a_journey_log_agrees(connection: Connection) -> None:
    rows = list(journeys(present("customer_journeys.json.gz")))
    assert len(rows) == 5_324
    with empty_shop(connection, NOW, "Europe/Berlin") as shop:
        shop.receive(rows)
        shop.catch_up()
        oracle = shop.oracle()
        assert len(oracle.sessions()) == 500
        scopes = scopes_of(oracle, shop.clock())
        labels = ("everything", "new visitors", "whole days from", "one channel")
        by_page = [("paths", {"over": "page", "who": "abandoners"}), ("paths", {"over": "page", "start": "/"})]
        shop.check(oracle, {label: scopes[label] for label in labels}, [*CASES_BY_DAY, *SAMPLES, *by_page])
