"""What the database or a reader could not bear: sizes, depth, names, integers, broken Unicode."""

from __future__ import annotations

import math
from typing import Any

MAX_STRING = 4_096
MAX_KEY = 128
MAX_DEPTH = 12
MAX_VALUES = 2_000
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1

Problems = dict[str, str]


class Refused(Exception):
    """This event is not stored: `code` says why, `fields` where."""

    def __init__(self, code: str, fields: Problems) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


def check_values(raw: dict[str, Any]) -> None:
    """Walk one event. Raises Refused with the path of the first."""
    stack: list[tuple[str, Any, int]] = [("", raw, 0)]
    seen = 0
    while stack:
        path, value, depth = stack.pop()
        children = value.items() if isinstance(value, dict) else enumerate(value)
        seen += len(value)
        if depth > MAX_DEPTH or seen > MAX_VALUES:
            limit = f"deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else f"more than {MAX_VALUES} values"
            raise Refused("too_large", {path: f"must not hold {limit}"})
        for name, child in children:
            if isinstance(name, str) and (said := _name_problem(name)):
                raise Refused("invalid_event", {_join(path, name): said})
            if isinstance(child, dict | list):
                stack.append((_join(path, name), child, depth + 1))
            elif said := _value_problem(child):
                raise Refused("invalid_event", {_join(path, name): said})


def _join(path: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    shown = name[:40].encode("utf-8", "replace").decode().replace("\0", "\\0")
    return f"{path}.{shown}" if path else shown


def _name_problem(name: str) -> str | None:
    if name.isidentifier() and len(name) <= MAX_KEY and name.isascii():
        return None
    if not name or len(name) > MAX_KEY:
        return f"a name must have 1 to {MAX_KEY} characters"
    if name.startswith("$") or "." in name or "\0" in name:
        return "a name must not begin with $ or hold a dot or a NUL"
    return _value_problem(name)


def _value_problem(value: object) -> str | None:
    if isinstance(value, str):
        if len(value) > MAX_STRING:
            return f"must be at most {MAX_STRING} characters"
        if "\0" in value:
            return "must not hold a NUL character"
        return None if value.isascii() or _encodable(value) else "must be valid Unicode"
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return None if MIN_INTEGER <= value <= MAX_INTEGER else "must fit in 8 bytes"
    if isinstance(value, float):
        return None if math.isfinite(value) else "must be a finite number"
    return "is of no JSON type"


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
