"""What can go wrong between us and a model, one class per cause.

`message` is a sentence for the owner of a shop; `detail` is the provider's own wording, shortened and free of the key,
for whoever has to look closer. `transient` says whether the same request may succeed later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from clickstream.errors import ClickstreamError
from clickstream.llm.usage import Usage

Stage = Literal["connect", "first_token", "idle", "total"]


@dataclass(frozen=True)
class Fault:
    """What a provider said about a failure, as far as it said anything."""

    status: int | None
    names: tuple[str, ...]  # machine-readable reasons, most telling first
    message: str
    parameter: str = ""


class LlmError(ClickstreamError):
    """Base of every failure of a model request."""

    code = "llm_failed"
    sentence: ClassVar[str] = "The AI provider could not answer."
    may_pass: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        detail: str = "",
        fault: Fault | None = None,
        retry_after_seconds: float | None = None,
        transient: bool | None = None,
    ) -> None:
        super().__init__(message or self.sentence)
        self.detail = detail
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds
        self.transient = self.may_pass if transient is None else transient
        self.usage = Usage()  # what the failed reply cost, where it got that far

    def spelled_out(self) -> str:
        return "\n".join(filter(None, (self.message, self.detail)))


class Cancelled(LlmError):
    code = "llm_cancelled"
    sentence = "The request to the AI provider was cancelled."


class KeyMissing(LlmError):
    code = "llm_key_missing"
    sentence = "There is no API key for the AI provider. Save one in Settings, or set OPENROUTER_API_KEY."


class KeyRefused(LlmError):
    code = "llm_key_refused"
    sentence = "The AI provider refused the API key. Save a current key in Settings, then try again."


class NotAllowed(LlmError):
    code = "llm_not_allowed"
    sentence = "The AI provider does not allow this account to use this model (its region, privacy or guardrail settings)."


class OutOfCredit(LlmError):
    code = "llm_out_of_credit"
    sentence = "The account at the AI provider has no credit left. Add credit there, or choose a free model."


class TooCostly(LlmError):
    code = "llm_too_costly"
    sentence = "The remaining credit at the AI provider does not cover this request. Add credit, or choose a cheaper model."


class SpendingLimitReached(LlmError):
    code = "llm_spending_limit"
    sentence = "The API key has reached its spending limit. Raise the limit at the AI provider, or save another key."


class DailyLimitReached(LlmError):
    code = "llm_daily_limit"
    sentence = "Today's free requests at the AI provider are used up. They return tomorrow; a paid model works now."


class Busy(LlmError):
    code = "llm_busy"
    sentence = "The AI provider is too busy at the moment. Try again in a minute."
    may_pass = True


class ProviderDown(LlmError):
    code = "llm_provider_down"
    sentence = "The AI provider has a problem on its side. Try again in a few minutes, or choose another model."
    may_pass = True


class Garbled(ProviderDown):
    code = "llm_garbled"
    sentence = "The AI provider sent something that cannot be read. Try again, or choose another model."


class Unreachable(LlmError):
    code = "llm_unreachable"
    sentence = "The AI provider cannot be reached. Check the internet connection and the provider's address in Settings."
    may_pass = True


class WrongAddress(LlmError):
    code = "llm_wrong_address"
    sentence = "The address does not answer like an AI provider. Check the provider's address in Settings."


class ModelUnavailable(LlmError):
    code = "llm_model_unavailable"
    sentence = "The AI provider does not offer this model to this account. Choose another model."


class PromptTooLong(LlmError):
    code = "llm_prompt_too_long"
    sentence = "The question is longer than this model can read. Choose a model with a larger context."


class RequestRejected(LlmError):
    code = "llm_request_rejected"
    sentence = "The AI provider did not accept the request. Choose another model, or check its address in Settings."


class TimedOut(LlmError):
    code = "llm_timed_out"
    sentence = "The AI provider did not answer in time. Try again, or choose a faster model."
    by_stage: ClassVar[dict[Stage, str]] = {
        "connect": "The AI provider did not accept a connection in time. Check its address in Settings, or try again later.",
        "first_token": "The model did not begin to answer in time. Try again, or choose a faster model.",
        "idle": "The model stopped in the middle of its answer. Try again, or choose another model.",
        "total": "The model needed longer than allowed for its answer. Try again, or choose a faster model.",
    }

    def __init__(self, stage: Stage) -> None:
        super().__init__(self.by_stage[stage], transient=stage == "connect")
        self.stage = stage


class CutOff(LlmError):
    code = "llm_cut_off"
    sentence = "The connection to the AI provider broke off before the answer was complete. Try again."
    may_pass = True


class Refused(LlmError):
    code = "llm_refused"
    sentence = "The model declined to answer. Choose another model or change the question."


class Filtered(LlmError):
    code = "llm_filtered"
    sentence = "The AI provider's content filter stopped the request. Choose another model or change the question."


class EmptyReply(LlmError):
    code = "llm_empty"
    sentence = "The model answered with nothing. Try again, or choose another model."
    may_pass = True


class TooManyCalls(LlmError):
    code = "llm_too_many_calls"
    sentence = "The model asked for more at once than is allowed. Choose another model or change the question."


class UnusableReply(LlmError):
    """A reply that came, and cannot be used: `text` is what the model wrote, for a re-ask, never for display as fact."""

    def __init__(self, message: str = "", *, text: str = "", problem: str = "") -> None:
        super().__init__(message, detail=problem)
        self.text = text
        self.problem = problem


class Truncated(UnusableReply):
    code = "llm_truncated"
    sentence = "The model's answer was longer than allowed and was cut. Allow longer answers, or choose another model."


class InvalidReply(UnusableReply):
    """The reply is not the JSON that was asked for; `problem` is the rule it broke, with the path."""

    code = "llm_invalid_reply"
    sentence = "The model's answer did not have the agreed form. Try again, or choose a model with structured output."
