"""Ask a model for a report: once, and once more for the parts that were refused."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec

from clickstream.insights.answer import Parts, answer_of, parts_of
from clickstream.insights.flaws import Flaw
from clickstream.insights.judging import Verdict, judge, messages_of
from clickstream.insights.prompt import Prompt, again
from clickstream.llm import Completion, LlmError, Messages, Truncated, Usage
from clickstream.llm.errors import Cancelled, UnusableReply

log = logging.getLogger(__name__)

MAX_TOKENS = 6_000
MORE_TOKENS = 12_000
"""For the second try where the first was cut: a model that thinks needs room for both."""


class Ask(Protocol):
    """One question to a model; raises an LlmError."""

    def __call__(self, messages: Messages, schema: type[msgspec.Struct], max_tokens: int) -> Completion[msgspec.Struct]: ...


@dataclass(frozen=True)
class Written:
    """What the model wrote: `parts` as they came, judged in `verdict`. `usage` is that of all requests together."""

    parts: Parts
    verdict: Verdict
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    request_id: str = ""
    reasked: bool = False

    @property
    def is_usable(self) -> bool:
        return bool(self.verdict.claims) or bool(self.verdict.picks)


def write(ask: Ask, prompt: Prompt) -> Written:
    """The model's report. Raises an LlmError, whose usage is that of all requests, where there is nothing to use."""
    tokens = MAX_TOKENS
    try:
        first = _judged(ask(prompt.messages, answer_of(prompt.parts, prompt.kind), MAX_TOKENS), prompt)
    except UnusableReply as error:
        first = _unread(error, prompt)
        tokens = MORE_TOKENS if isinstance(error, Truncated) else MAX_TOKENS
    problems = first.verdict.problems
    if not problems:
        return first
    log.info("model: asking again for %s", {part: [flaw.code for flaw in flaws] for part, flaws in problems.items()})
    messages = again(prompt, {part: messages_of(flaws) for part, flaws in problems.items()}, first.parts)
    try:
        second = _judged(ask(messages, answer_of(problems, prompt.kind), tokens), prompt)
    except LlmError as error:
        error.usage = first.usage + error.usage
        if isinstance(error, Cancelled) or not first.is_usable:
            raise
        log.warning("model: the second try failed: %s", error.message)
        return replace(first, usage=error.usage, reasked=True)
    return _merged(first, second)


def recalled(prompt: Prompt, text: str) -> Written | None:
    """The report in an earlier answer to the same question; None where it would not be accepted any more."""
    try:
        parts = parts_of(msgspec.json.decode(text, type=answer_of(prompt.parts, prompt.kind)))
    except msgspec.DecodeError:
        return None
    verdict = judge(parts, prompt)
    return None if verdict.problems else Written(parts, verdict)


def _judged(completion: Completion[msgspec.Struct], prompt: Prompt) -> Written:
    parts = parts_of(completion.value)
    verdict = judge(parts, prompt)
    return Written(parts, verdict, completion.model, completion.usage, completion.request_id)


def _unread(error: UnusableReply, prompt: Prompt) -> Written:
    """A first try of which nothing can be kept."""
    cut = isinstance(error, Truncated)
    problem = "it was longer than allowed: write less" if cut else f"it does not fit the schema: {error.problem}"
    missing = Flaw("missing", f"the answer could not be used: {problem}")
    return Written({}, Verdict({}, None, {part: [missing] for part in prompt.parts}), usage=error.usage)


def _merged(first: Written, second: Written) -> Written:
    """The second try's parts in place of those that were refused."""
    verdict = Verdict(
        claims={**first.verdict.claims, **second.verdict.claims},
        picks=first.verdict.picks if second.verdict.picks is None else second.verdict.picks,
        problems=second.verdict.problems,
    )
    return replace(
        second,
        parts={**first.parts, **second.parts},
        verdict=verdict,
        usage=first.usage + second.usage,
        reasked=True,
    )
