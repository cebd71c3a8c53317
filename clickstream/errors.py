"""One exception per cause. None of them knows an HTTP status: the web layer's table does.

Every message is one sentence a shop owner can act on; `fields` names what was wrong with which input.
"""

from __future__ import annotations


class ClickstreamError(Exception):
    """Base of everything this program raises on purpose."""

    code = "error"

    def __init__(self, message: str, *, fields: dict[str, str] | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}
        if code:
            self.code = code

    def spelled_out(self) -> str:
        """The message with what was wrong with which field, for people at a terminal."""
        return " ".join([self.message, *(f"{name} {reason}." for name, reason in self.fields.items())])


class InvalidInput(ClickstreamError):
    code = "invalid_input"

    def under(self, prefix: str) -> InvalidInput:
        """The same with the prefix before the names of its fields."""
        fields = {f"{prefix}{name}": problem for name, problem in self.fields.items()}
        return InvalidInput(self.message, fields=fields, code=self.code)


class Unauthenticated(ClickstreamError):
    code = "unauthenticated"


class Forbidden(ClickstreamError):
    code = "forbidden"


class NotFound(ClickstreamError):
    code = "not_found"


class MethodNotAllowed(ClickstreamError):
    code = "method_not_allowed"

    def __init__(self, message: str, *, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class Conflict(ClickstreamError):
    code = "conflict"


class TooLarge(ClickstreamError):
    code = "too_large"


class Retryable(ClickstreamError):
    """Something that may pass: `retry_after_seconds` says when to try again."""

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TooManyRequests(Retryable):
    code = "too_many_requests"


class QuotaUsed(TooManyRequests):
    code = "quota_used"


class DatabaseUnavailable(Retryable):
    code = "database_unavailable"

    def __init__(self, message: str = "The database does not answer; try again in a moment.") -> None:
        super().__init__(message, retry_after_seconds=2)


class Deposed(ClickstreamError):
    """Another rollup worker has taken over; this one must stop writing."""

    code = "deposed"


class StartupError(ClickstreamError):
    """The program cannot start; the message says what to do about it."""

    code = "startup"


class SettingError(StartupError):
    code = "setting"
