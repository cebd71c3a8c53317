from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from clickstream import recommend, rollup
from clickstream.catalog import Product
from clickstream.ingest import Collector
from clickstream.recommend import Item
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role
from clickstream.web.api import recommendations
from clickstream.web.app import App
from clickstream.web.deps import Deps
from tests.conftest import FakeClock
from tests.visits import visit
from tests.web_client import Answer, Client, client_as

URL = "/api/recommendations"
MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
MUG = Product(product_id="mug", name="Mug", category="Kitchen", price=20.0, currency="EUR", stock=3, tags=["gift"])
POT = Product(product_id="pot", name="Pot", category="Kitchen", price=35.0, currency="EUR", stock=3)


@pytest.fixture
def app(deps: Deps) -> App:
    return App(deps, recommendations.ROUTES)


@pytest.fixture
def shop(store: Store, settings: Settings, clock: FakeClock) -> None:
    store.products.upsert([MUG, POT])
    events = [
        *visit(1, MORNING, shopper="the-shopper", leaves_cart=True),
        *visit(2, MORNING, shopper="alice"),
        *visit(3, MORNING, product_id="pot"),
    ]
    assert Collector(store, clock).collect(events).rejected == []
    rollup.catch_up(store, settings, clock)


def save(store: Store, user_id: str | None, source: str = "llm", **changed: Any) -> None:
    """What an analysis of a while ago recommended: the mug."""
    evidence = recommend.Evidence(kind="looked_at", n=2, sessions=4)
    chosen = recommend.item(recommend.Candidate(product=MUG, score=1.0, evidence=evidence), "It suits you.")
    items = [msgspec.to_builtins(msgspec.structs.replace(chosen, **changed))]
    store.profiles.append("live", user_id, "a1", items, source=source, at=MORNING)


def only_item(answer: Answer) -> Any:
    assert answer.status == 200
    (found,) = answer.json["items"]
    return found


def ids(answer: Answer) -> list[str]:
    return [item["product_id"] for item in answer.json["items"]]


@pytest.mark.usefixtures("shop")
def test_a_list_computed_now_carries_details_reason_and_evidence(shopper: Client) -> None:
    answer = shopper.get(f"{URL}?limit=1")

    assert answer.json == {
        "user_id": "the-shopper",
        "source": "computed",
        "analysis_id": None,
        "items": [
            {
                "product_id": "mug",
                "name": "Mug",
                "category": "Kitchen",
                "price": 20.0,
                "currency": "EUR",
                "tags": ["gift"],
                "in_stock": True,
                "reason": "This shopper left it in the cart in 1 session and has not bought it since.",
                "evidence": {
                    "kind": "left_in_cart",
                    "because": None,
                    "because_name": None,
                    "n": 1,
                    "sessions": 1,
                    "since": "2026-03-01T09:00:00.000Z",
                    "lift": None,
                    "low": None,
                    "high": None,
                    "counts": {},
                },
            }
        ],
    }


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("role", "query", "expected"),
    [
        (None, "", (401, None)),
        (None, "?user_id=alice", (401, None)),
        ("shopper", "", (200, "the-shopper")),
        ("shopper", "?user_id=the-shopper", (200, "the-shopper")),
        ("shopper", "?user_id=alice", (403, None)),
        ("viewer", "", (200, "the-viewer")),
        ("viewer", "?user_id=alice", (403, None)),
        ("analyst", "", (200, None)),
        ("analyst", "?user_id=alice", (200, "alice")),
        ("owner", "?user_id=alice", (200, "alice")),
    ],
)
def test_shoppers_see_their_own_and_analysts_anybody_s(
    app: App, deps: Deps, role: Role | None, query: str, expected: tuple[int, str | None]
) -> None:
    answer = client_as(app, deps, role).get(URL + query)

    assert (answer.status, answer.json.get("user_id")) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=51", "limit"), ("limit=x", "limit"), ("user_id=" + "x" * 201, "user_id"), ("u=1", "u")],
)
def test_what_cannot_be_used_is_refused_by_name(analyst: Client, query: str, field: str) -> None:
    answer = analyst.get(f"{URL}?{query}")

    assert (answer.status, list(answer.json["fields"])) == (400, [field])


@pytest.mark.usefixtures("shop")
def test_a_shopper_nobody_knows_is_told_that_the_list_is_everybody_s(analyst: Client) -> None:
    answer = analyst.get(f"{URL}?user_id=nobody")

    assert (answer.json["source"], ids(answer)) == ("popular", ["mug", "pot"])
    assert answer.json["items"][0]["reason"] == "Viewed in 2 sessions by all shoppers."


def test_an_empty_catalogue_is_the_reason_given(analyst: Client) -> None:
    answer = analyst.get(URL)

    assert answer.json == {
        "user_id": None,
        "source": "popular",
        "analysis_id": None,
        "items": [],
        "why_empty": "The catalogue is empty: fill it, and recommendations will choose from it.",
    }


def test_a_shop_nobody_has_visited_is_the_reason_given(store: Store, analyst: Client) -> None:
    store.products.upsert([MUG])

    assert analyst.get(URL).json["why_empty"] == "Nobody has visited the shop yet, so there is nothing to go by."


@pytest.mark.usefixtures("shop")
def test_a_shop_that_is_sold_out_is_the_reason_given(store: Store, analyst: Client) -> None:
    store.products.upsert([msgspec.structs.replace(one, stock=0) for one in (MUG, POT)])

    assert analyst.get(URL).json["why_empty"] == "Every product of the catalogue is sold out."


def test_visits_to_unknown_products_only_are_the_reason_given(
    store: Store, settings: Settings, clock: FakeClock, analyst: Client
) -> None:
    store.products.upsert([POT])
    Collector(store, clock).collect(visit(1, MORNING))
    rollup.catch_up(store, settings, clock)

    assert [analyst.get(f"{URL}{query}").json["why_empty"] for query in ("", "?user_id=alice")] == [
        "In the last 90 days nobody has looked at a product of the catalogue that is in stock.",
        "In the last 90 days nobody has looked at a product of the catalogue that is in stock and that this shopper has not "
        "just bought.",
    ]


@pytest.mark.usefixtures("shop")
def test_what_an_analysis_saved_comes_first(store: Store, shopper: Client, analyst: Client) -> None:
    save(store, "the-shopper")

    answer = shopper.get(URL)
    assert (answer.json["source"], answer.json["analysis_id"]) == ("llm", "a1")
    found = only_item(answer)
    assert (found["product_id"], found["reason"], found["evidence"]["n"]) == ("mug", "It suits you.", 2)
    assert "note" not in found
    assert analyst.get(f"{URL}?user_id=alice").json["analysis_id"] is None


@pytest.mark.usefixtures("shop")
def test_a_saved_set_without_a_shopper_is_what_to_feature(store: Store, analyst: Client) -> None:
    save(store, None, source="computed")

    assert (analyst.get(URL).json["source"], analyst.get(URL).json["analysis_id"]) == ("computed", "a1")
    assert analyst.get(f"{URL}?user_id=alice").json["analysis_id"] is None


@pytest.mark.usefixtures("shop")
def test_an_empty_saved_set_is_no_answer(store: Store, shopper: Client) -> None:
    store.profiles.append("live", "the-shopper", "a1", [], source="llm", at=MORNING)

    assert (shopper.get(URL).json["source"], shopper.get(URL).json["analysis_id"]) == ("computed", None)


@pytest.mark.parametrize(
    ("now", "in_stock", "note"),
    [
        ({"price": 25.0}, True, "Its price was 20.00 EUR when it was recommended."),
        ({"currency": "USD"}, True, "Its price was 20.00 EUR when it was recommended."),
        ({"stock": 0}, False, "It has sold out since it was recommended."),
        (
            {"price": 5.0, "stock": 0},
            False,
            "Its price was 20.00 EUR when it was recommended. It has sold out since it was recommended.",
        ),
        ({"name": "Cup", "category": "Table", "tags": ["new"]}, True, None),
    ],
)
def test_a_product_that_has_changed_since_says_so(
    store: Store, shopper: Client, now: dict[str, Any], in_stock: bool, note: str | None
) -> None:
    changed = msgspec.structs.replace(MUG, **now)
    store.products.upsert([changed])
    save(store, "the-shopper")
    found = only_item(shopper.get(URL))

    assert found.get("note") == note
    assert found["in_stock"] is in_stock
    shown = ("name", "category", "price", "currency", "tags")
    assert [found[field] for field in shown] == [getattr(changed, field) for field in shown]


def test_a_product_that_is_gone_keeps_its_name_and_says_so(shopper: Client, store: Store) -> None:
    save(store, "the-shopper")
    found = only_item(shopper.get(URL))

    assert (found["name"], found["price"], found["in_stock"]) == ("Mug", 20.0, False)
    assert found["note"] == "It is no longer in the catalogue."


def test_prices_of_less_than_a_cent_are_written_out(shopper: Client, store: Store) -> None:
    store.products.upsert([MUG])
    save(store, "the-shopper", price=0.0125)

    assert only_item(shopper.get(URL))["note"] == "Its price was 0.0125 EUR when it was recommended."


def test_a_saved_set_is_cut_to_the_limit(store: Store, shopper: Client) -> None:
    evidence = recommend.Evidence(kind="popular", n=2, sessions=4, counts={"viewed": 2})
    items: list[Item] = [
        recommend.item(recommend.Candidate(product=one, score=1.0, evidence=evidence), "Popular.") for one in (MUG, POT)
    ]
    store.profiles.append("live", "the-shopper", "a1", msgspec.to_builtins(items), source="popular", at=MORNING)

    assert ids(shopper.get(f"{URL}?limit=1")) == ["mug"]
    assert ids(shopper.get(URL)) == ["mug", "pot"]


def test_the_set_survives_a_new_log_in(store: Store, app: App, deps: Deps) -> None:
    save(store, "the-shopper")
    first, second = (client_as(app, deps, "shopper") for _ in range(2))

    assert first.token != second.token
    assert first.get(URL).json == second.get(URL).json
