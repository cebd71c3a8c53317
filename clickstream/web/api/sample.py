"""The sample shop, for a first look around."""

from __future__ import annotations

from clickstream.seeding import SampleProgress
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


def load(request: Request, deps: Deps) -> Response:
    return Response.json(deps.sample.start(), 202)


def progress(request: Request, deps: Deps) -> Response:
    return Response.json(deps.sample.progress)


ROUTES = (
    Route(
        "POST", "/api/sample-data", load, access="owner", returns=SampleProgress, status=202, errors=(409,),
        summary="Fill the shop with a week of simulated shoppers, in the background.",
    ),
    Route(
        "GET", "/api/sample-data", progress, access="owner", returns=SampleProgress,
        summary="How far loading the sample shop is.",
    ),
)  # fmt: skip
