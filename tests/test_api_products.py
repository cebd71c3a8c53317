from __future__ import annotations

import json
from typing import Any

import pytest

from clickstream.simulate import sample_products
from clickstream.store import Store
from clickstream.store.users import Role
from clickstream.web.api import products
from clickstream.web.app import App
from clickstream.web.deps import Deps
from tests.web_client import Client, client_as

MUG: dict[str, Any] = {"product_id": "MUG-1", "name": "Blue mug", "category": "Kitchen", "price": 12.5, "stock": 4}


@pytest.fixture
def app(deps: Deps) -> App:
    return App(deps, products.ROUTES)


@pytest.fixture
def anyone(app: App) -> Client:
    return Client(app)


def test_anyone_may_read_an_empty_catalogue(anyone: Client) -> None:
    answer = anyone.get("/api/products")

    assert (answer.status, answer.json) == (200, {"items": [], "next": None})


def test_what_an_analyst_puts_anyone_reads(anyone: Client, analyst: Client) -> None:
    stored = analyst.send("PUT", "/api/products", [MUG, {**MUG, "product_id": "MUG-2", "currency": "EUR", "tags": ["gift"]}])
    listed = anyone.get("/api/products").json["items"]

    assert (stored.status, stored.json) == (200, {"new": 2, "changed": 0, "unchanged": 0, "rejected": []})
    assert listed[0] == {**MUG, "brand": "", "currency": "USD", "tags": [], "description": ""}
    assert listed[1]["currency"] == "EUR"


def test_what_was_read_can_be_put_back_unchanged(anyone: Client, analyst: Client, store: Store) -> None:
    store.products.upsert(sample_products("EUR"))
    items = anyone.get("/api/products?limit=500").json["items"]

    assert analyst.send("PUT", "/api/products", items).json["unchanged"] == len(items) == 143


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("shopper", 403), ("viewer", 403), ("analyst", 200), ("owner", 200)]
)
def test_only_analysts_and_owners_change_the_catalogue(app: App, deps: Deps, role: Role | None, status: int) -> None:
    assert client_as(app, deps, role).send("PUT", "/api/products", [MUG]).status == status
    assert deps.store.products.count() == (1 if status == 200 else 0)


def test_good_products_are_stored_and_each_bad_one_is_named(analyst: Client, store: Store) -> None:
    body = [MUG, {**MUG, "product_id": "MUG-2", "price": -1, "stock": "few"}, "mug", {"product_id": {"$gt": ""}}]
    answer = analyst.send("PUT", "/api/products", body)

    assert answer.status == 200
    assert answer.json["new"] == 1
    assert [(refused["index"], set(refused["fields"])) for refused in answer.json["rejected"]] == [
        (1, {"price", "stock"}),
        (2, {"product"}),
        (3, {"product_id", "name", "category", "price"}),
    ]
    assert [product.product_id for product in store.products.all()] == ["MUG-1"]


def test_when_nothing_can_be_stored_the_answer_is_an_error_that_names_the_fields(analyst: Client, store: Store) -> None:
    answer = analyst.send("PUT", "/api/products", [{**MUG, "price": "free"}])

    assert answer.status == 400
    assert answer.json["code"] == "invalid_product"
    assert list(answer.json["fields"]) == ["[0].price"]
    assert store.products.count() == 0


def test_an_empty_list_changes_nothing(analyst: Client) -> None:
    assert analyst.send("PUT", "/api/products", []).json == {"new": 0, "changed": 0, "unchanged": 0, "rejected": []}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"product_id": "a"}', b'"mug"', b"\xff", b"[" * 100_000, b'[{"product_id": "\\ud800"}]'],
    ids=["empty", "cut off", "no list", "text", "not UTF-8", "very deep", "lone surrogate"],
)
def test_a_body_that_is_no_list_of_products_is_refused_in_the_one_error_shape(analyst: Client, body: bytes) -> None:
    answer = analyst.send("PUT", "/api/products", body)

    assert answer.status == 400
    assert set(answer.json) == {"error", "code", "status", "fields", "request_id"}


def test_too_many_products_at_once_are_refused(analyst: Client) -> None:
    body = json.dumps([1] * (products.MAX_PRODUCTS + 1)).encode()

    assert analyst.send("PUT", "/api/products", body).status == 413


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a", "b", "c"]),
        ("category=Outdoor", ["c"]),
        ("in_stock=true", ["a", "c"]),
        ("in_stock=false", ["b"]),
        ("q=MUG", ["a", "b"]),
        ("q=red+mug", ["b"]),
        ("q=%24gt", []),
        ("sort=-price", ["c", "a", "b"]),
        ("sort=name&in_stock=true", ["a", "c"]),
        ("limit=2", ["a", "b"]),
    ],
)
def test_filters_and_order(anyone: Client, analyst: Client, query: str, expected: list[str]) -> None:
    rows = [("a", "Blue mug", 5, 3), ("b", "Red mug", 4, 0), ("c", "Tent", 200, 1)]
    body = [{**MUG, "product_id": key, "name": name, "price": price, "stock": stock} for key, name, price, stock in rows]
    body[2]["category"] = "Outdoor"
    analyst.send("PUT", "/api/products", body)

    items = anyone.get(f"/api/products?{query}").json["items"]
    assert [item["product_id"] for item in items] == expected


@pytest.mark.parametrize("sort", ["product_id", "-price", "name"])
def test_following_next_reads_the_whole_catalogue_once(anyone: Client, store: Store, sort: str) -> None:
    store.products.upsert(sample_products("EUR"))
    seen: list[str] = []
    target = f"/api/products?sort={sort}&limit=50"
    page = anyone.get(target).json
    while True:
        seen += [item["product_id"] for item in page["items"]]
        if page["next"] is None:
            break
        page = anyone.get(f"{target}&after={page['next']}").json

    assert len(seen) == len(set(seen)) == 143


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("sort=colour", "sort"),
        ("in_stock=maybe", "in_stock"),
        ("after=%21", "after"),
        ("after=eyIkZ3QiOiIifQ==", "after"),
        ("after=WyJuYW1lIiwieCIsImEiXQ==", "after"),
        ("colour=red", "colour"),
        (f"q={'x' * 201}", "q"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_naming_the_parameter(anyone: Client, query: str, field: str) -> None:
    answer = anyone.get(f"/api/products?{query}")

    assert answer.status == 400
    assert field in answer.json["fields"]
