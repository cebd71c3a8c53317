from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from bson.int64 import Int64

from clickstream.errors import DatabaseUnavailable, NotFound
from clickstream.web.compression import accepts_gzip
from clickstream.web.delivery import deliver
from clickstream.web.files import below, load
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.sse import Event


def request_of(method: str = "GET", **headers: str) -> Request:
    return Request(method, "/", {name.replace("_", "-"): value for name, value in headers.items()}, id="r1")


def test_a_json_answer_has_a_type_a_length_and_is_kept_by_nobody() -> None:
    response = deliver(request_of(), Response.json({"a": 1}, 201))
    assert (response.status, response.body) == (201, b'{"a":1}')
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == "7"
    assert response.headers["cache-control"] == "no-store"


def test_unknown_numbers_are_null_not_invalid_json() -> None:
    assert Response.json([float("nan"), float("inf")]).body == b"[null,null]"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("content-security-policy", "script-src 'self'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("permissions-policy", "camera=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("x-request-id", "r1"),
    ],
)
@pytest.mark.parametrize("response", [Response.json({}), Response.empty(), Response.json({}, 404)])
def test_every_answer_carries_the_security_headers(response: Response, name: str, part: str) -> None:
    assert part in deliver(request_of(), response).headers[name]


def test_a_stream_tells_numbers_as_large_as_the_database_keeps() -> None:
    stream = Response.sse([("done", {"revenue": Int64(5_000_000_000)})]).stream
    assert stream
    assert b'data: {"revenue":5000000000}' in b"".join(stream)


def test_a_long_text_is_compressed_for_those_who_accept_it() -> None:
    payload = ["same"] * 1000
    plain = deliver(request_of(), Response.json(payload))
    packed = deliver(request_of(accept_encoding="br, gzip"), Response.json(payload))
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-length"] == str(len(packed.body)) < plain.headers["content-length"]
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"


def test_a_short_text_is_not_worth_compressing() -> None:
    assert "content-encoding" not in deliver(request_of(accept_encoding="gzip"), Response.json([1])).headers


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("GZIP", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
    ],
)
def test_the_accepted_codings_are_understood(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.js"
    path.write_text("export const one = 1;\n" * 200)
    return path


def test_a_file_is_sent_with_its_type_and_validators(page: Path) -> None:
    response = deliver(request_of(accept_encoding="gzip"), Response.file(page))
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert gzip.decompress(response.body) == page.read_bytes()


def test_a_file_the_reader_has_is_not_sent_again(page: Path) -> None:
    headers = Response.file(page).headers
    for condition in (
        {"if_none_match": headers["etag"]},
        {"if_none_match": f'"x", {headers["etag"]}'},
        {"if_none_match": "*"},
        {"if_modified_since": headers["last-modified"]},
    ):
        again = deliver(request_of(**condition), Response.file(page))
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == headers["etag"]
        assert again.headers["vary"] == "accept-encoding"
        assert "content-length" not in again.headers


@pytest.mark.parametrize(
    "condition",
    [
        {"if_none_match": '"other"'},
        {"if_modified_since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
        {"if_modified_since": "Thu, 01 Jan 2037 00:00:00"},
        {"if_none_match": '"other"', "if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ],
)
def test_a_file_the_reader_may_not_have_is_sent(page: Path, condition: dict[str, str]) -> None:
    assert deliver(request_of(**condition), Response.file(page)).status == 200


def test_a_changed_file_is_read_again(page: Path) -> None:
    before = Response.file(page)
    page.write_text("export const two = 2;\n")
    after = Response.file(page)
    assert after.body == b"export const two = 2;\n"
    assert before.headers["etag"] != after.headers["etag"]


@pytest.mark.parametrize("name", ["nothing.js", ".", "page.js/more"])
def test_what_is_no_file_is_not_found(page: Path, name: str) -> None:
    with pytest.raises(NotFound):
        load(page.parent / name)


@pytest.mark.parametrize(
    "segments",
    [
        ["..", "secret"],
        ["."],
        [""],
        ["js", "", "x"],
        [".git", "config"],
        ["..%2f"],
        ["a/../../secret"],
        ["..\\secret"],
        ["link"],
    ],
)
def test_no_path_leads_out_of_the_folder(tmp_path: Path, segments: list[str]) -> None:
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "static"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(NotFound):
        load(below(root, segments))


def test_the_head_of_an_answer_says_how_long_its_body_would_be() -> None:
    response = deliver(request_of("HEAD"), Response.json({"a": 1}))
    assert (response.body, response.headers["content-length"]) == (b"", "7")


def test_events_are_streamed_with_signs_of_life() -> None:
    response = deliver(request_of(accept_encoding="gzip"), Response.sse([("progress", {"done": 1}), None, ("done", {})]))
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["x-accel-buffering"] == "no"
    assert "content-length" not in response.headers
    assert response.stream is not None
    assert list(response.stream) == [
        b": still here\n\n",
        b'event: progress\ndata: {"done":1}\n\n',
        b": still here\n\n",
        b"event: done\ndata: {}\n\n",
    ]


def test_a_line_break_in_event_data_breaks_no_frame() -> None:
    stream = Response.sse([("answer", "a\n\ndata: b")]).stream
    assert stream is not None
    assert list(stream)[1] == b'event: answer\ndata: "a\\n\\ndata: b"\n\n'


def test_a_stream_that_fails_says_so() -> None:
    def events() -> Iterator[Event | None]:
        yield "progress", 1
        raise DatabaseUnavailable

    stream = Response.sse(events()).stream
    assert stream is not None
    last = list(stream)[-1]
    assert last.startswith(b"event: error\n")
    assert b'"code":"database_unavailable"' in last


def test_a_stream_left_early_closes_its_source() -> None:
    closed = []

    def events() -> Iterator[Event | None]:
        try:
            while True:
                yield None
        finally:
            closed.append(True)

    stream = Response.sse(events()).stream
    assert stream is not None
    next(stream)
    next(stream)
    stream.close()
    assert closed == [True]
