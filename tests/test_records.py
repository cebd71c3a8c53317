"""Records of an uploaded log, each with its JSON path."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from clickstream.ingest.limits import Refused
from clickstream.ingest.records import MAX_RECORD_BYTES, read_records

PADDING = "x" * (1 << 18)  # more than is fetched at once: what follows is read piece by piece


def records(text: str) -> list[tuple[str, Any]]:
    found = read_records(io.BufferedReader(io.BytesIO(text.encode())))
    return [(path, value.code if isinstance(value, Refused) else value) for path, value in found]


SESSION = {"session_id": "a", "events": [{"type": "search"}]}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param([SESSION, {"b": 2}], [("$[0]", SESSION), ("$[1]", {"b": 2})], id="a list"),
        pytest.param({"n": 1, "sessions": [SESSION]}, [("$.sessions[0]", SESSION)], id="the one list of an object"),
        pytest.param({"visits": [SESSION], "n": 1}, [("$.visits[0]", SESSION)], id="whatever the list is called"),
        pytest.param({"events": [{"type": "a"}]}, [("$.events[0]", {"type": "a"})], id="a list of events"),
        pytest.param(SESSION, [("$[0]", SESSION)], id="one session alone"),
        pytest.param({"events": [{}], "sessionId": 7}, [("$[0]", {"events": [{}], "sessionId": 7})], id="its id at the end"),
        pytest.param(
            {"session_id": "a", "tags": [{}], "events": []},
            [("$[0]", {"session_id": "a", "tags": [{}], "events": []})],
            id="a session with another list",
        ),
        pytest.param({"tags": ["x"], "logs": [{}]}, [("$.logs[0]", {})], id="a list of no objects is not the one"),
        pytest.param({"a": [{}], "b": [{}]}, [("$.a[0]", {}), ("$.b", "two_lists")], id="a second list"),
        pytest.param({"note": PADDING, "s": [{}, {}]}, [("$.s[0]", {}), ("$.s[1]", {})], id="longer than what is fetched"),
        pytest.param({"note": PADDING, "a": [{}], "b": [{}]}, [("$.a[0]", {}), ("$.b", "two_lists")], id="a second, long"),
    ],
)
def test_records_are_found_wherever_they_are(document: Any, expected: list[tuple[str, Any]]) -> None:
    assert records(json.dumps(document)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("[]", [], id="an empty list"),
        pytest.param("[1, 2]", [("$[0]", 1), ("$[1]", 2)], id="numbers"),
        pytest.param(
            "[{}, NaN, {", [("$[0]", {}), ("$[1]", "malformed_json"), ("$[2]", "cut_off")], id="no number, then cut off"
        ),
        pytest.param('{"sessions": [{}', [("$.sessions[0]", {}), ("$.sessions[1]", "cut_off")], id="cut off"),
        pytest.param("[" + "[" * 100_000, [("$[0]", "cut_off")], id="nothing but brackets"),
        pytest.param("{}\n{}\n", [("$[0]", {}), ("$[1]", {})], id="one a line"),
    ],
)
def test_what_cannot_be_read_costs_only_itself(text: str, expected: list[tuple[str, Any]]) -> None:
    assert records(text) == expected


def test_a_record_too_long_for_a_session_is_refused_and_the_next_one_read() -> None:
    long = json.dumps({"session_id": "x" * MAX_RECORD_BYTES})
    assert records(f"[{long}, {{}}]") == [("$[0]", "too_large"), ("$[1]", {})]
