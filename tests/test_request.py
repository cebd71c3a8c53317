from __future__ import annotations

import gzip
import json
from io import BytesIO
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from clickstream.errors import ClickstreamError, InvalidInput, TooLarge
from clickstream.web.errors import LengthRequired, UnsupportedMedia
from clickstream.web.request import Request, parse_query, split_target


class Item(Struct, forbid_unknown_fields=True):
    price: int


class Order(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=5)]
    items: list[Item] = []


class Page(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    after: str | None = None


def request_of(body: bytes, **more: Any) -> Request:
    return Request(
        "POST", "/", {"content-type": "application/json"} | more.pop("headers", {}), BytesIO(body), len(body), **more
    )


def test_a_body_becomes_its_struct() -> None:
    assert request_of(b'{"name": "a", "items": [{"price": 3}]}').body_json(Order) == Order("a", [Item(3)])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"{}", {"name": "is required"}),
        (b'{"name": {"$gt": ""}}', {"name": "expected text, got an object"}),
        (b'{"name": ["a"]}', {"name": "expected text, got a list"}),
        (b'{"name": "a", "admin": true}', {"admin": "is not known here"}),
        (b'{"name": "abcdef"}', {"name": "expected text of length <= 5"}),
        (b'{"name": "a", "items": [{"price": 1}, {"price": "2"}]}', {"items[1].price": "expected a whole number, got text"}),
        (b'{"name": "a", "items": [{}]}', {"items[0].price": "is required"}),
        (b'{"name": "a", "items": [{"price": 1e400}]}', {"items[0].price": "number out of range"}),
        (b"[]", {"body": "expected an object, got a list"}),
        (b"null", {"body": "expected an object, got null"}),
    ],
)
def test_a_body_that_does_not_fit_names_the_field(body: bytes, fields: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of(body).body_json(Order)
    assert refused.value.fields == fields


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": "a"} x',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"name": NaN}',
        b"\x00",
    ],
)
def test_a_body_that_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of(body).body_json(Order)
    assert refused.value.code == "malformed"


@pytest.mark.parametrize("kind", [dict, list, Any])
def test_a_hundred_thousand_levels_deep_is_malformed_not_a_crash(kind: Any) -> None:
    deep = b"[" * 100_000 if kind is not dict else b'{"a":' * 100_000
    with pytest.raises(InvalidInput) as refused:
        request_of(deep).body_json(kind)
    assert refused.value.code == "malformed"


def test_a_body_without_a_declared_length_is_asked_for_one() -> None:
    with pytest.raises(LengthRequired):
        Request("POST", "/").body_bytes()


def test_a_chunked_body_needs_no_length() -> None:
    assert Request("POST", "/", body=BytesIO(b"abc"), chunked=True).body_bytes() == b"abc"


class Unreadable:
    def read(self, limit: int, /) -> bytes:
        raise AssertionError("the body was read")


def test_a_declared_length_over_the_limit_is_refused_before_reading() -> None:
    with pytest.raises(TooLarge):
        Request("POST", "/", body=Unreadable(), length=11, max_body_bytes=10).body_bytes()


@pytest.mark.parametrize(("size", "fits"), [(10, True), (11, False)])
def test_a_chunked_body_is_counted_while_it_is_read(size: int, fits: bool) -> None:
    request = Request("POST", "/", body=BytesIO(b"x" * size), chunked=True, max_body_bytes=10)
    if fits:
        assert request.body_bytes() == b"x" * size
    else:
        with pytest.raises(TooLarge):
            request.body_bytes()


def test_a_gzip_body_is_unpacked() -> None:
    packed = gzip.compress(b'{"name": "a"}') + gzip.compress(b" ")
    request = request_of(packed, headers={"content-encoding": "gzip"})
    assert request.body_json(Order) == Order("a")


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 60_000
    body = request_of(bomb, headers={"content-encoding": "gzip"}, max_body_bytes=1_000_000).open_body()
    total = 0
    with pytest.raises(TooLarge):
        while chunk := body.read(65_536):
            assert len(chunk) <= 65_536
            total += len(chunk)
    assert total <= 1_000_000


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b'{"name": "a"}')[:-9],
        gzip.compress(b"{}") + b"rest",
        b"not gzip",
        b"",
        gzip.compress(b"abcdefgh" * 100)[:30] + b"\xff" * 60,
    ],
    ids=["cut_off", "rest_behind", "no_gzip", "nothing", "rubbish_within"],
)
def test_broken_gzip_is_malformed(packed: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of(packed, headers={"content-encoding": "gzip"}).body_bytes()
    assert refused.value.code == "malformed"


def test_another_compression_is_unsupported() -> None:
    with pytest.raises(UnsupportedMedia):
        request_of(b"", headers={"content-encoding": "br"}).body_bytes()


@pytest.mark.parametrize(
    ("target", "segments", "query"),
    [
        ("/", ("",), ""),
        ("/api/me", ("api", "me"), ""),
        ("/a%20b/%C3%A9?x=1&y=%26", ("a b", "é"), "x=1&y=%26"),
        ("/a%2Fb", ("a/b",), ""),
        ("/%2e%2e/x", ("..", "x"), ""),
        ("http://shop.test/api/me?x", ("api", "me"), "x"),
        ("http://shop.test", ("",), ""),
        ("//evil.test/x", ("", "evil.test", "x"), ""),
    ],
)
def test_a_target_is_taken_apart(target: str, segments: tuple[str, ...], query: str) -> None:
    assert split_target(target) == (segments, query)


@pytest.mark.parametrize("target", ["", "api", "/%", "/%zz", "/%2", "/%ff", "/a%00b", "/a%0ab", "ftp://x/y", "*"])
def test_a_broken_target_is_malformed(target: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        split_target(target)
    assert refused.value.code == "malformed_address"


KNOWN = frozenset({"since", "device"})


def test_the_first_value_of_a_parameter_wins() -> None:
    assert parse_query("device=phone&since=&device=desktop", KNOWN) == {"device": "phone", "since": ""}


@pytest.mark.parametrize(
    ("query", "code", "fields"),
    [
        ("devise=phone", "unknown_parameter", {"devise": "unknown parameter"}),
        ("device=%00", "invalid_input", {"device": "contains control characters"}),
        ("device=%zz", "malformed_address", {}),
        ("device=%ff", "malformed_address", {}),
        ("&".join(["device=x"] * 100), "malformed_address", {}),
    ],
)
def test_a_query_that_cannot_be_used_says_why(query: str, code: str, fields: dict[str, str]) -> None:
    with pytest.raises(ClickstreamError) as refused:
        parse_query(query, KNOWN)
    assert (refused.value.code, refused.value.fields) == (code, fields)


def test_a_query_becomes_a_struct_with_its_numbers_read() -> None:
    assert Request("GET", "/", query={"limit": "5", "after": ""}).query_as(Page) == Page(5, None)


@pytest.mark.parametrize(
    ("text", "reason"), [("x", "expected a whole number, got text"), ("0", "expected a whole number >= 1"), ("1e9", None)]
)
def test_a_query_value_that_does_not_fit_names_the_parameter(text: str, reason: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        Request("GET", "/", query={"limit": text}).query_as(Page)
    assert set(refused.value.fields) == {"limit"}
    assert reason is None or refused.value.fields["limit"] == reason


@pytest.mark.parametrize(
    ("header", "value"),
    [("a=1; token=x=y; b=2", "x=y"), ("token=", ""), ("tokens=1", None), ("", None), (";;=;", None)],
)
def test_a_cookie_is_found_by_its_name(header: str, value: str | None) -> None:
    assert Request("GET", "/", {"cookie": header}).cookie("token") == value


def test_an_error_about_a_huge_field_name_stays_small() -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of(json.dumps({"name": "a", "x" * 10_000: 1}).encode()).body_json(Order)
    assert len(json.dumps(refused.value.fields)) < 500
