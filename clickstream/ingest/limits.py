"""What the database or a reader could not bear: sizes, depth, names, integers, broken Unicode."""

from __future__ import annotations

import math
from typing import Any

MAX_STRING = 4_096
MAX_KEY = 128
MAX_DEPTH = 12
MAX_VALUES = 2_000
LONG_TEXT = 200
"""A text counts as one value more for each so many characters: what one event holds stays far below what can be stored."""
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1

Problems = dict[str, str]


class Refused(Exception):
    """This event is not stored: `code` says why, `fields` where."""

    def __init__(self, code: str, fields: Problems) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


def check_values(raw: dict[str, Any]) -> None:
    """Walk one event. Raises Refused with the path of the first thing that cannot be stored."""
    if _check(raw, "", 0, 0) > MAX_VALUES:
        raise _too_many("")


def _check(container: dict[str, Any] | list[Any], path: str, depth: int, seen: int) -> int:
    """Check what a container holds, and what that holds; gives how many values were seen so far."""
    seen += len(container)
    if depth > MAX_DEPTH:
        raise Refused("too_large", {path: f"must not hold deeper than {MAX_DEPTH} levels"})
    if seen > MAX_VALUES:
        raise _too_many(path)
    for name, value in container.items() if isinstance(container, dict) else enumerate(container):
        if name not in _SOUND_NAMES and isinstance(container, dict):
            _check_name(name, path)
        kind = type(value)
        if kind is str:
            if len(value) > LONG_TEXT or not value.isascii() or "\0" in value:
                seen += _check_text(value, path, name)
        elif kind is dict or kind is list:
            seen = _check(value, _join(path, name), depth + 1, seen)
        elif said := _number_problem(value):
            raise Refused("invalid_event", {_join(path, name): said})
    return seen


def _too_many(path: str) -> Refused:
    return Refused("too_large", {path: f"must not hold more than {MAX_VALUES} values"})


_SOUND_NAMES: set[str] = set()
"""Names found sound before: shops send the same few all the time."""
_MOST_SOUND_NAMES = 10_000


def _check_name(name: object, path: str) -> None:
    if said := _name_problem(name):
        raise Refused("invalid_event", {_join(path, str(name)): said})
    if len(_SOUND_NAMES) < _MOST_SOUND_NAMES:
        _SOUND_NAMES.add(str(name))


def _check_text(text: str, path: str, name: str | int) -> int:
    """How many values more a long text counts as."""
    if said := _text_problem(text):
        raise Refused("invalid_event", {_join(path, name): said})
    return len(text) // LONG_TEXT


def _join(path: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    shown = name[:40].encode("utf-8", "replace").decode().replace("\0", "\\0")
    return f"{path}.{shown}" if path else shown


def _name_problem(name: object) -> str | None:
    if not isinstance(name, str):
        return "a name must be text"
    if not name or len(name) > MAX_KEY:
        return f"a name must have 1 to {MAX_KEY} characters"
    if name.startswith("$") or "." in name or "\0" in name:
        return "a name must not begin with $ or hold a dot or a NUL"
    return _text_problem(name)


def _text_problem(text: str) -> str | None:
    if len(text) > MAX_STRING:
        return f"must be at most {MAX_STRING} characters"
    if "\0" in text:
        return "must not hold a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "must be valid Unicode"
    return None


def _number_problem(value: object) -> str | None:
    """Of what is neither text nor a container."""
    if isinstance(value, int):
        return None if MIN_INTEGER <= value <= MAX_INTEGER else "must fit in 8 bytes"
    if isinstance(value, float):
        return None if math.isfinite(value) else "must be a finite number"
    return None if value is None else "is of no JSON type"
