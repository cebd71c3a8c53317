"""Structs become schemas that every provider takes; structs that cannot are refused before a request is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from clickstream.llm.schema import instruction, schema_name, strict_schema


class Claim(msgspec.Struct):
    """One claim."""

    fact_ids: Annotated[list[str], Meta(min_length=1, max_length=5)]
    text: Annotated[str, Meta(max_length=300, description="No digits.")]
    direction: Literal["up", "down"]
    chart: Literal["bar", "line"] | None = None
    weight: Annotated[float, Meta(ge=0, lt=1)] | None = None


class Left(msgspec.Struct, tag="left"):
    a: int


class Right(msgspec.Struct, tag="right"):
    b: bool


class Report(msgspec.Struct):
    summary: str
    claims: list[Claim]
    best: Claim | None
    side: Left | Right
    level: Literal[1, 2]


CLAIM = {
    "type": "object",
    "description": "One claim.",
    "properties": {
        "fact_ids": {"type": "array", "items": {"type": "string"}, "description": "(at least 1 items; at most 5 items)"},
        "text": {"type": "string", "description": "No digits. (at most 300 characters)"},
        "direction": {"type": "string", "enum": ["down", "up"]},
        "chart": {"type": ["string", "null"], "enum": ["bar", "line", None]},
        "weight": {"type": ["number", "null"], "description": "(at least 0; less than 1)"},
    },
    "required": ["fact_ids", "text", "direction", "chart", "weight"],
    "additionalProperties": False,
}


def test_a_report_becomes_the_portable_schema() -> None:
    assert strict_schema(Report) == {
        "type": "object",
        "properties": {
            "summary": {"type": "string"},
            "claims": {"type": "array", "items": CLAIM},
            "best": {"anyOf": [CLAIM, {"type": "null"}]},
            "side": {
                "anyOf": [
                    {
                        "type": "object",
                        "properties": {"type": {"type": "string", "enum": ["left"]}, "a": {"type": "integer"}},
                        "required": ["type", "a"],
                        "additionalProperties": False,
                    },
                    {
                        "type": "object",
                        "properties": {"type": {"type": "string", "enum": ["right"]}, "b": {"type": "boolean"}},
                        "required": ["type", "b"],
                        "additionalProperties": False,
                    },
                ]
            },
            "level": {"type": "integer", "enum": [1, 2]},
        },
        "required": ["summary", "claims", "best", "side", "level"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize("struct", [Report, Claim])
def test_nothing_is_sent_that_some_provider_refuses(struct: type[msgspec.Struct]) -> None:
    def check(schema: dict[str, Any]) -> None:
        assert set(schema) <= {
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "enum",
            "anyOf",
            "description",
        }
        for child in [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]:
            check(child)
        if "items" in schema:
            check(schema["items"])

    check(strict_schema(struct))


class Node(msgspec.Struct):
    children: list[Node]


class Loose(msgspec.Struct):
    numbers: dict[str, int]


class Pair(msgspec.Struct):
    pair: tuple[int, str]


class Anything(msgspec.Struct):
    value: Any


class Listed(msgspec.Struct, array_like=True):
    a: int


@pytest.mark.parametrize("struct", [Node, Loose, Pair, Anything, Listed])
def test_a_struct_that_strict_output_cannot_express_is_refused(struct: type[msgspec.Struct]) -> None:
    with pytest.raises(TypeError):
        strict_schema(struct)


def test_a_schema_has_a_name_that_providers_allow() -> None:
    assert schema_name(Report) == "Report"
    odd = msgspec.defstruct("Größe[x]" + "y" * 80, [("a", int)])
    assert schema_name(odd) == ("Gr__e_x_" + "y" * 80)[:64]


def test_the_instruction_says_json_and_carries_the_schema() -> None:
    text = instruction(Claim)
    assert "JSON" in text
    assert '"additionalProperties":false' in text
