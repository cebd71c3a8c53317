"""What every answer gets on its way out: not-modified, gzip, security headers, a length."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from clickstream.web.compression import accepts_gzip, compress, is_text
from clickstream.web.request import Request
from clickstream.web.response import Response

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": _CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}
_STRICT_TRANSPORT_SECURITY = "max-age=31536000"
_WORTH_COMPRESSING_BYTES = 1400
_BODILESS = (204, 304)
_KEPT_WHEN_NOT_MODIFIED = ("etag", "last-modified", "cache-control", "vary")


def deliver(request: Request, response: Response) -> Response:
    """The answer as it goes on the wire; transport adds only Date and Connection."""
    if response.stream is None:
        if is_text(response.headers.get("content-type", "")):
            response.headers["vary"] = "accept-encoding"
        response = _not_modified(request, response) or response
        _compress(request, response)
        if response.status not in _BODILESS:
            response.headers["content-length"] = str(len(response.body))
    if request.method == "HEAD":
        response.body, response.stream = b"", None
    if request.allowed_origin:
        response.headers |= _readable_by(request.allowed_origin, response)
    response.headers.update(SECURITY_HEADERS | dict(request.answer_headers))
    if request.secure:
        response.headers["strict-transport-security"] = _STRICT_TRANSPORT_SECURITY
    response.headers["x-request-id"] = request.id
    return response


def _readable_by(origin: str, response: Response) -> dict[str, str]:
    vary = ", ".join(filter(None, (response.headers.get("vary"), "origin")))
    exposed = "retry-after, x-request-id"
    return {"access-control-allow-origin": origin, "access-control-expose-headers": exposed, "vary": vary}


def _not_modified(request: Request, response: Response) -> Response | None:
    if response.status != 200 or request.method not in ("GET", "HEAD") or not _unchanged(request, response):
        return None
    kept = {name: response.headers[name] for name in _KEPT_WHEN_NOT_MODIFIED if name in response.headers}
    return Response.empty(304, kept)


def _unchanged(request: Request, response: Response) -> bool:
    etag = response.headers.get("etag")
    wanted = request.headers.get("if-none-match")
    if wanted is not None:
        return etag is not None and (wanted.strip() == "*" or etag in [tag.strip() for tag in wanted.split(",")])
    since, modified = request.headers.get("if-modified-since"), response.headers.get("last-modified")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # not a date, or one without a zone
        return False


def _compress(request: Request, response: Response) -> None:
    if "vary" not in response.headers or len(response.body) < _WORTH_COMPRESSING_BYTES:
        return
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        response.body = response.gzipped or compress(response.body)
        response.headers["content-encoding"] = "gzip"
