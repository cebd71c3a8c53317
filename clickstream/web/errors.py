"""The one table from error to HTTP status, and the one error body."""

from __future__ import annotations

import msgspec

from clickstream.errors import (
    ClickstreamError,
    Conflict,
    Forbidden,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Retryable,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
)
from clickstream.llm import LlmError
from clickstream.llm.errors import KeyMissing, TimedOut
from clickstream.spool import DiskFull
from clickstream.web.response import Response


class BadRequest(ClickstreamError):
    """Not HTTP as we accept it; the connection cannot be trusted any further."""

    code = "bad_request"


class ClientLeft(ClickstreamError):
    """The client closed the connection in the middle of its request; nobody will read the answer."""

    code = "client_left"


class RequestTimeout(ClickstreamError):
    code = "request_timeout"


class LengthRequired(ClickstreamError):
    code = "length_required"


class AddressTooLong(ClickstreamError):
    code = "address_too_long"


class UnsupportedMedia(ClickstreamError):
    code = "unsupported_media_type"


class ExpectationFailed(ClickstreamError):
    code = "expectation_failed"


class HeadersTooLarge(ClickstreamError):
    code = "headers_too_large"


class NotImplementedCoding(ClickstreamError):
    code = "transfer_coding_not_implemented"


class Overloaded(Retryable):
    code = "overloaded"


class VersionNotSupported(ClickstreamError):
    code = "http_version_not_supported"


STATUS: dict[type[ClickstreamError], int] = {
    InvalidInput: 400,
    BadRequest: 400,
    ClientLeft: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    RequestTimeout: 408,
    Conflict: 409,
    KeyMissing: 409,
    LengthRequired: 411,
    TooLarge: 413,
    AddressTooLong: 414,
    UnsupportedMedia: 415,
    ExpectationFailed: 417,
    TooManyRequests: 429,
    HeadersTooLarge: 431,
    ClickstreamError: 500,
    NotImplementedCoding: 501,
    LlmError: 502,
    Retryable: 503,
    TimedOut: 504,
    VersionNotSupported: 505,
    DiskFull: 507,
}


class ErrorBody(msgspec.Struct):
    """What every failed request answers."""

    error: str
    code: str
    status: int
    fields: dict[str, str]
    request_id: str


def status_of(error: ClickstreamError) -> int:
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def error_response(error: ClickstreamError, request_id: str) -> Response:
    """The error as its sender may see it: what is not in the table is our fault and stays in the log."""
    status = status_of(error)
    if status == 500:
        return internal_error(request_id)
    body = ErrorBody(error.message, error.code, status, error.fields, request_id)
    return Response.json(body, status, _headers(error))


def internal_error(request_id: str) -> Response:
    message = "Something went wrong on our side; the server's log has the details under this request id."
    return Response.json(ErrorBody(message, "internal", 500, {}, request_id), 500)


def _headers(error: ClickstreamError) -> dict[str, str]:
    match error:
        case Retryable():
            return {"retry-after": str(error.retry_after_seconds)}
        case Unauthenticated():
            return {"www-authenticate": 'Bearer realm="clickstream"'}
        case MethodNotAllowed():
            return {"allow": ", ".join(error.allowed)}
        case UnsupportedMedia():
            return {"accept-encoding": "gzip"}
        case _:
            return {}
