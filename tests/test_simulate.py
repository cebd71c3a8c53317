from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clickstream.catalog import Product
from clickstream.channels import channel_of
from clickstream.errors import InvalidInput
from clickstream.ingest import dry_loader
from clickstream.simulate import SOURCE, sample_products, simulate_shop, simulate_shopper

Event = dict[str, Any]
Visit = list[Event]

NOW = datetime(2026, 3, 12, 11, tzinfo=UTC)
CATALOG = sample_products("EUR")
BY_ID = {product.product_id: product for product in CATALOG}
LATER = ("refund", "order_cancel")
PRODUCT = {"product_id", "name", "category", "price", "currency"}
VOCABULARY: dict[str, set[str]] = {
    "pageview": {"title"},
    "product_view": PRODUCT | {"brand"},
    "list_view": {"category", "page_no"},
    "list_filter": {"category", "sort"},
    "search": {"query", "results_count"},
    "search_click": {"query", "product_id", "position"},
    "add_to_cart": PRODUCT | {"quantity", "cart_value"},
    "remove_from_cart": PRODUCT | {"quantity", "cart_value"},
    "cart_view": {"items", "cart_value", "currency"},
    "checkout": {"items", "cart_value", "currency"},
    "checkout_step": {"step", "step_name"},
    "payment_error": {"reason", "payment_method"},
    "coupon": {"action", "coupon"},
    "purchase": {"order_id", "items", "revenue", "tax", "shipping", "total", "currency", "payment_method"},
    "refund": {"order_id", "currency", "reason"},
    "order_cancel": {"order_id"},
    "login": set(),
    "engagement": {"engaged_ms"},
}


def shop(*, seed: int = 42, now: datetime = NOW, catalog: list[Product] = CATALOG, **sizes: Any) -> list[Event]:
    given = {"days": 7, "users": 25, "sessions_per_user": 5, "avg_events": 7, **sizes}
    return list(simulate_shop(Random(seed), catalog, now, **given))


def visits_of(events: list[Event]) -> list[Visit]:
    """Events by planned visit: the event id's beginning."""
    visits: dict[str, Visit] = {}
    for event in events:
        if event["event_type"] not in LATER:
            visits.setdefault(event["event_id"].rsplit("-", 1)[0], []).append(event)
    return list(visits.values())


def at(event: Event) -> datetime:
    return datetime.fromisoformat(event["timestamp"])


def types(visit: Visit) -> list[str]:
    return [event["event_type"] for event in visit]


def buys(visit: Visit) -> bool:
    return "purchase" in types(visit)


def rate(visits: list[Visit], holds: Callable[[Visit], bool]) -> float:
    return sum(map(holds, visits)) / len(visits)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Four weeks of a shop with 22,000 visits."""
    return shop(days=28, users=80, sessions_per_user=10)


@pytest.fixture(scope="module")
def visits(events: list[Event]) -> list[Visit]:
    return visits_of(events)


def test_the_sizes_asked_for_are_the_sizes_given() -> None:
    small = shop()
    found = visits_of(small)

    assert 875 * 0.93 <= len(found) <= 875 * 1.07
    assert 6 <= len(small) / len(found) <= 8
    assert {event["user_id"] for event in small if "user_id" in event} == {f"shopper{place:02d}" for place in range(1, 26)}


@pytest.mark.parametrize("avg_events", [4, 7, 12, 25])
def test_visits_are_as_long_as_asked_on_average(avg_events: int) -> None:
    found = visits_of(shop(users=100, avg_events=avg_events))

    assert sum(map(len, found)) / len(found) == pytest.approx(avg_events, rel=0.12)


@pytest.mark.parametrize("weeks", range(6))
def test_even_the_small_shop_takes_some_twenty_orders_whenever_it_is_seeded(weeks: int) -> None:
    orders = [event for event in shop(now=NOW + timedelta(days=9 * weeks)) if event["event_type"] == "purchase"]

    assert 18 <= len(orders) <= 45


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert json.dumps(shop()) == json.dumps(shop())
    assert json.dumps(shop(seed=1)) != json.dumps(shop(seed=2))


def test_a_later_run_repeats_every_event_and_adds_what_happened_since() -> None:
    earlier, later = shop(days=7), shop(days=8, now=NOW + timedelta(hours=5))
    known = {event["event_id"]: event for event in later}

    assert all(known[event["event_id"]] == event for event in earlier)
    assert len(later) > len(earlier)


def test_ids_are_unique_and_never_shared_between_different_shops() -> None:
    first, other_seed, other_size = shop(), shop(seed=7), shop(users=26)
    cheaper = shop(catalog=[*CATALOG[1:], sample_products("USD")[0]])
    ids = [{event["event_id"] for event in each} for each in (first, other_seed, other_size, cheaper)]

    assert len(ids[0]) == len(first)
    assert all(not one & other for place, one in enumerate(ids) for other in ids[:place])


def test_events_come_in_order_of_time_and_end_just_before_now(events: list[Event]) -> None:
    times = [at(event) for event in events]

    assert times == sorted(times)
    assert NOW - timedelta(days=28) <= times[0] < NOW - timedelta(days=28) + timedelta(minutes=30)
    assert NOW - timedelta(minutes=10) < times[-1] < NOW


def test_every_event_keeps_to_the_vocabulary(events: list[Event]) -> None:
    for event in events:
        assert VOCABULARY[event["event_type"]] <= set(event["properties"]), event
        assert event["properties"]["source"] == SOURCE == "realistic_seed"
        assert event.get("client_id") or event.get("user_id")
        if event["event_type"] not in LATER:
            assert event["page"].startswith("/")
            assert {"device", "country"} <= set(event["properties"])
    assert {event["event_type"] for event in events} == set(VOCABULARY)


def test_the_ingest_path_accepts_every_event(events: list[Event]) -> None:
    receipt = dry_loader(lambda: NOW).collect(events)

    assert (receipt.accepted, receipt.rejected) == (len(events), [])


def test_products_in_events_are_those_of_the_catalogue(events: list[Event]) -> None:
    for event in events:
        properties = event["properties"]
        for line in [properties, *properties.get("items", [])]:
            if "product_id" in line and "price" in line:
                product = BY_ID[line["product_id"]]
                assert (line["name"], line["category"], line["price"]) == (product.name, product.category, product.price)


def test_nobody_puts_a_sold_out_product_into_a_cart(events: list[Event]) -> None:
    added = {event["properties"]["product_id"] for event in events if event["event_type"] == "add_to_cart"}

    assert added <= {product.product_id for product in CATALOG if product.in_stock}
    assert len(added) > 100


def test_an_order_adds_up(events: list[Event]) -> None:
    orders = [event["properties"] for event in events if event["event_type"] == "purchase"]
    for order in orders:
        goods = sum(round(line["price"] * 100) * line["quantity"] for line in order["items"]) / 100
        assert order["revenue"] == pytest.approx(goods - order.get("discount", 0), abs=0.001)
        assert order["total"] == pytest.approx(order["revenue"] + order["tax"] + order["shipping"], abs=0.001)
        assert (order["shipping"] == 0) == (order["revenue"] >= 75)
    assert len({order["order_id"] for order in orders}) == len(orders)
    assert any("coupon" in order for order in orders)


def test_the_cart_value_is_what_is_in_the_cart(visits: list[Visit]) -> None:
    for visit in visits:
        cart: Counter[str] = Counter()
        for event in visit:
            properties = event["properties"]
            if event["event_type"] in ("add_to_cart", "remove_from_cart"):
                sign = 1 if event["event_type"] == "add_to_cart" else -1
                cart[properties["product_id"]] += sign * properties["quantity"]
                worth = sum(BY_ID[product_id].price * quantity for product_id, quantity in cart.items())
                assert properties["cart_value"] == pytest.approx(worth, abs=0.001)
                assert min(cart.values()) >= 0


def test_refunds_follow_their_order_by_days_and_never_exceed_it(events: list[Event]) -> None:
    orders = {event["properties"]["order_id"]: event for event in events if event["event_type"] == "purchase"}
    later = [event for event in events if event["event_type"] in LATER]
    refunds = [event for event in later if event["event_type"] == "refund"]

    assert 0.05 <= len(refunds) / len(orders) <= 0.18
    for event in later:
        order = orders[event["properties"]["order_id"]]
        assert at(event) > at(order)
        assert event["properties"].get("amount", 0) <= order["properties"]["revenue"]
        assert "session_id" not in event
    partial = [event for event in refunds if "items" in event["properties"]]
    unnamed = [event for event in refunds if "amount" not in event["properties"]]
    assert partial
    assert unnamed
    assert Counter(event["event_type"] for event in later)["order_cancel"] > 0


def test_two_to_four_percent_of_visits_buy(visits: list[Visit]) -> None:
    assert 0.02 <= rate(visits, buys) <= 0.04


def test_about_seven_in_ten_carts_are_abandoned_and_some_are_emptied(visits: list[Visit]) -> None:
    fates: Counter[str] = Counter()
    for visit in visits:
        cart = [event for event in visit if event["event_type"] in ("add_to_cart", "remove_from_cart", "cart_view")]
        if "add_to_cart" in types(visit):
            left = "emptied" if cart[-1]["properties"]["cart_value"] == 0 else "abandoned"
            fates["bought" if buys(visit) else left] += 1

    assert 0.6 <= fates["abandoned"] / (fates["abandoned"] + fates["bought"]) <= 0.8
    assert 0.03 <= fates["emptied"] / sum(fates.values()) <= 0.2


def test_a_third_to_half_of_the_visits_bounce(visits: list[Visit]) -> None:
    assert 0.3 <= rate(visits, lambda visit: sum(kind != "engagement" for kind in types(visit)) == 1) <= 0.55


def test_most_visits_are_mobile_and_mobile_buys_least(visits: list[Visit]) -> None:
    by_device = grouped(visits, lambda visit: visit[0]["properties"]["device"])

    assert len(by_device["mobile"]) > len(visits) / 2
    assert rate(by_device["desktop"], buys) > 1.5 * rate(by_device["mobile"], buys)


def test_email_buys_more_than_social_and_every_channel_comes(visits: list[Visit]) -> None:
    by_channel = grouped(visits, lambda visit: channel_of(visit[0]["properties"]))

    assert set(by_channel) == {"paid", "organic", "social", "email", "affiliate", "referral", "direct"}
    assert rate(by_channel["email"], buys) > 2 * rate(by_channel["social"], buys)


def test_weekends_buy_less_than_weekdays(visits: list[Visit]) -> None:
    by_weekend = grouped(visits, lambda visit: str(at(visit[0]).weekday() >= 5))

    assert rate(by_weekend["True"], buys) < 0.9 * rate(by_weekend["False"], buys)


def test_the_evening_is_busiest_on_the_shop_s_own_clock() -> None:
    tokyo = visits_of(shop(users=200, time_zone="Asia/Tokyo"))
    hours = Counter(at(visit[0]).astimezone(ZoneInfo("Asia/Tokyo")).hour for visit in tokyo)

    assert max(hours, key=lambda hour: hours[hour]) in (19, 20, 21)
    assert hours[3] < hours[20] / 8


def test_variant_b_buys_a_little_more(visits: list[Visit]) -> None:
    by_variant = grouped(visits, lambda visit: visit[0]["properties"].get("variant", ""))

    assert set(by_variant) == {"", "A", "B"}
    assert len(by_variant["A"]) == pytest.approx(len(by_variant["B"]), rel=0.25)


def test_some_searches_find_nothing_and_their_visits_buy_less(events: list[Event], visits: list[Visit]) -> None:
    counts = [event["properties"]["results_count"] for event in events if event["event_type"] == "search"]
    with_zero = [visit for visit in visits if searched(visit, lambda count: count == 0)]
    with_results = [visit for visit in visits if searched(visit, lambda count: count > 0)]

    assert 0.05 <= counts.count(0) / len(counts) <= 0.25
    assert rate(with_zero, buys) < rate(with_results, buys)


def test_visitors_come_back_and_some_log_in_on_the_way(visits: list[Visit]) -> None:
    by_visitor = grouped(visits, lambda visit: visit[0]["client_id"])
    logins = [visit for visit in visits if "login" in types(visit)]

    assert sum(len(each) > 1 for each in by_visitor.values()) > 0.1 * len(by_visitor)
    assert sum(len(each) == 1 for each in by_visitor.values()) > 0.4 * len(by_visitor)
    for visit in logins:
        place = types(visit).index("login")
        assert not any("user_id" in event for event in visit[:place])
        assert all("user_id" in event for event in visit[place:])


def test_most_but_not_all_visits_carry_a_session_id(visits: list[Visit]) -> None:
    assert 0.9 < rate(visits, lambda visit: "session_id" in visit[0]) < 0.98
    assert all(("session_id" in visit[0]) == ("session_id" in event) for visit in visits for event in visit)


def test_a_payment_that_failed_is_tried_again_or_given_up(visits: list[Visit]) -> None:
    failed = [visit for visit in visits if "payment_error" in types(visit)]

    assert {buys(visit) for visit in failed} == {True, False}


def test_no_pause_within_a_visit_would_cut_its_session(visits: list[Visit]) -> None:
    pauses = [at(after) - at(before) for visit in visits for before, after in pairwise(visit)]

    assert timedelta() < min(pauses)
    assert max(pauses) < timedelta(minutes=30)


def test_one_shopper_is_always_logged_in_and_buys_now_and_then() -> None:
    own = list(simulate_shopper(Random(42), CATALOG, NOW, "alice", days=5, sessions_per_user=3, avg_events=6))
    year = list(simulate_shopper(Random(42), CATALOG, NOW, "alice", days=365, sessions_per_user=3, avg_events=6))

    assert {event["user_id"] for event in own} == {"alice"}
    assert 11 <= len(visits_of(own)) <= 19
    assert sum(map(len, visits_of(year))) / len(visits_of(year)) == pytest.approx(6, rel=0.12)
    assert 0.08 < rate(visits_of(year), buys) < 0.3
    assert not {event["event_id"] for event in own} & {event["event_id"] for event in shop()}


def test_a_small_or_unusual_catalogue_will_do() -> None:
    one = [Product(product_id="1", name="2 x 4", category="?", price=0, currency="EUR", stock=1)]

    assert "purchase" in {event["event_type"] for event in shop(catalog=one, users=50)}


@pytest.mark.parametrize("catalog", [[], [Product(product_id="1", name="Mug", category="K", price=1, currency="EUR")]])
def test_a_shop_with_nothing_to_sell_is_refused_at_once(catalog: list[Product]) -> None:
    with pytest.raises(InvalidInput, match=r"seed_products\.py"):
        simulate_shop(Random(1), catalog, NOW, days=1, users=1, sessions_per_user=1, avg_events=7)


@pytest.mark.parametrize("size", ["days", "users", "sessions_per_user", "avg_events"])
def test_sizes_out_of_range_are_refused_naming_them(size: str) -> None:
    with pytest.raises(InvalidInput, match=size):
        shop(**{size: 0})


def grouped(visits: list[Visit], key: Callable[[Visit], str]) -> dict[str, list[Visit]]:
    groups: dict[str, list[Visit]] = {}
    for visit in visits:
        groups.setdefault(key(visit), []).append(visit)
    return groups


def searched(visit: Visit, holds: Callable[[int], bool]) -> bool:
    return any(holds(event["properties"]["results_count"]) for event in visit if event["event_type"] == "search")
