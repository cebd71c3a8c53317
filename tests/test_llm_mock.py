"""The client against llmock, which writes replies that fit the schema it is sent, and judges how faults are met."""

from __future__ import annotations

import random
import time
from typing import Annotated, Any, Literal

import msgspec
import pytest
from llm_servers import MESSAGES

from clickstream.llm import Client, Deadlines, Endpoint, Kind, new_session
from clickstream.llm.errors import LlmError, PromptTooLong, ProviderDown, TimedOut


class Claim(msgspec.Struct):
    fact_ids: list[Literal["sessions", "orders", "revenue"]]
    text: Annotated[str, msgspec.Meta(max_length=2000)]
    direction: Literal["up", "down", "flat", "none"]
    chart: Literal["bar", "line"] | None
    share: float


class Report(msgspec.Struct):
    executive_summary: str
    key_insights: list[Claim]
    best: Claim | None


class Hasty(random.Random):
    """Chance that never waits long."""

    def uniform(self, a: float, b: float) -> float:
        return min(b, 0.05)


def client(llmock: Any, kind: Kind = "openai", patience: float = 5) -> Client:
    deadlines = Deadlines(connect=5, first_token=patience, idle=patience, total=30, settle=0.1)
    endpoint = Endpoint(llmock.base_url("openai"), "llmock-test-key", kind)
    return Client(endpoint, new_session(), time.monotonic, time.sleep, Hasty(), deadlines=deadlines)


def ask(llmock: Any, kind: Kind = "openai", patience: float = 5) -> Any:
    return client(llmock, kind, patience).complete(MESSAGES, Report, model="gpt-4o-mini", max_tokens=4000)


@pytest.mark.parametrize("kind", ["openai", "compatible", "openrouter"])
def test_a_reply_made_to_fit_our_schema_fits_our_struct(llmock: Any, kind: Kind) -> None:
    completion = ask(llmock, kind)
    assert isinstance(completion.value, Report)
    assert completion.mode == "json_schema"
    assert (completion.usage.prompt_tokens or 0) > 0 or kind == "openrouter"
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("fault", ["rate_limit", "outage once", "disconnect", "truncate", "corrupt"])
def test_a_fault_that_passes_is_survived(llmock: Any, fault: str) -> None:
    match fault:
        case "rate_limit":
            llmock.rate_limit(times=1, retry_after=0.1)
        case "outage once":
            llmock.fail(503, times=1)
        case _:
            getattr(llmock, fault)(after_chunks=2)
    assert isinstance(ask(llmock).value, Report)
    llmock.assert_resilient()
    assert llmock.verdict().attempts == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda llmock: llmock.fail(401, times=None), LlmError),
        (lambda llmock: llmock.context_overflow(times=None), PromptTooLong),
        (lambda llmock: llmock.outage(status=500), ProviderDown),
        (lambda llmock: llmock.slow_first_token(2, times=None), TimedOut),
        (lambda llmock: llmock.stall(after_chunks=2, seconds=2, times=None), TimedOut),
    ],
    ids=["key", "too long", "outage", "slow", "stall"],
)
def test_a_fault_that_stays_ends_in_its_error(llmock: Any, fault: Any, kind: type[LlmError]) -> None:
    fault(llmock)
    with pytest.raises(kind):
        ask(llmock, patience=0.25 if kind is TimedOut else 5)
    llmock.assert_resilient()


def test_models_are_listed(llmock: Any) -> None:
    assert client(llmock).models()
    client(llmock).check()
