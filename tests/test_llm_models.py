"""Model lists and key checks of three kinds of provider, free of charge."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from llm_servers import ANSWER, Answer, bench, raw_server, replies, says, streamed

from clickstream.llm import KeyState, Model
from clickstream.llm.errors import Busy, KeyMissing, KeyRefused, LlmError, WrongAddress

LISTED = {
    "id": "openai/gpt-4o-mini",
    "name": "OpenAI: GPT-4o-mini",
    "context_length": 128000,
    "pricing": {"prompt": "0.00000015", "completion": "0.0000006", "request": "0"},
    "supported_parameters": ["max_tokens", "response_format", "structured_outputs", "temperature"],
    "architecture": {"modality": "text->text"},
}


def listed(*models: dict[str, Any]) -> list[Model]:
    with raw_server(replies({"data": list(models), "total_count": len(models)})) as server:
        found = bench(server.url).client.models()
        assert server.received[0].line.startswith("GET /v1/models ")
        return found


def test_an_openrouter_model_has_its_context_and_its_price_per_million_tokens() -> None:
    (model,) = listed(LISTED)
    assert (model.id, model.name, model.context_length) == ("openai/gpt-4o-mini", "OpenAI: GPT-4o-mini", 128000)
    assert (str(model.prompt_price), str(model.completion_price)) == ("0.15", "0.6")
    assert model.supports_structured_output is True


def test_what_a_provider_does_not_say_is_unknown_and_not_zero() -> None:
    (model,) = listed({"id": "gpt-4o", "object": "model", "created": 1715367049, "owned_by": "system"})
    assert model == Model("gpt-4o", "gpt-4o", None, None, None, None, None)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("0", "0"),
        ("0.00001", "10"),
        ("0.000150", "150"),
        ("-1", None),
        ("n/a", None),
        ("NaN", None),
        (None, None),
        (3, None),
    ],
)
def test_odd_prices_are_unknown(price: object, expected: str | None) -> None:
    (model,) = listed(LISTED | {"pricing": {"prompt": price}})
    assert model.prompt_price == (None if expected is None else Decimal(expected))
    assert str(model.prompt_price) == str(expected)


def test_models_are_in_order_and_other_servers_names_for_the_context_are_read() -> None:
    models = listed(LISTED | {"id": "z", "supported_parameters": []}, {"id": "a", "max_model_len": 4096})
    assert [(model.id, model.context_length, model.supports_structured_output) for model in models] == [
        ("a", 4096, None),
        ("z", 128000, False),
    ]


@pytest.mark.parametrize(
    "body", [{"data": None}, {"models": []}, [], b"<html>", b"", b"[" * 100_000, {"data": [{"name": "x"}]}]
)
def test_something_else_than_a_model_list_means_the_address_is_wrong(body: object) -> None:
    with raw_server(replies(body)) as server, pytest.raises(WrongAddress):
        bench(server.url).client.models()


def test_the_first_request_to_a_listed_model_asks_only_for_what_it_can() -> None:
    modest = LISTED | {"id": "acme/large", "supported_parameters": ["response_format"]}
    with raw_server(replies({"data": [modest]}), says(streamed(ANSWER))) as server:
        stand = bench(server.url)
        stand.client.models()
        assert stand.ask(Answer, temperature=0.3).mode == "json_object"
        assert "temperature" not in server.bodies()[0]


def test_an_openrouter_key_is_checked_by_asking_about_the_key() -> None:
    state = {
        "label": "sk-or-v1-012...def",
        "limit": 10,
        "limit_remaining": 7.5,
        "usage": 2.5,
        "is_free_tier": False,
        "rate_limit": {},
    }
    with raw_server(replies({"data": state})) as server:
        found = bench(server.url).client.check()
        assert server.received[0].line.startswith("GET /v1/key ")
    assert found == KeyState(Decimal(10), Decimal("7.5"), Decimal("2.5"), False, None)


@pytest.mark.parametrize("kind", ["openai", "compatible"])
def test_other_keys_are_checked_by_listing_models(kind: Any) -> None:
    with raw_server(replies({"data": []})) as server:
        assert bench(server.url, kind).client.check() == KeyState()
        assert server.received[0].line.startswith("GET /v1/models ")


@pytest.mark.parametrize("body", [{"data": None}, {}, [], b"<html>", b"[" * 100_000])
def test_an_odd_answer_to_a_key_check_is_no_working_key(body: object) -> None:
    with raw_server(replies(body)) as server, pytest.raises(WrongAddress):
        bench(server.url).client.check()


@pytest.mark.parametrize(
    ("status", "kind", "attempts"), [(401, KeyRefused, 1), (429, Busy, 3), (404, WrongAddress, 1)], ids=["401", "429", "404"]
)
def test_a_refused_look_up_is_a_clear_error(status: int, kind: type[LlmError], attempts: int) -> None:
    with raw_server(replies(b"no", status)) as server:
        for call in (bench(server.url).client.check, bench(server.url).client.models):
            with pytest.raises(kind):
                call()
        assert len(server.received) == 2 * attempts


@pytest.mark.parametrize("kind", ["openrouter", "openai"])
def test_without_a_key_nothing_is_asked_of_a_provider_that_needs_one(kind: Any) -> None:
    with raw_server(says(streamed(ANSWER))) as server:
        stand = bench(server.url, kind, api_key="")
        for call in (stand.ask, stand.client.check):
            with pytest.raises(KeyMissing, match="no API key"):
                call()
        assert server.received == []


def test_a_local_server_needs_no_key() -> None:
    with raw_server(says(streamed(ANSWER))) as server:
        assert bench(server.url, "compatible", api_key="").ask(Answer).value.count == 3
        assert "authorization" not in server.received[0].headers
