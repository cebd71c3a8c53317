"""The account's AI provider: save its key, see what is in use, test it, list its models. No key ever leaves."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from clickstream.keys import Choice, KeyStatus, Wanted
from clickstream.llm import Endpoint, Kind, LlmError, Model, openrouter
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

log = logging.getLogger(__name__)

_MAX_BODY_BYTES = 16 * 1024

Key = Annotated[str, Meta(max_length=1000, description="as the provider shows it; quotes and `Bearer` are taken off")]
Address = Annotated[str, Meta(max_length=500, description="of a compatible provider, such as http://localhost:11434/v1")]


class Provider(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is saved; a key stays only with the provider and address it was saved for."""

    key: Key = ""
    kind: Annotated[Kind, Meta(description="compatible: an owner's own address, for every account")] | None = None
    base_url: Address = ""


class SaveKey(Provider, forbid_unknown_fields=True):
    model: Annotated[str, Meta(max_length=1000, description="an empty one goes back to the usual model")] | None = None


class Checked(Struct):
    """The key works. Amounts in US dollars, of a key of one's own and where the provider tells."""

    ok: Literal[True] = True
    limit: float | None = None
    limit_remaining: float | None = None
    usage: float | None = None
    is_free_tier: bool | None = None
    expires_at: str | None = None


class ModelView(Struct):
    """Prices are US dollars per million tokens; null where the provider does not say."""

    id: str
    name: str
    context_length: int | None
    prompt_price: float | None
    completion_price: float | None
    structured_output: bool | None


class ModelsPage(Struct):
    items: list[ModelView]
    next: None = None


class ModelsQuery(Struct):
    q: Annotated[str, Meta(max_length=200, description="words that id or name contain")] = ""


def show_key(request: Request, deps: Deps) -> Response:
    return Response.json(deps.keys.status(request.username))


def save_key(request: Request, deps: Deps) -> Response:
    username = request.username
    body = request.body_json(SaveKey, _MAX_BODY_BYTES)
    deps.keys.save(username, Wanted(body.key, body.kind, body.base_url, body.model))
    status = deps.keys.status(username)
    deps.audit.record("key_saved", request.actor, username, provider=status.kind, model=status.model)
    return Response.json(status)


def forget_key(request: Request, deps: Deps) -> Response:
    username = request.username
    deps.keys.forget(username)
    deps.audit.record("key_removed", request.actor, username)
    return Response.empty()


def check_key(request: Request, deps: Deps) -> Response:
    account = request.signed_in
    deps.limits.provider_by_user.take(account.username)
    body = request.body_json(Provider, _MAX_BODY_BYTES)
    choice = deps.keys.draft(account.username, Wanted(body.key, body.kind, body.base_url))
    deps.audit.record("key_used", request.actor, use="test", key=choice.source, provider=choice.endpoint.host)
    try:
        state = deps.clients.at(choice.endpoint).check()
    except LlmError as error:
        log.info("check of %s: %s %s", choice.endpoint.host, error.code, error.detail)
        raise
    if choice.source != "account" and account.role != "owner":
        return Response.json(Checked())
    amounts = (_number(state.limit), _number(state.limit_remaining), _number(state.usage))
    return Response.json(Checked(True, *amounts, state.is_free_tier, state.expires_at))


def list_models(request: Request, deps: Deps) -> Response:
    query, username = request.query_as(ModelsQuery), request.username
    endpoint = _listing(deps.keys.resolve(username))
    if deps.clients.known_models(endpoint) is None:
        deps.limits.provider_by_user.take(username)
    words = query.q.casefold().split()
    return Response.json(ModelsPage([_view(model) for model in deps.clients.models(endpoint) if _is_meant(model, words)]))


def _listing(choice: Choice | None) -> Endpoint:
    return choice.endpoint if choice else openrouter("")


def _is_meant(model: Model, words: list[str]) -> bool:
    text = f"{model.id} {model.name}".casefold()
    return all(word in text for word in words)


def _view(model: Model) -> ModelView:
    prices = (_number(model.prompt_price), _number(model.completion_price))
    return ModelView(model.id, model.name, model.context_length, *prices, model.supports_structured_output)


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


ROUTES = (
    Route(
        "GET", "/api/openrouter/key", show_key, access="signed_in", returns=KeyStatus,
        summary="Which AI provider and model are in use for this account; its saved key by its last characters only.",
    ),
    Route(
        "PUT", "/api/openrouter/key", save_key, access="signed_in", body=SaveKey, returns=KeyStatus, errors=(409,),
        summary="Save a key, a provider or a model for this account.",
    ),
    Route(
        "DELETE", "/api/openrouter/key", forget_key, access="signed_in", status=204,
        summary="Forget the key, provider and model this account saved.",
    ),
    Route(
        "GET", "/api/openrouter/models", list_models, access="signed_in", query=ModelsQuery, returns=ModelsPage,
        errors=(409, 429, 502),
        summary="What the provider in use offers; without one, OpenRouter's models.",
    ),
    Route(
        "POST", "/api/openrouter/check", check_key, access="signed_in", body=Provider, returns=Checked,
        errors=(409, 429, 502),
        summary="Test the key in the body, else the one in use, free of charge; 502 says what is wrong with it.",
    ),
)  # fmt: skip
