"""The request that is sent, and how it gives way to what a model cannot do."""

from __future__ import annotations

from typing import Any

import pytest
from llm_servers import ANSWER, MESSAGES, MODEL, Answer, Bench, bench, raw_server, replies, says, streamed

from clickstream.llm import Kind
from clickstream.llm.dialect import Dialect, Dialects
from clickstream.llm.errors import ModelUnavailable, RequestRejected

GOOD = says(streamed(ANSWER))
NO_FORMAT = replies({"error": {"code": 400, "message": "'response_format.type' must be 'text'"}}, 400)
NO_SCHEMA = replies({"error": {"code": 400, "message": "This response_format type is unavailable now"}}, 400)
FILTERED = replies({"error": {"message": "No endpoint", "availability": {"code": "constraint_filtered"}}}, 404)


def sent(*acts: Any, kind: Kind = "openrouter", schema: type | None = Answer, **options: Any) -> list[dict[str, Any]]:
    """The bodies of the requests it took to get an answer."""
    with raw_server(*acts) as server:
        bench(server.url, kind).ask(schema, **options)
        return server.bodies()


def modes(bodies: list[dict[str, Any]]) -> list[str]:
    return [body["response_format"]["type"] if "response_format" in body else "prompt" for body in bodies]


def test_openrouter_is_asked_for_the_strict_schema_from_endpoints_that_can() -> None:
    (body,) = sent(GOOD, temperature=0.2)
    assert body["model"] == MODEL
    assert body["messages"] == MESSAGES
    assert (body["max_tokens"], body["temperature"], body["stream"]) == (100, 0.2, True)
    assert body["provider"] == {"require_parameters": True}
    assert body["plugins"] == [{"id": "context-compression", "enabled": False}]
    wire = body["response_format"]["json_schema"]
    assert (wire["name"], wire["strict"], wire["schema"]["required"]) == ("Answer", True, ["title", "count"])


@pytest.mark.parametrize("kind", ["openai", "compatible"])
def test_other_providers_get_no_openrouter_fields(kind: Kind) -> None:
    (body,) = sent(GOOD, kind=kind)
    assert set(body) == {"model", "messages", "max_tokens", "stream", "stream_options", "response_format"}
    assert body["stream_options"] == {"include_usage": True}


def test_a_local_server_is_also_told_the_schema_in_the_system_message() -> None:
    (body,) = sent(GOOD, kind="compatible")
    system, user = body["messages"]
    assert system["content"].startswith("Be brief.\n\nAnswer with one JSON object")
    assert '"required":["title","count"]' in system["content"]
    assert user == MESSAGES[1]


def test_a_question_for_text_has_no_format() -> None:
    (body,) = sent(GOOD, schema=None)
    assert set(body) == {"model", "messages", "max_tokens", "stream", "plugins"}


@pytest.mark.parametrize("kind", ["openrouter", "openai", "compatible"])
def test_a_refused_schema_gives_way_to_json_and_then_to_the_prompt(kind: Kind) -> None:
    bodies = sent(NO_SCHEMA, NO_FORMAT, GOOD, kind=kind)
    assert modes(bodies) == ["json_schema", "json_object", "prompt"]
    for body in bodies[1:]:
        assert "JSON Schema" in body["messages"][0]["content"]
        assert len(body["messages"]) == len(MESSAGES)
    assert "provider" not in bodies[-1]


def test_the_schema_becomes_a_system_message_where_there_was_none() -> None:
    with raw_server(NO_SCHEMA, GOOD) as server:
        user = [{"role": "user", "content": "Why?"}]
        bench(server.url).client.complete(user, Answer, model=MODEL, max_tokens=100)
        assert [message["role"] for message in server.bodies()[1]["messages"]] == ["system", "user"]


def test_no_endpoint_that_can_gives_up_the_temperature_first_and_then_the_schema() -> None:
    bodies = sent(FILTERED, FILTERED, GOOD, temperature=0.2)
    assert ["temperature" in body for body in bodies] == [True, False, False]
    assert modes(bodies) == ["json_schema", "json_schema", "json_object"]


@pytest.mark.parametrize(
    "message",
    [
        "No endpoints found that can handle the requested parameters.",
        "No endpoints available matching your guardrail restrictions and data policy.",
    ],
)
def test_older_wordings_of_it_are_understood(message: str) -> None:
    assert modes(sent(replies({"error": {"code": 404, "message": message}}, 404), GOOD)) == ["json_schema", "json_object"]


def test_a_model_that_wants_the_newer_name_of_max_tokens_gets_it() -> None:
    message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    no = replies({"error": {"message": message, "param": "max_tokens", "code": "unsupported_parameter"}}, 400)
    bodies = sent(no, GOOD, kind="openai")
    assert (bodies[1]["max_completion_tokens"], "max_tokens" in bodies[1]) == (100, False)
    assert modes(bodies) == ["json_schema", "json_schema"]


@pytest.mark.parametrize(
    ("refused", "body"),
    [
        (
            "temperature",
            {"error": {"message": "Unsupported value", "param": "temperature", "type": "invalid_request_error"}},
        ),
        ("stream_options", {"message": "body.stream_options: Extra inputs are not permitted"}),
    ],
)
def test_a_parameter_that_is_refused_is_left_out(refused: str, body: Any) -> None:
    bodies = sent(replies(body, 422), GOOD, kind="compatible", temperature=0.2)
    assert [refused in body for body in bodies] == [True, False]
    assert modes(bodies) == ["json_schema", "json_schema"]


def test_a_refusal_inside_a_200_teaches_as_well() -> None:
    no = replies({"error": {"code": 400, "message": "json_schema is not supported"}})
    assert modes(sent(no, GOOD)) == ["json_schema", "json_object"]


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (replies({"error": {"code": 400, "message": "messages: too short"}}, 400), RequestRejected),
        (replies({"error": {"code": 404, "message": "No endpoints found for acme/large."}}, 404), ModelUnavailable),
    ],
)
def test_a_refusal_of_something_else_changes_nothing(act: Any, kind: type[Exception]) -> None:
    with raw_server(act) as server:
        with pytest.raises(kind):
            bench(server.url).ask(Answer, temperature=0.2)
        assert len(server.received) == 1


def test_a_server_that_refuses_everything_is_believed_in_the_end() -> None:
    with raw_server(NO_SCHEMA) as server:
        stand = bench(server.url)
        with pytest.raises(RequestRejected):
            stand.ask(Answer)
        assert modes(server.bodies()) == ["json_schema", "json_object", "prompt"]
        assert stand.sleeps == []
        assert stand.dialects.of(server.url, MODEL) == Dialect(), "what did not work is not remembered"


def test_what_worked_is_remembered_for_that_model_at_that_address() -> None:
    with raw_server(NO_SCHEMA, GOOD) as server:
        stand: Bench = bench(server.url)
        assert [stand.ask(Answer).mode for _ in range(3)] == ["json_object"] * 3
        assert modes(server.bodies()) == ["json_schema", "json_object", "json_object", "json_object"]
        assert stand.dialects.of(server.url, "acme/other") == Dialect()
        assert stand.dialects.of("https://other.example/v1", MODEL) == Dialect()


def test_it_is_forgotten_after_a_day() -> None:
    now = 0.0
    dialects = Dialects(lambda: now)
    dialects.learn("https://a.example/v1", MODEL, Dialect("prompt"))
    now = 86_399
    assert dialects.of("https://a.example/v1", MODEL).mode == "prompt"
    now = 86_401
    assert dialects.of("https://a.example/v1", MODEL).mode == "json_schema"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (("structured_outputs", "response_format", "temperature", "tools"), Dialect()),
        (("response_format", "temperature", "tools"), Dialect("json_object")),
        (("temperature",), Dialect("prompt", tools=False)),
        (("structured_outputs", "tools"), Dialect(dropped=frozenset({"temperature"}))),
    ],
)
def test_a_model_list_says_where_to_begin(parameters: tuple[str, ...], expected: Dialect) -> None:
    dialects = Dialects(lambda: 0.0)
    dialects.expect("https://a.example/v1", MODEL, parameters)
    assert dialects.of("https://a.example/v1", MODEL) == expected


def test_experience_counts_for_more_than_the_model_list() -> None:
    dialects = Dialects(lambda: 0.0)
    dialects.learn("https://a.example/v1", MODEL, Dialect("prompt"))
    dialects.expect("https://a.example/v1", MODEL, ("structured_outputs", "temperature"))
    assert dialects.of("https://a.example/v1", MODEL).mode == "prompt"
