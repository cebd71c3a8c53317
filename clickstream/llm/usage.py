"""What a reply cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import msgspec

N = TypeVar("N", int, Decimal)


class Usage(msgspec.Struct, frozen=True):
    """Tokens and price as the provider reports them; None where it does not."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None

    def __add__(self, other: Usage) -> Usage:
        """Of two requests together."""
        return Usage(
            prompt_tokens=_plus(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_plus(self.completion_tokens, other.completion_tokens),
            cached_tokens=_plus(self.cached_tokens, other.cached_tokens),
            reasoning_tokens=_plus(self.reasoning_tokens, other.reasoning_tokens),
            cost_usd=_plus(self.cost_usd, other.cost_usd),
        )


def _plus(one: N | None, other: N | None) -> N | None:
    """Unknown where neither is known."""
    if one is None or other is None:
        return other if one is None else one
    return one + other


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _UsageWire(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: Decimal | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


def read_usage(raw: object) -> Usage | None:
    """The `usage` member of a reply, or None when there is none or it cannot be read: a reply is not lost over its bill."""
    try:
        wire = msgspec.convert(raw, _UsageWire)
    except msgspec.ValidationError:
        return None
    return Usage(
        prompt_tokens=wire.prompt_tokens,
        completion_tokens=wire.completion_tokens,
        cached_tokens=wire.prompt_tokens_details.cached_tokens if wire.prompt_tokens_details else None,
        reasoning_tokens=wire.completion_tokens_details.reasoning_tokens if wire.completion_tokens_details else None,
        cost_usd=wire.cost,
    )
