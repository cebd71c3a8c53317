"""A key goes to the one address it was saved for, never over an open line, and into no log or message."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from llm_servers import ANSWER, KEY, MODEL, Answer, Connection, bench, raw_server, replies, says, streamed, whole
from pytest_httpserver import HTTPServer

from clickstream.errors import ClickstreamError, InvalidInput
from clickstream.llm import Endpoint, endpoint_at, openai, openrouter
from clickstream.llm.errors import LlmError
from clickstream.llm.transport import Outgoing


@pytest.mark.parametrize(
    "url",
    [
        "https://openrouter.ai/api/v1",
        "https://api.groq.com/openai/v1/",
        " https://example.com/v1 ",
        "http://localhost:11434/v1",
        "http://127.0.0.1:8080/v1",
        "http://[::1]:8080/v1",
        "http://192.168.1.20:1234/v1",
        "http://ollama:11434/v1",
        "http://gpu.lan/v1",
    ],
)
def test_an_address_that_keeps_the_key_safe_is_taken(url: str) -> None:
    assert Endpoint(url, KEY).base_url == url.strip().rstrip("/")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://openrouter.ai/api/v1", "https://"),
        ("http://93.184.216.34/v1", "https://"),
        ("ftp://example.com/v1", "look like"),
        ("file:///etc/passwd", "look like"),
        ("openrouter.ai/api/v1", "look like"),
        ("https://", "look like"),
        ("https://me:secret@example.com/v1", "look like"),
        ("https://openrouter.ai@evil.example/v1", "look like"),
        ("https://example.com/v1?key=1", "look like"),
        ("https://example.com/v1#x", "look like"),
        ("https://exam ple.com/v1", "look like"),
        ("https://example.com/v1\r\nHost: evil", "look like"),
        ("https://example.com:port/v1", "not a URL"),
        ("https://[::1/v1", "not a URL"),
        ("", "look like"),
    ],
)
def test_an_address_that_does_not_is_refused(url: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        Endpoint(url, KEY)
    assert "base_url" in caught.value.fields


def test_without_a_key_an_open_line_is_allowed() -> None:
    assert Endpoint("http://example.com/v1").host == "example.com"


@pytest.mark.parametrize("key", ["sk-or\r\nX-Evil: 1", "sk or", "sk-\u2028or", "schlüssel", "x" * 1001, "a\tb"])
def test_a_malformed_key_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        openrouter(key)
    assert key not in str(caught.value.__dict__)
    assert caught.value.fields == {"api_key": "malformed"}


def test_blanks_around_a_pasted_key_are_taken_off() -> None:
    assert openai(f"  {KEY}\n").api_key == KEY


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://eu.openrouter.ai/api/v1", "openrouter"),
        ("https://api.openai.com/v1", "openai"),
        ("https://api.openai.com.evil.example/v1", "compatible"),
        ("https://notopenrouter.ai/v1", "compatible"),
        ("http://localhost:11434/v1", "compatible"),
    ],
)
def test_the_host_tells_the_kind(url: str, kind: str) -> None:
    assert endpoint_at(url, KEY).kind == kind


FAULTS: dict[str, Any] = {
    "echoed in an error": replies({"error": {"code": 400, "message": f"Bad header: Authorization: Bearer {KEY}"}}, 400),
    "echoed in raw": replies({"error": {"code": 502, "message": "x", "metadata": {"raw": KEY, "provider_name": KEY}}}, 502),
    "echoed in a reason": replies({"error": {"code": KEY, "type": KEY, "message": ""}}, 400),
    "echoed inside a 200": replies({"error": {"code": 401, "message": f"{KEY} is wrong"}}),
    "echoed as a refusal": replies(whole(None, refusal=f"I know {KEY}")),
    "401": replies({"error": {"message": "No auth"}}, 401),
    "reset": Connection.reset,
    "redirect": replies(b"", 302, Location="https://evil.example/"),
    "no JSON": replies(whole("Sorry.")),
    "garbage": says(b"data: {\n\n"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_key_is_in_no_message_and_no_log(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with raw_server(FAULTS[fault]) as server:
        with pytest.raises(LlmError) as caught:
            bench(server.url).ask(Answer)
        assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    error: ClickstreamError = caught.value
    told = [str(error), repr(error), error.message, vars(error)["detail"], "".join(traceback.format_exception(error))]
    assert not [text for text in [*told, caplog.text] if KEY in text]


def test_a_completion_is_one_line_of_the_log_without_what_was_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with raw_server(says(streamed(ANSWER))) as server:
        bench(server.url).ask(Answer)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("clickstream")]
    assert len(lines) == 1
    assert f"model={MODEL} mode=json_schema" in lines[0]
    assert not [word for word in (KEY, "Why?", "Checkout") if word in caplog.text]


def test_nothing_that_holds_the_key_shows_it() -> None:
    endpoint = openrouter(KEY)
    client = bench("https://example.com/v1").client
    assert not [
        shown
        for shown in (repr(endpoint), str(endpoint), repr(client), repr(Outgoing("GET", "https://example.com", KEY)))
        if KEY in shown
    ]


def test_a_key_of_netrc_is_not_sent_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with raw_server(says(streamed(ANSWER))) as server:
        bench(server.url).ask(Answer)
        bench(server.url, "compatible", api_key="").ask(Answer)
        assert [request.headers.get("authorization") for request in server.received] == [f"Bearer {KEY}", None]


def test_cookies_of_one_account_are_not_sent_for_another(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v1/models").respond_with_json({"data": []}, headers={"Set-Cookie": "session=a; Path=/"})
    client = bench(httpserver.url_for("/v1").replace("localhost", "127.0.0.1")).client
    client.models()
    client.models()
    assert [request.cookies.get("session") for request, _ in httpserver.log] == [None, None]
