"""The command line in front of the client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llm_servers import ANSWER, KEY, Answer, event, raw_server, replies, says, streamed

import clickstream.llm.endpoint
from clickstream.llm import DEFAULT_MODEL
from clickstream.settings import read_settings
from openrouter_client import call_openrouter, main

MODELS = {
    "data": [
        {
            "id": "acme/large",
            "name": "Acme Large",
            "context_length": 128000,
            "pricing": {"prompt": "0.000001", "completion": "0.000002"},
            "supported_parameters": ["structured_outputs"],
        },
        {"id": "other/small"},
    ]
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no .env file of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENROUTER_API_KEY", "OPENROUTER_MODEL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_call_openrouter_returns_the_checked_struct(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(says(streamed(ANSWER))) as server:
        monkeypatch.setattr(clickstream.llm.endpoint, "OPENROUTER_URL", server.url)
        completion = call_openrouter([{"role": "user", "content": "Why?"}], api_key=KEY, schema=Answer)
        (body,) = server.bodies()
    assert completion.value == Answer("Checkout", 3)
    assert (body["model"], body["max_tokens"]) == ("openai/gpt-4o-mini", 4000)
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_setting_and_the_function_have_the_same_default_model() -> None:
    assert read_settings({}).openrouter_model == DEFAULT_MODEL


def test_no_setting_shows_its_secret() -> None:
    names = ("SECRET_KEY", "OPENROUTER_API_KEY", "OPENAI_API_KEY")
    assert KEY not in repr(read_settings(dict.fromkeys(names, KEY)))


def test_a_prompt_is_answered_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    bill = event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "cost": 0.0003}})
    with raw_server(says(streamed("Because.").removesuffix(b"data: [DONE]\n\n") + bill)) as server:
        assert main(["--base-url", server.url, "--model", "llama3.2", "Why?"]) == 0
        (body,) = server.bodies()
    out, err = capsys.readouterr()
    assert out == "Because."
    assert "9 tokens in, 4 out, $0.0003" in err
    assert (body["model"], body["messages"]) == ("llama3.2", [{"role": "user", "content": "Why?"}])
    assert "authorization" not in server.received[0].headers


def test_the_key_and_the_model_come_from_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"OPENROUTER_API_KEY={KEY}\nOPENROUTER_MODEL=acme/large\n")
    with raw_server(says(streamed("Because."))) as server:
        monkeypatch.setattr(clickstream.llm.endpoint, "OPENROUTER_URL", server.url)
        assert main(["Why?"]) == 0
        assert server.bodies()[0]["model"] == "acme/large"
        assert server.received[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_key_of_openrouter_is_not_sent_to_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.setenv("MY_KEY", "sk-mine")
    with raw_server(replies(MODELS)) as server:
        assert main(["--base-url", server.url, "--check"]) == 0
        assert main(["--base-url", server.url, "--key-in", "MY_KEY", "--check"]) == 0
        assert [request.headers.get("authorization") for request in server.received] == [None, "Bearer sk-mine"]


def test_models_are_searched_and_described(capsys: pytest.CaptureFixture[str]) -> None:
    with raw_server(replies(MODELS)) as server:
        assert main(["--base-url", server.url, "--models", "LARGE"]) == 0
        assert capsys.readouterr().out == "acme/large  128,000 tokens  $1 / $2  structured output\n"
        assert main(["--base-url", server.url, "--models", ""]) == 0
        assert "other/small  context unknown  price unknown\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "said"),
    [({"limit_remaining": 7.5}, "$7.50 of its limit are left"), ({"limit_remaining": None}, "The key works.")],
)
def test_a_working_key_says_what_is_left(
    data: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    with raw_server(replies({"data": data})) as server:
        monkeypatch.setattr(clickstream.llm.endpoint, "OPENROUTER_URL", server.url)
        assert main(["--check"]) == 0
    assert said in capsys.readouterr().out


def test_a_failure_is_a_sentence_and_exit_code_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 1
    assert (
        capsys.readouterr().err
        == "There is no API key for the AI provider. Save one in Settings, or set OPENROUTER_API_KEY.\n"
    )


def test_a_missing_question_is_exit_code_two() -> None:
    with pytest.raises(SystemExit, match="2"):
        main([])
