"""One raw event -> one Event: clean, then default, then validate. Refuses naming the fields."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from clickstream.events import PROPERTY_ALIASES, TYPE_ALIASES, Event, group_key
from clickstream.ingest.limits import MAX_STRING, Problems, Refused, check_values
from clickstream.money import is_amount

MAX_ID = 200
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(hours=24)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SECONDS_END, _MILLISECONDS_END, _MICROSECONDS_END = 1e11, 1e14, 1e17
_FIELD_ALIASES = {"type": "event_type", "event": "event_type", "ts": "timestamp", "time": "timestamp", "page_path": "page"}
_IDS = ("event_id", "client_id", "user_id", "session_id")
_ENVELOPE = frozenset((*_IDS, "event_type", "timestamp", "page"))
_PAGE_NAMES = frozenset(("page", "page_path"))
_TEXT_PROPERTIES = frozenset(("device", "country", "variant", "product_id", "order_id", "query", "source"))
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
_NUMBER = (int, float)
_MAX_COUNT = 1_000_000_000
_BEYOND_PATH = re.compile(r"://|[?#]")
_UTM_PARAMETERS = frozenset(f"utm_{name}" for name in ("source", "medium", "campaign", "term", "content", "id"))


class Occurrences:
    """Counts identical events without an id, so that true repeats in one request or file all count."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def name(self, digest: bytes) -> str:
        n = self._seen[digest]
        self._seen[digest] = n + 1
        return digest.hex() if n == 0 else f"{digest.hex()}-{n}"


def parse_event(raw: object, *, received_at: datetime, position: int, occurrences: Occurrences) -> Event:
    """The canonical event of one raw JSON value. Raises Refused."""
    if not isinstance(raw, dict):
        raise Refused("invalid_event", {"": "must be an object"})
    check_values(raw)
    fields, properties = _split(raw)
    problems: Problems = {}
    event_id, client_id, user_id, session_id = [
        _text(fields[name], name, problems, MAX_ID) if name in fields else None for name in _IDS
    ]
    event_type = _event_type(fields.get("event_type"), problems)
    timestamp = _timestamp(fields.get("timestamp"), received_at, problems)
    page = _page(fields.get("page"), properties, problems)
    _clean_properties(properties, problems)
    _check_numbers(event_type, properties, problems)
    if problems:
        raise Refused("invalid_event", problems)
    if not (client_id or user_id or session_id):
        raise Refused("missing_identity", {"client_id": "an event needs a client_id, a user_id or a session_id"})
    event = Event(
        event_id=event_id or "",
        event_type=event_type,
        timestamp=timestamp or received_at,
        received_at=received_at,
        position=position,
        key=group_key(client_id, user_id, session_id),
        client_id=client_id,
        user_id=user_id,
        session_id=session_id,
        page=page,
        properties=properties,
    )
    return event if event.event_id else _named(event, timed=timestamp is not None, occurrences=occurrences)


def _named(event: Event, *, timed: bool, occurrences: Occurrences) -> Event:
    """Without an event_id: the hash of what makes it the same event, or a random one where not even the time is known."""
    if not timed:
        return msgspec.structs.replace(event, event_id=token_hex(16))
    identity = (
        event.client_id,
        event.user_id,
        event.session_id,
        (event.timestamp - _EPOCH) // _MILLISECOND,
        event.event_type,
        event.page,
        event.properties,
    )
    digest = blake2b(msgspec.json.encode(identity, order="sorted"), digest_size=16).digest()
    return msgspec.structs.replace(event, event_id=occurrences.name(digest))


def _split(raw: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Envelope fields by their canonical name; everything else belongs to the properties."""
    given = raw.get("properties")
    if given is not None and not isinstance(given, dict):
        raise Refused("invalid_event", {"properties": "must be an object"})
    fields: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, value in raw.items():
        if value is None or name == "properties":
            continue
        if name in _ENVELOPE:
            fields[name] = value
        elif name in _FIELD_ALIASES:
            fields.setdefault(_FIELD_ALIASES[name], value)
        else:
            properties.setdefault(PROPERTY_ALIASES.get(name, name), value)
    own: dict[str, Any] = given or {}
    for name, value in own.items():
        if value is None:
            continue
        if name in _PAGE_NAMES:
            fields.setdefault("page", value)
        else:
            properties[PROPERTY_ALIASES.get(name, name)] = value
    return fields, properties


def _text(value: object, name: str, problems: Problems, longest: int = MAX_STRING) -> str | None:
    """Trimmed text, a whole number as text, or None where empty."""
    if isinstance(value, str):
        text = value.strip()
    elif value is None:
        return None
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    else:
        problems[name] = "must be text"
        return None
    if len(text) > longest:
        problems[name] = f"must be at most {longest} characters"
        return None
    return text or None


def _event_type(value: object, problems: Problems) -> str:
    text = _text(value, "event_type", problems, MAX_ID)
    if text is None:
        problems.setdefault("event_type", "is missing")
        return ""
    return TYPE_ALIASES.get(text, text)


def _timestamp(value: object, received_at: datetime, problems: Problems) -> datetime | None:
    """Seconds, milliseconds or microseconds since 1970, or ISO 8601 (UTC where no zone is given); floored to ms."""
    if value is None or value == "":
        return None
    try:
        moment = _moment(value)
    except (ValueError, OverflowError, TypeError):
        problems["timestamp"] = "must be ISO 8601, or seconds or milliseconds since 1970"
        return None
    if moment < EARLIEST:
        problems["timestamp"] = "must not be before the year 2000"
    elif moment > received_at + FUTURE_TOLERANCE:
        problems["timestamp"] = "must not be more than 24 hours in the future"
    return moment


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        text = value.strip().removesuffix(" UTC")
        if not _is_number(text):
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        value = float(text) if "." in text else int(text)
    if isinstance(value, bool) or not isinstance(value, _NUMBER) or not math.isfinite(value):
        raise ValueError("not a time")
    return _EPOCH + timedelta(milliseconds=_milliseconds(value))


def _is_number(text: str) -> bool:
    """ "1700000000" and "1700000000.5" are numbers; "20260301" is the ISO date it looks like."""
    return len(text) > 8 and text.replace(".", "", 1).isdecimal() and text.isascii()


def _milliseconds(number: int | float) -> int:
    if abs(number) < _SECONDS_END:
        return round(number * 1_000_000) // 1000
    if abs(number) < _MILLISECONDS_END:
        return math.floor(number)
    if abs(number) < _MICROSECONDS_END:
        return int(number // 1000)
    raise ValueError("not a time")


def _page(value: object, properties: dict[str, Any], problems: Problems) -> str | None:
    """The path of a page; a full address is kept as `properties.url`, its utm parameters as `properties.utm`."""
    if isinstance(value, dict):
        for name in ("title", "referrer", "url"):
            if value.get(name):
                properties.setdefault(name, value[name])
        value = value.get("path") or value.get("url")
    text = _text(value, "page", problems)
    if "utm" not in properties:
        _read_utm((text, properties.get("url")), properties)
    if not text or not _BEYOND_PATH.search(text):
        return text
    properties.setdefault("url", text)
    try:
        return urlsplit(text).path or "/"
    except ValueError:
        problems["page"] = "must be a path or a web address"
        return None


def _read_utm(addresses: Iterable[object], properties: dict[str, Any]) -> None:
    """Campaign parameters of the first address that has any."""
    for address in addresses:
        if not isinstance(address, str) or "utm_" not in address:
            continue
        pairs = parse_qsl(address.partition("?")[2].partition("#")[0])
        utm = {name[4:]: value for name, value in pairs if name in _UTM_PARAMETERS and "\0" not in value}
        if utm:
            properties["utm"] = utm
            return


def _clean_properties(properties: dict[str, Any], problems: Problems) -> None:
    device = properties.get("device")
    if isinstance(device, dict):
        properties["device"] = device.get("type")
    for name in _TEXT_PROPERTIES & properties.keys():
        value = properties[name]
        if not value or not isinstance(value, str) or value.strip() != value:
            _replace(properties, name, _text(value, f"properties.{name}", problems))
    flat = [name for name in properties if name[:4] == "utm_"]
    if flat:
        utm = properties.setdefault("utm", {})
        for name in flat:
            value = properties.pop(name)
            if isinstance(utm, dict):
                utm.setdefault(name[4:], value)


def _replace(properties: dict[str, Any], name: str, value: str | None) -> None:
    if value is None:
        del properties[name]
    else:
        properties[name] = value


def _check_numbers(event_type: str, properties: dict[str, Any], problems: Problems) -> None:
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


def _check_named(
    names: tuple[str, ...], problem: Callable[[object], str | None], properties: dict[str, Any], problems: Problems
) -> None:
    for name in names:
        if name in properties and (said := problem(properties[name])):
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
    text = _text(properties["currency"], "properties.currency", problems)
    if text is not None and (len(text) != 3 or not text.isascii() or not text.isalpha()):
        problems["properties.currency"] = "must be three letters such as EUR"
    _replace(properties, "currency", text.upper() if text else None)


def _clean_item(given: dict[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    item = {name: value for name, value in given.items() if value is not None}
    if "product_id" in item:
        _replace(item, "product_id", _text(item["product_id"], f"{path}.product_id", problems))
    if "price" in item and (said := _amount_problem(item["price"])):
        problems[f"{path}.price"] = said
    if "quantity" in item and (said := _count_problem(item["quantity"])):
        problems[f"{path}.quantity"] = said
    return item
