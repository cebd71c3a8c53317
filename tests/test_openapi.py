from __future__ import annotations

from typing import Any

import pytest
from msgspec import Struct
from web_client import Client, bare_deps

from clickstream.web.app import ROUTES, App
from clickstream.web.deps import Deps
from clickstream.web.openapi import describe
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client(App(bare_deps())).get("/openapi.json")
    assert answer.status == 200
    description: dict[str, Any] = answer.json
    return description


def operation(document: dict[str, Any], route: Route) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][route.path.replace("*}", "}")][route.method.lower()]
    return found


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_described_with_who_may_use_it(document: dict[str, Any], route: Route) -> None:
    described = operation(document, route)
    assert described["summary"] == route.summary
    assert described["x-access"] == route.access
    assert (described["security"] == []) == (route.access == "anyone")
    assert {item["name"] for item in described["parameters"]} == {*route.parameters, *route.query_names}
    assert str(route.status) in described["responses"]
    assert "500" in described["responses"]


def test_nothing_is_described_that_is_not_there(document: dict[str, Any]) -> None:
    described = [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]
    assert sorted(described) == sorted((route.method, route.path.replace("*}", "}")) for route in ROUTES)


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation(document, route)["operationId"] for route in ROUTES]
    assert len(set(ids)) == len(ids)


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


def test_every_reference_leads_to_a_schema(document: dict[str, Any]) -> None:
    found = references(document)
    assert "#/components/schemas/ErrorBody" in found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_the_error_shape_is_the_one_that_is_sent(document: dict[str, Any]) -> None:
    sent = Client(App(bare_deps())).get("/api/nothing").json
    assert set(document["components"]["schemas"]["ErrorBody"]["properties"]) == set(sent)


class Paging(Struct):
    limit: int = 20


class Thing(Struct):
    name: str


def handler(request: Request, deps: Deps) -> Response:
    return Response()


def test_bodies_queries_and_answers_are_described_from_their_structs() -> None:
    route = Route("PUT", "/api/things/{id}", handler, "owner", "Put.", Paging, Thing, list[Thing], errors=(409,))
    described = operation(describe([route]), route)
    assert described["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
    assert [item["name"] for item in described["parameters"]] == ["id", "limit"]
    assert described["parameters"][1]["schema"]["default"] == 20
    assert described["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "array"
    assert {"400", "401", "403", "404", "409", "413"} <= set(described["responses"])


def test_another_success_is_described_with_what_it_returns() -> None:
    route = Route("POST", "/api/things", handler, "owner", "Make.", body="text/csv", returns=Paging, also={202: Thing})
    described = operation(describe([route]), route)
    answers = {status: described["responses"][status]["content"]["application/json"]["schema"] for status in ("200", "202")}
    assert answers == {"200": {"$ref": "#/components/schemas/Paging"}, "202": {"$ref": "#/components/schemas/Thing"}}
    assert described["requestBody"]["content"] == {"text/csv": {"schema": {"type": "string"}}}
