"""What one model at one endpoint is known to understand, and the request written accordingly.

Support for a parameter belongs to the endpoint behind a model and changes over time, so a refusal teaches: the dialect
gives up what was refused, the request is sent again, and what worked is remembered for a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from clickstream.llm.endpoint import Kind
from clickstream.llm.errors import Fault
from clickstream.llm.schema import instruction, schema_name, strict_schema
from clickstream.llm.tools import Message, Tool, ToolChoice, told_plainly

Mode = Literal["json_schema", "json_object", "prompt"]
Messages = Sequence[Message]

WEAKER: dict[Mode, Mode] = {"json_schema": "json_object", "json_object": "prompt"}
REMEMBERED_SECONDS = 24 * 3600.0

_UNTEACHABLE = (401, 402, 403, 408, 409, 429)
_ABOUT_FORMAT = re.compile(r"response_format|json_schema|json_object|structured|schema|grammar", re.I)
_ABOUT_TOOLS = re.compile(r"\btools?\b|\btool[_ ](use|choice|calls?)|function[_ -]?call", re.I)
_NOBODY_CAN = re.compile(r"no endpoints found that (can handle|support)|guardrail restrictions and data policy", re.I)


@dataclass(frozen=True)
class Dialect:
    mode: Mode = "json_schema"
    length_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    dropped: frozenset[str] = frozenset()
    tools: bool = True


@dataclass(frozen=True)
class Request:
    """One question to a model, before it is put into a dialect."""

    messages: Messages
    model: str
    max_tokens: int
    temperature: float | None
    schema: type[msgspec.Struct] | None
    tools: Sequence[Tool] = ()
    tool_choice: ToolChoice = "auto"

    def body(self, kind: Kind, dialect: Dialect) -> dict[str, Any]:
        """The JSON body. Streaming always: only a stream shows whether a model still works, and can be cancelled."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(self.messages),
            dialect.length_field: self.max_tokens,
            "stream": True,
        }
        body |= {name: value for name, value in self.optional(kind).items() if name not in dialect.dropped}
        if kind == "openrouter":  # it would silently cut the middle out of long prompts for small models
            body["plugins"] = [{"id": "context-compression", "enabled": False}]
        if self.tools:
            body |= self._offer(kind, dialect)
        return body if self.schema is None else body | self._format(self.schema, kind, dialect.mode)

    def optional(self, kind: Kind) -> dict[str, Any]:
        """Parameters that an answer can do without."""
        temperature = {} if self.temperature is None else {"temperature": self.temperature}
        return temperature if kind == "openrouter" else temperature | {"stream_options": {"include_usage": True}}

    def _offer(self, kind: Kind, dialect: Dialect) -> dict[str, Any]:
        if not dialect.tools:
            return {"messages": told_plainly(self.messages)}
        offered: dict[str, Any] = {"tools": [tool.wire() for tool in self.tools]}
        if "tool_choice" not in dialect.dropped:
            offered["tool_choice"] = self.tool_choice
        if kind == "openrouter":  # else endpoints that ignore tools may be chosen
            offered["provider"] = {"require_parameters": True}
        return offered

    def _format(self, schema: type[msgspec.Struct], kind: Kind, mode: Mode) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if mode != "json_schema" or kind == "compatible":  # local servers do not show the schema to the model
            told["messages"] = _with_instruction(self.messages, instruction(schema))
        if mode == "json_schema":
            wire = {"name": schema_name(schema), "strict": True, "schema": strict_schema(schema)}
            told["response_format"] = {"type": "json_schema", "json_schema": wire}
        if mode == "json_object":
            told["response_format"] = {"type": "json_object"}
        if mode != "prompt" and kind == "openrouter":  # else endpoints that ignore the format may be chosen
            told["provider"] = {"require_parameters": True}
        return told


def adapted(dialect: Dialect, request: Request, kind: Kind, fault: Fault | None) -> Dialect | None:
    """The dialect to try after a refusal, one thing given up; None where nothing we could give up would help."""
    if fault is None or fault.status is None or not 400 <= fault.status <= 501 or fault.status in _UNTEACHABLE:
        return None
    words = f"{fault.parameter} {fault.message}"
    if dialect.length_field == "max_tokens" and "max_completion_tokens" in words:
        return replace(dialect, length_field="max_completion_tokens")
    sent = [name for name in request.optional(kind) if name not in dialect.dropped]
    refused = next((name for name in sent if name in words), None)
    nobody = "constraint_filtered" in fault.names or _NOBODY_CAN.search(words) is not None
    if request.tools and dialect.tools and "tool_choice" in words and "tool_choice" not in dialect.dropped:
        refused = "tool_choice"
    if refused is None and nobody and "temperature" in sent:
        refused = "temperature"
    if refused:
        return replace(dialect, dropped=dialect.dropped | {refused})
    if request.tools and dialect.tools and (nobody or _ABOUT_TOOLS.search(words)):
        return replace(dialect, tools=False)
    if request.schema and dialect.mode in WEAKER and (nobody or _ABOUT_FORMAT.search(words)):
        return replace(dialect, mode=WEAKER[dialect.mode])
    return None


@dataclass
class Dialects:
    """What was learned, by base URL and model. Share one among the clients of a process."""

    clock: Callable[[], float]
    _learned: dict[tuple[str, str], tuple[Dialect, float]] = field(default_factory=dict)

    def of(self, base_url: str, model: str) -> Dialect:
        dialect, since = self._learned.get((base_url, model), (Dialect(), self.clock()))
        return dialect if self.clock() - since < REMEMBERED_SECONDS else Dialect()

    def learn(self, base_url: str, model: str, dialect: Dialect) -> None:
        if dialect != self.of(base_url, model):
            self._learned[base_url, model] = (dialect, self.clock())

    def expect(self, base_url: str, model: str, parameters: Sequence[str]) -> None:
        """Take a model list's word for what a model supports, unless experience has already said more."""
        if (base_url, model) in self._learned:
            return
        mode: Mode = "json_object" if "response_format" in parameters else "prompt"
        if "structured_outputs" in parameters:
            mode = "json_schema"
        self.learn(
            base_url, model, Dialect(mode, dropped=frozenset({"temperature"} - set(parameters)), tools="tools" in parameters)
        )


def _with_instruction(messages: Messages, text: str) -> list[Message]:
    """The messages with `text` in the system message: many local models refuse a second one."""
    first, *rest = messages
    if first["role"] == "system":
        return [{**first, "content": f"{first['content']}\n\n{text}"}, *rest]
    return [{"role": "system", "content": text}, *messages]
