"""Tool calls as servers send them, and servers that know none."""

from __future__ import annotations

from typing import Any

import pytest
from llm_servers import DONE, MESSAGES, MODEL, bench, chunk, raw_server, replies, streamed, whole
from llm_servers import says as sends

from clickstream.llm import Tool, ToolCall, with_calls, with_result
from clickstream.llm.dialect import Dialect
from clickstream.llm.errors import CutOff, EmptyReply, LlmError, RequestRejected, TooManyCalls, Truncated
from clickstream.llm.tools import MOST_CALLS, MOST_CHARACTERS

Json = dict[str, Any]
TOOL = Tool("overview", "Sessions and orders.", {"type": "object", "properties": {"device": {"type": "string"}}})
MOBILE = '{"device":"mobile"}'


def piece(index: int | None = 0, id: str | None = None, name: str | None = None, arguments: Any = None) -> Json:
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": id, "type": "function", "function": {k: v for k, v in function.items() if v is not None}}


def calling(*chunks: list[Json], finish: str | None = "tool_calls") -> bytes:
    return b"".join(chunk(None, tool_calls=pieces) for pieces in chunks) + chunk(None, finish) + DONE


def asked(stream: bytes, **options: Any) -> Any:
    with raw_server(sends(stream)) as server:
        return bench(server.url).ask(tools=[TOOL], **options)


ONE = [("overview", MOBILE)]
TWO = [("overview", MOBILE), ("cart", "{}")]
FORMS: dict[str, tuple[list[list[Json]], list[tuple[str, str]]]] = {
    "whole": ([[piece(0, "a", "overview", MOBILE)]], ONE),
    "in pieces": (
        [[piece(0, "a", "overview", "")], [piece(arguments='{"devi')], [piece(arguments='ce":"mobile"}')]],
        ONE,
    ),
    "the name in pieces": ([[piece(0, "a", "over")], [piece(name="view", arguments=MOBILE)]], ONE),
    "the name again and again": ([[piece(0, "a", "overview", "{")], [piece(0, "a", "overview", MOBILE[1:])]], ONE),
    "a new id with every piece": ([[piece(0, "a", "overview", "{")], [piece(0, "b", None, MOBILE[1:])]], ONE),
    "arguments as an object": ([[piece(0, "a", "overview", {"device": "mobile"})]], ONE),
    "without arguments": ([[piece(0, "a", "overview")]], [("overview", "{}")]),
    "two side by side": ([[piece(0, "a", "overview", "{"), piece(1, "b", "cart", "{")],
                          [piece(1, arguments="}"), piece(0, arguments=MOBILE[1:])]], TWO),
    "two with one index": ([[piece(0, "a", "overview", MOBILE)], [piece(0, "b", "cart", "{}")]], TWO),
    "two without index or id": ([[piece(None, None, "overview", MOBILE)], [piece(None, None, "cart", "{}")]], TWO),
    "two at once, with nothing but names": ([[piece(None, None, "overview", MOBILE), piece(None, None, "cart")]], TWO),
    "the same twice": ([[piece(0, "a", "cart", "{}")], [piece(1, "b", "cart", "{}")]], [("cart", "{}"), ("cart", "{}")]),
    "a piece of nothing": ([[piece(0, "a", "overview", MOBILE)], [piece(1)]], ONE),
}  # fmt: skip


@pytest.mark.parametrize(("chunks", "expected"), FORMS.values(), ids=FORMS)
def test_calls_are_put_together_whatever_their_form(chunks: list[list[Json]], expected: list[tuple[str, str]]) -> None:
    found = asked(calling(*chunks)).calls
    assert [(call.name, call.arguments) for call in found] == expected
    assert len({call.id for call in found} - {""}) == len(expected)


@pytest.mark.parametrize("finish", ["tool_calls", "stop", "function_call"])
def test_the_reason_for_the_end_does_not_matter(finish: str) -> None:
    assert asked(calling([piece(0, "a", "overview", "{}")], finish=finish)).calls == (ToolCall("a", "overview", "{}"),)


def test_a_reply_that_is_not_streamed_has_its_calls_too() -> None:
    calls = [{"id": "a", "type": "function", "function": {"name": "overview", "arguments": MOBILE}},
             {"id": "b", "type": "function", "function": {"name": "cart", "arguments": "{}"}}]  # fmt: skip
    with raw_server(replies(whole(None, "tool_calls", tool_calls=calls))) as server:
        found = bench(server.url).ask(tools=[TOOL])
    assert [(call.name, call.arguments) for call in found.calls] == TWO


def test_words_may_come_before_a_call() -> None:
    heard: list[str] = []
    found = asked(chunk("Let me ") + chunk("see.") + calling([piece(0, "a", "overview", "{}")]), on_text=heard.append)
    assert (found.text, heard, len(found.calls)) == ("Let me see.", ["Let me ", "see."], 1)


def test_an_answer_without_calls_has_none() -> None:
    assert asked(streamed("All is well.")).calls == ()


def test_calls_that_nobody_offered_are_no_answer() -> None:
    with raw_server(sends(calling([piece(0, "a", "overview", "{}")]))) as server:
        assert bench(server.url).ask().calls == ()
    assert asked(calling([piece(0, "a", "overview", "{}")]), tool_choice="none").calls == ()


MANY = [[piece(n, f"id{n}", "overview", "{}")] for n in range(MOST_CALLS + 1)]
LONG = [[piece(0, "a", "overview", '{"device": "')], [piece(arguments="x" * MOST_CHARACTERS)]]


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (calling(*MANY), TooManyCalls),
        (calling(*LONG), TooManyCalls),
        (calling([piece(0, "a", "overview", '{"dev')], finish="length"), Truncated),
        (chunk(None, tool_calls=[piece(0, "a", "overview", '{"dev')]), CutOff),
        (calling([piece(0, "a", None, MOBILE)]), EmptyReply),
        (calling([]), EmptyReply),
    ],
    ids=["too many", "too long", "cut by its length", "cut off", "without a name", "announced only"],
)
def test_what_is_no_whole_call_is_an_error(stream: bytes, error: type[LlmError]) -> None:
    with pytest.raises(error):
        asked(stream)


def test_a_call_that_broke_off_is_asked_for_again_as_nothing_was_shown() -> None:
    half, good = chunk(None, tool_calls=[piece(0, "a", "overview", "{")]), calling([piece(0, "a", "overview", "{}")])
    with raw_server(sends(half), sends(good)) as server:
        assert len(bench(server.url).ask(tools=[TOOL], on_text=print).calls) == 1
        assert len(server.received) == 2


def test_tools_and_results_travel_as_openai_writes_them() -> None:
    call = ToolCall("a", "overview", MOBILE)
    messages = [*MESSAGES, with_calls("", [call]), with_result(call, '{"sessions": 3}')]
    with raw_server(sends(streamed("Three came."))) as server:
        bench(server.url).client.complete(messages, model=MODEL, max_tokens=100, tools=[TOOL])
        (body,) = server.bodies()
    assert body["tools"] == [
        {
            "type": "function",
            "function": {"name": "overview", "description": "Sessions and orders.", "parameters": TOOL.parameters},
        }
    ]
    assert (body["tool_choice"], body["provider"]) == ("auto", {"require_parameters": True})
    assert body["messages"][2:] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "overview", "arguments": MOBILE}}],
        },
        {"role": "tool", "tool_call_id": "a", "content": '{"sessions": 3}'},
    ]


REFUSALS: dict[str, tuple[str, int]] = {
    "OpenRouter": ("No endpoints found that support tool use. Try disabling it.", 404),
    "Ollama": ("registry.ollama.ai/library/poet does not support tools", 400),
    "vLLM": ('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', 400),
    "llama.cpp": ("tools param requires --jinja flag", 500),
    "a strict one": ("body.tools: Extra inputs are not permitted", 422),
}


@pytest.mark.parametrize(("message", "status"), REFUSALS.values(), ids=REFUSALS)
def test_a_server_that_refuses_tools_is_asked_without_and_told_what_was_measured(message: str, status: int) -> None:
    call = ToolCall("a", "overview", "{}")
    messages = [*MESSAGES, with_calls("", [call]), with_result(call, "measured")]
    refusal = replies({"error": {"message": message}}, status)
    with raw_server(refusal, sends(streamed("Well."))) as server:
        stand = bench(server.url, "compatible")
        assert stand.client.complete(messages, model=MODEL, max_tokens=100, tools=[TOOL]).text == "Well."
        first, second = server.bodies()
        assert stand.dialects.of(server.url, MODEL) == Dialect(tools=False)
    assert "tools" in first
    assert not {"tools", "tool_choice"} & second.keys()
    assert second["messages"] == [MESSAGES[0], {"role": "user", "content": "Why?\nmeasured"}]


def test_a_server_that_refuses_the_choice_only_keeps_the_tools() -> None:
    no = replies({"error": {"message": "tool_choice is not supported", "param": "tool_choice"}}, 400)
    with raw_server(no, sends(calling([piece(0, "a", "overview", "{}")]))) as server:
        assert len(bench(server.url).ask(tools=[TOOL]).calls) == 1
        assert [("tools" in body, "tool_choice" in body) for body in server.bodies()] == [(True, True), (True, False)]


def test_a_refusal_of_something_else_keeps_the_tools() -> None:
    with raw_server(replies({"error": {"message": "messages: too short"}}, 400)) as server:
        with pytest.raises(RequestRejected):
            bench(server.url).ask(tools=[TOOL])
        assert len(server.received) == 1
