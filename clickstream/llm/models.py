"""What a provider offers, and what a key may do: both free of charge."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from clickstream.llm.errors import WrongAddress


class Model(msgspec.Struct, frozen=True):
    """One model; None where the provider does not say. Prices are US dollars per million tokens."""

    id: str
    name: str
    context_length: int | None = None
    prompt_price: Decimal | None = None
    completion_price: Decimal | None = None
    supports_structured_output: bool | None = None
    supported_parameters: tuple[str, ...] | None = None


class KeyState(msgspec.Struct, frozen=True):
    """A key that works; amounts in US dollars, None where there is no limit or the provider does not say."""

    limit: Decimal | None = None
    limit_remaining: Decimal | None = None
    usage: Decimal | None = None
    is_free_tier: bool | None = None
    expires_at: str | None = None


class _ModelWire(msgspec.Struct):
    id: str
    name: str | None = None
    context_length: int | None = None
    max_model_len: int | None = None  # vLLM's name for it
    pricing: dict[str, Any] | None = None
    supported_parameters: tuple[str, ...] | None = None


class _ModelsWire(msgspec.Struct):
    data: list[_ModelWire]


class _KeyWire(msgspec.Struct):
    data: KeyState


def read_models(body: bytes) -> list[Model]:
    """The models of a GET /models reply, by id. Raises WrongAddress when it is no such reply."""
    try:
        wire = msgspec.json.decode(body, type=_ModelsWire)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongAddress from None
    return sorted(map(_model, wire.data), key=lambda model: model.id)


def read_key(body: bytes) -> KeyState:
    """The state of a GET /key reply. Raises WrongAddress when it is no such reply."""
    try:
        return msgspec.json.decode(body, type=_KeyWire).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongAddress from None


def _model(wire: _ModelWire) -> Model:
    pricing, parameters = wire.pricing or {}, wire.supported_parameters
    return Model(
        id=wire.id,
        name=wire.name or wire.id,
        context_length=wire.context_length or wire.max_model_len,
        prompt_price=_per_million(pricing.get("prompt")),
        completion_price=_per_million(pricing.get("completion")),
        supports_structured_output=None if parameters is None else "structured_outputs" in parameters,
        supported_parameters=parameters,
    )


def _per_million(price_per_token: object) -> Decimal | None:
    """OpenRouter prices tokens one by one, in strings; -1 stands for a price that varies."""
    try:
        price = Decimal(price_per_token) if isinstance(price_per_token, str) else None
    except InvalidOperation:
        return None
    if price is None or not price.is_finite() or price < 0:
        return None
    return Decimal(f"{(price * 1_000_000).normalize():f}")
