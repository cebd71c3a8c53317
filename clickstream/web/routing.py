"""Routes as a table, and finding the one that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from clickstream.errors import MethodNotAllowed, NotFound
from clickstream.web.access import ACCESS, Access
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response

ANY_BYTES = "application/octet-stream"
Handler = Callable[[Request, Deps], Response]
Segments = tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """One row of the API. A path segment in braces is a parameter; `{path*}` as the last takes all the rest.

    `query` is a Struct, or names with descriptions (each an optional text); `body` the Struct a JSON body must fit and
    `returns` the type of the JSON answer, or either is a media type; `also` what another success returns, by its status;
    `errors` the statuses beyond those every route may answer.
    With `any_query` whatever stands in the query is the browser's business and left unread.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    summary: str
    query: type[msgspec.Struct] | Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    returns: Any = None
    status: int = 200
    also: Mapping[int, Any] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    any_query: bool = False

    def __post_init__(self) -> None:
        if self.access not in ACCESS:
            raise ValueError(f"{self.method} {self.path}: {self.access!r} is not one of {', '.join(ACCESS)}")
        if not self.path.startswith("/"):
            raise ValueError(f"{self.path} does not begin with a slash")

    @cached_property
    def segments(self) -> Segments:
        return tuple(self.path[1:].split("/"))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(segment[1:-1].rstrip("*") for segment in self.segments if segment.startswith("{"))

    @property
    def takes_json(self) -> bool:
        return self.body is not None and not isinstance(self.body, str)

    @cached_property
    def query_names(self) -> frozenset[str]:
        if isinstance(self.query, type):
            return frozenset(item.encode_name for item in msgspec.structs.fields(self.query))
        return frozenset(self.query)


class Router:
    """Literal segments win over parameters; a route with a tail answers only what no other path matches."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[Segments, dict[str, Route]] = {}
        self._patterns: dict[Segments, dict[str, Route]] = {}
        self._tails: dict[str, Route] = {}
        for route in routes:
            self._add(route)

    def find(self, method: str, segments: Segments) -> tuple[Route, dict[str, str]]:
        """The route for a method and path, and the path's parameters; NotFound or MethodNotAllowed without one."""
        by_method, params = self._match(segments)
        if not by_method:
            return self._tail(method, segments)
        route = by_method.get(method) or (by_method.get("GET") if method == "HEAD" else None)
        if route is None:
            allowed = self.allowed(segments)
            raise MethodNotAllowed(f"This address takes {', '.join(allowed)}.", allowed=allowed)
        return route, params

    def allowed(self, segments: Segments) -> tuple[str, ...]:
        methods = set(self._match(segments)[0] or self._tails)
        return tuple(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def _add(self, route: Route) -> None:
        if route.segments[-1].endswith("*}"):
            self._tails[route.method] = route
            return
        table = self._patterns if route.parameters else self._exact
        methods = table.setdefault(route.segments, {})
        if route.method in methods:
            raise ValueError(f"{route.method} {route.path} is there twice")
        methods[route.method] = route

    def _match(self, segments: Segments) -> tuple[dict[str, Route], dict[str, str]]:
        exact = self._exact.get(segments)
        if exact:
            return exact, {}
        for pattern, by_method in self._patterns.items():
            params = _captured(pattern, segments)
            if params is not None:
                return by_method, params
        return {}, {}

    def _tail(self, method: str, segments: Segments) -> tuple[Route, dict[str, str]]:
        route = self._tails.get("GET" if method == "HEAD" else method)
        if route is None:
            raise NotFound("There is no such address.")
        return route, {route.parameters[-1]: "/".join(segments)}


def _captured(pattern: Segments, segments: Segments) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    params = {}
    for expected, actual in zip(pattern, segments, strict=True):
        if expected.startswith("{") and actual:
            params[expected[1:-1]] = actual
        elif expected != actual:
            return None
    return params
