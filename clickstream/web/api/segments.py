"""Saved segments: filters under a name, for everybody who reads the numbers."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from clickstream.clock import iso
from clickstream.errors import Conflict, Forbidden, InvalidInput, NotFound
from clickstream.scope import MAX_FILTER
from clickstream.store.saved_segments import SavedSegment
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

MOST_SEGMENTS = 200
MAX_NAME = 80
_MAX_BODY_BYTES = 16 * 1024

Name = Annotated[str, Meta(max_length=MAX_NAME, description="there is one of each name, whatever its case")]
Value = Annotated[str, Meta(max_length=MAX_FILTER)]


class Filters(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Sessions that all of these hold for; one at least is named."""

    device: Value = ""
    country: Value = ""
    channel: Value = ""
    visitor: Literal["new", "returning", ""] = ""
    variant: Value = ""


class NewSegment(Struct, forbid_unknown_fields=True):
    name: Name
    filters: Filters


class SegmentChange(Struct, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    filters: Filters | UnsetType = UNSET


class SegmentView(Struct):
    segment_id: str
    name: str
    filters: Filters
    created_by: str
    created_at: str


class SegmentList(Struct):
    items: list[SegmentView]


def list_segments(request: Request, deps: Deps) -> Response:
    return Response.json(SegmentList([_view(segment) for segment in deps.store.saved_segments.all()]))


def save_segment(request: Request, deps: Deps) -> Response:
    body = request.body_json(NewSegment, _MAX_BODY_BYTES)
    segment = SavedSegment(secrets.token_hex(6), _name(body.name), _filters(body.filters), request.username, deps.clock())
    if deps.store.saved_segments.count() >= MOST_SEGMENTS:
        raise Conflict(f"There are {MOST_SEGMENTS} segments already; delete one first.", code="too_many_segments")
    deps.store.saved_segments.add(segment)
    deps.audit.record("segment_saved", request.actor, segment.name, **segment.filters)
    return Response.json(_view(segment), 201)


def change_segment(request: Request, deps: Deps) -> Response:
    body = request.body_json(SegmentChange, _MAX_BODY_BYTES)
    held = _own(request, deps)
    if body.name is UNSET and body.filters is UNSET:
        raise InvalidInput("Nothing is to be changed.", fields={"name": "or filters must be there"})
    name = held.name if body.name is UNSET else _name(body.name)
    changed = replace(held, name=name, filters=held.filters if body.filters is UNSET else _filters(body.filters))
    deps.store.saved_segments.change(held, changed)
    deps.audit.record("segment_changed", request.actor, changed.name, before=held.name, **changed.filters)
    return Response.json(_view(changed))


def delete_segment(request: Request, deps: Deps) -> Response:
    held = _own(request, deps)
    deps.store.saved_segments.delete(held.segment_id)
    deps.audit.record("segment_deleted", request.actor, held.name)
    return Response.empty()


def _own(request: Request, deps: Deps) -> SavedSegment:
    held = deps.store.saved_segments.find(request.params["id"])
    if held is None:
        raise NotFound("There is no such segment.")
    if not request.may_change(held.created_by):
        raise Forbidden("Only who saved this segment, or an owner, can change it.")
    return held


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise InvalidInput("A segment needs a name.", fields={"name": "must be a line of text"})
    return name


def _filters(given: Filters) -> dict[str, str]:
    filters = {name: value for name, value in structs.asdict(given).items() if value}
    if not filters:
        names = ", ".join(Filters.__struct_fields__)
        raise InvalidInput("A segment needs a filter.", fields={"filters": f"must name one of {names}"})
    return filters


def _view(segment: SavedSegment) -> SegmentView:
    return SegmentView(
        segment_id=segment.segment_id,
        name=segment.name,
        filters=Filters(**segment.filters),  # type: ignore[arg-type]
        created_by=segment.created_by,
        created_at=iso(segment.created_at),
    )


ROUTES = (
    Route(
        "GET", "/api/segments", list_segments, access="viewer", returns=SegmentList,
        summary="The saved segments, by name: the filters each stands for, as every address that measures takes them.",
    ),
    Route(
        "POST", "/api/segments", save_segment, access="analyst", body=NewSegment, returns=SegmentView, status=201,
        errors=(409,),
        summary="Save filters under a name.",
    ),
    Route(
        "PATCH", "/api/segments/{id}", change_segment, access="analyst", body=SegmentChange, returns=SegmentView,
        errors=(409,),
        summary="Give a segment another name, or other filters: its own, for analysts; any, for owners.",
    ),
    Route(
        "DELETE", "/api/segments/{id}", delete_segment, access="analyst", status=204,
        summary="Delete a segment; what was measured of it stays.",
    ),
)  # fmt: skip
