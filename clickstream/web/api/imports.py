"""Files of events: upload, look, check, load, take back."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from clickstream.errors import Forbidden
from clickstream.imports import LONGEST_NAME, Shown
from clickstream.imports.columns import EVENT_TYPES, FIELDS, Columns
from clickstream.imports.preview import Column, Preview, ReadRow, Word
from clickstream.imports.times import FORMATS
from clickstream.store.imports import Import
from clickstream.web.api.events import EventOut, shown
from clickstream.web.api.jobs import Begun
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import ANY_BYTES, Route

_MAX_BODY_BYTES = 256 * 1024


class Progress(Struct):
    stage: str
    done: int
    total: int


class ImportOut(Struct):
    """A file and what became of it: `state` is uploaded, loading, loaded, undoing, undone or interrupted.

    `error` says why it was interrupted; `job_id` is the latest work on it, `progress` how far that is while it runs;
    `waiting`: the uploaded file is still there.
    """

    import_id: str
    name: str
    bytes: int | None
    via: str
    state: str
    created_by: str | None
    created_at: str
    job_id: str | None
    progress: Progress | None
    error: str | None
    waiting: bool
    format: str | None
    read: int
    duplicates: int
    refused: dict[str, int]
    fault: str | None
    events: int | None
    loaded_at: str | None
    deleted: int | None
    kept: int | None
    undone_at: str | None


class ImportsPage(Struct):
    items: list[ImportOut]
    next: str | None


class ImportsQuery(Struct):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class UploadQuery(Struct):
    name: Annotated[str, Meta(max_length=LONGEST_NAME, description="the file's name")] = "upload"


class Chosen(Struct, forbid_unknown_fields=True):
    """`mapping` left out: the columns as they seem to be; for rows of JSON, as they are."""

    mapping: Columns | None = None


class RowOut(Struct):
    place: int
    event: EventOut | None
    code: str
    fields: dict[str, str]
    values: dict[str, str]


class PreviewOut(Struct):
    """The first `sampled` rows as they would be read. `missing`: fields that no column gives; `problem`: of the mapping.

    `field_names`, `event_types` and `time_formats` are what can be chosen. `place` names what rows are numbered by.
    """

    format: str
    place: str
    mapping: Columns
    columns: list[Column]
    words: list[Word]
    rows: list[RowOut]
    sampled: int
    refused: int
    missing: dict[str, str]
    problem: str | None
    field_names: dict[str, str]
    event_types: tuple[str, ...]
    time_formats: tuple[str, ...]


def file_name(given: str) -> str:
    """A file's own name, without the folders it may come with."""
    return given.replace("\\", "/").rpartition("/")[2] or "upload"


def upload(request: Request, deps: Deps) -> Response:
    name = file_name(request.query_as(UploadQuery).name)
    body = request.open_body(deps.settings.upload_max_bytes)
    return Response.json(_out(deps.imports.receive(name, body, request.username)), 201)


def list_imports(request: Request, deps: Deps) -> Response:
    query = request.query_as(ImportsQuery)
    found = deps.imports.page(limit=query.limit + 1, after=query.after)
    items = [_out(one) for one in found[: query.limit]]
    return Response.json(ImportsPage(items, items[-1].import_id if len(found) > query.limit else None))


def get_import(request: Request, deps: Deps) -> Response:
    return Response.json(_out(deps.imports.find(request.params["id"])))


def first_look(request: Request, deps: Deps) -> Response:
    return Response.json(_preview(deps.imports.preview(request.params["id"], None)))


def preview(request: Request, deps: Deps) -> Response:
    chosen = request.body_json(Chosen, _MAX_BODY_BYTES).mapping
    return Response.json(_preview(deps.imports.preview(request.params["id"], chosen)))


def check(request: Request, deps: Deps) -> Response:
    chosen = _chosen(request)
    return Response.json(Begun(deps.imports.check(request.params["id"], chosen, request.username)), 202)


def load(request: Request, deps: Deps) -> Response:
    held = deps.imports.find(request.params["id"]).held
    job_id = deps.imports.load(held.import_id, _chosen(request), request.username)
    deps.audit.record("import_loaded", request.actor, held.name, import_id=held.import_id)
    return Response.json(Begun(job_id), 202)


def undo(request: Request, deps: Deps) -> Response:
    held = _own(request, deps)
    job_id = deps.imports.undo(held.import_id, request.username)
    deps.audit.record("import_undone", request.actor, held.name, import_id=held.import_id)
    return Response.json(Begun(job_id), 202)


def discard(request: Request, deps: Deps) -> Response:
    deps.imports.discard(_own(request, deps).import_id)
    return Response.empty()


def _own(request: Request, deps: Deps) -> Import:
    """The import, for who may take it back."""
    held = deps.imports.find(request.params["id"]).held
    if not request.may_change(held.created_by):
        raise Forbidden("Only who loaded this file, or the owner, can take it back.")
    return held


def _chosen(request: Request) -> Columns:
    return request.body_json(Chosen, _MAX_BODY_BYTES).mapping or Columns()


def _out(one: Shown) -> ImportOut:
    held = msgspec.structs.asdict(one.held)
    for name in ("status", "dataset", "mapping"):
        del held[name]
    job = one.job
    error = job.error if job and one.state == "interrupted" else None
    progress = Progress(job.stage, job.done, job.total) if job and one.state in ("loading", "undoing") else None
    return ImportOut(**held, state=one.state, progress=progress, error=error, waiting=one.waiting)


def _preview(seen: Preview) -> PreviewOut:
    fields = msgspec.structs.asdict(seen) | {"rows": [_row(row) for row in seen.rows]}
    return PreviewOut(**fields, field_names=FIELDS, event_types=EVENT_TYPES, time_formats=FORMATS)


def _row(row: ReadRow) -> RowOut:
    return RowOut(row.place, shown(row.event) if row.event else None, row.code, row.fields, row.values)


ROUTES = (
    Route(
        "POST", "/api/imports", upload, access="analyst", query=UploadQuery, body=ANY_BYTES, returns=ImportOut,
        status=201, errors=(507,),
        summary="Upload a file of events as the raw body (NDJSON, JSON, CSV; gzipped or not). Nothing is loaded yet.",
    ),
    Route(
        "GET", "/api/imports", list_imports, access="viewer", query=ImportsQuery, returns=ImportsPage,
        summary="Files that were uploaded or loaded, latest first, also by `ingest.py`.",
    ),
    Route(
        "GET", "/api/imports/{id}", get_import, access="viewer", returns=ImportOut,
        summary="One file and what became of it.",
    ),
    Route(
        "GET", "/api/imports/{id}/preview", first_look, access="analyst", returns=PreviewOut,
        summary="Its columns, which fields they seem to be, and the first rows as they would be read.",
    ),
    Route(
        "POST", "/api/imports/{id}/preview", preview, access="analyst", body=Chosen, returns=PreviewOut,
        summary="The same by a mapping of your own: columns to fields, words to event types, how times are written.",
    ),
    Route(
        "POST", "/api/imports/{id}/check", check, access="analyst", body=Chosen, returns=Begun, status=202, errors=(429,),
        summary="Dry run in the background: read and check every row, store nothing.",
    ),
    Route(
        "POST", "/api/imports/{id}/load", load, access="analyst", body=Chosen, returns=Begun, status=202, errors=(409, 429),
        summary="Load it in the background. After an interruption it can be loaded again: nothing is doubled.",
    ),
    Route(
        "POST", "/api/imports/{id}/undo", undo, access="analyst", returns=Begun, status=202, errors=(409, 429),
        summary="Delete what this import brought, in the background; events that also came another way stay.",
    ),
    Route(
        "DELETE", "/api/imports/{id}", discard, access="analyst", status=204, errors=(409,),
        summary="Forget an uploaded file that was not loaded.",
    ),
)  # fmt: skip
