"""The chart library of the page."""

from __future__ import annotations

from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_JAVASCRIPT = "text/javascript; charset=utf-8"


def vega(request: Request, deps: Deps) -> Response:
    """Asked again at every visit and answered 304: its tag carries the version, so it changes with an upgrade only."""
    bundle = deps.vega.read()
    headers = {"content-type": _JAVASCRIPT, "cache-control": "no-cache", "etag": bundle.etag}
    return Response(200, bundle.body, headers, gzipped=bundle.gzipped)


ROUTES = (
    Route(
        "GET", "/vega.js", vega, access="anyone", returns="text/javascript", errors=(503,),
        summary="Vega, Vega-Lite and Vega-Embed for the page's charts.",
    ),
)  # fmt: skip
