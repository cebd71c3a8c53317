"""A model's reply, put together from its pieces and judged before anything in it is believed.

The order of the checks matters: error, refusal, cut or filtered, empty, and only then what the text says. A reply that
was cut is never repaired: `{"value": 12` may have been going to say 1200.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from clickstream.llm.errors import CutOff, EmptyReply, Filtered, Garbled, InvalidReply, ProviderDown, Refused, Truncated
from clickstream.llm.faults import ErrorBody, Redact, error_from_body
from clickstream.llm.tools import ArrivingCalls, CallPiece
from clickstream.llm.usage import Usage, read_usage

S = TypeVar("S", bound=msgspec.Struct)

DONE = b"[DONE]"
_CUT = ("length", "max_tokens", "model_length")
_FILTERED = ("content_filter", "safety", "sensitive")
_THINKING = re.compile(r"\s*<think>.*?</think>", re.S)
_ONLY_THOUGHT = "The model spent its whole allowance on thinking. Allow longer answers, or choose another model."


class _Message(msgspec.Struct):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[CallPiece] | None = None


class _Choice(msgspec.Struct):
    index: int | None = 0
    delta: _Message | None = None
    message: _Message | None = None
    finish_reason: str | None = None
    error: ErrorBody | None = None


class _Payload(msgspec.Struct):
    """A chunk of a stream or a whole reply; every member is missing or null somewhere in the wild."""

    id: str | None = None
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: Any = None
    error: ErrorBody | None = None


@dataclass
class Reply:
    """What has arrived of a reply so far."""

    redact: Redact
    headers: Mapping[str, str]
    on_text: Callable[[str], None] | None = None
    parts: list[str] = field(default_factory=list)
    calls: ArrivingCalls = field(default_factory=ArrivingCalls)
    refusal: str = ""
    thought: bool = False
    finish_reason: str = ""
    heard: bool = False  # at least one choice came
    ended: bool = False  # the provider said that nothing follows
    model: str = ""
    generation_id: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def request_id(self) -> str:
        return self.headers.get("x-generation-id") or self.headers.get("x-request-id") or self.generation_id

    @property
    def complete(self) -> bool:
        return self.ended or bool(self.finish_reason)

    def take(self, data: bytes) -> bool:
        """Add one event, or a whole reply. True when it brought the answer forward: keep-alives do not.

        Raises the error it carries, or Garbled when it cannot be read.
        """
        if data.strip() == DONE:
            self.ended = True
            return True
        payload = _read(data)
        if payload.error:
            raise error_from_body(payload.error, status=None, headers=self.headers, redact=self.redact)
        self.model = payload.model or self.model
        self.generation_id = payload.id or self.generation_id
        self.usage = read_usage(payload.usage) or self.usage
        first = next((choice for choice in payload.choices or [] if not choice.index), None)
        return payload.usage is not None if first is None else self._take_choice(first)

    def _take_choice(self, choice: _Choice) -> bool:
        if choice.error:
            raise error_from_body(choice.error, status=None, headers=self.headers, redact=self.redact)
        self.heard = True
        said = choice.delta or choice.message or _Message()
        text = _plain_text(said.content)
        thought = bool(said.reasoning or said.reasoning_content)
        self.thought = self.thought or thought
        self.refusal += said.refusal or ""
        self.calls.take(said.tool_calls or ())
        self.finish_reason = (choice.finish_reason or self.finish_reason).lower()
        if text:
            self.parts.append(text)
            if self.on_text:
                self.on_text(text)
        return bool(text or thought or said.tool_calls or said.refusal or choice.finish_reason)

    def check(self) -> None:
        """Raise unless this is a whole, willing, non-empty answer, in words or calls."""
        if not self.complete:
            raise CutOff
        if not self.heard or self.finish_reason == "error":
            raise ProviderDown
        if self.refusal:
            raise Refused(detail=self.redact(self.refusal)[:300])
        if self.finish_reason in _CUT:
            raise Truncated("" if self.text.strip() or not self.thought else _ONLY_THOUGHT, text=self.text)
        if self.finish_reason in _FILTERED:
            raise Filtered
        if not self.text.strip() and not self.calls.whole():
            raise EmptyReply(_ONLY_THOUGHT if self.thought else "")

    def value(self, schema: type[S]) -> S:
        """The checked reply as the struct that was asked for. Raises InvalidReply with the rule it breaks.

        A fence or prose around one JSON object is forgiven, but only when the model itself ended the reply.
        """
        text = _THINKING.sub("", self.text, count=1)
        try:
            return _decode(text, schema)
        except msgspec.DecodeError as error:
            wrapped = None if self.finish_reason != "stop" or _is_json(text) else _wrapped_object(text)
            if wrapped is None:
                raise InvalidReply(text=self.text, problem=str(error)) from None
        try:
            return _decode(wrapped, schema)
        except msgspec.DecodeError as error:
            raise InvalidReply(text=self.text, problem=str(error)) from None


def _decode(text: str, schema: type[S]) -> S:
    try:
        return msgspec.json.decode(text, type=schema)
    except RecursionError:
        raise msgspec.DecodeError("nested too deeply") from None


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _wrapped_object(text: str) -> str | None:
    """The one JSON object in a text of prose or fences, or None when there is none, or a choice of several."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return None if "{" in text[end:] else text[start:end]


def _read(data: bytes) -> _Payload:
    try:
        return msgspec.json.decode(data, type=_Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Garbled from None


def _plain_text(content: str | list[dict[str, Any]] | None) -> str:
    if not isinstance(content, list):
        return content or ""
    return "".join(part["text"] for part in content if isinstance(part.get("text"), str))
