"""What a reply cost."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Usage(msgspec.Struct, frozen=True):
    """Tokens and price as the provider reports them; None where it does not."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None


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
