from __future__ import annotations

import pytest

import seed_products
from clickstream.catalog import Product
from clickstream.store import Store

pytestmark = pytest.mark.usefixtures("on_the_tests_database")


def test_it_fills_the_catalogue_and_says_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert seed_products.main([]) == 0

    assert capsys.readouterr().out == "Catalogue: 143 new, 0 changed, 0 unchanged.\n"
    assert store.products.count() == 143


def test_a_second_time_changes_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    seed_products.main([])
    before = store.products.all()

    assert seed_products.main([]) == 0
    assert capsys.readouterr().out.endswith("Catalogue: 0 new, 0 changed, 143 unchanged.\n")
    assert store.products.all() == before


def test_products_of_the_shop_s_own_stay_and_changed_samples_come_back(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    seed_products.main([])
    own = Product(product_id="OWN-1", name="Own", category="Own", price=1, currency="USD")
    sneaker = store.products.get(["SHO-101"])[0]
    store.products.upsert([own, Product(product_id="SHO-101", name="Changed", category="Shoes", price=1, currency="USD")])

    assert seed_products.main([]) == 0
    assert capsys.readouterr().out.endswith("Catalogue: 0 new, 1 changed, 142 unchanged.\n")
    assert store.products.get(["OWN-1"]) == [own]
    assert store.products.get(["SHO-101"]) == [sneaker]


def test_a_dry_run_says_what_would_change_and_stores_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert seed_products.main(["--dry-run"]) == 0

    assert "143 new, 0 changed, 0 unchanged (dry run: nothing was stored)" in capsys.readouterr().out
    assert store.products.count() == 0


def test_prices_are_in_the_shop_s_currency(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY", "eur")
    seed_products.main([])

    assert {product.currency for product in store.products.all()} == {"EUR"}


def test_a_database_that_does_not_answer_is_one_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MONGO_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")

    assert seed_products.main([]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_unknown_arguments_are_exit_code_2() -> None:
    with pytest.raises(SystemExit, match="2"):
        seed_products.main(["--colour", "red"])
