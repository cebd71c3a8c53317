"""Uploaded logs: each a dataset, measured like the live shop."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from clickstream.errors import Forbidden
from clickstream.imports.columns import Columns
from clickstream.store.datasets import Dataset
from clickstream.uploads import LONGEST_NAME, Shown
from clickstream.web.api.imports import Chosen, file_name
from clickstream.web.api.jobs import Begun
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import ANY_BYTES, Route

_MAX_BODY_BYTES = 16 * 1024
_MAX_MAPPING_BYTES = 256 * 1024


class UploadQuery(Struct):
    name: Annotated[str, Meta(max_length=LONGEST_NAME, description="the file's name")] = "upload"
    dataset_id: Annotated[str, Meta(max_length=100, description="add the file to this dataset (default: a new one)")] = ""
    again: Annotated[bool, Meta(description="load it as a new version, also where the same content is there already")] = (
        False
    )
    dry_run: Annotated[bool, Meta(description="read and check only; the job's result is the report")] = False


class AdoptQuery(Struct):
    dataset_id: Annotated[str, Meta(max_length=100, description="add the file to this dataset (default: a new one)")] = ""


class Uploaded(Struct):
    """`known`: the same content is there already, in this dataset, or `job_id` is loading it; nothing new was begun."""

    dataset_id: str | None
    job_id: str | None
    known: bool


class FileOut(Struct):
    """`report` says what became of the file's records; null until it was read."""

    file_id: str
    name: str
    bytes: int
    report: dict[str, Any] | None


class DatasetOut(Struct):
    """`status` is loading, ready, failed or deleting; `interrupted`: the work on it ended too early. `job_id` is the latest.

    `error` says why the last file could not be loaded; `version_of` which dataset holds the same content in an earlier load.
    """

    dataset_id: str
    name: str
    status: str
    interrupted: bool
    created_by: str
    created_at: str
    files: list[FileOut]
    job_id: str | None
    error: str | None
    version_of: str | None
    analysis_id: str | None


class DatasetsPage(Struct):
    items: list[DatasetOut]
    next: str | None


class DatasetsQuery(Struct):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class Rename(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


def upload(request: Request, deps: Deps) -> Response:
    query = request.query_as(UploadQuery)
    name = file_name(query.name)
    body, by = request.open_body(deps.settings.upload_max_bytes), request.username
    if query.dry_run:
        return Response.json(Uploaded(None, deps.uploads.check(body, name=name, by=by), known=False), 202)
    if query.dataset_id:
        _own(request, deps, query.dataset_id)
    found = deps.uploads.receive(body, name=name, by=by, dataset_id=query.dataset_id, again=query.again)
    if not found.known:
        deps.audit.record("dataset_uploaded", request.actor, name, dataset_id=found.dataset_id)
    return Response.json(Uploaded(found.dataset_id, found.job_id, found.known), 200 if found.known else 202)


def adopt(request: Request, deps: Deps) -> Response:
    query, chosen = request.query_as(AdoptQuery), request.body_json(Chosen, _MAX_MAPPING_BYTES).mapping or Columns()
    if query.dataset_id:
        _own(request, deps, query.dataset_id)
    by, import_id = request.username, request.params["id"]
    found = deps.uploads.adopt(deps.imports, import_id, chosen, by=by, dataset_id=query.dataset_id)
    if not found.known:
        deps.audit.record("dataset_uploaded", request.actor, import_id, dataset_id=found.dataset_id)
    return Response.json(Uploaded(found.dataset_id, found.job_id, found.known), 200 if found.known else 202)


def list_datasets(request: Request, deps: Deps) -> Response:
    query = request.query_as(DatasetsQuery)
    found = deps.uploads.page(limit=query.limit + 1, after=query.after)
    items = [_out(one) for one in found[: query.limit]]
    return Response.json(DatasetsPage(items, items[-1].dataset_id if len(found) > query.limit else None))


def get_dataset(request: Request, deps: Deps) -> Response:
    return Response.json(_out(deps.uploads.find(request.params["id"])))


def rename(request: Request, deps: Deps) -> Response:
    held = _own(request, deps, request.params["id"])
    return Response.json(_out(deps.uploads.rename(held.dataset_id, request.body_json(Rename, _MAX_BODY_BYTES).name)))


def delete_dataset(request: Request, deps: Deps) -> Response:
    held = _own(request, deps, request.params["id"])
    job_id = deps.uploads.delete(held.dataset_id, request.username)
    deps.audit.record("dataset_deleted", request.actor, held.name, dataset_id=held.dataset_id)
    return Response.json(Begun(job_id), 202)


def remove_file(request: Request, deps: Deps) -> Response:
    held = _own(request, deps, request.params["id"])
    job_id = deps.uploads.remove_file(held.dataset_id, request.params["file_id"], request.username)
    deps.audit.record("dataset_file_removed", request.actor, held.name, dataset_id=held.dataset_id)
    return Response.json(Begun(job_id), 202)


def _own(request: Request, deps: Deps, dataset_id: str) -> Dataset:
    """The dataset, for who may change it."""
    held = deps.uploads.find(dataset_id).held
    if not request.may_change(held.created_by):
        raise Forbidden("Only who uploaded this dataset, or the owner, can change it.")
    return held


def _out(one: Shown) -> DatasetOut:
    held = msgspec.structs.asdict(one.held)
    del held["pending"]
    files = [FileOut(file.file_id, file.name, file.bytes, file.report) for file in held.pop("files")]
    return DatasetOut(**held, files=files, interrupted=one.interrupted)


ROUTES = (
    Route(
        "POST", "/api/datasets", upload, access="analyst", query=UploadQuery, body=ANY_BYTES, returns=Uploaded, status=202,
        also={200: Uploaded}, errors=(404, 409, 429, 507),
        summary="Upload a log as the raw body: sessions or events, JSON, NDJSON, CSV, gzipped or not. It is loaded later.",
    ),
    Route(
        "POST", "/api/imports/{id}/dataset", adopt, access="analyst", query=AdoptQuery, body=Chosen, returns=Uploaded,
        status=202, errors=(409, 429),
        summary="Load an uploaded table, its columns mapped, as a dataset of its own instead of into the live shop.",
    ),
    Route(
        "GET", "/api/datasets", list_datasets, access="viewer", query=DatasetsQuery, returns=DatasetsPage,
        summary="Uploaded logs, latest first.",
    ),
    Route(
        "GET", "/api/datasets/{id}", get_dataset, access="viewer", returns=DatasetOut,
        summary="One uploaded log: its state, its files, and what became of their records.",
    ),
    Route(
        "PATCH", "/api/datasets/{id}", rename, access="analyst", body=Rename, returns=DatasetOut,
        summary="Give it another name.",
    ),
    Route(
        "DELETE", "/api/datasets/{id}", delete_dataset, access="analyst", returns=Begun, status=202, errors=(409, 429),
        summary="Delete a dataset with its sessions and analyses, in the background.",
    ),
    Route(
        "DELETE", "/api/datasets/{id}/files/{file_id}", remove_file, access="analyst", returns=Begun, status=202,
        errors=(409, 429),
        summary="Take one file back out of its dataset, in the background.",
    ),
)  # fmt: skip
