"""The catalogue: what a product is, how one is read from outside, and which products a query finds."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import msgspec

from clickstream.errors import InvalidInput

MAX_TAGS = 50
PRICE_DECIMALS = 4

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\s/\x00-\x1f][^/\x00-\x1f]*$")]
_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Price = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
_Tags = Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=60)]], msgspec.Meta(max_length=MAX_TAGS)]
_Stock = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product of the shop: `price` of one piece in `currency`, `stock` in pieces (0 = sold out)."""

    product_id: _Id
    name: _Label
    category: _Label
    brand: Annotated[str, msgspec.Meta(max_length=200)] = ""
    price: _Price
    currency: Currency
    tags: _Tags = []
    stock: _Stock = 0
    description: Annotated[str, msgspec.Meta(max_length=5_000)] = ""

    @property
    def in_stock(self) -> bool:
        return self.stock > 0


MUST_BE = {
    "product_id": "text of 1 to 100 characters without slashes",
    "name": "text of 1 to 200 characters",
    "category": "text of 1 to 200 characters",
    "brand": "text of at most 200 characters",
    "price": "a number from 0 to 1000000000 with at most 4 decimals",
    "currency": "three capital letters such as EUR",
    "tags": f"a list of at most {MAX_TAGS} texts of 1 to 60 characters",
    "stock": "a whole number from 0 to 1000000000",
    "description": "text of at most 5000 characters",
}
FIELDS = {field.name: field for field in msgspec.structs.fields(Product)}


@dataclass(frozen=True)
class Rejected:
    """A product that was refused: its place in the request, and what is wrong with which field."""

    index: int
    code: str
    fields: dict[str, str]


def parse_product(raw: object, currency: str) -> Product:
    """A product from decoded JSON; `currency` where it names none.

    Raises InvalidInput whose `fields` names everything that is wrong, not only the first.
    """
    if not isinstance(raw, dict):
        raise InvalidInput("A product is a JSON object.", code="invalid_product", fields={"product": "is not an object"})
    values = {"currency": currency, **{name: _cleaned(value) for name, value in raw.items() if value is not None}}
    wrong = {name: "is required" for name, field in FIELDS.items() if field.required and name not in values}
    wrong |= {name: "is not a product field" for name in values if name not in FIELDS}
    wrong |= {name: reason for name, value in values.items() if name in FIELDS and (reason := _objection(name, value))}
    if wrong:
        sentence = "; ".join(f"{name} {reason}" for name, reason in sorted(wrong.items()))
        raise InvalidInput(f"The product was refused: {sentence}.", code="invalid_product", fields=wrong)
    return msgspec.convert(values, Product)


def parse_products(raws: Iterable[object], currency: str) -> tuple[list[Product], list[Rejected]]:
    """The good products, and why each of the others was refused. Of two with one id the last counts."""
    products: dict[str, Product] = {}
    rejected = []
    for index, raw in enumerate(raws):
        try:
            product = parse_product(raw, currency)
        except InvalidInput as error:
            rejected.append(Rejected(index, error.code, error.fields))
        else:
            products[product.product_id] = product
    return list(products.values()), rejected


def query_words(query: str) -> list[str]:
    """The words a product must all contain to be found.

    >>> query_words("  Trail-running  SHOES ")
    ['trail-running', 'shoes']
    """
    return unicodedata.normalize("NFKC", query).casefold().split()


def searchable_text(product: Product) -> str:
    """What a query is looked up in; its words may stand anywhere, also inside other words."""
    parts = (product.name, product.category, product.brand, *product.tags, product.description)
    return unicodedata.normalize("NFKC", "\n".join(parts)).casefold()


def _cleaned(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _objection(name: str, value: object) -> str:
    """Why this value cannot be the field `name`; empty when it can."""
    try:
        msgspec.convert(value, FIELDS[name].type)
    except msgspec.ValidationError:
        return f"must be {MUST_BE[name]}"
    if any(_unstorable(text) for text in (value if isinstance(value, list) else [value])):
        return "has characters that cannot be stored"
    if name == "price" and _decimals(value) > PRICE_DECIMALS:
        return f"must be {MUST_BE[name]}"
    return ""


def _unstorable(value: object) -> bool:
    return isinstance(value, str) and any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)


def _decimals(value: object) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else PRICE_DECIMALS + 1
