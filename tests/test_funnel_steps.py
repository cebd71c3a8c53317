"""Steps as they are asked for: what they mean, and every mistake by its place."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from clickstream.errors import InvalidInput
from clickstream.metrics.funnel import FUNNEL
from clickstream.metrics.funnels.steps import MAX_JSON, Alternative, Condition, Step, read_exclusions, read_steps


def problems(**options: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        FUNNEL.read_options(
            {name: value if isinstance(value, str) else json.dumps(value) for name, value in options.items()}
        )
    assert caught.value.code == "invalid_option"
    return caught.value.fields


def where(**condition: Any) -> list[Any]:
    return ["session", {"type": "zoom", "where": [{"property": "p", "op": "is", "value": "v"} | condition]}]


def test_a_step_is_a_type_a_type_with_conditions_or_alternatives() -> None:
    found = read_steps(
        '["session", {"type": "view", "where": [{"property": "search_query", "op": "is_set"}]},'
        ' {"any": ["cart", {"type": "zoom"}, "zoom"]}, {"any": ["purchase"], "name": "Bought"}]'
    )
    assert found == (
        Step("session", (Alternative("session"),)),
        Step("product_view", (Alternative("product_view", (Condition("query", "is_set"),)),)),
        Step("add_to_cart or zoom", (Alternative("add_to_cart"), Alternative("zoom"), Alternative("zoom"))),
        Step("Bought", (Alternative("purchase"),)),
    )


def test_what_was_read_can_be_asked_again() -> None:
    steps = read_steps('["session", {"any": ["search", {"type": "zoom", "where": [{"property": "p", "op": "is_set"}]}]}]')
    assert read_steps(msgspec.json.encode(steps).decode()) == steps
    assert read_steps(msgspec.to_builtins(steps)) == steps
    exclusions = read_exclusions('["search", {"type": "zoom", "where": [{"property": "p", "op": "is", "value": 5}]}]')
    assert read_exclusions(msgspec.to_builtins(exclusions)) == exclusions


def test_options_left_empty_are_the_defaults() -> None:
    assert FUNNEL.read_options({"steps": "", "hold": "", "window_minutes": ""}) == FUNNEL.read_options({})


BAD: list[tuple[str, dict[str, Any], set[str]]] = [
    ("one step", {"steps": ["session"]}, {"steps"}),
    ("no step", {"steps": []}, {"steps"}),
    ("two hundred steps", {"steps": ["search"] * 200}, {"steps"}),
    ("no JSON", {"steps": "view, purchase"}, {"steps"}),
    ("no list", {"steps": {"type": "search"}}, {"steps"}),
    ("nested beyond reason", {"steps": "[" * MAX_JSON}, {"steps"}),
    ("too long", {"steps": json.dumps(["x" * MAX_JSON, "y"])}, {"steps"}),
    ("a number for a step", {"steps": ["search", 5]}, {"steps[1]"}),
    ("neither type nor any", {"steps": ["search", {"name": "x"}]}, {"steps[1]"}),
    ("both type and any", {"steps": ["search", {"type": "a", "any": ["b"]}]}, {"steps[1]"}),
    ("no alternative", {"steps": ["search", {"any": []}]}, {"steps[1].any"}),
    ("six alternatives", {"steps": ["search", {"any": list("abcdef")}]}, {"steps[1].any"}),
    ("conditions beside alternatives", {"steps": ["a", {"any": ["b"], "where": where()[1]["where"]}]}, {"steps[1].where"}),
    ("an unknown field", {"steps": ["search", {"type": "a", "when": 1}]}, {"steps[1]"}),
    ("an empty type", {"steps": ["search", ""]}, {"steps[1].type"}),
    ("a long type", {"steps": ["search", {"any": ["a", "b" * 201]}]}, {"steps[1].any[1].type"}),
    ("a long name", {"steps": ["search", {"any": ["a"], "name": "b" * 201}]}, {"steps[1].name"}),
    ("the session later on", {"steps": ["search", "session"]}, {"steps[1].type"}),
    ("the session among others", {"steps": [{"any": ["session", "search"]}, "purchase"]}, {"steps[0].any[0].type"}),
    ("four conditions", {"steps": ["a", {"type": "b", "where": where()[1]["where"] * 4}]}, {"steps[1].where"}),
    ("an unknown operator", {"steps": where(op="like")}, {"steps[1].where[0].op"}),
    ("no value", {"steps": where(value=None)}, {"steps[1].where[0].value"}),
    ("a value of spaces", {"steps": where(value="  ")}, {"steps[1].where[0].value"}),
    ("a value too long", {"steps": where(value="v" * 201)}, {"steps[1].where[0].value"}),
    ("a list for a value", {"steps": where(value=["v"])}, {"steps[1].where[0].value"}),
    ("text to compare with", {"steps": where(op="at_least")}, {"steps[1].where[0].value"}),
    ("a truth to compare with", {"steps": where(op="at_most", value=True)}, {"steps[1].where[0].value"}),
    ("a value for is_set", {"steps": where(op="is_set")}, {"steps[1].where[0].value"}),
    ("no property", {"steps": where(property="")}, {"steps[1].where[0].property"}),
    ("two mistakes", {"steps": ["", *where(op="x")]}, {"steps[0].type", "steps[1].type", "steps[2].where[0].op"}),
    ("four exclusions", {"exclude": list("abcd")}, {"exclude"}),
    ("a session excluded", {"exclude": ["session"]}, {"exclude[0].type"}),
    ("a wrong exclusion", {"exclude": ["a", *where(op="x")[1:]]}, {"exclude[1].where[0].op"}),
    ("a window of nothing", {"window_minutes": "0"}, {"window_minutes"}),
    ("a window of ten years", {"window_minutes": str(3652 * 24 * 60)}, {"window_minutes"}),
    ("no number of minutes", {"window_minutes": "1e3"}, {"window_minutes"}),
    (
        "an unknown mode, unit and dimension",
        {"mode": "loose", "unit": "user", "breakdown": "age"},
        {"mode", "unit", "breakdown"},
    ),
    ("an unknown option", {"step": "x"}, {"step"}),
]


@pytest.mark.parametrize(("label", "options", "named"), BAD, ids=[bad[0] for bad in BAD])
def test_a_mistake_is_named_by_its_place(label: str, options: dict[str, Any], named: set[str]) -> None:
    found = problems(**options)
    assert set(found) == named
    assert all(len(text) < 250 and text for text in found.values())
