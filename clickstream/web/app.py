"""The application: one table of routes, and the one boundary where errors become answers."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from functools import cache
from time import perf_counter

from clickstream.errors import ClickstreamError, Unauthenticated
from clickstream.web.access import by_cookie, require
from clickstream.web.api import (
    accounts,
    analyses,
    analyze,
    arrivals,
    audit,
    charts,
    chats,
    cleanup,
    comments,
    comparisons,
    dataset_rows,
    datasets,
    events,
    exports,
    imports,
    invites,
    jobs,
    keys,
    members,
    metrics,
    monitoring,
    passwords,
    persons,
    presets,
    products,
    recommendations,
    role_views,
    sample,
    segments,
    sessions,
    shares,
    shop,
    state,
    system,
    write_keys,
)
from clickstream.web.delivery import deliver
from clickstream.web.deps import Deps
from clickstream.web.errors import UnsupportedMedia, error_response, internal_error
from clickstream.web.forwarded import Proxies
from clickstream.web.openapi import Json, describe
from clickstream.web.request import Request, parse_query, split_target
from clickstream.web.response import JSON, Response
from clickstream.web.routing import Route, Router
from clickstream.web.write_keys import carries_write_key

logger = logging.getLogger(__name__)

_ONLY_EVENTS = "A write key may only send events, in the header X-Write-Key of POST /api/events; log in for everything else."


@cache
def _description() -> Json:
    return describe(ROUTES)


def openapi(request: Request, deps: Deps) -> Response:
    return Response.json(_description())


ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *passwords.ROUTES,
    *persons.ROUTES,
    *presets.ROUTES,
    *analyze.ROUTES,
    *analyses.ROUTES,
    *audit.ROUTES,
    *arrivals.ROUTES,
    *charts.ROUTES,
    *comparisons.ROUTES,
    *chats.ROUTES,
    *datasets.ROUTES,
    *dataset_rows.ROUTES,
    *cleanup.ROUTES,
    *comments.ROUTES,
    *events.ROUTES,
    *exports.ROUTES,
    *invites.ROUTES,
    *imports.ROUTES,
    *jobs.ROUTES,
    *keys.ROUTES,
    *members.ROUTES,
    *metrics.ROUTES,
    *monitoring.ROUTES,
    *products.ROUTES,
    *recommendations.ROUTES,
    *role_views.ROUTES,
    *sample.ROUTES,
    *segments.ROUTES,
    *sessions.ROUTES,
    *shares.ROUTES,
    *state.ROUTES,
    *shop.ROUTES,
    Route("GET", "/openapi.json", openapi, access="anyone", summary="This description.", returns=Json),
    *system.ROUTES,
    *write_keys.ROUTES,
)


def _new_id() -> str:
    return secrets.token_hex(8)


class App:
    """`App(deps)(request)` answers every request; it raises nothing."""

    def __init__(self, deps: Deps, routes: Iterable[Route] = ROUTES, *, new_id: Callable[[], str] = _new_id) -> None:
        self._deps = deps
        self._router = Router(routes)
        self._new_id = new_id
        self._proxies = Proxies(deps.settings.trusted_proxies)

    def __call__(self, request: Request) -> Response:
        started = perf_counter()
        request.id = self._new_id()
        request.max_body_bytes = self._deps.settings.max_body_bytes
        self._proxies.reveal(request)
        try:
            response = deliver(request, self._answer(request))
        except ClickstreamError as error:
            response = deliver(request, self._refusal(error, request))
        except Exception:  # the one boundary of the program
            logger.exception("%s %s %s failed", request.id, request.method, request.route)
            response = deliver(request, internal_error(request.id))
        milliseconds = (perf_counter() - started) * 1000
        self._deps.telemetry.answered(request.method, request.route, response.status, milliseconds / 1000)
        if response.stream:
            response.stream = self._deps.telemetry.streamed(response.stream)
        logger.info("%s %s %s %d %.1f ms", request.id, request.method, request.route, response.status, milliseconds)
        return response

    def refuse(self, error: ClickstreamError, client: str) -> Response:
        """The answer to something that never became a request."""
        request = Request("-", "-", client=client, id=self._new_id())
        logger.info("%s %s refused: %s", request.id, client, error.code)
        response = deliver(request, error_response(error, request.id))
        self._deps.telemetry.answered("-", "-", response.status, 0.0)
        return response

    def _refusal(self, error: ClickstreamError, request: Request) -> Response:
        response = error_response(error, request.id)
        if response.status >= 500:
            logger.error("%s %s", request.id, error.message, exc_info=response.status == 500)
        return response

    def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._options(request)
        segments, query = split_target(request.target)
        route, request.params = self._router.find(request.method, segments)
        request.route = route.path
        request.query = {} if route.any_query else parse_query(query, route.query_names)
        if route.access != "anyone":
            self._admit(request, route)
        return route.handler(request, self._deps)

    def _options(self, request: Request) -> Response:
        segments, query = ((), "") if request.target == "*" else split_target(request.target)
        allowed = {"allow": ", ".join(self._router.allowed(segments))}
        if segments == events.COLLECT and request.headers.get("access-control-request-method") == "POST":
            request.query = parse_query(query, frozenset(events.CollectQuery.__struct_fields__))
            allowed |= self._deps.write_keys.preflight(request)
        return Response.empty(204, allowed)

    def _admit(self, request: Request, route: Route) -> None:
        if route.access == "write_key":
            request.write_key = self._deps.write_keys.of(request)
            if request.write_key:
                return
        request.account = self._deps.identities.of(request)
        if request.account is None and carries_write_key(request):
            raise Unauthenticated(_ONLY_EVENTS, code="write_key")
        require(route.access, request.account)
        if route.takes_json and by_cookie(request) and request.media_type() != JSON:
            raise UnsupportedMedia("Send the body as application/json.")
