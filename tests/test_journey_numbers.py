"""Uploaded logs over the API, converted here on their own, must give the product and the oracle the same numbers.

The real files are not part of the project (see their licences); where they are absent these tests are skipped.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import FakeClock
from log_uploads import Uploader
from oracle import Oracle
from oracle_metrics import METRICS
from shop_check import Shop
from shops import stored
from test_real_files import LOGS, events_of
from web_client import real_deps

from clickstream.settings import Settings
from clickstream.store import Store

JsonDict = dict[str, Any]

DATA = Path(__file__).parents[2] / "shared" / "data"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAMPAIGNS = {
    "google_organic": {"source": "google", "medium": "organic"},
    "google_ads": {"source": "google", "medium": "cpc"},
    "email": {"source": "email", "medium": "email"},
    "affiliate": {"source": "affiliate", "medium": "affiliate"},
    "facebook": {"source": "facebook"},
    "instagram": {"source": "instagram"},
}
CASES: list[tuple[str, JsonDict]] = [
    *((name, {}) for name in METRICS),
    ("differences", {"against": "others"}),
    ("series", {"interval": "hour"}),
    *(("segments", {"dimension": name}) for name in ("country", "channel", "visitor", "variant")),
]


def moment_of(step: JsonDict) -> datetime:
    return datetime.fromisoformat(step["timestamp"])


def events_in(journey: JsonDict) -> Iterator[JsonDict]:
    """As docs/journey-logs.md says: what describes the session goes to its earliest event."""
    steps = journey["activities"]
    first = min(range(len(steps)), key=lambda n: moment_of(steps[n]))
    for number, step in enumerate(steps):
        properties = dict(step["details"])
        properties |= properties.pop("product_details", {})
        if "items" in properties:
            properties["items_count"] = properties.pop("items")
        if number == first:
            properties["device"] = journey["device_type"]
            if country := journey["user_attributes"].get("country"):
                properties["country"] = country
            if utm := CAMPAIGNS.get(journey["user_attributes"].get("referrer", "")):
                properties["utm"] = utm
        yield {
            "event_id": f"{journey['session_id']}:{number}",
            "event_type": step["activity_type"],
            "timestamp": step["timestamp"],
            "session_id": journey["session_id"],
            "user_id": journey["user_id"],
            "properties": properties,
        }


def real_journeys() -> list[JsonDict]:
    path = DATA / "customer_journeys.json.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here: it may not be redistributed with the project")
    journeys: list[JsonDict] = json.loads(gzip.decompress(path.read_bytes()))
    return journeys


def uploaded(store: Store, settings: Settings, content: bytes) -> tuple[Shop, JsonDict]:
    """The dataset as it may be asked, and what the API says of it."""
    deps = real_deps(settings, store, FakeClock(NOW))
    with deps.jobs:
        found = Uploader(deps).upload(content)
    assert found["status"] == "ready", found["error"]
    return Shop("", store, settings, FakeClock(NOW), dataset=found["dataset_id"]), found


def check(shop: Shop, events: Sequence[JsonDict], cases: Sequence[tuple[str, JsonDict]] = CASES) -> Oracle:
    settings = shop.settings
    documents = stored(events, NOW)
    oracle = Oracle(documents, time_zone=settings.time_zone, currency=settings.currency, dataset=shop.dataset)
    shop.check(oracle, {"everything": {}, "phones": {"filters": {"device": "mobile"}}}, cases)
    return oracle


def test_every_number_of_the_real_journey_log_is_the_oracles(store: Store, settings: Settings) -> None:
    journeys = real_journeys()
    shop, found = uploaded(store, settings, (DATA / "customer_journeys.json.gz").read_bytes())
    report = found["files"][0]["report"]
    assert {name: report[name] for name in ("records", "sessions", "events", "duplicates", "refused")} == {
        "records": 500,
        "sessions": 500,
        "events": 5324,
        "duplicates": 0,
        "refused": {},
    }
    oracle = check(shop, [event for journey in journeys for event in events_in(journey)])
    funnel = oracle.measure("funnel", as_of=NOW)
    overview = oracle.measure("overview", as_of=NOW)
    assert (funnel["steps"][-1]["reached"], overview["conversion_rate"]["numerator"]) == (125, 221)


def test_times_of_the_real_log_only_look_unsorted_as_text(store: Store, settings: Settings) -> None:
    """`...16Z` sorts behind `...16.7Z` as text, and before it in time."""
    journeys = real_journeys()
    as_text = [[step["timestamp"] for step in journey["activities"]] for journey in journeys]
    as_times = [[moment_of(step) for step in journey["activities"]] for journey in journeys]
    assert (sum(one != sorted(one) for one in as_text), sum(one != sorted(one) for one in as_times)) == (19, 0)
    _, found = uploaded(store, settings, (DATA / "customer_journeys.json.gz").read_bytes())
    assert "unsorted" not in {note["code"] for note in found["files"][0]["report"]["notes"]}


def made_journeys(rng: Random) -> list[JsonDict]:
    """Made up, with steps in any order and claims that are not true."""
    return [journey(rng, number) for number in range(200)]


def journey(rng: Random, number: int) -> JsonDict:
    moment = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=number * 97)
    steps = []
    for place in range(rng.randint(1, 9)):
        steps.append({
            "activity_id": f"a{place}", "timestamp": moment.isoformat(), **activity(rng, number)
        })  # fmt: skip
        moment += timedelta(seconds=rng.choice([1, 20, 300]), milliseconds=rng.choice([0, 700]))
    rng.shuffle(steps)
    return {
        "session_id": f"s{number}",
        "user_id": f"u{rng.randrange(60)}",
        "device_type": rng.choice(["mobile", "desktop"]),
        "activities": steps,
        "conversion": rng.random() < 0.5,
        "user_attributes": {"country": rng.choice(["DE", "FR"]), "referrer": rng.choice([*CAMPAIGNS, "direct"])},
    }


def activity(rng: Random, number: int) -> JsonDict:
    product = f"p{rng.randrange(9)}"
    shown = {"name": product.upper(), "category": "home", "price": rng.choice([5, 7.5])}
    details: dict[str, JsonDict] = {
        "product_view": {"product_id": product, "product_details": shown},
        "page_view": {"page_path": f"/{rng.choice('abc')}"},
        "search": {"search_query": rng.choice(["lamp", "Sofa"]), "results_count": rng.choice([0, 4])},
        "add_to_cart": {"product_id": product, "quantity": 1, "cart_value": 7.5},
        "checkout": {"cart_value": 7.5, "items_count": 2},
        "purchase": {"order_id": f"o{number}", "total_amount": 12.5, "items": 2},
    }
    name = rng.choice([*details, "product_view", "add_to_cart"])
    return {"activity_type": name, "details": details[name]}


def test_a_log_in_no_order_gives_the_numbers_of_its_order_in_time(store: Store, settings: Settings) -> None:
    journeys = made_journeys(Random(5))
    shop, found = uploaded(store, settings, json.dumps({"sessions": journeys}).encode())
    notes = {note["code"]: note["sessions"] for note in found["files"][0]["report"]["notes"]}
    assert notes["unsorted"] == sum(
        (times := [moment_of(step) for step in one["activities"]]) != sorted(times) for one in journeys
    )
    check(shop, [event for one in journeys for event in events_in(one)])


def test_the_real_shop_log_uploads_as_a_flat_list(store: Store, settings: Settings) -> None:
    log = LOGS[0]
    path = DATA / log.file
    if not path.exists():
        pytest.skip(f"{path} is not here: it may not be redistributed with the project")
    shop, found = uploaded(store, settings, path.read_bytes())
    report = found["files"][0]["report"]
    assert (report["format"], report["events"], report["sessions"]) == ("csv", log.events, log.sessions)
    rows = list(events_of(path, log.convert))
    check(shop, rows, [(name, {}) for name in ("overview", "series", "funnel", "cart", "differences", "event_types")])
