"""From the columns of a table to the fields of an event. Format of a mapping file: docs/loading-files.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from clickstream.errors import InvalidInput
from clickstream.ingest.limits import Refused
from clickstream.ingest.rows import unreadable

SHIPPED = Path(__file__).parent / "mapping_files"

NUMBERS = frozenset(
    {
        *("price", "quantity", "cart_value", "results_count", "page_no", "position", "step", "engaged_ms"),
        *("revenue", "subtotal", "total", "tax", "shipping", "discount", "value", "total_amount", "amount"),
    }
)
"""Text in these fields becomes a number: a table knows only text."""

NESTED = ("properties", "items", "utm")
"""Text in these fields that looks like JSON is read as JSON."""

TIMES = ("timestamp", "ts", "time")

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]*\.[0-9]+")

Event = dict[str, Any]


class TimeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to read the timestamp: a strptime `format` (none: ISO 8601) in `zone`, plus the seconds of a column."""

    format: str | None = None
    zone: str = "UTC"
    add_seconds: str | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{self.zone!r} is not a time zone such as Europe/Berlin") from error


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Event field -> column, constant, text template or table of values; `when` adds fields for one event type."""

    title: str = ""
    fields: dict[str, str] = {}
    constants: dict[str, str | int | float | bool] = {}
    templates: dict[str, str] = {}
    values: dict[str, dict[str, str | int | float | bool]] = {}
    when: dict[str, dict[str, str]] = {}
    time: TimeRule | None = None
    decimal: Literal[".", ","] = "."

    def __post_init__(self) -> None:
        for template in self.templates.values():
            for column in _columns_of(template):
                if not column or "." in column or "[" in column:
                    raise ValueError(f"the template {template!r} must name columns in braces, such as {{day}}")

    @property
    def columns(self) -> set[str]:
        """Every column the mapping reads."""
        named = {*self.fields.values(), *(column for extra in self.when.values() for column in extra.values())}
        for template in self.templates.values():
            named.update(_columns_of(template))
        return named | ({self.time.add_seconds} if self.time and self.time.add_seconds else set())


def _columns_of(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


PLAIN = Mapping(title="columns named as the fields of an event")


def shipped_mappings() -> dict[str, Mapping]:
    return {path.stem: read_mapping(path) for path in sorted(SHIPPED.glob("*.toml"))}


def find_mapping(name_or_path: str) -> Mapping:
    """A shipped mapping by its name, else a file. Raises InvalidInput naming what is wrong in it."""
    shipped = SHIPPED / f"{name_or_path}.toml"
    return read_mapping(shipped if shipped.is_file() else Path(name_or_path))


def read_mapping(path: Path) -> Mapping:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Mapping)
    except FileNotFoundError as error:
        known = ", ".join(sorted(shipped.stem for shipped in SHIPPED.glob("*.toml")))
        raise InvalidInput(f"There is no mapping {path}: name one of {known}, or a TOML file.") from error
    except OSError as error:
        raise InvalidInput(f"The mapping {path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The mapping {path} cannot be used: {error}.") from error


def matching_mapping(columns: Iterable[str]) -> tuple[str, Mapping] | None:
    """The shipped mapping all of whose columns are there, if any."""
    found = set(columns)
    return next(((name, mapping) for name, mapping in shipped_mappings().items() if mapping.columns <= found), None)


def check_columns(mapping: Mapping, columns: list[str]) -> None:
    """A table must have what its mapping reads, and must say when its events happened. Raises InvalidInput."""
    found = set(columns)
    if missing := sorted(mapping.columns - found):
        raise InvalidInput(f"The file has no column {missing[0]}, which the mapping reads; it has {', '.join(columns)}.")
    if mapping is PLAIN and found.isdisjoint(TIMES):
        raise InvalidInput("The file has no column timestamp; say with a mapping (--map FILE.toml) which one it is.")


def row_mapper(mapping: Mapping) -> Callable[[Event], Event | Refused]:
    """The mapping as a function of one row."""
    moment = lru_cache(maxsize=4096)(partial(_moment, mapping.time or TimeRule()))

    def mapped(row: Event) -> Event | Refused:
        try:
            event = _fields(mapping, row)
            if mapping.time and "timestamp" in event:
                event["timestamp"] = moment(event["timestamp"]) + _added_milliseconds(mapping.time, row)
        except KeyError as error:
            return unreadable("missing_value", f"has nothing in the column {error.args[0]}")
        except (ValueError, OverflowError) as error:
            return unreadable("unmappable", f"does not fit the mapping: {error}")
        return _typed(event, mapping.decimal)

    return mapped


def _fields(mapping: Mapping, row: Event) -> Event:
    event: Event = dict(mapping.constants)
    if mapping is PLAIN:
        event.update(row)
    for field, column in mapping.fields.items():
        if column in row:
            event[field] = row[column]
    for field, template in mapping.templates.items():
        event[field] = template.format_map(row)
    for field, table in mapping.values.items():
        if field in event:
            event[field] = table.get(str(event[field]), event[field])
    extra = mapping.when.get(str(event.get("event_type")))
    if extra:
        event.update((field, row[column]) for field, column in extra.items() if column in row)
    return event


def _moment(rule: TimeRule, given: object) -> int:
    """Milliseconds since 1970."""
    text = str(given)
    moment = datetime.strptime(text, rule.format) if rule.format else datetime.fromisoformat(text)  # noqa: DTZ007 - zone below
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(rule.zone))
    return int(moment.timestamp() * 1000)


def _added_milliseconds(rule: TimeRule, row: Event) -> int:
    return int(float(row[rule.add_seconds]) * 1000) if rule.add_seconds else 0


def _typed(event: Event, decimal: str) -> Event:
    """Numbers and JSON where the field is known to hold them; what does not look like one stays text, to be refused."""
    for field in NUMBERS.intersection(event):
        value = event[field]
        if isinstance(value, str):
            event[field] = _number(value.replace(decimal, ".") if decimal != "." else value)
    for field in NESTED:
        value = event.get(field)
        if isinstance(value, str) and value[:1] in ("{", "["):
            event[field] = _json(value)
    return event


def _number(text: str) -> str | int | float:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
