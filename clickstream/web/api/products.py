"""The catalogue: list it, fill it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from clickstream.catalog import Currency, Product, Rejected, parse_products
from clickstream.errors import InvalidInput, NotFound, TooLarge
from clickstream.store.products import Place, Sort, Wanted
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

MAX_PRODUCTS = 10_000
_MOST_NAMED = 50


class ProductQuery(Struct):
    category: Annotated[str, Meta(description="only this category")] | None = None
    in_stock: Annotated[bool, Meta(description="true: only products in stock; false: only sold-out ones")] | None = None
    q: Annotated[str, Meta(max_length=200, description="words that name, category, brand, tags or description contain")] = ""
    sort: Annotated[Sort, Meta(description="with - in front: descending")] = "product_id"
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: Annotated[str, Meta(max_length=2_000, description="`next` of the page before")] = ""


class ProductPage(Struct):
    """`next` goes into `after` for the following page; null on the last one."""

    items: list[Product]
    next: str | None


class ProductIn(Product, frozen=True, kw_only=True):
    """A product as it is sent; without `currency` its price is in the shop's."""

    currency: Currency = ""


class Stored(Struct):
    """How many products were new, changed or just so already, and which were refused and why."""

    new: int
    changed: int
    unchanged: int
    rejected: list[Rejected]


class _Cursor(Struct, array_like=True):
    sort: Sort
    value: str | float
    product_id: str


def list_products(request: Request, deps: Deps) -> Response:
    query = request.query_as(ProductQuery)
    wanted = Wanted(category=query.category, in_stock=query.in_stock, query=query.q)
    found = deps.store.products.page(wanted, sort=query.sort, limit=query.limit + 1, after=_place(query))
    items = found[: query.limit]
    return Response.json(ProductPage(items, _next(items[-1], query.sort) if len(found) > query.limit else None))


def show_product(request: Request, deps: Deps) -> Response:
    found = deps.store.products.get([request.params["id"]])
    if not found:
        raise NotFound("There is no such product.")
    return Response.json(found[0])


def put_products(request: Request, deps: Deps) -> Response:
    raws = request.body_json(list[Any])
    if len(raws) > MAX_PRODUCTS:
        raise TooLarge(f"Send at most {MAX_PRODUCTS:,} products at a time.")
    products, rejected = parse_products(raws, deps.settings.currency)
    if rejected and not products:
        raise InvalidInput("No product was stored.", code="invalid_product", fields=_named(rejected))
    stored = deps.store.products.upsert(products)
    return Response.json(Stored(*stored, rejected))


def _named(rejected: list[Rejected]) -> dict[str, str]:
    """What was wrong with the first of them, as `[3].price`."""
    first = rejected[:_MOST_NAMED]
    return {f"[{refused.index}].{name}": reason for refused in first for name, reason in refused.fields.items()}


def _next(last: Product, sort: Sort) -> str:
    cursor = _Cursor(sort, getattr(last, sort.removeprefix("-")), last.product_id)
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def _place(query: ProductQuery) -> Place | None:
    if not query.after:
        return None
    try:
        cursor = msgspec.json.decode(urlsafe_b64decode(query.after), type=_Cursor)
    except ValueError as error:
        raise InvalidInput("This page mark cannot be read.", fields={"after": "is not a `next` of this list"}) from error
    if cursor.sort != query.sort:
        raise InvalidInput("This page mark belongs to another order.", fields={"after": "belongs to another sort"})
    return Place(cursor.value, cursor.product_id)


ROUTES = (
    Route(
        "GET", "/api/products", list_products, access="anyone", query=ProductQuery, returns=ProductPage,
        summary="The catalogue: filtered, sorted, page by page.",
    ),
    Route(
        "GET", "/api/products/{id}", show_product, access="anyone", returns=Product,
        summary="One product of the catalogue.",
    ),
    Route(
        "PUT", "/api/products", put_products, access="analyst", body=list[ProductIn], returns=Stored,
        summary="Add or replace products; others stay. Each refused one is named with its fields, the rest are stored.",
    ),
)  # fmt: skip
