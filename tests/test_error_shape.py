"""Whatever goes wrong, a client reads one shape."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from web_client import Answer, Client, bare_deps

from clickstream import errors
from clickstream.errors import (
    ClickstreamError,
    Conflict,
    DatabaseUnavailable,
    Deposed,
    Forbidden,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    StartupError,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
)
from clickstream.llm import errors as llm_errors
from clickstream.web import errors as web_errors
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.errors import status_of
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


def answer_to(error: BaseException) -> Answer:
    def fail(request: Request, deps: Deps) -> Response:
        raise error

    return Client(App(bare_deps(), [Route("GET", "/fail", fail, access="anyone", summary="Fail.")])).get("/fail")


@pytest.mark.parametrize(
    ("error", "status", "code", "header"),
    [
        (InvalidInput("No.", fields={"a": "is wrong"}), 400, "invalid_input", None),
        (Unauthenticated("No."), 401, "unauthenticated", ("www-authenticate", 'Bearer realm="clickstream"')),
        (Forbidden("No."), 403, "forbidden", None),
        (NotFound("No."), 404, "not_found", None),
        (MethodNotAllowed("No.", allowed=("GET",)), 405, "method_not_allowed", ("allow", "GET")),
        (Conflict("No.", code="taken"), 409, "taken", None),
        (TooLarge("No."), 413, "too_large", None),
        (TooManyRequests("No.", retry_after_seconds=7), 429, "too_many_requests", ("retry-after", "7")),
        (DatabaseUnavailable("No."), 503, "database_unavailable", ("retry-after", "2")),
        (web_errors.RequestTimeout("No."), 408, "request_timeout", None),
        (web_errors.UnsupportedMedia("No."), 415, "unsupported_media_type", ("accept-encoding", "gzip")),
    ],
)
def test_each_cause_has_its_status_and_the_one_shape(
    error: ClickstreamError, status: int, code: str, header: tuple[str, str] | None
) -> None:
    answer = answer_to(error)
    assert answer.status == status
    assert answer.json == {
        "error": "No.",
        "code": code,
        "status": status,
        "fields": error.fields,
        "request_id": answer.headers["x-request-id"],
    }
    assert answer.headers["content-type"] == "application/json"
    assert header is None or answer.headers[header[0]] == header[1]


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mongodb://user:hunter2@db"),
        KeyError("hunter2"),
        RecursionError(),
        MemoryError(),
        ConnectionError("hunter2"),
        Deposed("hunter2"),
        StartupError("hunter2"),
    ],
)
def test_our_own_faults_stay_in_the_log(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = answer_to(error)
    assert (answer.status, answer.json["code"]) == (500, "internal")
    assert b"hunter2" not in answer.body
    assert any(record.exc_info and answer.json["request_id"] in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_is_not_an_answer(error: type[BaseException]) -> None:
    with pytest.raises(error):
        answer_to(error())


def classes(module: Any) -> list[type[ClickstreamError]]:
    found = [thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, ClickstreamError)]
    return [cls for cls in found if cls.__module__ == module.__name__]


@pytest.mark.parametrize("cls", classes(errors) + classes(web_errors))
def test_every_error_class_has_a_status(cls: type[ClickstreamError]) -> None:
    status = status_of(cls.__new__(cls))
    internal = (ClickstreamError, Deposed, StartupError, errors.SettingError)
    assert (status == 500) == (cls in internal)


@pytest.mark.parametrize("cls", classes(llm_errors))
def test_a_models_failure_is_the_gateways_and_keeps_the_providers_words_to_itself(cls: type[llm_errors.LlmError]) -> None:
    error = cls("idle") if cls is llm_errors.TimedOut else cls()
    error.detail = "hunter2"
    answer = answer_to(error)
    assert answer.status == {llm_errors.KeyMissing: 409, llm_errors.TimedOut: 504}.get(cls, 502)
    assert (answer.json["error"], answer.json["code"]) == (error.message, cls.code)
    assert b"hunter2" not in answer.body


def test_a_refusal_before_there_is_a_request_has_the_same_shape() -> None:
    response = App(bare_deps()).refuse(web_errors.BadRequest("No."), "192.0.2.1")
    assert response.status == 400
    assert b'"code":"bad_request"' in response.body
    assert response.headers["x-content-type-options"] == "nosniff"
