"""Our metrics as tools: read-only, with arguments that are checked before anything is measured.

No argument may carry a text of the model's own into a fact: filters take known values, steps known event types.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from clickstream.chat.call import About, Call, read_call
from clickstream.chat.names import dimensions
from clickstream.errors import InvalidInput
from clickstream.facts.build import FACTS
from clickstream.facts.labels import clean_label
from clickstream.llm import Tool, ToolCall
from clickstream.metrics import METRICS
from clickstream.metrics.metric import Metric, Option
from clickstream.scope import VIEWS, VISITORS

NOT_IN_THE_DATA = "not_in_the_data"
MOST_NAMED = 40
"""Of the names that a model is told for one argument."""

Json = dict[str, Any]
_STEP_OPTIONS = ("steps", "exclude")
_TYPES = {"type": "array", "items": {"type": "string"}}
_TEXT: Json = {"type": "string"}
_NARROWING: Json = {
    **dict.fromkeys(("since", "until", "device", "country", "channel", "variant"), _TEXT),
    "visitor": {"type": "string", "enum": list(VISITORS)},
    "view": {"type": "string", "enum": list(VIEWS)},
}
"""What every metric takes; the instructions say once what it means."""


def tools() -> list[Tool]:
    """One for each metric that has facts, and one to say that the data lacks the answer. Nothing in them is the data's."""
    return [*(_tool(metric) for metric in METRICS.values() if metric.id in FACTS), _nothing()]


def names_of(about: About) -> dict[str, Any]:
    """What filters and steps can be called, as data: anybody who sends events can have written it."""
    shown = {**dimensions(about), "event_types": about.event_types}
    harmless = {name: [value for value in values if clean_label(value) == value] for name, values in shown.items()}
    return {name: values[:MOST_NAMED] for name, values in harmless.items() if values}


def read_tool_call(call: ToolCall, about: About) -> Call:
    """What a model asks to be measured. Raises InvalidInput, whose fields tell it what would do."""
    if call.name in METRICS and call.name not in FACTS:
        raise InvalidInput(f"There is no tool {call.name}.", code="unknown_metric")
    try:
        arguments = msgspec.json.decode(call.arguments, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput("The arguments must be one JSON object.", code="invalid_call") from error
    if call.name == "products":
        arguments = _with_id(arguments, about)
    found = read_call(call.name, arguments, about.base, about.local)
    if problems := dict(_unknown_names(found, about)):
        raise InvalidInput("This selection has names that the data does not.", fields=problems, code="invalid_call")
    return found


def _with_id(arguments: dict[str, Any], about: About) -> dict[str, Any]:
    """A product may be named as its facts name it."""
    ids = {clean_label(name): product_id for product_id, name in about.products.items()}
    wanted = arguments.get("product_id")
    return {**arguments, "product_id": ids.get(wanted, wanted)} if isinstance(wanted, str) else arguments


def _tool(metric: Metric) -> Tool:
    options = {option.name: _schema(option) for option in metric.options}
    parameters = {"type": "object", "properties": {**options, **_NARROWING}, "additionalProperties": False}
    return Tool(metric.id, f"{metric.title}. {metric.definition}", parameters)


def _schema(option: Option) -> Json:
    described: Json = {"description": option.help}
    if option.choices:
        return {**described, "type": "string", "enum": list(option.choices)}
    if option.name in _STEP_OPTIONS and option.parse:
        return {"description": "event types in their order", **_TYPES}
    if option.parse:
        return described
    if option.longest:
        return {**described, "type": "string"}
    return {**described, "type": "integer", "minimum": 1, "maximum": option.largest}


def _nothing() -> Tool:
    said = "Call it when the question asks for what none of the other tools measures: the reader is then told so."
    asked = {"type": "string", "description": "what was asked for"}
    parameters = {"type": "object", "properties": {"asked": asked}, "additionalProperties": False}
    return Tool(NOT_IN_THE_DATA, said, parameters)


def _unknown_names(call: Call, about: About) -> Iterator[tuple[str, str]]:
    for name, known in dimensions(about).items():
        value = call.scope.filters.get(name)
        if value is not None and value not in known and value != about.base.filters.get(name):
            yield name, f"must be one of {', '.join(known[:MOST_NAMED])}" if known else "has no values in this data"
    for name in _STEP_OPTIONS:
        steps = call.options.get(name)
        if call.metric_id == "funnel" and steps is not None:
            yield from _unknown_steps(name, steps, about)
    product = call.options.get("product_id")
    if product is not None and product not in about.products:
        yield "product_id", "must be the id, or the exact name, of a product in the data"


def _unknown_steps(name: str, steps: Any, about: About) -> Iterator[tuple[str, str]]:
    known = ("session", *about.event_types)
    if not isinstance(steps, list) or not all(isinstance(step, str) and step in known for step in steps):
        yield name, f"must be a list of event types out of {', '.join(known[:MOST_NAMED])}"
