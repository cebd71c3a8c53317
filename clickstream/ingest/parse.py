"""One raw event -> one Event: clean, then default, then validate. Refuses naming the fields."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from secrets import token_hex
from typing import Any

import msgspec

from clickstream.clock import milliseconds
from clickstream.events import PROPERTY_ALIASES, Event, group_key
from clickstream.ingest.fields import gather_utm, read_event_type, read_id, read_page, read_timestamp
from clickstream.ingest.limits import Problems, Refused, check_values
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.properties import check_numbers, check_worth, clean_texts

_FIELD_ALIASES = {"event": "event_type", "type": "event_type", "ts": "timestamp", "time": "timestamp", "page_path": "page"}
_IDS = ("event_id", "client_id", "user_id", "session_id")
_ENVELOPE = frozenset((*_IDS, "event_type", "timestamp", "page"))
_PAGE_NAMES = frozenset(("page", "page_path"))


def parse_event(raw: object, *, received_at: datetime, position: int, occurrences: Occurrences) -> Event:
    """The canonical event of one raw JSON value. Raises Refused."""
    if not isinstance(raw, dict):
        raise Refused("invalid_event", {"": "must be an object"})
    check_values(raw)
    fields, properties = _split(raw)
    problems: Problems = {}
    event_id, client_id, user_id, session_id = [
        read_id(fields[name], name, problems) if name in fields else None for name in _IDS
    ]
    event_type = read_event_type(fields.get("event_type"), problems)
    timestamp = read_timestamp(fields.get("timestamp"), received_at, problems)
    gather_utm(properties, problems)
    page = read_page(fields.get("page"), properties, problems)
    clean_texts(properties, problems)
    check_numbers(event_type, properties, problems)
    check_worth(event_type, properties, problems)
    if problems:
        raise Refused("invalid_event", problems)
    if not (client_id or user_id or session_id):
        raise Refused("missing_identity", {"client_id": "an event needs a client_id, a user_id or a session_id"})
    if event_id is None:
        who = (client_id, user_id, session_id)
        event_id = occurrences.name(_digest(who, timestamp, event_type, page, properties)) if timestamp else token_hex(16)
    return Event(
        event_id=event_id,
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


def _digest(
    who: tuple[str | None, ...], timestamp: datetime, event_type: str, page: str | None, properties: dict[str, Any]
) -> str:
    """What makes an event without an id the same event; one without even a time gets a random name."""
    identity = (*who, milliseconds(timestamp), event_type, page, properties)
    return blake2b(msgspec.json.encode(identity, order="sorted"), digest_size=16).hexdigest()


def _split(raw: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Envelope fields by their canonical name; everything else belongs to the properties."""
    given = raw.get("properties")
    if given is not None and not isinstance(given, dict):
        raise Refused("invalid_event", {"properties": "must be an object"})
    fields: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, value in raw.items():
        if value is None or name == "properties" or name in _FIELD_ALIASES:
            continue
        if name in _ENVELOPE:
            fields[name] = value
        else:
            _put_property(properties, name, value, raw)
    if not _FIELD_ALIASES.keys().isdisjoint(raw):
        _take_aliases(raw, fields, properties)
    own: dict[str, Any] = given or {}
    for name, value in own.items():
        if value is None:
            continue
        if name in _PAGE_NAMES:
            fields.setdefault("page", value)
        elif name in PROPERTY_ALIASES:
            _put_property(properties, name, value, own)
        else:
            properties[name] = value
    return fields, properties


def _put_property(properties: dict[str, Any], name: str, value: object, given: dict[str, Any]) -> None:
    """Under its canonical name, unless that one is given as well."""
    canonical = PROPERTY_ALIASES.get(name, name)
    if canonical == name or given.get(canonical) is None:
        properties[canonical] = value


def _take_aliases(raw: dict[str, Any], fields: dict[str, Any], properties: dict[str, Any]) -> None:
    """An alias stands in for a field that is not there; where it is, the name was meant for a property."""
    for alias, name in _FIELD_ALIASES.items():
        value = raw.get(alias)
        if value is None:
            continue
        if name not in fields:
            fields[name] = value
        elif name != "page":
            properties[alias] = value
