"""The OpenAPI 3.1 description, made from the route table and the structs it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from types import UnionType
from typing import Any, get_args

import msgspec

from clickstream import __version__
from clickstream.web.access import COOKIE
from clickstream.web.errors import ErrorBody
from clickstream.web.routing import Route

Json = dict[str, Any]

_EVERYWHERE = (400, 500, 503)
_SIGNED_IN = (401, 403)
_WITH_BODY = (408, 411, 413, 415)
_REFERENCE = "#/components/schemas/{name}"


def describe(routes: Sequence[Route]) -> Json:
    """The document served at /openapi.json."""
    types = {id(kind): kind for route in routes for kind in _types(route)} | {id(ErrorBody): ErrorBody}
    schemas, components = msgspec.json.schema_components(types.values(), ref_template=_REFERENCE)
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, Json] = {}
    for route in routes:
        operation = _operation(route, by_type)
        paths.setdefault(route.path.replace("*}", "}"), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Clickstream", "version": __version__, "description": "Shop analytics. Times are ISO 8601, UTC."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The token from POST /api/login."},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "write_key": {"type": "apiKey", "in": "header", "name": "X-Write-Key"},
                "write_key_in_address": {"type": "apiKey", "in": "query", "name": "key"},
            },
        },
    }


def _types(route: Route) -> Iterable[Any]:
    return [kind for kind in (route.body, *_answers(route)) if kind is not None and not isinstance(kind, str)]


def _answers(route: Route) -> Iterable[Any]:
    return (kind for returns in (route.returns, *route.also.values()) for kind in _either(returns))


def _either(returns: Any) -> tuple[Any, ...]:
    """What a route may return: one thing, or one of several structs."""
    return get_args(returns) if isinstance(returns, UnionType) else (returns,)


def _operation(route: Route, schemas: dict[int, Json]) -> Json:
    operation: Json = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}",
        "summary": route.summary,
        "x-access": route.access,
        "security": _security(route),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": _responses(route, schemas),
    }
    if route.body is not None:
        operation["requestBody"] = {"required": route.takes_json, "content": _content(route.body, schemas)}
    return operation


def _security(route: Route) -> list[Json]:
    if route.access == "anyone":
        return []
    write_key: list[Json] = [{"write_key": []}, {"write_key_in_address": []}] if route.access == "write_key" else []
    return [{"token": []}, {"cookie": []}, *write_key]


def _path_parameters(route: Route) -> list[Json]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.parameters]


def _query_parameters(route: Route) -> list[Json]:
    if not isinstance(route.query, type):
        return [
            {"name": name, "in": "query", "allowEmptyValue": True, "description": text, "schema": {"type": "string"}}
            for name, text in route.query.items()
        ]
    schema = next(iter(msgspec.json.schema(route.query)["$defs"].values()))
    return [
        {"name": name, "in": "query", "allowEmptyValue": True, "schema": shape}
        for name, shape in schema["properties"].items()
    ]


def _responses(route: Route, schemas: dict[int, Json]) -> Json:
    answers = {
        str(status): _success(status, kind, schemas) for status, kind in {route.status: route.returns, **route.also}.items()
    }
    return answers | {str(status): _error(status) for status in sorted(_errors(route))}


def _success(status: int, returns: Any, schemas: dict[int, Json]) -> Json:
    answer: Json = {"description": HTTPStatus(status).phrase}
    if returns is not None:
        answer["content"] = _content(returns, schemas)
    return answer


def _errors(route: Route) -> set[int]:
    statuses = {*_EVERYWHERE, *route.errors}
    statuses |= set(_SIGNED_IN) if route.access != "anyone" else set()
    statuses |= set(_WITH_BODY) if route.body is not None else set()
    return statuses | ({404} if route.parameters else set())


def _error(status: int) -> Json:
    schema = {"$ref": _REFERENCE.format(name=ErrorBody.__name__)}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}


def _content(kind: Any, schemas: dict[int, Json]) -> Json:
    if isinstance(kind, str):
        return {kind: {"schema": {"type": "string"}}}
    known = schemas.get(id(kind))
    schema = known if known is not None else {"anyOf": [schemas[id(one)] for one in _either(kind)]}
    return {"application/json": {"schema": schema}}
