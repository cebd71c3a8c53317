"""The catalogue. A product's id is the document's `_id`; `search` holds the text that queries are looked up in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import msgspec
from pymongo import ASCENDING, DESCENDING, ReplaceOne
from pymongo.collection import Collection

from clickstream.catalog import Product, query_words, searchable_text
from clickstream.store.door import translated

Sort = Literal["product_id", "-product_id", "name", "-name", "price", "-price", "stock", "-stock"]
SORTS: tuple[Sort, ...] = get_args(Sort)
_HIDDEN = {"search": 0}


class Upserted(NamedTuple):
    """How many of the products handed over were new, changed or already there just so."""

    new: int
    changed: int
    unchanged: int

    def __str__(self) -> str:
        return f"{self.new:,} new, {self.changed:,} changed, {self.unchanged:,} unchanged"


@dataclass(frozen=True)
class Wanted:
    """Which products: all conditions at once; the words of `query` must all be found."""

    category: str | None = None
    in_stock: bool | None = None
    query: str = ""


class Place(NamedTuple):
    """A place in a sorted list: the last product seen, by the value it is sorted by and its id."""

    value: str | float
    product_id: str


@translated
class Products:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._products = collection

    def upsert(self, products: Iterable[Product], *, dry_run: bool = False) -> Upserted:
        """Store these as they are now; others stay. Of two with one id the last counts. `dry_run` only counts."""
        wanted = {product.product_id: product for product in products}
        stored = {product.product_id: product for product in self.get(list(wanted))}
        differing = [product for product in wanted.values() if stored.get(product.product_id) != product]
        if differing and not dry_run:
            writes = [ReplaceOne({"_id": product.product_id}, _document(product), upsert=True) for product in differing]
            self._products.bulk_write(writes, ordered=False)
        new = len(wanted) - len(stored)
        return Upserted(new, len(differing) - new, len(wanted) - len(differing))

    def get(self, product_ids: Sequence[str]) -> list[Product]:
        """Those of these that exist, in no particular order."""
        return [_product(found) for found in self._products.find({"_id": {"$in": list(product_ids)}}, _HIDDEN)]

    def all(self) -> list[Product]:
        """The whole catalogue, by id."""
        return [_product(found) for found in self._products.find({}, _HIDDEN).sort("_id", ASCENDING)]

    def count(self) -> int:
        return self._products.count_documents({})

    def page(self, wanted: Wanted, *, sort: Sort = "product_id", limit: int, after: Place | None = None) -> list[Product]:
        """The next `limit` products that match, behind `after`."""
        direction = DESCENDING if sort.startswith("-") else ASCENDING
        field = "_id" if sort.endswith("product_id") else sort.removeprefix("-")
        conditions = _conditions(wanted) + ([_behind(field, direction, after)] if after else [])
        order = {field: direction, "_id": direction}
        found = self._products.find({"$and": conditions} if conditions else {}, _HIDDEN).sort(order).limit(limit)
        return [_product(document) for document in found]


def _conditions(wanted: Wanted) -> list[dict[str, Any]]:
    conditions: list[dict[str, Any]] = []
    if wanted.category is not None:
        conditions.append({"category": wanted.category})
    if wanted.in_stock is not None:
        conditions.append({"stock": {"$gt": 0} if wanted.in_stock else 0})
    return conditions + [{"search": {"$regex": re.escape(word)}} for word in query_words(wanted.query)]


def _behind(field: str, direction: int, after: Place) -> dict[str, Any]:
    beyond = "$gt" if direction == ASCENDING else "$lt"
    if field == "_id":
        return {"_id": {beyond: after.product_id}}
    return {"$or": [{field: {beyond: after.value}}, {field: after.value, "_id": {beyond: after.product_id}}]}


def _document(product: Product) -> dict[str, Any]:
    fields = msgspec.structs.asdict(product)
    return {"_id": fields.pop("product_id"), **fields, "search": searchable_text(product)}


def _product(document: dict[str, Any]) -> Product:
    return Product(product_id=document.pop("_id"), **document)
