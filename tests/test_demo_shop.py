"""The demo shop's door: opened by the owner, closed by revoking its key; and the addresses of its pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from web_client import Client

from clickstream.simulate import sample_products
from clickstream.web.deps import Deps

EVENT = {"event_type": "pageview", "client_id": "c1"}


def test_it_is_closed_until_its_owner_opens_it_with_a_key_of_its_own(owner: Client, deps: Deps) -> None:
    visitor = Client(owner.app)
    assert visitor.get("/api/demo-shop").json == {"key": None}
    key = owner.post("/api/demo-shop").json["key"]
    assert visitor.get("/api/demo-shop").json == {"key": key}
    assert owner.post("/api/demo-shop").json == {"key": key}
    (listed,) = owner.get("/api/write-keys").json["items"]
    assert (listed["label"], listed["origins"], listed["last4"]) == ("Demo shop", [], key[-4:])
    assert [entry["action"] for entry in owner.get("/api/audit").json["items"]] == ["write_key_created"]


def test_its_key_sends_from_this_servers_pages_only(owner: Client) -> None:
    key = owner.post("/api/demo-shop").json["key"]
    for origin, status in (("https://shop.test", 202), ("https://elsewhere.example", 403)):
        assert Client(owner.app).post(f"/api/events?key={key}", EVENT, origin=origin).status == status


def test_revoking_its_key_closes_it_and_opening_it_again_makes_another(owner: Client) -> None:
    key = owner.post("/api/demo-shop").json["key"]
    owner.send("DELETE", f"/api/write-keys/{owner.get('/api/write-keys').json['items'][0]['key_id']}")
    assert Client(owner.app).get("/api/demo-shop").json == {"key": None}
    another = owner.post("/api/demo-shop").json["key"]
    assert another != key
    assert Client(owner.app).get("/api/demo-shop").json == {"key": another}


def test_opening_it_fills_an_empty_catalogue(owner: Client, deps: Deps) -> None:
    owner.post("/api/demo-shop")
    assert deps.store.products.count() == len(sample_products("USD"))


def test_opening_it_leaves_a_catalogue_alone(owner: Client, deps: Deps) -> None:
    own = sample_products("EUR")[:1]
    deps.store.products.upsert(own)
    owner.post("/api/demo-shop")
    assert deps.store.products.all() == own


@pytest.mark.parametrize("path", ["/shop", "/shop?category=Shoes", "/shop/search?q=x", "/shop/cart", "/shop/product/A%201"])
def test_each_of_its_addresses_is_a_page_under_the_strict_policy(path: str, owner: Client) -> None:
    answer = Client(owner.app).get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert b"<script>" not in answer.body and b"style=" not in answer.body


def test_one_product_can_be_asked_for(owner: Client) -> None:
    owner.post("/api/demo-shop")
    assert Client(owner.app).get("/api/products/SHO-101").json["name"] == "Everyday Canvas Sneaker"
    assert Client(owner.app).get("/api/products/none").status == 404


def test_the_tracker_may_be_loaded_by_other_sites_and_is_kept_an_hour(owner: Client) -> None:
    answer = Client(owner.app).get("/tracker.js?v=2", accept_encoding="gzip")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) <= 2048, "the tracker is to stay within two kilobytes"


def test_the_tracker_depends_on_nothing() -> None:
    text = Path("static/tracker.js").read_text()
    assert "import" not in text and "require(" not in text
