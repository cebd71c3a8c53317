"""Tools that a model may call: how they are offered, how calls arrive in pieces, and how results go back.

Servers differ in how they stream calls: pieces by index, whole calls without one, the name in every piece, ids that are
null, arguments as an object. What comes out is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from clickstream.llm.errors import TooManyCalls

ToolChoice = Literal["auto", "none"]
Message = Mapping[str, Any]

MOST_CALLS = 16
MOST_CHARACTERS = 16_000
"""Of the arguments of all calls of a reply together."""


@dataclass(frozen=True)
class Tool:
    """`parameters` is the JSON Schema of its arguments, an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    def wire(self) -> dict[str, Any]:
        named = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": named}


class ToolCall(msgspec.Struct, frozen=True):
    """What a model asks for. `arguments` is the text it wrote, which should be a JSON object."""

    id: str
    name: str
    arguments: str

    def wire(self) -> dict[str, Any]:
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


class Function(msgspec.Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class CallPiece(msgspec.Struct):
    """A call, or a piece of one, as servers send it."""

    index: int | None = None
    id: str | int | None = None
    function: Function | None = None


@dataclass
class _Arriving:
    index: int | None
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class ArrivingCalls:
    """Calls put together from their pieces. Raises TooManyCalls for more than anybody needs."""

    _calls: list[_Arriving] = field(default_factory=list)

    def take(self, pieces: Sequence[CallPiece]) -> None:
        for piece in pieces:
            self._add(piece, piece.function or Function(), alone=len(pieces) == 1)
        if len(self._calls) > MOST_CALLS or sum(len(call.arguments) for call in self._calls) > MOST_CHARACTERS:
            raise TooManyCalls

    def whole(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(call.id or f"call_{place}", call.name, call.arguments or "{}")
            for place, call in enumerate(self._calls, 1)
            if call.name
        )

    def _add(self, piece: CallPiece, said: Function, *, alone: bool) -> None:
        call = self._continued(piece, said, alone=alone)
        call.id = call.id or str(piece.id or "")
        if said.name and said.name != call.name:
            call.name += said.name
        if isinstance(said.arguments, dict):
            call.arguments = msgspec.json.encode(said.arguments).decode()
        else:
            call.arguments += said.arguments or ""

    def _continued(self, piece: CallPiece, said: Function, *, alone: bool) -> _Arriving:
        """The call that this piece belongs to: the last of its index, or the last; else a new one.

        Servers that number nothing send calls whole: then a name begins another once the last one is whole.
        """
        numbered = piece.index is not None
        same = [call for call in self._calls if not numbered or call.index == piece.index]
        last = same[-1] if same and (numbered or alone) else None
        if last is not None and said.name:
            other_id = piece.id is not None and last.id != "" and str(piece.id) != last.id
            if other_id or (not numbered and piece.id is None and _is_whole(last.arguments)):
                last = None
        if last is None:
            last = _Arriving(piece.index)
            self._calls.append(last)
        return last


def _is_whole(arguments: str) -> bool:
    try:
        msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def with_calls(text: str, calls: Sequence[ToolCall]) -> Message:
    """What a model said and asked for, as a message of the conversation."""
    return {"role": "assistant", "content": text, "tool_calls": [call.wire() for call in calls]}


def with_result(call: ToolCall, content: str) -> Message:
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def told_plainly(messages: Sequence[Message]) -> list[Message]:
    """The conversation for a server that knows no tools: what was measured becomes something we say.

    Never twice in a row, as many local models want roles to alternate.
    """
    plain: list[Message] = []
    for message in (message for message in messages if "tool_calls" not in message):
        role = "user" if message["role"] == "tool" else message["role"]
        if plain and plain[-1]["role"] == role == "user":
            plain[-1] = {"role": role, "content": f"{plain[-1]['content']}\n{message['content']}"}
        else:
            plain.append({"role": role, "content": message["content"]})
    return plain
