"""One shopper's data, for owners: what there is, all of it, and its end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Annotated, Any

from msgspec import Meta, Struct

from clickstream.errors import InvalidInput
from clickstream.operations.persons import Known, Receipt
from clickstream.store.numbers import encode
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import NDJSON, Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 16 * 1024


class Erase(Struct, forbid_unknown_fields=True):
    """`confirm` is the user_id once more. With `account` the account of that name goes too, if it is a shopper's."""

    confirm: Annotated[str, Meta(max_length=4096)]
    account: bool = False


def know_person(request: Request, deps: Deps) -> Response:
    return Response.json(deps.persons.known(request.params["id"]))


def export_person(request: Request, deps: Deps) -> Response:
    found = deps.persons.export(request.params["id"], request.actor)
    return Response.attachment("person.ndjson", NDJSON, _lines(found))


def erase_person(request: Request, deps: Deps) -> Response:
    body = request.body_json(Erase, _MAX_BODY_BYTES)
    if body.confirm != request.params["id"]:
        raise InvalidInput("Type the user id once more to erase this person.", fields={"confirm": "must be the user id"})
    return Response.json(deps.persons.erase(request.params["id"], request.actor, account=body.account))


def _lines(found: Iterator[dict[str, Any]]) -> Generator[bytes, None, None]:
    for thing in found:
        yield encode(thing) + b"\n"


ROUTES = (
    Route(
        "GET", "/api/persons/{id}", know_person, access="owner", returns=Known, errors=(404,),
        summary="How much is stored about one shopper, by user_id.",
    ),
    Route(
        "GET", "/api/persons/{id}/export", export_person, access="owner", returns=NDJSON, errors=(404,),
        summary="Everything stored about one shopper, as NDJSON; the last line is of kind `end` and counts the others.",
    ),
    Route(
        "POST", "/api/persons/{id}/erase", erase_person, access="owner", body=Erase, returns=Receipt, errors=(404, 409),
        summary="Erase one shopper: events, sessions, analyses, recommendations, and the account if asked. Can be repeated.",
    ),
)  # fmt: skip
