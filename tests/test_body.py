"""The bytes of a request become raw events, each judged on its own; none is lost without a word."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickstream.errors import ClickstreamError, InvalidInput, TooLarge
from clickstream.ingest import body as body_module
from clickstream.ingest.body import MAX_BATCH, raw_events
from clickstream.ingest.limits import Refused

A, B, C = {"event_type": "a"}, {"event_type": "b"}, {"event_type": "c"}
a, b, c = (json.dumps(event).encode() for event in (A, B, C))
BROKEN = "malformed_json"


def told(body: bytes, *, lines: bool = False) -> list[Any]:
    """Events, with the code in place of what cannot be read."""
    return [event.code if isinstance(event, Refused) else event for event in raw_events(body, lines=lines)]


def code_of(body: bytes, *, lines: bool = False) -> str:
    with pytest.raises((InvalidInput, TooLarge)) as caught:
        raw_events(body, lines=lines)
    return caught.value.code


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (a, [A]),
        (b" \r\n" + a + b"\n", [A]),
        (b"[" + a + b"," + b + b"]", [A, B]),
        (b"\xef\xbb\xbf[" + a + b"]", [A]),
        (b"null", [None]),
        (b"5", [5]),
        (b'"a"', ["a"]),
        (b"[[" + a + b"]]", [[A]]),
    ],
)
def test_a_body_is_one_event_or_a_list(body: bytes, expected: list[Any]) -> None:
    assert told(body) == expected


@pytest.mark.parametrize("body", [b"", b"  \n", b"[]", b" [ ] ", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("lines", [False, True])
def test_nothing_is_no_event(body: bytes, lines: bool) -> None:
    if lines and b"[" in body:
        assert told(body, lines=True) == [[]]
    else:
        assert code_of(body, lines=lines) == "empty_body"


@pytest.mark.parametrize(
    "body", [b"{", b"{}}", b"nope", b"{'a': 1}", b'{"a": NaN}', b'{"a": 1} {"b": 2}', b"\xff", b"\0", b'"a', b"]"]
)
def test_one_event_that_is_no_json_is_refused_as_a_whole(body: bytes) -> None:
    assert code_of(body) == BROKEN


@pytest.mark.parametrize(
    "body", [b"[", b"[" + a, b"[" + a + b",", b'[{"a": "b]', b"[" * 100_000, b'["' + b'\\"' * 9, b'["\\']
)
def test_a_list_that_never_ends_is_refused_as_a_whole(body: bytes) -> None:
    assert code_of(body) == BROKEN


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[" + a + b", {nope}, " + b + b"]", [A, BROKEN, B]),
        (b"[" + a + b", , " + b + b"]", [A, BROKEN, B]),
        (b"[, " + a + b"]", [BROKEN, A]),
        (b"[" + a + b", ]", [A]),
        (b'[{"x": NaN}, ' + a + b"]", [BROKEN, A]),
        (b'[{"x": "a\nb"}, ' + a + b"]", [BROKEN, A]),
        (b'[{"x": "}],[{"} nope, ' + a + b"]", [BROKEN, A]),
        (b'[{"x": "\\"},{\\\\"} nope, ' + a + b"]", [BROKEN, A]),
        (b"[{,}, [,], " + a + b"]", [BROKEN, BROKEN, A]),
        (b"[" + a + b" " + b + b", " + c + b"]", [BROKEN, C]),
        (b"[" + b"[" * 100_000 + b"]" * 100_000 + b", " + a + b"]", [BROKEN, A]),
        (b'[{"x": ' + b'{"x": ' * 100_000 + b"1" + b"}" * 100_001 + b", " + a + b"]", [BROKEN, A]),
        (b"[" + b"9" * 10_000 + b", " + a + b"]", [BROKEN, A]),
    ],
)
def test_a_broken_element_costs_only_itself(body: bytes, expected: list[Any]) -> None:
    assert told(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[" + a + b"] nope", [A, BROKEN]),
        (b"[" + a + b"][" + b + b"]", [A, [B]]),
        (b"[" + a + b']{"x": 1', [A, BROKEN]),
        (b"[" + a + b", {nope]}, " + b + b"]", [A, BROKEN, BROKEN]),
        (b"[" + a + b"}, " + b + b"]", [A, BROKEN]),
    ],
)
def test_what_follows_the_end_of_a_list_is_not_passed_over(body: bytes, expected: list[Any]) -> None:
    assert told(body) == expected


@pytest.mark.parametrize("broken", [b'"\\ud800"', b'"\xff"', b'"\xed\xa0\x80"', b"123456789012345678901234567890", b"1e999"])
def test_what_json_can_say_and_the_database_cannot_hold_is_left_to_be_refused_by_name(broken: bytes) -> None:
    found = told(b'[{"x": ' + broken + b"}, " + a + b"]")
    assert found[1] == A
    assert isinstance(found[0], dict)
    assert set(found[0]) == {"x"}


def test_lines_are_events_and_blank_ones_are_none() -> None:
    assert told(a + b"\r\n\n  \n" + b"{nope\n" + b + b"\n\xff\n" + c, lines=True) == [A, BROKEN, B, BROKEN, C]
    assert told(b"\xef\xbb\xbf" + a, lines=True) == [A]
    assert told(b"[" * 100_000 + b"\n" + a, lines=True) == [BROKEN, A]


@pytest.mark.parametrize("lines", [False, True])
def test_a_request_holds_twenty_thousand_events_at_most(lines: bool) -> None:
    def body(n: int) -> bytes:
        return b"\n".join([b"1"] * n) if lines else b"[" + b",".join([b"1"] * n) + b"]"

    assert len(raw_events(body(MAX_BATCH), lines=lines)) == MAX_BATCH
    assert code_of(body(MAX_BATCH + 1), lines=lines) == "too_many_events"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"[" + b"," * 200_000 + b"]", False),
        (b"x\n" * 200_000, True),
        (b"\n" * 1_000_000, True),
        (b"[" * 1_000_000, False),
        (b'["' + b'\\"' * 500_000, False),
        (b'["' + b"\\" * 1_000_001, False),
        (b'["a" ' + b'"' * 99_999, False),
    ],
)
def test_rubbish_is_refused_soon_and_without_filling_the_memory(body: bytes, lines: bool) -> None:
    tracemalloc.start()
    try:
        with pytest.raises((InvalidInput, TooLarge)):
            raw_events(body, lines=lines)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_a_broken_list_is_not_taken_apart_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "_MOST_TOKENS", 1_000)
    assert code_of(b"[{nope}, " + b"[]" * 1_000 + b"]") == BROKEN
    assert told(b"[{nope}, " + b"[]" * 400 + b"]") == [BROKEN, BROKEN]


pieces = st.sampled_from([*(bytes([sign]) for sign in b'[]{},:"\\ \n1\xff\0'), b"null", b"\xef\xbb\xbf", a, b, b'"x"'])
elements = st.tuples(st.sampled_from([a, b, c, b'"]"', b'"\\\\"', b'{"x": [1, {}]}']), st.booleans())


@settings(deadline=None, max_examples=500)
@given(st.lists(pieces, max_size=14).map(b"".join), st.booleans())
def test_any_bytes_are_events_or_an_error_of_ours(body: bytes, lines: bool) -> None:
    try:
        found = raw_events(body, lines=lines)
    except ClickstreamError as error:
        assert error.code in (BROKEN, "empty_body")
        return
    assert found


@settings(deadline=None, max_examples=300)
@given(st.lists(elements, min_size=1, max_size=8))
def test_every_sound_element_of_a_list_with_broken_ones_is_found_in_its_place(given: list[tuple[bytes, bool]]) -> None:
    body = b"[" + b", ".join(text if sound else b"{" + text + b" nope}" for text, sound in given) + b"]"
    assert told(body) == [json.loads(text) if sound else BROKEN for text, sound in given]
