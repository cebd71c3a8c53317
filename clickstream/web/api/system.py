"""Is it alive, is it ready, and the files of the page."""

from __future__ import annotations

from msgspec import Struct

from clickstream import __version__
from clickstream.web.deps import Deps
from clickstream.web.files import below
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


class Health(Struct):
    status: str
    version: str


class Readiness(Struct):
    status: str


def health(request: Request, deps: Deps) -> Response:
    return Response.json(Health("ok", __version__))


def ready(request: Request, deps: Deps) -> Response:
    deps.store.ping()
    return Response.json(Readiness("ready"))


def page_file(request: Request, deps: Deps) -> Response:
    unsafe_path = request.params["path"] or "index.html"
    return Response.file(below(deps.static_dir, unsafe_path.split("/")))


ROUTES = (
    Route("GET", "/health", health, access="anyone", returns=Health, summary="The process answers; asks no database."),
    Route("GET", "/ready", ready, access="anyone", returns=Readiness, summary="The database answers; 503 when it does not."),
    Route(
        "GET", "/{path*}", page_file, access="anyone", returns="text/html", any_query=True,
        summary="The dashboard and its files; the page keeps its state in the query.",
    ),
)  # fmt: skip
