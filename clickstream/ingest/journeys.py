"""One session of an uploaded log -> raw events. Shapes and names that are read: docs/journey-logs.md.

What a session says about itself (`conversion`, `total_value`, `new_user`) is handed on as declared and never becomes part
of an event: metrics count what happened.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from clickstream.events import PROPERTY_ALIASES
from clickstream.ingest.fields import read_timestamp
from clickstream.ingest.limits import Problems, Refused
from clickstream.ingest.records import STEPS

Json = dict[str, Any]

_SESSION_NAMES = {
    "session_id": ("session_id", "sessionId", "id"),
    "user_id": ("user_id", "userId", "customer_id"),
    "client_id": ("client_id", "clientId", "visitor_id", "anonymous_id"),
    "device": ("device", "device_type"),
    "country": ("country", "country_code"),
    "variant": ("variant",),
    "experiment": ("experiment", "experiment_id"),
    "referrer": ("referrer", "referer", "traffic_source"),
    "session_end": ("session_end", "end"),
}
_ATTRIBUTES = ("user_attributes", "attributes")
TYPE_NAMES = ("event_type", "activity_type", "type", "event")
_STEP_NAMES = {
    "event_type": TYPE_NAMES,
    "timestamp": ("timestamp", "ts", "time"),
    "event_id": ("event_id", "activity_id", "id"),
}
_ENVELOPE = frozenset(name for names in _STEP_NAMES.values() for name in names)
_DETAILS = ("details", "properties", "product_details")
"""Objects whose values stand as if beside them; what stands further out wins."""
_OF_ALL_EVENTS = ("device", "country", "variant", "experiment")
MOST_STEPS = 20_000
"""Of one session; no person's visit has as many."""
DECLARED = ("conversion", "total_value", "new_user")

_NO_REFERRER = frozenset(("", "direct", "(direct)", "none", "(none)", "unknown"))
_MEDIUMS = {
    "ads": "cpc",
    "cpc": "cpc",
    "paid": "cpc",
    "organic": "organic",
    "email": "email",
    "newsletter": "email",
    "affiliate": "affiliate",
}

NOTES = {
    "unsorted": "Events not in time order; they were put into it.",
    "no_session_id": "No session id; one was made from the session's content.",
    "no_user": "Nobody is named; the session is a visitor of its own.",
    "no_session_end": "No end is given; the session ends with its last event.",
    "repeated_event_id": "An event id comes more than once in the session; its events were told apart by their content.",
}
"""What may be odd about a session and costs nothing."""


class Journey(msgspec.Struct, frozen=True):
    """`events` are raw events, or why there is none, in the file's order; `places` say where: "activities[2]"."""

    session_id: str
    events: list[Json | Refused]
    places: list[str]
    notes: list[str]
    declared: Json


def read_journey(record: Json, received_at: datetime) -> Journey:
    """Raises Refused where the record holds no list of steps, or an empty one."""
    name = _steps_name(record)
    steps: list[object] = record[name]
    session = _session(record)
    made = session["session_id"] or _content_id(record)
    ids = Counter(_id(step) for step in steps if isinstance(step, dict))
    times = [_time(step, received_at) for step in steps]
    events = [_event(step, made, session, known=time is not None) for step, time in zip(steps, times, strict=True)]
    _describe_first(events, times, session)
    found = {
        "unsorted": times != sorted(times, key=_by_time),
        "no_session_id": not session["session_id"],
        "no_user": not (session["user_id"] or session["client_id"]),
        "no_session_end": not session["session_end"],
        "repeated_event_id": any(n > 1 for step_id, n in ids.items() if step_id),
    }
    return Journey(
        session_id=str(made),
        events=events,
        places=[f"{name}[{n}]" for n in range(len(steps))],
        notes=[note for note, holds in found.items() if holds],
        declared=_declared(record),
    )


def locate(record: Json, place: str, field: str) -> str:
    """Where in the file a field of the event at `place` was read from, below the record."""
    plain = field.removeprefix("properties.")
    if own := _of_session(record, plain):
        return own
    name, _, number = place.rstrip("]").partition("[")
    below = _below(record[name][int(number)], plain) if plain else ""
    return f"{place}.{below}" if below else place


def _of_session(record: Json, field: str) -> str:
    for name in _SESSION_NAMES.get(field, ()):
        if name in record:
            return name
        if holder := next((holder for holder in _ATTRIBUTES if name in _object(record, holder)), None):
            return f"{holder}.{name}"
    return ""


def _below(step: object, field: str) -> str:
    if not isinstance(step, dict):
        return ""
    aliases = [alias for alias, canonical in PROPERTY_ALIASES.items() if canonical == field]
    first = field.partition("[")[0].partition(".")[0]
    for name in (first, *_STEP_NAMES.get(first, ()), *aliases):
        for path, holder in _holders(step):
            if name in holder:
                return f"{path}{name}{field[len(first) :]}"
    return field


def _holders(step: Json) -> list[tuple[str, Json]]:
    """The step and the objects in it whose values count as its own, each with its path."""
    found = [("", step)]
    for path, holder in found:
        found.extend((f"{path}{name}.", holder[name]) for name in _DETAILS if isinstance(holder.get(name), dict))
    return found


def _steps_name(record: Json) -> str:
    name = next((name for name in STEPS if name in record), None)
    if name is None:
        raise Refused("no_events", {"": "has no list of activities or events"})
    if not isinstance(record[name], list):
        raise Refused("no_events", {name: "must be a list"})
    if not record[name]:
        raise Refused("no_events", {name: "is empty"})
    if len(record[name]) > MOST_STEPS:
        raise Refused("too_large", {name: f"holds more than {MOST_STEPS:,} events"})
    return name


def _session(record: Json) -> Json:
    """The session's own values by their canonical name, None where absent."""
    holders = [record, *(_object(record, name) for name in _ATTRIBUTES)]
    return {canonical: _first(holders, names) for canonical, names in _SESSION_NAMES.items()}


def _first(holders: list[Json], names: tuple[str, ...]) -> Any:
    return next((holder[name] for holder in holders for name in names if holder.get(name) not in (None, "")), None)


def _object(record: Json, name: str) -> Json:
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def _content_id(record: Json) -> str:
    return f"made-{blake2b(msgspec.json.encode(record, order='sorted'), digest_size=12).hexdigest()}"


def _id(step: Json) -> str:
    found = _first([step], _STEP_NAMES["event_id"])
    return "" if found is None else str(found)


def _time(step: object, received_at: datetime) -> datetime | None:
    if not isinstance(step, dict):
        return None
    return read_timestamp(_first([step], _STEP_NAMES["timestamp"]), received_at, {})


_LAST = datetime.max.replace(tzinfo=UTC)


def _by_time(moment: datetime | None) -> datetime:
    return moment or _LAST


def _event(step: object, session_id: object, session: Json, *, known: bool) -> Json | Refused:
    if not isinstance(step, dict):
        return Refused("invalid_event", {"": "must be an object"})
    given = _first([step], _STEP_NAMES["timestamp"])
    if given is None and not known:
        return Refused("invalid_event", {"timestamp": "is missing"})
    event: Json = {
        "event_type": _first([step], _STEP_NAMES["event_type"]),
        "timestamp": given,
        "session_id": session_id,
        "user_id": session["user_id"],
        "client_id": session["client_id"],
        "properties": _properties(step),
    }
    if _id(step) and isinstance(session_id, str | int):
        event["event_id"] = _event_id(str(session_id), step)
    if "variant" in event["properties"] and session["experiment"] is not None:
        event["properties"].setdefault("experiment", session["experiment"])
    return event


def _event_id(session_id: str, step: Json) -> str:
    """Made from all of the step: one that comes again is the same event, another one under its id is not."""
    digest = blake2b(session_id.encode("utf-8", "replace"), digest_size=16)
    digest.update(json.dumps(step, sort_keys=True).encode())
    return digest.hexdigest()


def _properties(step: Json) -> Json:
    found: Json = {}
    for path, holder in _holders(step):
        for name, value in holder.items():
            own = not path and name in _ENVELOPE
            if own or (name in _DETAILS and isinstance(value, dict)):
                continue
            found.setdefault(name, value)
    if isinstance(found.get("items"), int):  # how many there were, not which
        found.setdefault("items_count", found.pop("items"))
    return found


def _describe_first(events: list[Json | Refused], times: list[datetime | None], session: Json) -> None:
    """What is said of the whole session goes to its earliest event: dimensions are read from there."""
    pairs = zip(times, events, strict=True)
    sound = [(_by_time(time), n, event) for n, (time, event) in enumerate(pairs) if isinstance(event, dict)]
    if not sound:
        return
    event = min(sound, key=lambda found: found[:2])[2]
    own = event["properties"]
    for name in _OF_ALL_EVENTS:
        if session[name] is not None:
            own.setdefault(name, session[name])
    if not {"utm", "referrer"} & own.keys() and not any(name.startswith("utm_") for name in own):
        own.update(_came_from(session["referrer"]))


def _came_from(referrer: object) -> Json:
    """An address is a referrer; a word such as `google_ads` is a source, its last part a medium where it names one."""
    if not isinstance(referrer, str) or referrer.strip().lower() in _NO_REFERRER:
        return {}
    if "/" in referrer or "." in referrer:
        return {"referrer": referrer if "//" in referrer else f"https://{referrer}"}
    source, _, last = referrer.strip().lower().rpartition("_")
    medium = _MEDIUMS.get(last)
    utm = {"source": source or last, "medium": medium} if medium else {"source": referrer.strip()}
    return {"utm": utm}


def _declared(record: Json) -> Json:
    holders = [record, *(_object(record, name) for name in _ATTRIBUTES)]
    found = {name: _first(holders, (name,)) for name in DECLARED}
    return {name: value for name, value in found.items() if isinstance(value, bool | int | float)}


def is_event(record: Json) -> bool:
    """Whether this may be an event that stands by itself: it has a type."""
    return any(name in record for name in TYPE_NAMES)


def problems_at(record: Json, path: str, place: str, fields: Problems) -> dict[str, str]:
    """JSON path -> what is wrong there, of a refused event of a session."""
    return {f"{path}.{locate(record, place, field)}": said for field, said in fields.items()}


def problems_of_event(event: object, path: str, fields: Problems) -> dict[str, str]:
    """The same of an event that stands by itself at `path`."""
    found = {field: _below(event, field.removeprefix("properties.")) if field else "" for field in fields}
    return {f"{path}.{found[field]}" if found[field] else path: said for field, said in fields.items()}
