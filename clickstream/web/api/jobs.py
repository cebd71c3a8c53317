"""Background jobs: how far they are, and ending them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from clickstream.errors import Conflict, Forbidden, NotFound
from clickstream.store.jobs import RUNNING, Job
from clickstream.web import sse
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


class Begun(Struct):
    job_id: str


def get_job(request: Request, deps: Deps) -> Response:
    return Response.json(_find(request, deps))


def watch_job(request: Request, deps: Deps) -> Response:
    return Response.sse(_events(_find(request, deps), deps))


def cancel_job(request: Request, deps: Deps) -> Response:
    job = _find(request, deps)
    if not request.may_change(job.created_by):
        raise Forbidden("Only who began this, or the owner, can cancel it.")
    if not deps.jobs.cancel(job.job_id):
        raise Conflict("This has already ended.")
    return Response.empty()


def _find(request: Request, deps: Deps) -> Job:
    job = deps.store.jobs.find(request.params["id"])
    if job is None:
        raise NotFound("There is no such job.")
    return job


def _events(job: Job, deps: Deps) -> Iterator[sse.Event | None]:
    """`progress` for every change, then `done` or `failed`."""
    names = {RUNNING: "progress", "done": "done"}
    for found in deps.jobs.watch(job.job_id):
        yield (names.get(found.status, "failed"), found) if found else None


ROUTES = (
    Route(
        "GET", "/api/jobs/{id}", get_job, access="analyst", returns=Job,
        summary="How far a background job is; its result when it is done.",
    ),
    Route(
        "GET", "/api/jobs/{id}/events", watch_job, access="analyst", returns="text/event-stream",
        summary="Progress as server-sent events: `progress`, then `done` or `failed`, each with the job.",
    ),
    Route(
        "POST", "/api/jobs/{id}/cancel", cancel_job, access="analyst", status=204, errors=(409,),
        summary="End a job at its next step; for who began it, and the owner.",
    ),
)  # fmt: skip
