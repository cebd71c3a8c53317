"""Properties a metric reads: text is text, numbers are numbers, amounts can be added. All others are kept as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clickstream.ingest.fields import MAX_ID, read_text
from clickstream.ingest.limits import MAX_STRING, Problems
from clickstream.money import MAX_AMOUNT, is_amount

_TEXT_PROPERTIES = frozenset(("device", "country", "variant", "product_id", "order_id", "query", "source"))
_LONGEST = {"product_id": MAX_ID, "order_id": MAX_ID}
_AMOUNTS = {
    "product_view": ("price",),
    "add_to_cart": ("price", "cart_value"),
    "remove_from_cart": ("price", "cart_value"),
    "cart_view": ("cart_value",),
    "purchase": ("price", "revenue", "subtotal", "total", "total_amount", "value", "tax", "shipping", "discount"),
    "refund": ("amount",),
    "order_cancel": ("amount",),
}
_COUNTS = {
    "add_to_cart": ("quantity",),
    "remove_from_cart": ("quantity",),
    "purchase": ("quantity",),
    "search": ("results_count", "page_no"),
}
_MAX_COUNT = 1_000_000_000


def clean_texts(properties: dict[str, Any], problems: Problems) -> None:
    device = properties.get("device")
    if isinstance(device, dict):
        properties["device"] = device.get("type")
    for name in _TEXT_PROPERTIES & properties.keys():
        value = properties[name]
        if not isinstance(value, str) or value.strip() != value or not 0 < len(value) <= MAX_ID:
            longest = _LONGEST.get(name, MAX_STRING)
            _replace(properties, name, read_text(value, f"properties.{name}", problems, longest))


def _replace(properties: dict[str, Any], name: str, value: str | None) -> None:
    if value is None:
        del properties[name]
    else:
        properties[name] = value


def check_numbers(event_type: str, properties: dict[str, Any], problems: Problems) -> None:
    """Numbers a metric reads must be numbers; unknown types are kept as they are."""
    _check_named(_AMOUNTS.get(event_type, ()), _amount_problem, properties, problems)
    _check_named(_COUNTS.get(event_type, ()), _count_problem, properties, problems)
    if event_type not in _AMOUNTS:
        return
    _clean_currency(properties, problems)
    items = properties.get("items")
    if items is None:
        return
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        problems["properties.items"] = "must be a list of objects"
        return
    properties["items"] = [_clean_item(item, f"properties.items[{n}]", problems) for n, item in enumerate(items)]


def check_worth(event_type: str, properties: dict[str, Any], problems: Problems) -> None:
    """Lines may not be worth more together than one amount may be."""
    if problems or "quantity" not in _COUNTS.get(event_type, ()):
        return
    lines = properties.get("items") or [properties]
    worth = sum(float(line.get("price", 0)) * line.get("quantity", 1) for line in lines)
    if worth > MAX_AMOUNT:
        name = "properties.items" if "items" in properties else "properties.quantity"
        problems[name] = f"must not be worth more than {MAX_AMOUNT:,} together"


def _check_named(
    names: tuple[str, ...], problem: Callable[[object], str | None], properties: dict[str, Any], problems: Problems
) -> None:
    for name in names:
        if name not in properties:
            continue
        if properties[name] == "":
            del properties[name]
        elif said := problem(properties[name]):
            problems[f"properties.{name}"] = said


def _amount_problem(value: Any) -> str | None:
    if not is_amount(value):
        return "must be an amount such as 12.50"
    return "must not be negative" if float(value) < 0 else None


def _count_problem(value: object) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= value <= _MAX_COUNT:  # type: ignore[operator]
        return "must be a whole number, 0 or more"
    return None


def _clean_currency(properties: dict[str, Any], problems: Problems) -> None:
    if "currency" not in properties:
        return
    text = read_text(properties["currency"], "properties.currency", problems)
    if text is not None and (len(text) != 3 or not text.isascii() or not text.isalpha()):
        problems["properties.currency"] = "must be three letters such as EUR"
    _replace(properties, "currency", text.upper() if text else None)


def _clean_item(given: dict[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    item = {name: value for name, value in given.items() if value is not None and value != ""}
    if "product_id" in item:
        _replace(item, "product_id", read_text(item["product_id"], f"{path}.product_id", problems, MAX_ID))
    if "price" in item and (said := _amount_problem(item["price"])):
        problems[f"{path}.price"] = said
    if "quantity" in item and (said := _count_problem(item["quantity"])):
        problems[f"{path}.quantity"] = said
    return item
