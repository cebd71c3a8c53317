"""Everything stored of a dataset: exactly the rows there are, and a cut export that nobody takes for a whole one."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, IncompleteRead
from io import BytesIO, StringIO
from threading import Thread
from typing import Any

import pytest
from conftest import FakeClock
from log_uploads import LOG, Uploader
from visits import visits
from web_client import Client, client_as

from clickstream import rollup
from clickstream.errors import DatabaseUnavailable
from clickstream.events import Event
from clickstream.ingest import Collector
from clickstream.reports import rows
from clickstream.reports.sheets import unguarded
from clickstream.settings import Settings
from clickstream.store import Store, events, sessions
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.server import Server

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
ODD = {"note": '=1+1, "so"\nＳ', "size": -3.5, "tags": ["a", None], "big": 2**53 + 1}


@pytest.fixture(autouse=True)
def shop(store: Store, settings: Settings, clock: FakeClock) -> None:
    found = [*visits(20, MORNING, buying=4), *visits(10, MORNING, first=50, **ODD)]
    assert Collector(store, clock).collect(found).rejected == []
    rollup.catch_up(store, settings, clock)


def told(body: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and end of an NDJSON export, held against each other."""
    lines = body.splitlines(keepends=True)
    end: dict[str, Any] = json.loads(lines.pop())["end"]
    assert end["rows"] == len(lines)
    assert end["sha256"] == hashlib.sha256(b"".join(lines)).hexdigest()
    return [json.loads(line) for line in lines], end


def table(body: bytes) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Rows and manifest of a CSV export, held against each other."""
    with zipfile.ZipFile(BytesIO(body)) as archive:
        manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
        [file] = manifest["files"]
        content = archive.read(file["name"])
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    found = list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert file["rows"] == len(found)
    return found, manifest


def value_of(cell: str, stored: Any) -> Any:
    """The cell as what it stands for."""
    if isinstance(stored, str):
        return unguarded(cell)
    return json.loads(unguarded(cell)) if cell else None


@pytest.mark.parametrize("together", [1, 7, 1000])
def test_events_are_those_stored_whatever_the_page(
    analyst: Client, store: Store, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(events, "EXPORTED", together + 1)
    monkeypatch.setattr(rows, "WRITTEN_TOGETHER", together)
    answer = analyst.get("/api/datasets/live/events")
    found, end = told(answer.body)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="live-events.ndjson"'
    assert len(found) == store.events.count("live") == 20 * 2 + 4 * 3 + 10 * 2
    assert len({row["event_id"] for row in found}) == len(found)
    latest = {row["event_id"]: row for row in analyst.get("/api/events?limit=500").json["items"]}
    assert {row["event_id"]: row for row in found} == latest
    assert (end["dataset"], end["as_of"]) == ("live", "2026-03-01T12:00:00.000Z") == ("live", answer.headers["x-as-of"])


def test_csv_comes_back_as_the_same_events(analyst: Client) -> None:
    stored, _ = told(analyst.get("/api/datasets/live/events").body)
    found, manifest = table(analyst.get("/api/datasets/live/events?format=csv").body)
    assert [
        {name: value_of(row[name], event[name]) for name in event} for row, event in zip(found, stored, strict=True)
    ] == stored
    assert (manifest["dataset"], manifest["as_of"]) == ("live", "2026-03-01T12:00:00.000Z")


@pytest.mark.parametrize("together", [3, 1000])
@pytest.mark.parametrize("view", ["clean", "all"])
def test_sessions_are_those_computed(analyst: Client, monkeypatch: pytest.MonkeyPatch, together: int, view: str) -> None:
    monkeypatch.setattr(sessions, "STREAMED", together)
    found, end = told(analyst.get(f"/api/datasets/live/sessions?view={view}").body)
    listed = analyst.get(f"/api/sessions?limit=500&view={view}").json["items"]
    assert sorted(found, key=lambda row: row["session_id"]) == sorted(listed, key=lambda row: row["session_id"])
    assert len(found) == 30 and (end["moved"], end["watermark"]) == (False, 1)
    cells, manifest = table(analyst.get(f"/api/datasets/live/sessions?format=csv&view={view}").body)
    assert [row["session_id"] for row in cells] == [row["session_id"] for row in found]
    assert [json.loads(row["revenue"]) for row in cells] == [row["revenue"] for row in found]
    assert manifest["watermark"] == 1


def test_a_window_bounds_events_and_sessions(analyst: Client) -> None:
    window = "since=2026-03-01T09:01:00Z&until=2026-03-01T09:02:00Z"
    assert told(analyst.get("/api/datasets/live/sessions?device=mobile").body)[0] == []
    for kind, field in (("events", "timestamp"), ("sessions", "start")):
        found, _ = told(analyst.get(f"/api/datasets/live/{kind}?{window}").body)
        assert found and {row[field][:16] for row in found} == {"2026-03-01T09:01"}


def test_an_export_is_of_its_beginning_while_events_arrive(
    app: App, analyst: Client, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EXPORTED", 5)
    monkeypatch.setattr(rows, "WRITTEN_TOGETHER", 2)
    before = store.events.count("live")
    stream = streamed(app, analyst, "/api/datasets/live/events")
    begun = next(stream)
    clock.advance(seconds=1)
    Collector(store, clock).collect(visits(30, MORNING, first=500))
    found, end = told(begun + b"".join(stream))
    assert len(found) == before < store.events.count("live")
    assert end["as_of"] == "2026-03-01T12:00:00.000Z"


def streamed(app: App, client: Client, target: str) -> Iterator[bytes]:
    response = app(Request("GET", target, {"authorization": f"Bearer {client.token}"}))
    assert response.stream is not None
    return response.stream


def test_a_cut_export_cannot_be_taken_for_a_whole_one(app: App, analyst: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "WRITTEN_TOGETHER", 10)
    lines = [*streamed(app, analyst, "/api/datasets/live/events")]
    assert len(lines) > 3
    with pytest.raises((KeyError, AssertionError)):
        told(b"".join(lines[:-1]))
    packed = b"".join(streamed(app, analyst, "/api/datasets/live/events?format=csv"))
    with pytest.raises(zipfile.BadZipFile):
        table(packed[: len(packed) * 3 // 4])


def test_a_database_that_goes_away_cuts_the_connection_and_the_export_shows_it(
    app: App, analyst: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "WRITTEN_TOGETHER", 2)
    whole = list(store.events.received("live", by=MORNING.replace(hour=12)))

    def failing(*_: Any, **__: Any) -> Iterator[Event]:
        yield from whole[:5]
        raise DatabaseUnavailable

    monkeypatch.setattr(store.events, "received", failing)
    with Server("127.0.0.1", 0) as server:
        thread = Thread(target=server.serve, args=(app,))
        thread.start()
        client = HTTPConnection("127.0.0.1", server.port, timeout=30)
        client.request("GET", "/api/datasets/live/events", headers={"authorization": f"Bearer {analyst.token}"})
        with pytest.raises(IncompleteRead) as cut, client.getresponse() as response:
            response.read()
        client.close()
        server.shutdown()
        thread.join(10)
    lines = [json.loads(line) for line in cut.value.partial.splitlines()]
    assert [line["event_id"] for line in lines] == [event.event_id for event in whole[:4]]


def test_an_uploaded_log_is_exported_as_it_was_loaded(deps: Deps) -> None:
    with deps.jobs:
        uploader = Uploader(deps)
        dataset_id = uploader.upload(LOG)["dataset_id"]
        found, end = told(uploader.client.get(f"/api/datasets/{dataset_id}/events").body)
        ways = sorted((row["timestamp"], row["event_type"]) for row in found if row["session_id"] == "s1")
        assert [name for _, name in ways] == ["product_view", "add_to_cart", "purchase"]
    assert (end["rows"], end["dataset"]) == (5, dataset_id)


def test_exports_are_for_analysts_of_datasets_there_are_and_on_record(app: App, deps: Deps, analyst: Client) -> None:
    assert client_as(app, deps, "viewer").get("/api/datasets/live/events").status == 403
    assert analyst.get("/api/datasets/nowhere/sessions").status == 404
    for query in ("format=xml", "since=yesterday"):
        answer = analyst.get(f"/api/datasets/live/events?{query}")
        assert answer.status == 400 and list(answer.json["fields"]) == [query.partition("=")[0]]
    analyst.get("/api/datasets/live/events?format=csv")
    [entry] = deps.store.audit.page(limit=1)
    assert (entry["action"], entry["about"], entry["details"]) == ("exported", "events of live", {"format": "csv"})


def test_an_empty_dataset_is_an_export_of_no_rows(analyst: Client, database: Any) -> None:
    database.events.delete_many({})
    assert told(analyst.get("/api/datasets/live/events").body)[0] == []
    assert table(analyst.get("/api/datasets/live/events?format=csv").body)[0] == []
