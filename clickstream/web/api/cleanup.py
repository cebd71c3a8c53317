"""Noise by its reasons: counted, tagged, given back, and deleted for good by the owner who types how much."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from clickstream.cleanup import REASONS, Reason
from clickstream.cleanup.tasks import ACTS
from clickstream.store.jobs import Job
from clickstream.web.api.jobs import Begun
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 4 * 1024

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Noise(Struct):
    """`statistics` are the latest count, made `at` its time; null before the first. `job` is the latest work on noise."""

    reasons: tuple[Reason, ...]
    statistics: dict[str, Any] | None
    job: Job | None


class OneReason(Struct, forbid_unknown_fields=True):
    reason: Name


class Deletion(Struct, forbid_unknown_fields=True):
    """`confirm` is typed by a person: "delete 1234", by the number of events tagged. Without a reason all that is tagged."""

    confirm: Annotated[str, Meta(max_length=100)]
    reason: Name | None = None


def noise(request: Request, deps: Deps) -> Response:
    jobs = [job for act in ACTS if (job := deps.cleaning.latest(act))]
    results = [(job.created_at, _statistics(job)) for job in jobs if job.result]
    latest = max(jobs, key=lambda job: job.created_at, default=None)
    return Response.json(Noise(REASONS, max(results, key=lambda found: found[0])[1] if results else None, latest))


def count(request: Request, deps: Deps) -> Response:
    return Response.json(Begun(deps.cleaning.count(request.username)), 202)


def tag(request: Request, deps: Deps) -> Response:
    job_id = deps.cleaning.tag(request.username)
    deps.audit.record("events_tagged", request.actor, "noise")
    return Response.json(Begun(job_id), 202)


def untag(request: Request, deps: Deps) -> Response:
    reason = request.body_json(OneReason, _MAX_BODY_BYTES).reason
    job_id = deps.cleaning.untag(reason, request.username)
    deps.audit.record("events_tagged", request.actor, "noise", taken_off=reason)
    return Response.json(Begun(job_id), 202)


def delete(request: Request, deps: Deps) -> Response:
    asked = request.body_json(Deletion, _MAX_BODY_BYTES)
    job_id = deps.cleaning.delete(asked.reason, asked.confirm, request.username)
    deps.audit.record("events_deleted", request.actor, asked.reason or "all tagged", confirmed=asked.confirm)
    return Response.json(Begun(job_id), 202)


def _statistics(job: Job) -> dict[str, Any]:
    result = job.result or {}
    found: dict[str, Any] = result.get("statistics", result)
    return found


ROUTES = (
    Route(
        "GET", "/api/cleanup", noise, access="analyst", returns=Noise,
        summary="The reasons an event counts as noise, what the latest count found, and the latest work on it.",
    ),
    Route(
        "POST", "/api/cleanup/count", count, access="analyst", returns=Begun, status=202, errors=(409, 429),
        summary="Count the noise by reason, in the background.",
    ),
    Route(
        "POST", "/api/cleanup/tag", tag, access="analyst", returns=Begun, status=202, errors=(409, 429),
        summary="Tag the noise, in the background: analyses leave it out, and nothing is deleted.",
    ),
    Route(
        "POST", "/api/cleanup/untag", untag, access="analyst", body=OneReason, returns=Begun, status=202, errors=(409, 429),
        summary="Take the tags of one reason off again, in the background.",
    ),
    Route(
        "POST", "/api/cleanup/delete", delete, access="owner", body=Deletion, returns=Begun, status=202, errors=(409, 429),
        summary="Delete what is tagged, for good, in the background; the body confirms how many events that are.",
    ),
)  # fmt: skip
