"""Ask a model through one endpoint, and believe only a whole answer of the agreed form."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar, overload

import msgspec
import requests

from clickstream.llm.dialect import Dialect, Dialects, Messages, Mode, Request, adapted
from clickstream.llm.endpoint import Endpoint
from clickstream.llm.errors import KeyMissing, LlmError, ModelUnavailable, UnusableReply, WrongAddress
from clickstream.llm.models import KeyState, Model, read_key, read_models
from clickstream.llm.receive import Pace, receive, refusal
from clickstream.llm.reply import Reply
from clickstream.llm.retry import Retries
from clickstream.llm.tools import Tool, ToolCall, ToolChoice
from clickstream.llm.transport import LOCAL_DEADLINES, Deadlines, Exchange, Limit, Outgoing, new_session
from clickstream.llm.usage import Usage

log = logging.getLogger(__name__)

S = TypeVar("S", bound=msgspec.Struct)
V_co = TypeVar("V_co", covariant=True)
OnText = Callable[[str], None]

LOOKUP_SECONDS = 30.0


@dataclass(frozen=True)
class Completion(Generic[V_co]):
    """A whole answer. `value` is the decoded struct, or None where no schema was asked for."""

    text: str
    value: V_co
    model: str  # the one that answered: a router may have chosen it
    usage: Usage
    request_id: str
    mode: Mode | None  # how the schema was conveyed
    calls: tuple[ToolCall, ...] = ()  # of the tools that were offered

    @property
    def cost(self) -> Decimal | None:
        """US dollars, where the provider says."""
        return self.usage.cost_usd


@dataclass
class _Question:
    request: Request
    until: float
    cancel: threading.Event | None
    on_text: OnText | None
    spoken: bool = field(default=False)  # the caller has seen a piece of the answer

    def listener(self) -> OnText | None:
        return self._tell if self.on_text else None

    def _tell(self, text: str) -> None:
        assert self.on_text is not None
        self.spoken = True
        self.on_text(text)


class Client:
    """Speaks to one endpoint with one key. Share `http` and `dialects` among clients and threads."""

    def __init__(
        self,
        endpoint: Endpoint,
        http: requests.Session,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        rng: random.Random,
        *,
        deadlines: Deadlines | None = None,
        dialects: Dialects | None = None,
    ) -> None:
        self._endpoint, self._http, self._clock = endpoint, http, clock
        self._deadlines = deadlines or (LOCAL_DEADLINES if endpoint.kind == "compatible" else Deadlines())
        self._dialects = dialects if dialects is not None else Dialects(clock)
        self._retries = Retries(clock, sleep, rng)

    @overload
    def complete(
        self,
        messages: Messages,
        schema: type[S],
        *,
        model: str,
        max_tokens: int,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
    ) -> Completion[S]: ...

    @overload
    def complete(
        self,
        messages: Messages,
        schema: None = None,
        *,
        model: str,
        max_tokens: int,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
        tools: Sequence[Tool] = (),
        tool_choice: ToolChoice = "auto",
    ) -> Completion[None]: ...

    def complete(
        self,
        messages: Messages,
        schema: type[S] | None = None,
        *,
        model: str,
        max_tokens: int,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
        tools: Sequence[Tool] = (),
        tool_choice: ToolChoice = "auto",
    ) -> Completion[S] | Completion[None]:
        """Ask, wait, check. `on_text` gets each piece as it comes; once it has had one, nothing is tried again.

        `tools` go with free text only; a server that refuses them is asked without.
        Setting `cancel` ends the request at once. Raises an LlmError (errors.py), whose `usage` says what was spent.
        """
        if self._endpoint.needs_key and not self._endpoint.api_key:
            raise KeyMissing
        request = Request(messages, model, max_tokens, temperature, schema, tools, tool_choice)
        began = self._clock()
        question = _Question(request, began + self._deadlines.total, cancel, on_text)
        reply, dialect = self._retries.run(lambda: self._attempt(question), until=question.until, cancel=cancel)
        self._log(reply, request, dialect, self._clock() - began)
        about = (reply.model or model, reply.usage, reply.request_id)
        if schema is None:
            calls = reply.calls.whole() if tool_choice == "auto" and tools else ()
            return Completion(reply.text, None, *about, mode=None, calls=calls)
        return Completion(reply.text, _value(reply, schema), *about, mode=dialect.mode)

    def takes_tools(self, model: str) -> bool:
        """Unless this model is known to refuse them."""
        return self._dialects.of(self._endpoint.base_url, model).tools

    def models(self, cancel: threading.Event | None = None) -> list[Model]:
        """What the provider offers, by id. Also remembers what each model supports."""
        models = read_models(self._look_up("/models", cancel))
        for model in models:
            if model.supported_parameters is not None:
                self._dialects.expect(self._endpoint.base_url, model.id, model.supported_parameters)
        return models

    def check(self, cancel: threading.Event | None = None) -> KeyState:
        """Whether the key and the address work, free of charge. Raises KeyRefused, Unreachable, WrongAddress, ..."""
        if self._endpoint.needs_key and not self._endpoint.api_key:
            raise KeyMissing
        if self._endpoint.kind == "openrouter":  # its model list answers to any key
            return read_key(self._look_up("/key", cancel))
        read_models(self._look_up("/models", cancel))
        return KeyState()

    def _attempt(self, question: _Question) -> tuple[Reply, Dialect]:
        """One answer, giving up in turn whatever the provider refuses."""
        base_url, request = self._endpoint.base_url, question.request
        dialect = self._dialects.of(base_url, request.model)
        while True:
            try:
                reply = self._send(question, dialect)
            except LlmError as error:
                if question.spoken:
                    error.transient = False
                    raise
                weaker = adapted(dialect, request, self._endpoint.kind, error.fault)
                if weaker is None:
                    raise
                dialect = weaker
            else:
                self._dialects.learn(base_url, request.model, dialect)
                return reply, dialect

    def _send(self, question: _Question, dialect: Dialect) -> Reply:
        body = msgspec.json.encode(question.request.body(self._endpoint.kind, dialect))
        pace = Pace(self._deadlines, self._clock, question.until)
        with self._exchange("POST", "/chat/completions", body, question.cancel) as exchange:
            return receive(exchange, pace, Limit(question.until, "total"), self._endpoint.redact, question.listener())

    def _look_up(self, path: str, cancel: threading.Event | None) -> bytes:
        until = Limit(self._clock() + min(LOOKUP_SECONDS, self._deadlines.total), "total")

        def attempt() -> bytes:
            with self._exchange("GET", path, None, cancel) as exchange:
                head = exchange.head(until)
                if head.status >= 300:
                    error = refusal(exchange, head, until, self._endpoint.redact)
                    raise (WrongAddress(detail=error.detail) if isinstance(error, ModelUnavailable) else error)
                return exchange.body(until)

        return self._retries.run(attempt, until=until.moment, cancel=cancel)

    def _exchange(self, method: str, path: str, body: bytes | None, cancel: threading.Event | None) -> Exchange:
        outgoing = Outgoing(method, self._endpoint.base_url + path, self._endpoint.api_key, body)
        return Exchange(self._http, outgoing, self._deadlines, self._clock, cancel)

    def _log(self, reply: Reply, request: Request, dialect: Dialect, seconds: float) -> None:
        log.info(
            "llm host=%s model=%s mode=%s seconds=%.1f tokens=%s/%s cost=%s id=%s",
            self._endpoint.host,
            reply.model or request.model,
            dialect.mode if request.schema else "text",
            seconds,
            reply.usage.prompt_tokens,
            reply.usage.completion_tokens,
            reply.usage.cost_usd,
            reply.request_id,
        )


def open_client(endpoint: Endpoint, *, deadlines: Deadlines | None = None) -> Client:
    """A client with a session, clock and chance of its own, for scripts."""
    return Client(endpoint, new_session(), time.monotonic, time.sleep, random.Random(), deadlines=deadlines)


def _value(reply: Reply, schema: type[S]) -> S:
    try:
        return reply.value(schema)
    except UnusableReply as error:
        error.usage = reply.usage
        raise
