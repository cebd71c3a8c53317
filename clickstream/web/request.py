"""A request as handlers see it: checked, capped, and free of sockets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec

from clickstream.audit import Actor
from clickstream.errors import InvalidInput, TooLarge
from clickstream.languages import ENGLISH
from clickstream.store.users import Role
from clickstream.store.write_keys import WriteKey
from clickstream.web.compression import Gunzipped
from clickstream.web.errors import LengthRequired, UnsupportedMedia

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MOST_PARAMETERS = 64
_CHUNK_BYTES = 256 * 1024

S = TypeVar("S")


class Readable(Protocol):
    def read(self, limit: int, /) -> bytes:
        """At most `limit` bytes, empty only at the end."""


class Account(NamedTuple):
    username: str
    role: Role
    language: str = ENGLISH

    @property
    def reads_all(self) -> bool:
        """Whether it reads what everybody made, and not only its own."""
        return self.role in ("analyst", "owner")

    @property
    def limited_to(self) -> str | None:
        """Whose things this account is limited to; None for those who read all."""
        return None if self.reads_all else self.username


@dataclass(slots=True)
class Request:
    """Header names are lower case, repeated headers joined. `length` is the body's declared one in bytes.

    `length` is None without a declaration; `chunked` says that the body comes in chunks of its own length; `secure` that
    the client spoke TLS, to us or to a proxy we trust; `forwarded` that somebody passed the request on,
    trusted or not; `allowed_origin` is another site whose pages may read the answer; `answer_headers` go with whatever
    is answered, a refusal too.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Readable = field(default_factory=BytesIO)
    length: int | None = None
    chunked: bool = False
    client: str = "127.0.0.1"
    secure: bool = False
    forwarded: bool = False
    max_body_bytes: int = 16 * 1024 * 1024
    id: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    account: Account | None = None
    write_key: WriteKey | None = None
    allowed_origin: str = ""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    route: str = "-"

    @property
    def actor(self) -> Actor:
        """Who is asking, for the audit log."""
        return Actor(self.account.username if self.account else None, self.client)

    @property
    def signed_in(self) -> Account:
        """Who is asking, on a route that admits nobody else."""
        assert self.account is not None
        return self.account

    @property
    def username(self) -> str:
        return self.signed_in.username

    def may_change(self, created_by: str | None) -> bool:
        """Whether what this account made may be changed by who is asking: by itself, and by owners."""
        return self.account is not None and (self.account.role == "owner" or self.account.username == created_by)

    def cookie(self, name: str) -> str | None:
        for pair in self.headers.get("cookie", "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value
        return None

    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def open_body(self, max_bytes: int | None = None) -> Readable:
        """The body as a stream, decompressed; reading past `max_bytes` (default: the setting) raises TooLarge."""
        limit = self.max_body_bytes if max_bytes is None else max_bytes
        if self.length is None and not self.chunked:
            raise LengthRequired("Say how long the body is: send a Content-Length header.")
        if self.length is not None and self.length > limit:
            raise _too_large(limit)
        capped = Capped(self.body, limit)
        match self.headers.get("content-encoding", "identity").strip().lower():
            case "identity":
                return capped
            case "gzip" | "x-gzip":
                return Capped(Gunzipped(capped.read), limit)
        raise UnsupportedMedia("The body may be compressed with gzip only.")

    def body_bytes(self, max_bytes: int | None = None) -> bytes:
        body = self.open_body(max_bytes)
        return b"".join(iter(lambda: body.read(_CHUNK_BYTES), b""))

    def body_json(self, kind: type[S], max_bytes: int | None = None) -> S:
        """The body as a `kind`; InvalidInput names the field that does not fit."""
        body = self.body_bytes(max_bytes)
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            raise invalid(error, "The request body") from error
        except (ValueError, RecursionError) as error:
            raise InvalidInput("The request body is not valid JSON.", code="malformed") from error

    def query_as(self, kind: type[S]) -> S:
        """The query parameters as a `kind`, numbers read from their text; InvalidInput names the one that does not fit."""
        try:
            return msgspec.convert({name: text for name, text in self.query.items() if text}, kind, strict=False)
        except msgspec.ValidationError as error:
            raise invalid(error, "The query") from error


class Capped:
    """A readable that raises TooLarge instead of giving more than `limit` bytes in all."""

    def __init__(self, body: Readable, limit: int) -> None:
        self._body, self._limit, self._left = body, limit, limit

    def read(self, limit: int, /) -> bytes:
        chunk = self._body.read(min(limit, self._left + 1))
        if len(chunk) > self._left:
            raise _too_large(self._limit)
        self._left -= len(chunk)
        return chunk


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request body is larger than {limit:,} bytes; send it in parts.")


def split_target(target: str) -> tuple[tuple[str, ...], str]:
    """Decoded path segments and the raw query of a request target.

    >>> split_target("/api/products/a%20b?limit=3")
    (('api', 'products', 'a b'), 'limit=3')
    """
    path, _, query = target.partition("?")
    if not path.startswith("/"):
        path = _path_of_absolute(path)
    segments = path[1:].split("/")
    if "%" in path:
        segments = [_unescape(segment) for segment in segments]
    if _CONTROL.search("".join(segments)):
        raise InvalidInput("The address contains control characters.", code="malformed_address")
    return tuple(segments), query


def _path_of_absolute(target: str) -> str:
    scheme, separator, rest = target.partition("://")
    if scheme.lower() not in ("http", "https") or not separator:
        raise InvalidInput("The address must begin with a slash.", code="malformed_address")
    return "/" + rest.partition("/")[2]


def _unescape(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise InvalidInput("The address has a broken %-escape.", code="malformed_address")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidInput("The address is not valid UTF-8.", code="malformed_address") from error


def parse_query(query: str, known: frozenset[str]) -> dict[str, str]:
    """First value of each parameter; InvalidInput names one that the route does not know."""
    if not query:
        return {}
    if _BAD_ESCAPE.search(query):
        raise InvalidInput("The query has a broken %-escape.", code="malformed_address")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise InvalidInput("The query cannot be read.", code="malformed_address") from error
    values: dict[str, str] = {}
    for name, value in pairs:
        _check_parameter(name, value, known)
        values.setdefault(name, value)
    return values


def _check_parameter(name: str, value: str, known: frozenset[str]) -> None:
    if name not in known:
        choices = "it takes " + ", ".join(sorted(known)) if known else "it takes none"
        raise InvalidInput(
            f"This address has no parameter {name[:80]!r}; {choices}.",
            fields={name[:80]: "unknown parameter"},
            code="unknown_parameter",
        )
    if _CONTROL.search(value):
        raise InvalidInput(f"{name} contains control characters.", fields={name: "contains control characters"})


_PLACED = re.compile(r"(?P<what>.*) - at `\$\.?(?P<path>.*)`", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_PLAIN_WORDS = {
    "`str`": "text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "an object",
    "`null`": "null",
}
_REASONS = {"missing required": "is required", "contains unknown": "is not known here"}


def invalid(error: msgspec.ValidationError, whole: str) -> InvalidInput:
    """msgspec's sentence as ours, with the field's path.

    >>> invalid(msgspec.ValidationError("Expected `int`, got `str` - at `$.items[0].price`"), "The body").fields
    {'items[0].price': 'expected a whole number, got text'}
    """
    text = str(error)
    placed = _PLACED.fullmatch(text)
    what, path = (placed["what"], placed["path"]) if placed else (text, "")
    named = _NAMED.fullmatch(what)
    if named:
        path = f"{path}.{named['name']}".lstrip(".")[:200]
        what = _REASONS[named["what"]]
    else:
        what = _plain(what)
    return InvalidInput(f"{path or whole}: {what}.", fields={path or "body": what})


def _plain(text: str) -> str:
    for technical, plain in _PLAIN_WORDS.items():
        text = text.replace(technical, plain)
    return text[:1].lower() + text[1:]
