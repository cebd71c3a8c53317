"""A msgspec struct as the JSON Schema every provider accepts.

Strict structured output allows only a part of JSON Schema, and providers differ in which part. What is sent is their
intersection: an object at the root, everything inlined, every property required, nothing additional, null as a type,
enums; no bounds, patterns or formats. Bounds go into the description, and are enforced when the reply is decoded.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

Schema = dict[str, Any]

BOUNDS = {
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "pattern": "matching {}",
    "format": "written as {}",
}


def strict_schema(struct: type[msgspec.Struct]) -> Schema:
    """The portable schema of a struct. Raises TypeError for a struct that strict output cannot express."""
    whole = msgspec.json.schema(struct)
    return _portable({"$ref": whole["$ref"]}, whole["$defs"], ())


def schema_name(struct: type[msgspec.Struct]) -> str:
    """A name as `response_format` allows it: letters, digits, _ and -, at most 64."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", struct.__name__)[:64]


def instruction(struct: type[msgspec.Struct]) -> str:
    """What to tell a model whose server does not show it the schema. It says JSON, as json_object mode demands."""
    schema = msgspec.json.encode(strict_schema(struct)).decode()
    return f"Answer with one JSON object and nothing else: no prose, no code fence. It must fit this JSON Schema:\n{schema}"


def _portable(node: Schema, defs: dict[str, Schema], path: tuple[str, ...]) -> Schema:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name in path:
            raise TypeError(f"{name} contains itself, which not every provider allows")
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        return _portable({**defs[name], **siblings}, defs, (*path, name))
    if "anyOf" in node:
        members = [_portable(member, defs, path) for member in node["anyOf"]]
        return _described(node, _union(members))
    return _described(node, _plain(node, defs, path))


def _plain(node: Schema, defs: dict[str, Schema], path: tuple[str, ...]) -> Schema:
    if "enum" in node:
        kind = "string" if all(isinstance(value, str) for value in node["enum"]) else "integer"
        return {"type": kind, "enum": node["enum"]}
    match node.get("type"):
        case "object" if "properties" in node:
            properties = {name: _portable(child, defs, path) for name, child in node["properties"].items()}
            return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
        case "array" if isinstance(node.get("items"), dict):
            return {"type": "array", "items": _portable(node["items"], defs, path)}
        case "string" | "integer" | "number" | "boolean" | "null" as scalar:
            return {"type": scalar}
    raise TypeError(f"strict output cannot express {node}")


def _union(members: list[Schema]) -> Schema:
    """`X | None` as X with null among its types, where X is a scalar or an enum; else anyOf."""
    others = [member for member in members if member != {"type": "null"}]
    if len(others) != 1 or len(others) == len(members) or others[0].get("type") in ("object", "array", None):
        return {"anyOf": members}
    nullable = {**others[0], "type": [others[0]["type"], "null"]}
    if "enum" in nullable:
        nullable["enum"] = [*nullable["enum"], None]
    return nullable


def _described(node: Schema, portable: Schema) -> Schema:
    bounds = "; ".join(words.format(node[key]) for key, words in BOUNDS.items() if key in node)
    description = " ".join(part for part in (node.get("description", ""), f"({bounds})" if bounds else "") if part)
    return {**portable, "description": description} if description else portable
