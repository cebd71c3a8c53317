"""The sample shop's products, read from assortment.toml beside this file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from clickstream.catalog import Product, parse_product

_FILE = Path(__file__).with_name("assortment.toml")


def sample_products(currency: str) -> list[Product]:
    """All products of the sample shop, the best sellers of each category first, priced in `currency`."""
    categories = tomllib.loads(_FILE.read_text(encoding="utf-8"))["category"]
    return [parse_product(_raw(category["name"], row), currency) for category in categories for row in category["products"]]


def _raw(category: str, row: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if name != "id"}
    return {"product_id": row["id"], "category": category, **values}
