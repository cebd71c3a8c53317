"""What counts as an answer: HTTP 200 is not success, and what was cut is not repaired."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from llm_servers import (
    ANSWER,
    DONE,
    MODEL,
    Act,
    Answer,
    Received,
    bench,
    chunk,
    event,
    raw_server,
    replies,
    says,
    streamed,
    whole,
)

from clickstream.llm import Usage
from clickstream.llm.errors import (
    Busy,
    EmptyReply,
    Filtered,
    InvalidReply,
    KeyRefused,
    LlmError,
    ModelUnavailable,
    ProviderDown,
    Refused,
    Truncated,
    WrongAddress,
)

USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "cost": 0.00042,
    "prompt_tokens_details": {"cached_tokens": 100},
    "completion_tokens_details": {"reasoning_tokens": 12},
}


def outcome(act: Act, schema: type[msgspec.Struct] | None = Answer) -> tuple[Any, list[Received]]:
    """What became of a request (its completion, or its error), and what the server received."""
    with raw_server(act) as server:
        try:
            return bench(server.url).ask(schema), server.received
        except LlmError as error:
            return error, server.received


def both(text: str | None, finish: str | None, **message: Any) -> list[Any]:
    """The same reply streamed and whole."""
    return [
        pytest.param(says(chunk(text, finish, **message) + DONE), id="streamed"),
        pytest.param(replies(whole(text, finish, **message)), id="whole"),
    ]


@pytest.mark.parametrize("act", both(ANSWER, "stop"))
def test_a_whole_answer_is_decoded(act: Act) -> None:
    completion, received = outcome(act)
    assert completion.value == Answer("Checkout", 3)
    assert (completion.text, completion.model, completion.mode) == (ANSWER, MODEL, "json_schema")
    assert len(received) == 1


@pytest.mark.parametrize("finish", ["length", "LENGTH", "max_tokens"])
@pytest.mark.parametrize("text", ['{"title": "Checkout", "count": 12', ANSWER, f"```json\n{ANSWER}"])
@pytest.mark.parametrize("streams", [True, False])
def test_a_reply_that_was_cut_is_never_repaired(text: str, finish: str, streams: bool) -> None:
    error, received = outcome(says(chunk(text, finish) + DONE) if streams else replies(whole(text, finish)))
    assert isinstance(error, Truncated)
    assert error.text == text
    assert len(received) == 1, "asking the same again would be cut at the same place"


@pytest.mark.parametrize("act", both("", "length", reasoning="Let me think"))
def test_an_allowance_spent_on_thinking_is_called_that(act: Act) -> None:
    error, _ = outcome(act)
    assert isinstance(error, Truncated)
    assert "thinking" in error.message


@pytest.mark.parametrize("act", both('{"title": "Check', "content_filter"))
def test_a_filtered_reply_is_not_used(act: Act) -> None:
    error, received = outcome(act)
    assert isinstance(error, Filtered)
    assert len(received) == 1


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter"])
@pytest.mark.parametrize("text", [None, "", ANSWER])
@pytest.mark.parametrize("streams", [True, False])
def test_a_refusal_comes_before_everything_the_text_says(text: str | None, finish: str, streams: bool) -> None:
    message = {"refusal": "I cannot help with that."}
    error, received = outcome(
        says(chunk(text, finish, **message) + DONE) if streams else replies(whole(text, finish, **message))
    )
    assert isinstance(error, Refused)
    assert error.detail == "I cannot help with that."
    assert len(received) == 1


@pytest.mark.parametrize("text", [None, "", " \n "])
@pytest.mark.parametrize("streams", [True, False])
def test_an_empty_reply_is_tried_again_and_then_an_error(text: str | None, streams: bool) -> None:
    error, received = outcome(says(chunk(text, "stop") + DONE) if streams else replies(whole(text)))
    assert isinstance(error, EmptyReply)
    assert len(received) == 3


def test_an_answer_after_an_empty_reply_is_taken() -> None:
    with raw_server(replies(whole("")), replies(whole(ANSWER))) as server:
        assert bench(server.url).ask(Answer).value.count == 3


@pytest.mark.parametrize(
    "body",
    [
        {"id": None, "object": None, "choices": None},
        {"id": "gen-1", "choices": []},
        {"id": "gen-1"},
        {},
        {"provider": {"choices": [{"message": {"content": "hidden"}}]}},
    ],
)
def test_a_reply_without_choices_is_a_fault_of_the_provider_and_tried_again(body: object) -> None:
    error, received = outcome(replies(body))
    assert isinstance(error, ProviderDown)
    assert len(received) == 3


@pytest.mark.parametrize(
    ("said", "kind", "attempts"),
    [
        ({"code": 502, "message": "Provider returned error"}, ProviderDown, 3),
        ({"code": 429, "message": "Rate limited upstream"}, Busy, 3),
        ({"code": "429", "message": "Rate limited upstream"}, Busy, 3),
        ({"code": "server_error", "message": "Internal"}, ProviderDown, 3),
        ({"message": "who knows"}, ProviderDown, 3),
        ("overloaded", ProviderDown, 3),
        ({"code": 401, "message": "No auth"}, KeyRefused, 1),
        ("Unexpected endpoint or method. (POST /chat/completions)", WrongAddress, 1),
        ({"code": 404, "message": "No endpoints found for acme/large."}, ModelUnavailable, 1),
    ],
)
@pytest.mark.parametrize("place", ["whole", "whole, in the choice", "stream", "stream, in the choice", "stream, after text"])
def test_an_error_inside_a_200_is_that_error(said: Any, kind: type[LlmError], attempts: int, place: str) -> None:
    beside = {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]}
    within = {
        "index": 0,
        "message": {"content": ANSWER},
        "delta": {"content": ANSWER},
        "finish_reason": "error",
        "error": said,
    }
    act = {
        "whole": replies({"error": said, "choices": None}),
        "whole, in the choice": replies({"choices": [within]}),
        "stream": says(event({"error": said, **beside})),
        "stream, in the choice": says(event({"choices": [within]}) + DONE),
        "stream, after text": says(chunk(ANSWER) + event({"error": said, **beside}) + DONE),
    }[place]
    error, received = outcome(act)
    assert type(error) is kind
    assert len(received) == attempts


def test_a_choice_that_ends_in_error_without_saying_which_is_a_fault_of_the_provider() -> None:
    error, _ = outcome(replies(whole(ANSWER, "error")))
    assert isinstance(error, ProviderDown)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{ANSWER}\n```",
        f"```\n{ANSWER}\n```\n",
        f"Here is the JSON you asked for:\n\n{ANSWER}",
        f"{ANSWER}\n\nI hope this helps!",
        f"  \n{ANSWER}\n",
        '1. The report\n```json\n{"title": "Checkout", "count": 3, "more": "``` inside"}\n```',
        f"<think>Is {{this}} it? {{}}</think>\n{ANSWER}",
    ],
)
def test_fences_and_prose_around_one_object_are_forgiven(text: str) -> None:
    completion, _ = outcome(replies(whole(text)))
    assert completion.value == Answer("Checkout", 3)


@pytest.mark.parametrize("finish", [None, "tool_calls", "eos"])
def test_fences_and_prose_are_not_forgiven_unless_the_model_stopped_by_itself(finish: str | None) -> None:
    error, _ = outcome(says(chunk(f"Sure: {ANSWER}", finish) + DONE))
    assert isinstance(error, InvalidReply)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("I think the checkout is slow.", "malformed"),
        ("", ""),
        ('{"title": "Checkout", "count": 12', "truncated"),
        ('Sure: {"title": "Checkout", "count": 12', "malformed"),
        ('{"title": "Checkout", "count": 3}{"title": "Search", "count": 4}', "trailing"),
        ('Either {"title": "Checkout", "count": 3} or {"title": "Search", "count": 4}', "malformed"),
        ('[{"title": "Checkout", "count": 3}]', "Expected `object`, got `array`"),
        ('"Checkout"', "Expected `object`, got `str`"),
        ('{"title": "Checkout"}', "missing required field `count`"),
        ('{"title": "Checkout", "count": "3"}', "Expected `int`, got `str` - at `$.count`"),
        ('{"title": "Checkout", "count": 1,234}', "malformed"),
        ('{"title": "Checkout", "count": NaN}', "malformed"),
        ('Note {"title": "Checkout", "count": NaN}', "malformed"),
        ('Note {"title": "Checkout", "count": null}', "Expected `int`, got `null` - at `$.count`"),
        ("[" * 100_000, "Expected `object`"),
        ('{"title": ' + "[" * 100_000, "Expected `str`"),
        ('{"more": ' + "[" * 100_000, "nested too deeply"),
        ("Sure: {" + '"a": {' * 100_000, "malformed"),
    ],
)
def test_a_reply_of_another_form_is_refused_with_the_rule_it_breaks(text: str, problem: str) -> None:
    error, received = outcome(replies(whole(text)))
    if not text:
        assert isinstance(error, EmptyReply)
        return
    assert isinstance(error, InvalidReply)
    assert problem in error.problem
    assert error.text == text
    assert len(received) == 1, "a re-ask is the caller's decision"


def test_bounds_are_enforced_here_whatever_the_provider_promised() -> None:
    class Bounded(msgspec.Struct):
        count: Annotated[int, msgspec.Meta(ge=0, le=10)]

    error, _ = outcome(replies(whole('{"count": 11}')), Bounded)
    assert isinstance(error, InvalidReply)
    assert "<= 10" in error.problem


def test_content_in_parts_is_put_together() -> None:
    parts = [{"type": "text", "text": '{"title": "Checkout", '}, {"type": "image"}, {"type": "text", "text": '"count": 3}'}]
    completion, _ = outcome(replies(whole(parts)))
    assert completion.value == Answer("Checkout", 3)


def test_only_the_first_of_several_choices_is_read() -> None:
    other = event({"choices": [{"index": 1, "delta": {"content": "NOISE"}, "finish_reason": "length"}]})
    completion, _ = outcome(says(other + chunk(ANSWER) + other + chunk("", "stop") + DONE))
    assert completion.text == ANSWER


def test_blank_lines_before_a_whole_reply_are_skipped() -> None:
    completion, _ = outcome(replies(b"\n\n \r\n" + msgspec.json.encode(whole(ANSWER))))
    assert completion.value == Answer("Checkout", 3)


@pytest.mark.parametrize("body", [b"", b"OK", b'{"id": "\xff"}', b"[]", b'"text"', b'{"usage": ' + b"[" * 100_000])
def test_a_200_that_is_no_reply_is_a_fault_of_the_provider(body: bytes) -> None:
    error, _ = outcome(replies(body))
    assert isinstance(error, ProviderDown)


def test_a_web_page_instead_of_a_reply_means_the_address_is_wrong() -> None:
    error, received = outcome(says(b"<html><h1>Welcome to the hotel</h1></html>", "text/html; charset=utf-8"))
    assert isinstance(error, WrongAddress)
    assert len(received) == 1


def test_usage_and_cost_come_with_the_answer() -> None:
    act = says(streamed(ANSWER).removesuffix(DONE) + event({"id": "gen-1", "choices": [], "usage": USAGE}) + DONE)
    completion, _ = outcome(act)
    assert completion.usage == Usage(120, 30, 100, 12, Decimal("0.00042"))


@pytest.mark.parametrize("usage", [None, {}, "free", {"prompt_tokens": "many"}, {"prompt_tokens": None, "cost": None}])
def test_usage_that_is_missing_or_odd_is_unknown_and_costs_no_answer(usage: object) -> None:
    completion, _ = outcome(replies(whole(ANSWER) | {"usage": usage}))
    assert completion.value == Answer("Checkout", 3)
    assert completion.usage == Usage(None, None, None, None, None)


@pytest.mark.parametrize("reply", [whole(ANSWER, "length"), whole("no JSON"), whole(ANSWER, refusal="No.")])
def test_what_a_failed_reply_cost_is_known(reply: dict[str, Any]) -> None:
    error, _ = outcome(replies(reply | {"usage": USAGE}))
    assert error.usage.cost_usd == Decimal("0.00042")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"X_Generation_Id": "gen-header"}, "gen-header"), ({"X_Request_Id": "req-7"}, "req-7"), ({}, "gen-1")],
)
def test_the_request_can_be_found_again_at_the_provider(headers: dict[str, str], expected: str) -> None:
    completion, _ = outcome(replies(whole(ANSWER), **headers))
    assert completion.request_id == expected


def test_the_model_that_answered_is_named() -> None:
    completion, _ = outcome(replies(whole(ANSWER) | {"model": "acme/backup"}))
    assert completion.model == "acme/backup"
