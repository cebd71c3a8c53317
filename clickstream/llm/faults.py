"""From what a provider said about a failure to one of our errors.

Statuses mislead (a 404 is often a filter, a 402 may pass, a 200 may carry an error), so the machine-readable reasons
are asked first, then known wordings, then the status. Body shapes: OpenRouter's `error.metadata` and `error.availability`,
OpenAI's `error.type/code/param`, and the bare strings of local servers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from clickstream.llm.errors import (
    Busy,
    DailyLimitReached,
    Fault,
    Filtered,
    KeyRefused,
    LlmError,
    ModelUnavailable,
    NotAllowed,
    OutOfCredit,
    PromptTooLong,
    ProviderDown,
    Refused,
    RequestRejected,
    SpendingLimitReached,
    TooCostly,
    WrongAddress,
)

Redact = Callable[[str], str]
ErrorBody = dict[str, Any] | str

DETAIL_CHARACTERS = 300

BY_NAME: dict[str, type[LlmError]] = {
    # metadata.limit_source and metadata.reason
    "openrouter_in_flight_budget": Busy,
    "openrouter_credits": OutOfCredit,
    "openrouter_key_limit": SpendingLimitReached,
    "openrouter_guardrail_budget": SpendingLimitReached,
    "openrouter_workspace_budget": SpendingLimitReached,
    "openrouter_free_tier_daily": DailyLimitReached,
    "upstream_provider_shared_pool": Busy,
    "weight_exceeds_budget": TooCostly,
    # availability.code
    "model_not_found": ModelUnavailable,
    "wrong_endpoint": ModelUnavailable,
    "no_endpoints": ModelUnavailable,
    "model_deprecated": ModelUnavailable,
    "model_unavailable_upstream": ModelUnavailable,
    "free_variant_ended": ModelUnavailable,
    "constraint_filtered": ModelUnavailable,
    "capacity_exhausted": Busy,
    "temporarily_unavailable": ProviderDown,
    "region_restricted": NotAllowed,
    "privacy_restricted": NotAllowed,
    # error_type, and OpenAI's code and type
    "context_length_exceeded": PromptTooLong,
    "exceed_context_size_error": PromptTooLong,
    "token_limit_exceeded": PromptTooLong,
    "string_too_long": PromptTooLong,
    "payload_too_large": PromptTooLong,
    "authentication": KeyRefused,
    "invalid_api_key": KeyRefused,
    "permission_denied": NotAllowed,
    "payment_required": OutOfCredit,
    "insufficient_quota": OutOfCredit,
    "credit_balance_exhausted": OutOfCredit,
    "organization_spend_limit_exceeded": SpendingLimitReached,
    "project_spend_limit_exceeded": SpendingLimitReached,
    "organization_usage_limit_exceeded": SpendingLimitReached,
    "rate_limit_exceeded": Busy,
    "provider_overloaded": Busy,
    "provider_unavailable": ProviderDown,
    "server": ProviderDown,
    "server_error": ProviderDown,
    "timeout": ProviderDown,
    "invalid_request": RequestRejected,
    "invalid_prompt": RequestRejected,
    "unprocessable": RequestRejected,
    "precondition_failed": RequestRejected,
    "max_tokens_exceeded": RequestRejected,
    "not_found": ModelUnavailable,
    "content_policy_violation": Filtered,
    "refusal": Refused,
}

BY_WORDING: tuple[tuple[re.Pattern[str], type[LlmError]], ...] = (
    (re.compile(r"free-models-per-day", re.I), DailyLimitReached),
    (re.compile(r"maximum context length|exceeds? the (available )?context (size|window|length)", re.I), PromptTooLong),
    (re.compile(r"not a valid model|model .{0,200}(not found|does not exist)|no such model", re.I), ModelUnavailable),
    (re.compile(r"invalid url|unexpected endpoint|file not found", re.I), WrongAddress),
)

BY_STATUS: dict[int, type[LlmError]] = {
    401: KeyRefused,
    402: OutOfCredit,
    403: NotAllowed,
    404: ModelUnavailable,
    405: WrongAddress,
    408: ProviderDown,
    409: Busy,
    413: PromptTooLong,
    429: Busy,
    501: RequestRejected,
    503: Busy,
    529: Busy,
}


def error_from_body(body: ErrorBody, *, status: int | None, headers: Mapping[str, str], redact: Redact) -> LlmError:
    """The error a provider described, in an error reply, a 200, a choice or a stream.

    `status` is the HTTP status, or None where the HTTP status said success; headers have lower-case names.
    """
    said = body if isinstance(body, dict) else {"message": body}
    metadata, availability = _table(said.get("metadata")), _table(said.get("availability"))
    fault = Fault(
        status=status or _number(said.get("code")) or _number(said.get("http_status")),
        names=_names(said, metadata, availability),
        message=_text(said.get("message")),
        parameter=_text(said.get("param")),
    )
    retryable = availability.get("retryable")
    return _class_of(fault, metadata)(
        detail=_detail(fault, metadata, redact),
        fault=fault,
        retry_after_seconds=_first(
            _seconds(availability.get("retry_after")),
            retry_after(headers),
            retry_after({k.lower(): str(v) for k, v in _table(metadata.get("headers")).items()}),
        ),
        transient=retryable if isinstance(retryable, bool) else None,
    )


def error_from_status(status: int, headers: Mapping[str, str], body: bytes, redact: Redact) -> LlmError:
    """The error of a reply whose HTTP status is not success, whatever its body is."""
    said = _error_member(body)
    if said is not None:
        return error_from_body(said, status=status, headers=headers, redact=redact)
    kind = WrongAddress if status == 404 else _by_status(status)
    return kind(fault=Fault(status, (), ""), detail=f"HTTP status {status}", retry_after_seconds=retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the provider asks us to wait: `retry-after-ms`, or `Retry-After` as seconds or as a date.

    A date is measured against the reply's own Date header, so our clock does not matter.
    """
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    asked = headers.get("retry-after")
    return _first(_seconds(asked), _until(asked, headers.get("date")))


def _class_of(fault: Fault, metadata: dict[str, Any]) -> type[LlmError]:
    for wording, kind in BY_WORDING:
        if wording.search(fault.message):
            return kind
    for name in fault.names:
        if name in BY_NAME:
            return BY_NAME[name]
    if fault.status == 403 and "reasons" in metadata:  # moderation names its reasons
        return Filtered
    return _by_status(fault.status)


def _by_status(status: int | None) -> type[LlmError]:
    if status is None or status >= 500:
        return BY_STATUS.get(status or 0, ProviderDown)
    return BY_STATUS.get(status, RequestRejected)


def _names(said: dict[str, Any], metadata: dict[str, Any], availability: dict[str, Any]) -> tuple[str, ...]:
    candidates = (
        metadata.get("limit_source"),
        metadata.get("reason"),
        availability.get("code"),
        metadata.get("error_type"),
        said.get("error_type"),
        said.get("code"),
        said.get("type"),
    )
    return tuple(name for name in candidates if isinstance(name, str))


def _detail(fault: Fault, metadata: dict[str, Any], redact: Redact) -> str:
    """The provider's words on one short line; `flagged_input` (the user's text) stays out."""
    provider, raw = _text(metadata.get("provider_name")), _text(metadata.get("raw"))
    status = f"HTTP status {fault.status}" if fault.status else ""
    words = " · ".join(part for part in (status, *fault.names[:1], fault.message, provider, raw) if part)
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", redact(words))[:DETAIL_CHARACTERS]


def _error_member(body: bytes) -> ErrorBody | None:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(decoded, dict):
        return None
    said = decoded.get("error") or (decoded if "message" in decoded else None)
    return said if isinstance(said, dict | str) else None


def _until(asked: str | None, date: str | None) -> float | None:
    if not asked or not date:
        return None
    try:
        return max(0.0, (parsedate_to_datetime(asked) - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):  # not dates, or one of them without its zone
        return None


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"\d{3}", value)) else None


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
