"""Uploads that break: cut off, cancelled, killed, doubled, in each other's way. Nothing half loaded is ever to be read."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from log_uploads import LOG, SECONDS, Uploader, session
from test_crash import Installation, eventually
from web_client import real_deps

from clickstream.clock import Clock
from clickstream.errors import DatabaseUnavailable
from clickstream.ingest import Loader, Receipt
from clickstream.jobs import SILENCE, interrupt_silent
from clickstream.settings import Settings
from clickstream.spool import RESERVE_BYTES, Spool
from clickstream.store import Store
from clickstream.uploads import tasks
from clickstream.uploads.recovery import Recovery
from clickstream.web.deps import Deps

MANY = [session(n % 28, *["search"] * 7, session_id=f"many-{n}") for n in range(2_000)]
"""More than is stored at once."""


@pytest.fixture
def deps(store: Store, settings: Settings, clock: Clock) -> Iterator[Deps]:
    deps = real_deps(settings, store, clock)
    with deps.jobs:
        yield deps


@pytest.fixture
def analyst(deps: Deps) -> Uploader:
    return Uploader(deps)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    collect = Loader.collect

    def held(loader: Loader, raw_events: Any) -> Receipt:
        receipt = collect(loader, raw_events)
        gate.pass_through()
        return receipt

    monkeypatch.setattr(Loader, "collect", held)
    yield gate
    gate.open.set()


class Gate:
    """Where a load stops after its first batch, until it is let on."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        self.reached.set()
        assert self.open.wait(SECONDS)


def left_behind(deps: Deps) -> list[Path]:
    return list(deps.settings.data_dir.glob("uploads/*"))


def recovered(deps: Deps) -> None:
    """Two looks, and what they began is done."""
    recovery = Recovery(deps.uploads)
    recovery.look()
    recovery.look()
    for job_id in list(deps.jobs._running):
        assert deps.jobs.wait(job_id, SECONDS)


def test_a_dataset_that_is_being_loaded_can_neither_be_read_nor_changed(analyst: Uploader, deps: Deps, gate: Gate) -> None:
    begun = analyst.send(MANY)
    dataset = begun.json["dataset_id"]
    assert gate.reached.wait(SECONDS)
    assert deps.store.events.count(dataset) > 0
    assert analyst.refusal(dataset) == (409, "dataset_not_ready")
    assert (analyst.delete(dataset).status, analyst.delete(dataset).json["code"]) == (409, "already_running")
    assert analyst.send(LOG, f"&dataset_id={dataset}").json["code"] == "dataset_not_ready"
    gate.open.set()
    assert analyst.ended(begun)["status"] == "done"
    assert analyst.overview(dataset)["sessions"] == len(MANY)


def test_a_load_that_is_cancelled_leaves_nothing(analyst: Uploader, deps: Deps, gate: Gate) -> None:
    begun = analyst.send(MANY)
    assert gate.reached.wait(SECONDS)
    assert analyst.client.post(f"/api/jobs/{begun.json['job_id']}/cancel").status in (200, 202, 204)
    gate.open.set()
    assert analyst.ended(begun)["status"] == "interrupted"
    dataset = analyst.dataset(begun.json["dataset_id"])
    assert (dataset["status"], dataset["error"]) == ("failed", "Cancelled.")
    assert deps.store.events.count(dataset["dataset_id"]) == 0
    assert left_behind(deps) == []


def test_cancelling_a_second_file_gives_the_first_back(analyst: Uploader, deps: Deps, gate: Gate) -> None:
    gate.open.set()
    dataset = analyst.upload(LOG)["dataset_id"]
    gate.open.clear()
    gate.reached.clear()
    begun = analyst.send(MANY, f"&dataset_id={dataset}")
    assert gate.reached.wait(SECONDS)
    assert analyst.refusal(dataset) == (409, "dataset_not_ready")
    analyst.client.post(f"/api/jobs/{begun.json['job_id']}/cancel")
    gate.open.set()
    analyst.ended(begun)
    found = analyst.dataset(dataset)
    assert (found["status"], len(found["files"]), analyst.overview(dataset)["sessions"]) == ("ready", 1, 3)


def test_a_server_that_stops_leaves_the_rest_to_the_next_one(
    store: Store, settings: Settings, clock: Clock, gate: Gate
) -> None:
    first = real_deps(settings, store, clock)
    with first.jobs:
        dataset = Uploader(first).send(MANY).json["dataset_id"]
        assert gate.reached.wait(SECONDS)
        threading.Timer(0.2, gate.open.set).start()
    second = real_deps(settings, store, clock)
    with second.jobs:
        analyst = Uploader(second)
        found = analyst.dataset(dataset)
        assert (found["status"], found["interrupted"], analyst.refusal(dataset)[0]) == ("loading", True, 409)
        recovered(second)
        found = analyst.dataset(dataset)
        assert (found["status"], found["error"]) == ("failed", tasks.INTERRUPTED)
        assert store.events.count(dataset) == 0


def test_what_a_dead_server_left_can_be_deleted_at_once(analyst: Uploader, deps: Deps) -> None:
    dataset = analyst.upload(LOG)["dataset_id"]
    abandoned(deps, dataset, "loading")
    assert analyst.dataset(dataset)["interrupted"]
    analyst.ended(analyst.delete(dataset))
    assert analyst.client.get(f"/api/datasets/{dataset}").status == 404
    assert deps.store.events.count(dataset) == 0


def test_a_deletion_that_was_broken_off_is_finished(analyst: Uploader, deps: Deps) -> None:
    dataset = analyst.upload(LOG)["dataset_id"]
    abandoned(deps, dataset, "deleting")
    assert analyst.refusal(dataset) == (409, "dataset_not_ready")
    recovered(deps)
    assert analyst.client.get(f"/api/datasets/{dataset}").status == 404
    assert deps.store.events.count(dataset) == 0


def test_one_look_takes_nothing_because_a_load_may_just_be_beginning(analyst: Uploader, deps: Deps) -> None:
    dataset = analyst.upload(LOG)["dataset_id"]
    abandoned(deps, dataset, "loading")
    Recovery(deps.uploads).look()
    assert analyst.dataset(dataset)["status"] == "loading"


def abandoned(deps: Deps, dataset: str, status: Any) -> None:
    """As if a server had died with this dataset in its hands."""
    job_id = f"dead-{dataset}"
    held = deps.uploads.find(dataset).held
    deps.store.jobs.add(job_id, "upload", dataset, None, deps.clock() - SILENCE * 2)
    assert deps.store.datasets.begin(held, status, job_id)
    interrupt_silent(deps.store, deps.clock)


def test_a_database_that_goes_away_leaves_a_dataset_closed_until_it_is_back(
    analyst: Uploader, deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect = Loader.collect

    def half(loader: Loader, raw_events: Any) -> Receipt:
        collect(loader, raw_events)
        raise DatabaseUnavailable

    def away(*given: Any) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(Loader, "collect", half)
        patched.setattr(tasks, "undo", away)
        found = analyst.upload(LOG)
    dataset = found["dataset_id"]
    assert (found["status"], found["interrupted"], deps.store.events.count(dataset)) == ("loading", True, 5)
    assert analyst.refusal(dataset) == (409, "dataset_not_ready")
    recovered(deps)
    assert (analyst.dataset(dataset)["status"], deps.store.events.count(dataset)) == ("failed", 0)


def test_two_uploads_of_the_same_content_at_once_load_it_once(analyst: Uploader, deps: Deps, gate: Gate) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(analyst.send(MANY))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gate.open.set()
    assert sorted(answer.status for answer in answers) == [200, 202]
    assert len({answer.json["job_id"] for answer in answers}) == 1, "who comes second can follow the first one's load"
    assert deps.jobs.wait(answers[0].json["job_id"], SECONDS)
    assert len(analyst.client.get("/api/datasets").json["items"]) == 1
    assert left_behind(deps) == []


def test_content_that_failed_is_no_reason_to_refuse_it_again(analyst: Uploader) -> None:
    assert analyst.upload(b"[1]")["status"] == "failed"
    assert analyst.upload(b"[1]")["status"] == "failed"


def test_the_same_file_goes_into_another_dataset_but_not_twice_into_one(analyst: Uploader) -> None:
    analyst.upload(LOG)
    other = analyst.upload([session(9, "search")])["dataset_id"]
    assert analyst.upload(LOG, f"&dataset_id={other}")["status"] == "ready"
    assert analyst.overview(other)["sessions"] == 4
    known = analyst.send(LOG, f"&dataset_id={other}")
    assert (known.status, known.json["known"], known.json["dataset_id"]) == (200, True, other)


def test_a_full_disk_refuses_the_upload_and_keeps_nothing(store: Store, settings: Settings, clock: Clock) -> None:
    deps = real_deps(settings, store, clock)
    full = Spool(settings.data_dir / "uploads", settings.upload_max_bytes, clock, free=lambda folder: RESERVE_BYTES - 1)
    deps.uploads._tools = replace(deps.uploads._tools, spool=full)
    with deps.jobs:
        answer = Uploader(deps).send(LOG)
    assert (answer.status, answer.json["code"]) == (507, "disk_full")
    assert deps.uploads.page(limit=9, after=None) == []
    assert left_behind(deps) == []


def test_a_disk_that_fills_while_loading_takes_the_load_back(
    analyst: Uploader, deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> Receipt:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Loader, "collect", full)
    found = analyst.upload(LOG)
    assert (found["status"], found["error"]) == ("failed", "The file cannot be read: No space left on device.")


SCOPED = (
    "/api/metrics/overview?dataset={}",
    "/api/metrics/differences?dataset={}",
    "/api/summary?dataset={}",
    "/api/sessions?dataset={}",
    "/api/sessions/s1?dataset={}",
)


@pytest.mark.parametrize("target", SCOPED)
def test_no_route_reads_a_dataset_that_is_not_ready_or_not_there(target: str, analyst: Uploader, deps: Deps) -> None:
    dataset = analyst.upload(LOG)["dataset_id"]
    abandoned(deps, dataset, "loading")
    for name, status, code in [(dataset, 409, "dataset_not_ready"), ("nowhere", 404, "unknown_dataset")]:
        answer = analyst.client.get(target.format(name))
        assert (answer.status, answer.json["code"]) == (status, code)


def test_no_analysis_begins_on_a_dataset_that_is_not_ready_or_not_there(analyst: Uploader, deps: Deps) -> None:
    dataset = analyst.upload(LOG)["dataset_id"]
    abandoned(deps, dataset, "loading")
    for name, status, code in [(dataset, 409, "dataset_not_ready"), ("nowhere", 404, "unknown_dataset")]:
        answer = analyst.client.post("/api/analyze", {"dataset": name})
        assert (answer.status, answer.json["code"]) == (status, code)


class Server:
    """A real one, and an upload over its socket."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    def datasets(self) -> list[Any]:
        status, found = self.installation.get("/api/datasets")
        return found["items"] if status == 200 else []

    def send(self, body: bytes, *, length: int) -> socket.socket:
        url = urlsplit(self.installation.url)
        connection = socket.create_connection((url.hostname or "", url.port or 0))
        head = (
            f"POST /api/datasets?name=log.json HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self.installation.token}\r\nContent-Length: {length}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        return connection


def test_an_upload_cut_off_in_the_middle_and_a_server_killed_while_loading(data_dir: Path) -> None:
    installation = Installation(data_dir)
    try:
        installation.sign_up()
        server = Server(installation)
        body = json.dumps([session(n % 28, *["search"] * 7, session_id=f"s-{n}") for n in range(12_000)]).encode()
        spool = data_dir / "uploads"
        cut = server.send(body[: len(body) // 2], length=len(body))
        eventually(lambda: list(spool.glob("*.part")))
        cut.close()
        eventually(lambda: not list(spool.glob("*")))
        assert server.datasets() == []

        whole = server.send(body, length=len(body))
        eventually(server.datasets)
        (dataset,) = server.datasets()
        eventually(lambda: installation.store.events.count(dataset["dataset_id"]) > 0)
        installation.kill_server()
        whole.close()
        assert installation.get(f"/api/metrics/overview?dataset={dataset['dataset_id']}")[0] == 409
        eventually(lambda: [one["status"] for one in server.datasets()] == ["failed"])
        assert server.datasets()[0]["error"] == tasks.INTERRUPTED
        assert installation.store.events.count(dataset["dataset_id"]) == 0
        assert not list(spool.glob("*"))
    finally:
        installation.close()
