"""Logs of every bad kind: what is wrong is said, what is right is kept, and memory does not follow the file."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from log_uploads import LOG, Uploader, session
from web_client import real_deps

from clickstream.clock import Clock
from clickstream.ingest import dry_loader, records
from clickstream.ingest.journeys import MOST_STEPS
from clickstream.ingest.occurrences import Occurrences
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.uploads.reading import Reading, open_log
from clickstream.uploads.report import MOST_TYPES, SHOWN, Report, Tally

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOST = 64 << 20


@pytest.fixture
def analyst(store: Store, settings: Settings, clock: Clock) -> Iterator[Uploader]:
    deps = real_deps(settings, store, clock)
    with deps.jobs:
        yield Uploader(deps)


def read(folder: Path, content: bytes, *, most_bytes: int = MOST) -> Report:
    """The report on a file, without a database."""
    path = folder / "log"
    path.write_bytes(content)
    with (folder / "declared").open("wb+") as declared, open_log(path, None, most_bytes) as (source, name, found):
        tally = Tally(name)
        Reading(dry_loader(lambda: NOW), lambda: NOW, tally, declared).load(found)
        return tally.report(source.fault)


def peak_megabytes(folder: Path, content: bytes) -> float:
    tracemalloc.start()
    try:
        read(folder, content)
        return tracemalloc.get_traced_memory()[1] / (1 << 20)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("broken", "refused", "path"),
    [
        pytest.param({"session_id": "x", "events": []}, "no_events", "$[3].events", id="a session without events"),
        pytest.param({"session_id": "x"}, "no_events", "$[3]", id="a session without a list of events"),
        pytest.param({"session_id": "x", "activities": 7}, "no_events", "$[3].activities", id="a number of events"),
        pytest.param(session(4, ""), "invalid_event", "$[3].activities[0].activity_type", id="an event without a type"),
        pytest.param(7, "invalid_event", "$[3]", id="a number"),
        pytest.param(None, "invalid_event", "$[3]", id="null"),
        pytest.param([], "invalid_event", "$[3]", id="a list"),
        pytest.param({"session_id": "x", "note": "x" * (10 << 20)}, "too_large", "$[3]", id="a record of 10 MB"),
        pytest.param(
            {"session_id": "x", "events": [{}] * (MOST_STEPS + 1)}, "too_large", "$[3].events", id="more events than anybody"
        ),
    ],
)
def test_what_is_wrong_with_a_record_costs_that_record_only(broken: Any, refused: str, path: str, tmp_path: Path) -> None:
    report = read(tmp_path, json.dumps([*LOG, broken]).encode())
    assert (report.events, report.refused) == (5, {refused: 1})
    assert report.rejected[0].path == path


@pytest.mark.parametrize(
    "when",
    ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", -5, 0, 1e300, "yesterday", "", None, True, [], "2026-02-30T00:00:00Z"],
    ids=str,
)
def test_a_clock_that_talks_nonsense_is_refused_by_its_path(when: Any, tmp_path: Path) -> None:
    odd = session(4, "search", "search")
    odd["activities"][1]["timestamp"] = when
    report = read(tmp_path, json.dumps([*LOG, odd]).encode())
    assert (report.events, report.refused) == (6, {"invalid_event": 1})
    assert report.rejected[0].path == "$[3].activities[1].timestamp"
    assert report.rejected[0].value == json.dumps(when)


def test_types_no_definition_knows_are_kept_and_the_first_of_them_told(tmp_path: Path) -> None:
    log = [session(1, *(f"strange_{n}" for n in range(50)), "search")]
    report = read(tmp_path, json.dumps(log).encode())
    assert (report.events, report.refused, len(report.unknown_types)) == (51, {}, 50)


def test_a_type_for_every_event_does_not_fill_the_memory(tmp_path: Path) -> None:
    event = {"session_id": "s1", "timestamp": "2026-01-01T00:00:00Z"}
    report = read(tmp_path, json.dumps([{**event, "type": f"kind {n}"} for n in range(MOST_TYPES + 9)]).encode())
    assert (report.events, len(report.unknown_types)) == (MOST_TYPES + 9, SHOWN)


def test_a_text_in_another_encoding_costs_the_events_it_stands_in(tmp_path: Path) -> None:
    log = [session(1, "search", "search"), session(2, "search")]
    log[0]["activities"][0]["details"] = {"search_query": "Stühle"}
    report = read(tmp_path, json.dumps(log, ensure_ascii=False).encode("latin-1"))
    assert (report.events, report.refused) == (2, {"invalid_event": 1})
    assert report.rejected[0].path == "$[0].activities[0].details.search_query"


def test_a_truncated_gzip_file_keeps_whole_sessions_and_says_that_it_breaks_off(tmp_path: Path) -> None:
    log = [session(n % 28, "search", note=f"{n * 7919 % 10007}") for n in range(3_000)]
    whole = gzip.compress(json.dumps(log).encode())
    report = read(tmp_path, whole[: len(whole) // 2])
    assert 0 < report.events < 3_000
    assert report.fault == "The gzip data end too early; everything up to there was read."


def test_a_gzip_bomb_is_read_no_further_than_uploads_may_unpack(tmp_path: Path) -> None:
    bomb = gzip.compress(json.dumps(LOG).encode() + b" " * (20 << 20))
    assert len(bomb) < 1 << 20
    report = read(tmp_path, bomb, most_bytes=1 << 20)
    assert report.events == 5
    assert report.fault == "The file unpacks to more than is taken; the rest was left out."


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[" * (4 << 20), id="opening brackets"),
        pytest.param(b'{"a":' * (1 << 17), id="objects in objects"),
        pytest.param(b'[{"events": ' + b"[" * (2 << 20) + b"]" * (2 << 20) + b"}]", id="nesting that closes"),
        pytest.param(b'{"sessions": "' + b"x" * (4 << 20) + b'"}', id="one long text"),
        pytest.param(b"{" + b",".join(b'"%d": "%s"' % (n, b"x" * 10_000) for n in range(400)) + b"}", id="many names"),
        pytest.param(b'[{"events": [' + b"{}," * 200_000 + b"{}]}]", id="a session of endless empty events"),
        pytest.param(b"[" + b"1," * 60_000 + b"1]", id="many numbers"),
    ],
)
def test_memory_is_bounded_whatever_the_file_holds(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the size of a record, here a quarter of a megabyte, and not by that of the file."""
    monkeypatch.setattr(records, "MAX_RECORD_BYTES", 1 << 18)
    assert peak_megabytes(tmp_path, content) < 8


def test_repeats_in_a_file_without_ids_are_counted_in_bounded_memory() -> None:
    few = Occurrences(most=3)
    names = [few.name(digest) for digest in "abcabdaabbeea"]
    assert names == ["a", "b", "c", "a-1", "b-1", "d", "a-2", "a-3", "b-2", "b-3", "e", "e-1", "a-4"]


def test_a_session_id_that_comes_twice_is_one_session_with_the_events_of_both(analyst: Uploader) -> None:
    first, second = session(1, "product_view", "search"), session(1, "add_to_cart", "search")
    found = analyst.upload([first, second, first])
    report = found["files"][0]["report"]
    assert (report["sessions"], report["events"], report["duplicates"], report["refused"]) == (1, 3, 3, {})
    cart = analyst.client.get(f"/api/metrics/cart?dataset={found['dataset_id']}").json["result"]
    assert cart["created"] == 1


def test_html_in_names_and_values_is_data(analyst: Uploader) -> None:
    name = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.json"
    log = [session(1, "search", **{"<b>": "<script>"})]
    log[0]["activities"][0]["details"] = {"search_query": "<script>alert(1)</script>"}
    answer = analyst.client.post(f"/api/datasets?name={name}", json.dumps(log).encode())
    analyst.ended(answer)
    found = analyst.dataset(answer.json["dataset_id"])
    assert (found["name"], found["status"]) == ("<img src=x onerror=alert(1)>.json", "ready")


def test_a_log_of_text_alone_that_unpacks_without_end_is_cut_where_uploads_end(
    store: Store, settings: Settings, clock: Clock
) -> None:
    deps = real_deps(replace(settings, upload_max_mb=1), store, clock)
    with deps.jobs:
        analyst = Uploader(deps)
        found = analyst.upload(gzip.compress(json.dumps(LOG).encode() + b"\n" * (20 << 20)))
    assert (found["status"], found["files"][0]["report"]["sessions"]) == ("ready", 3)
    assert "unpacks to more" in found["files"][0]["report"]["fault"]


def test_work_that_is_told_to_stop_stops_while_a_file_of_nothing_is_read(analyst: Uploader, tmp_path: Path) -> None:
    told: list[int] = []
    path = tmp_path / "log"
    path.write_bytes(b" " * (3 << 20) + json.dumps(LOG).encode())
    with open_log(path, None, MOST) as (source, _, found):
        source.told = told.append
        assert len(list(found)) == 3
    assert len(told) > 10
    assert told[-1] == path.stat().st_size
