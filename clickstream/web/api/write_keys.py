"""Write keys: make, list, change, revoke; and what the keys in test mode have sent."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from clickstream.clock import iso
from clickstream.errors import InvalidInput, NotFound
from clickstream.scope import LIVE
from clickstream.store.write_keys import Mode, WriteKey
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route
from clickstream.web.write_keys import Wanted, key_name, read_origins

_MAX_BODY_BYTES = 16 * 1024
Origins = Annotated[
    list[str], Meta(description="sites whose pages may send with it, such as https://shop.example; * is every site")
]
Label = Annotated[str, Meta(max_length=100, description="what it is for")]


class NewWriteKey(Struct, forbid_unknown_fields=True):
    label: Label
    dataset: Annotated[str, Meta(max_length=200)] = LIVE
    mode: Annotated[Mode, Meta(description="test: events are judged and shown, and never counted")] = "live"
    server: Annotated[bool, Meta(description="kept secret by a server; may also send refunds and cancellations")] = False
    origins: Origins = []


class WriteKeyChange(Struct, forbid_unknown_fields=True):
    label: Label
    origins: Origins


class WriteKeyView(Struct):
    key_id: str
    label: str
    dataset: str
    mode: Mode
    server: bool
    origins: list[str]
    last4: str
    created_by: str
    created_at: str
    revoked_at: str | None


class WriteKeyList(Struct):
    items: list[WriteKeyView]


class CreatedWriteKey(Struct):
    """`key` is told this once: only its digest is kept."""

    key: str
    write_key: WriteKeyView


def list_keys(request: Request, deps: Deps) -> Response:
    return Response.json(WriteKeyList([_view(key) for key in deps.write_keys.all()]))


def create_key(request: Request, deps: Deps) -> Response:
    body = request.body_json(NewWriteKey, _MAX_BODY_BYTES)
    wanted = Wanted(_label(body.label), body.dataset, body.mode, body.server, read_origins(body.origins))
    if wanted.server and wanted.origins:
        raise InvalidInput("A server key is sent by no page.", fields={"origins": "must be empty for a server key"})
    _check_dataset(wanted.dataset, deps)
    text, key = deps.write_keys.create(wanted, request.username)
    deps.audit.record("write_key_created", request.actor, key_name(key), mode=key.mode, server=key.server)
    return Response.json(CreatedWriteKey(text, _view(key)), 201)


def change_key(request: Request, deps: Deps) -> Response:
    body = request.body_json(WriteKeyChange, _MAX_BODY_BYTES)
    origins = read_origins(body.origins)
    key = _found(deps.write_keys.change(request.params["id"], _label(body.label), origins))
    deps.audit.record("write_key_changed", request.actor, key_name(key), origins=" ".join(origins))
    return Response.json(_view(key))


def revoke_key(request: Request, deps: Deps) -> Response:
    key = _found(deps.write_keys.revoke(request.params["id"]))
    deps.audit.record("write_key_revoked", request.actor, key_name(key))
    return Response.empty()


def _check_dataset(name: str, deps: Deps) -> None:
    """Live events go where live events are: an uploaded log stays what was uploaded."""
    if name == LIVE:
        return
    if deps.store.datasets.find(name) is not None:
        raise InvalidInput("An uploaded log takes no events.", fields={"dataset": "is an uploaded log"})
    if deps.store.state.find_dataset(name) is None:
        raise InvalidInput("There is no such dataset.", fields={"dataset": "is not known"})


def _label(text: str) -> str:
    if not text.strip():
        raise InvalidInput("A write key needs a label.", fields={"label": "is required"})
    return text.strip()


def _found(key: WriteKey | None) -> WriteKey:
    if key is None:
        raise NotFound("There is no such write key.")
    return key


def _view(key: WriteKey) -> WriteKeyView:
    return WriteKeyView(
        key_id=key.key_id,
        label=key.label,
        dataset=key.dataset,
        mode=key.mode,
        server=key.server,
        origins=list(key.origins),
        last4=key.last4,
        created_by=key.created_by,
        created_at=iso(key.created_at),
        revoked_at=iso(key.revoked_at) if key.revoked_at else None,
    )


ROUTES = (
    Route(
        "GET", "/api/write-keys", list_keys, access="owner", returns=WriteKeyList,
        summary="Every write key, latest first: where it may send from, how it ends, whether it was revoked.",
    ),
    Route(
        "POST", "/api/write-keys", create_key, access="owner", body=NewWriteKey, returns=CreatedWriteKey, status=201,
        errors=(409,),
        summary="Make a write key, which may only send events; it is shown this once.",
    ),
    Route(
        "PATCH", "/api/write-keys/{id}", change_key, access="owner", body=WriteKeyChange, returns=WriteKeyView,
        summary="Change a write key's label and the sites it may be sent from.",
    ),
    Route(
        "DELETE", "/api/write-keys/{id}", revoke_key, access="owner", status=204,
        summary="Revoke a write key: from now on it is refused.",
    ),
)  # fmt: skip
