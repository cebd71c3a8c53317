"""From an exchange to a checked reply: streamed, or whole where a server does not stream."""

from __future__ import annotations

from collections.abc import Callable

from clickstream.llm.errors import CutOff, Garbled, LlmError, Stage, TimedOut, WrongAddress
from clickstream.llm.faults import Redact, error_from_status
from clickstream.llm.reply import Reply
from clickstream.llm.streaming import SseParser
from clickstream.llm.transport import Deadlines, Exchange, Head, Limit


class Pace:
    """The deadline in force: first token, then idle, then a short wait for the bill; never past `until`."""

    def __init__(self, deadlines: Deadlines, clock: Callable[[], float], until: float) -> None:
        self._deadlines, self._clock, self._until = deadlines, clock, until
        self._settling = False
        self._limit = Limit(clock() + deadlines.first_token, "first_token")

    def limit(self) -> Limit:
        return self._limit if self._limit.moment < self._until else Limit(self._until, "total")

    def advanced(self) -> None:
        """The model has said something. Comments and empty chunks are not something."""
        if not self._settling:
            self._restart(self._deadlines.idle, "idle")

    def finished(self) -> None:
        """The answer is whole; only usage and the end mark may follow."""
        if not self._settling:
            self._settling = True
            self._restart(self._deadlines.settle, "idle")

    def _restart(self, seconds: float, stage: Stage) -> None:
        self._limit = Limit(self._clock() + seconds, stage)


def receive(exchange: Exchange, pace: Pace, until: Limit, redact: Redact, on_text: Callable[[str], None] | None) -> Reply:
    """The reply, checked. Raises the LlmError that describes anything else that came."""
    head = exchange.head(pace.limit())
    if head.status >= 300:
        raise refusal(exchange, head, pace.limit(), redact)
    content_type = head.headers.get("content-type", "")
    if "html" in content_type:
        raise WrongAddress
    reply = Reply(redact, head.headers, on_text)
    try:
        if "json" in content_type:
            reply.take(exchange.body(until))
            reply.ended = True
        else:
            _read_stream(exchange, pace, reply)
        reply.check()
    except LlmError as error:
        error.usage = reply.usage
        raise
    return reply


def refusal(exchange: Exchange, head: Head, limit: Limit, redact: Redact) -> LlmError:
    """The error an unsuccessful status stands for, even when its body never comes."""
    try:
        body = exchange.body(limit)
    except (TimedOut, CutOff):
        body = b""
    return error_from_status(head.status, head.headers, body, redact)


def _read_stream(exchange: Exchange, pace: Pace, reply: Reply) -> None:
    parser = SseParser()
    try:
        for piece in exchange.pieces(pace.limit):
            for event in parser.feed(piece):
                if reply.take(event):
                    pace.advanced()
                if reply.ended:
                    return
            if reply.complete:
                pace.finished()
    except (TimedOut, CutOff):
        if not reply.complete:
            raise
    else:
        _take_last(parser, reply)


def _take_last(parser: SseParser, reply: Reply) -> None:
    """An event without its blank line, at the end of the stream: whole, or cut in the middle."""
    try:
        for event in parser.close():
            reply.take(event)
    except Garbled:
        raise CutOff from None
