"""The fields every event has: text, ids, the time, the page and where the visitor came from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from clickstream.clock import EPOCH
from clickstream.events import TYPE_ALIASES
from clickstream.ingest.limits import MAX_STRING, Problems

MAX_ID = 200
MAX_PAGE = 1_024
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(hours=24)

_SECONDS_END, _MILLISECONDS_END, _MICROSECONDS_END = 1e11, 1e14, 1e17
_NUMBER = (int, float)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BEYOND_PATH = re.compile(r"://|[?#]")
_UTM_PARAMETERS = frozenset(f"utm_{name}" for name in ("source", "medium", "campaign", "term", "content", "id"))


def read_text(value: object, name: str, problems: Problems, longest: int = MAX_STRING) -> str | None:
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


def read_id(value: object, name: str, problems: Problems) -> str | None:
    text = read_text(value, name, problems, MAX_ID)
    if text and not text.isprintable() and _CONTROL.search(text):
        problems[name] = "must not hold control characters"
    return text


def read_event_type(value: object, problems: Problems) -> str:
    text = read_id(value, "event_type", problems)
    if text is None:
        problems.setdefault("event_type", "is missing")
        return ""
    return TYPE_ALIASES.get(text, text)


def read_timestamp(value: object, received_at: datetime, problems: Problems) -> datetime | None:
    """Seconds, milliseconds or microseconds since 1970, or ISO 8601 (UTC where no zone is given); floored to ms."""
    if isinstance(value, str):
        value = value.strip()
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
        text = value.removesuffix(" UTC")
        if not _is_number(text):
            return _floored(datetime.fromisoformat(text))
        value = float(text) if "." in text else int(text)
    if isinstance(value, bool) or not isinstance(value, _NUMBER) or not math.isfinite(value):
        raise ValueError("not a time")
    return EPOCH + timedelta(milliseconds=_milliseconds(value))


def _floored(moment: datetime) -> datetime:
    """In UTC, which is meant where no zone is given; most times come so, in whole milliseconds, and stay as they are."""
    if moment.tzinfo is not UTC:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    beyond = moment.microsecond % 1000
    return moment - timedelta(microseconds=beyond) if beyond else moment


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


def read_page(value: object, properties: dict[str, Any], problems: Problems) -> str | None:
    """The path of a page; a full address is kept as `properties.url`, its utm parameters as `properties.utm`."""
    if isinstance(value, dict):
        for name in ("title", "referrer", "url"):
            if value.get(name):
                properties.setdefault(name, value[name])
        value = value.get("path") or value.get("url")
    path = text = read_text(value, "page", problems)
    if text and _BEYOND_PATH.search(text):
        properties.setdefault("url", text)
        try:
            path = urlsplit(text).path or "/"
        except ValueError:
            problems["page"] = "must be a path or a web address"
    if "utm" not in properties:
        _read_utm((text, properties.get("url")), properties)
    if path and len(path) > MAX_PAGE:
        problems["page"] = f"must be a path of at most {MAX_PAGE} characters"
    return path


def gather_utm(properties: dict[str, Any], problems: Problems) -> None:
    """`utm_source` and the like join `utm`, which wins over them."""
    if "utm" not in properties and _UTM_PARAMETERS.isdisjoint(properties):
        return
    given = properties.pop("utm", None) or {}
    flat = {name[4:]: properties.pop(name) for name in _UTM_PARAMETERS & properties.keys()}
    if not isinstance(given, dict):
        problems["properties.utm"] = "must be an object"
    elif flat or given:
        properties["utm"] = {**flat, **given}


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
