"""Which column of a file is which field of an event: as a reader chooses on the page, and as we would guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from clickstream.errors import InvalidInput
from clickstream.events import TYPE_ALIASES
from clickstream.ingest.mappings import SHIPPED, Mapping, find_mapping

MOST_COLUMNS = 200

FIELDS = {
    "event_type": "What happened",
    "timestamp": "When it happened",
    "client_id": "Visitor (browser or device)",
    "user_id": "Customer (account)",
    "session_id": "Visit",
    "event_id": "Id of the event",
    "page": "Page",
    "product_id": "Product",
    "name": "Product name",
    "category": "Product category",
    "price": "Price of one",
    "quantity": "Quantity",
    "order_id": "Order",
    "revenue": "Revenue of the order",
    "currency": "Currency",
    "cart_value": "Value of the cart",
    "query": "Search words",
    "results_count": "Search results",
    "device": "Device",
    "country": "Country",
    "referrer": "Where from (address)",
    "source": "Source of the data",
}
"""What a column can be, in the words of the page; any other name is kept as a property."""

EVENT_TYPES = (
    *("pageview", "product_view", "search", "search_click", "list_filter"),
    *("add_to_cart", "remove_from_cart", "cart_view", "checkout", "checkout_step"),
    *("purchase", "refund", "order_cancel", "engagement"),
)

WHO = ("client_id", "user_id", "session_id")

_ALSO = {
    "event_type": "event type action event_name activity event_action kind",
    "timestamp": "timestamp ts time datetime date_time event_time date created_at occurred_at event_timestamp when",
    "client_id": "client visitor visitor_id visitorid cookie cookie_id anonymous_id device_id user_pseudo_id",
    "user_id": "user customer customer_id userid customerid account account_id uid member_id",
    "session_id": "session sessionid visit visit_id user_session sid",
    "event_id": "eventid message_id insert_id",
    "page": "page_path path url page_url page_location address location",
    "product_id": "product productid sku article article_id item itemid item_id",
    "name": "product_name item_name title",
    "category": "category_code product_category",
    "price": "unit_price item_price price_each",
    "quantity": "qty count pieces",
    "order_id": "order orderid order_number transaction_id transactionid invoice invoice_no",
    "revenue": "order_value order_total turnover sales",
    "currency": "currency_code",
    "cart_value": "basket_value cart_total updated_cart_value",
    "query": "search search_term search_query keyword searchterm",
    "results_count": "results hits search_results",
    "device": "device_type device_category",
    "country": "country_code geo_country",
    "referrer": "referer page_referrer",
}
_FIELD_OF = {name: field for field, also in _ALSO.items() for name in (field, *also.split())} | {"source": "source"}

_OTHER = re.compile(r"[^0-9a-z]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_UNSOUND = re.compile(r"[.\0$]")

Name = Annotated[str, Meta(max_length=200)]


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as chosen on the page. `columns`: column -> field of an event, empty to leave it out.

    `event_type` is the one of every row where no column says it; `types` turns the file's words into ours. `time_format` is
    a strptime format, empty for ISO 8601 and seconds since 1970. `shipped` names a mapping that comes along, instead of all.
    """

    columns: Annotated[dict[Name, Name], Meta(max_length=MOST_COLUMNS)] = {}
    event_type: Name = ""
    types: Annotated[dict[Name, Name], Meta(max_length=200)] = {}
    time_format: Annotated[str, Meta(max_length=60)] = ""
    time_zone: Annotated[str, Meta(max_length=60)] = "UTC"
    decimal: Literal[".", ","] = "."
    shipped: Name = ""


def as_mapping(chosen: Columns) -> Mapping:
    """Raises InvalidInput naming what cannot be used."""
    if chosen.shipped:
        if not (SHIPPED / f"{chosen.shipped}.toml").is_file() or not chosen.shipped.isidentifier():
            raise InvalidInput("There is no such mapping.", fields={"shipped": "is not known"})
        return find_mapping(chosen.shipped)
    named = {column: field for column, field in chosen.columns.items() if field}
    if not named:
        raise InvalidInput("Nothing is mapped: choose a field for at least one column.", fields={"columns": "maps nothing"})
    fields: dict[str, str] = {}
    for column, field in named.items():
        if field in fields:
            wrong = {f"columns.{column}": f"is {field}, as is {fields[field]}"}
            raise InvalidInput(f"Two columns are {field}; leave one of them out.", fields=wrong)
        fields[field] = column
    return _decoded({"fields": fields, "decimal": chosen.decimal, **_constants(chosen, fields), **_time(chosen, fields)})


def missing(chosen: Columns, *, table: bool) -> dict[str, str]:
    """What an event needs and this mapping does not give it, by field. Rows of JSON may have it by themselves."""
    if chosen.shipped or not (table or chosen.columns):
        return {}
    given = set(chosen.columns.values())
    lacks = {}
    if "event_type" not in given and not chosen.event_type:
        lacks["event_type"] = "no column says what happened; choose one, or one type for every row"
    if "timestamp" not in given:
        lacks["timestamp"] = "no column says when it happened"
    if given.isdisjoint(WHO):
        lacks["client_id"] = "no column says who it was: a visitor, a customer or a visit"
    return lacks


def guess(columns: Iterable[str]) -> dict[str, str]:
    """A field for every column: one of ours by its usual names, the first that fits; else its own name, as a property."""
    guessed: dict[str, str] = {}
    taken: set[str] = set()
    exact = {name for name in columns if name in FIELDS}
    for column in columns:
        field = column if column in exact else _FIELD_OF.get(normal(column), "")
        if not field or field in taken or (field in exact and column != field):
            field = _own(column)
        guessed[column] = "" if field in taken else field
        taken.add(field)
    return guessed


def guess_types(words: Iterable[str]) -> dict[str, str]:
    """Our word for the file's, where it is the same but for its writing."""
    found = {}
    for word in words:
        ours = TYPE_ALIASES.get(normal(word), normal(word))
        if ours in EVENT_TYPES and TYPE_ALIASES.get(word, word) != ours:
            found[word] = ours
    return found


def normal(name: str) -> str:
    """`User ID`, `userId` and `user-id` are one name.

    >>> normal("User ID"), normal("eventTime")
    ('user_id', 'event_time')
    """
    return _OTHER.sub("_", _CAMEL.sub("_", name).lower()).strip("_")


def _own(column: str) -> str:
    """The name it has as a property: without what no name may hold."""
    return _UNSOUND.sub("_", column).strip("_")[:128]


def _constants(chosen: Columns, fields: dict[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if chosen.event_type and "event_type" not in fields:
        given["constants"] = {"event_type": chosen.event_type}
    if types := {word: ours for word, ours in chosen.types.items() if ours}:
        given["values"] = {"event_type": types}
    return given


def _time(chosen: Columns, fields: dict[str, str]) -> dict[str, Any]:
    if "timestamp" not in fields or (not chosen.time_format and chosen.time_zone == "UTC"):
        return {}
    return {"time": {"zone": chosen.time_zone, **({"format": chosen.time_format} if chosen.time_format else {})}}


def _decoded(mapping: dict[str, Any]) -> Mapping:
    try:
        return msgspec.convert(mapping, Mapping)
    except msgspec.ValidationError as error:
        reason = str(error).partition(" - at ")[0]
        raise InvalidInput(f"The mapping cannot be used: {reason}.", fields={"time_zone": reason}) from error


def of_mapping(name: str, mapping: Mapping, columns: Sequence[str]) -> Columns:
    """A shipped mapping as far as it can be shown in columns."""
    field_of = {column: field for field, column in mapping.fields.items()}
    return Columns({column: field_of.get(column, "") for column in columns}, shipped=name)
