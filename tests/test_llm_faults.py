"""Each way a provider says no becomes one error, and only those that may pass are tried again."""

from __future__ import annotations

from typing import Any

import pytest
from llm_servers import ANSWER, KEY, Answer, bench, raw_server, replies, says, streamed
from pytest_httpserver import HTTPServer

from clickstream.llm import Client
from clickstream.llm import errors as e
from clickstream.llm.faults import retry_after

ONCE, THRICE = 1, 3


def refusal(status: int, body: Any, **headers: str) -> tuple[e.LlmError, int]:
    """The error after a provider that always answers so, and how often it was asked."""
    with raw_server(replies(body, status, **headers)) as server:
        with pytest.raises(e.LlmError) as caught:
            bench(server.url).ask()
        return caught.value, len(server.received)


def metadata(**facts: object) -> dict[str, Any]:
    return {"error": {"message": "Provider returned error", "metadata": facts}}


def availability(code: str, **facts: object) -> dict[str, Any]:
    return {"error": {"message": "Unavailable", "availability": {"code": code, **facts}}}


@pytest.mark.parametrize(
    ("status", "kind", "attempts"),
    [
        (400, e.RequestRejected, ONCE),
        (401, e.KeyRefused, ONCE),
        (402, e.OutOfCredit, ONCE),
        (403, e.NotAllowed, ONCE),
        (404, e.ModelUnavailable, ONCE),
        (405, e.WrongAddress, ONCE),
        (408, e.ProviderDown, THRICE),
        (409, e.Busy, THRICE),
        (413, e.PromptTooLong, ONCE),
        (418, e.RequestRejected, ONCE),
        (422, e.RequestRejected, ONCE),
        (429, e.Busy, THRICE),
        (500, e.ProviderDown, THRICE),
        (501, e.RequestRejected, ONCE),
        (502, e.ProviderDown, THRICE),
        (503, e.Busy, THRICE),
        (504, e.ProviderDown, THRICE),
        (524, e.ProviderDown, THRICE),
        (529, e.Busy, THRICE),
    ],
)
@pytest.mark.parametrize("body", ["said", "page", "nothing"])
def test_a_status_is_an_error(status: int, kind: type[e.LlmError], attempts: int, body: str) -> None:
    said = {"said": {"error": {"code": status, "message": "No."}}, "page": b"<html>524</html>", "nothing": b""}[body]
    error, asked = refusal(status, said)
    assert type(error) is (e.WrongAddress if status == 404 and body != "said" else kind)
    assert asked == attempts
    assert error.message.endswith(".")


@pytest.mark.parametrize(
    ("status", "body", "kind", "attempts"),
    [
        # OpenRouter: metadata.limit_source
        (402, metadata(limit_source="openrouter_in_flight_budget"), e.Busy, THRICE),
        (402, metadata(limit_source="openrouter_credits"), e.OutOfCredit, ONCE),
        (402, metadata(reason="weight_exceeds_budget"), e.TooCostly, ONCE),
        (402, metadata(limit_source="openrouter_key_limit"), e.SpendingLimitReached, ONCE),
        (403, metadata(limit_source="openrouter_key_limit"), e.SpendingLimitReached, ONCE),
        (403, metadata(limit_source="openrouter_guardrail_budget"), e.SpendingLimitReached, ONCE),
        (403, metadata(limit_source="openrouter_workspace_budget"), e.SpendingLimitReached, ONCE),
        (429, metadata(limit_source="openrouter_free_tier_daily"), e.DailyLimitReached, ONCE),
        (429, {"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day"}}, e.DailyLimitReached, ONCE),
        (429, metadata(limit_source="upstream_provider_shared_pool"), e.Busy, THRICE),
        # OpenRouter: error_type, in both places
        (400, metadata(error_type="context_length_exceeded"), e.PromptTooLong, ONCE),
        (400, {"error": {"error_type": "context_length_exceeded", "http_status": 400}}, e.PromptTooLong, ONCE),
        (400, metadata(error_type="refusal"), e.Refused, ONCE),
        (400, metadata(error_type="content_policy_violation"), e.Filtered, ONCE),
        (400, metadata(error_type="provider_unavailable"), e.ProviderDown, THRICE),
        (500, metadata(error_type="invalid_prompt"), e.RequestRejected, ONCE),
        (500, metadata(error_type="unmapped"), e.ProviderDown, THRICE),
        (403, metadata(reasons=["violence"], flagged_input="..."), e.Filtered, ONCE),
        (403, metadata(patterns=["ignore previous"]), e.NotAllowed, ONCE),
        # OpenRouter: availability
        (400, availability("model_not_found"), e.ModelUnavailable, ONCE),
        (404, availability("free_variant_ended", fallback_models=["acme/paid"]), e.ModelUnavailable, ONCE),
        (404, availability("constraint_filtered"), e.ModelUnavailable, ONCE),
        (404, availability("privacy_restricted"), e.NotAllowed, ONCE),
        (403, availability("region_restricted"), e.NotAllowed, ONCE),
        (429, availability("capacity_exhausted", retryable=True), e.Busy, THRICE),
        (503, availability("temporarily_unavailable", retryable=True), e.ProviderDown, THRICE),
        (503, availability("temporarily_unavailable", retryable=False), e.ProviderDown, ONCE),
        (404, {"error": {"code": 404, "message": "No endpoints found for acme/large."}}, e.ModelUnavailable, ONCE),
        (400, {"error": {"code": 400, "message": "acme/xl is not a valid model ID"}}, e.ModelUnavailable, ONCE),
        # OpenAI: code and type
        (
            429,
            {"error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "..."}},
            e.OutOfCredit,
            ONCE,
        ),
        (429, {"error": {"type": "insufficient_quota", "code": "credit_balance_exhausted"}}, e.OutOfCredit, ONCE),
        (429, {"error": {"type": "requests", "code": "rate_limit_exceeded", "message": "..."}}, e.Busy, THRICE),
        (401, {"error": {"type": "invalid_request_error", "code": "invalid_api_key"}}, e.KeyRefused, ONCE),
        (404, {"error": {"type": "invalid_request_error", "message": "Invalid URL (POST /v2/chat)"}}, e.WrongAddress, ONCE),
        # local servers
        (404, {"error": {"message": 'model "llama9" not found, try pulling it first'}}, e.ModelUnavailable, ONCE),
        (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404}, e.ModelUnavailable, ONCE),
        (404, {"detail": "Not Found"}, e.WrongAddress, ONCE),
        (400, {"error": {"type": "exceed_context_size_error", "message": "..."}}, e.PromptTooLong, ONCE),
        (400, {"message": "This model's maximum context length is 4096 tokens"}, e.PromptTooLong, ONCE),
        (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, e.Busy, THRICE),
        (400, {"error": "something odd"}, e.RequestRejected, ONCE),
        (400, {"error": {"message": 7, "code": None, "metadata": "odd", "availability": []}}, e.RequestRejected, ONCE),
        (500, b"[" * 100_000, e.ProviderDown, THRICE),
    ],
)
def test_a_reason_says_more_than_the_status(status: int, body: Any, kind: type[e.LlmError], attempts: int) -> None:
    error, asked = refusal(status, body)
    assert type(error) is kind
    assert asked == attempts


def test_every_error_has_a_sentence_and_a_code_of_its_own() -> None:
    kinds = [kind for kind in vars(e).values() if isinstance(kind, type) and issubclass(kind, e.LlmError)]
    assert len({kind.code for kind in kinds if kind is not e.UnusableReply}) == len(kinds) - 1
    for kind in kinds:
        assert kind.sentence[0].isupper()
        assert kind.sentence.endswith(".")


def test_what_the_provider_wrote_is_kept_on_one_short_line_without_the_users_text() -> None:
    error, _ = refusal(
        403,
        {
            "error": {
                "code": 403,
                "message": "Input\nflagged\x1b[31m",
                "metadata": {
                    "reasons": ["spam"],
                    "flagged_input": "my private words",
                    "provider_name": "Acme",
                    "raw": "x" * 999,
                },
            }
        },
    )
    assert error.detail.startswith("HTTP status 403 · Input flagged [31m · Acme · xxx")
    assert len(error.detail) == 300
    assert "private" not in str(vars(error))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 30),
        ({"retry-after": "Fri, 20 Nov 2026 09:00:00 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 0),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "soon", "date": "today"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    "act",
    [
        replies({"error": {"code": 429, "message": "busy"}}, 429, Retry_After="20"),
        replies({"error": {"message": "busy", "availability": {"code": "capacity_exhausted", "retry_after": 20}}}, 429),
        replies({"error": {"message": "busy", "metadata": {"headers": {"Retry-After": "20"}}}}, 429),
        replies(metadata(limit_source="openrouter_in_flight_budget"), 402, Retry_After="20"),
        replies(b"", 503, Retry_After="20"),
    ],
)
def test_the_wait_a_provider_asks_for_is_kept(act: Any) -> None:
    with raw_server(act, says(streamed(ANSWER))) as server:
        stand = bench(server.url)
        assert stand.ask(Answer).value.count == 3
        assert stand.waited == pytest.approx(20)


def test_a_provider_that_asks_to_wait_for_an_hour_is_not_waited_for() -> None:
    error, asked = refusal(429, {"error": {"code": 429, "message": "busy"}}, Retry_After="3600")
    assert asked == 1
    assert error.retry_after_seconds == 3600


def test_a_redirect_is_not_followed_and_the_key_stays_home(httpserver: HTTPServer) -> None:
    moved = {"Location": httpserver.url_for("/elsewhere")}
    for path in ("/chat/completions", "/models", "/key"):
        httpserver.expect_request(f"/v1{path}").respond_with_data("", 307, moved)
    httpserver.expect_request("/elsewhere").respond_with_json({})
    client: Client = bench(httpserver.url_for("/v1")).client
    for call in (lambda: bench(httpserver.url_for("/v1")).ask(), client.models, client.check):
        with pytest.raises(e.WrongAddress, match="forwards to localhost"):
            call()
    assert [request.path for request, _ in httpserver.log] == ["/v1/chat/completions", "/v1/models", "/v1/key"]
    assert KEY in httpserver.log[0][0].headers["Authorization"]
