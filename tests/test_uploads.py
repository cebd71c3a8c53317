"""Uploaded logs over the API: loaded whole or not at all, measured like the shop, taken back."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database
from web_client import Client, real_deps

from clickstream import rollup
from clickstream.clock import Clock
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.web.deps import Deps

SECONDS = 60


@pytest.fixture
def deps(store: Store, settings: Settings, clock: Clock) -> Iterator[Deps]:
    deps = real_deps(settings, store, clock)
    with deps.jobs:
        yield deps


def session(number: int, *names: str, **more: Any) -> dict[str, Any]:
    steps = [
        {"activity_id": f"a{n}", "activity_type": name, "timestamp": f"2026-01-{1 + number:02}T10:00:{n:02}Z", "details": {}}
        for n, name in enumerate(names)
    ]
    return {"session_id": f"s{number}", "user_id": f"u{number}", "activities": steps, **more}


LOG = [session(1, "product_view", "add_to_cart", "purchase"), session(2, "product_view"), session(3, "search")]


def upload(client: Client, deps: Deps, content: Any, query: str = "") -> dict[str, Any]:
    """The dataset once its job has ended."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    answer = client.post(f"/api/datasets?name=log.json{query}", body)
    assert answer.status == 202, answer.body
    assert deps.jobs.wait(answer.json["job_id"], SECONDS)
    return client.get(f"/api/datasets/{answer.json['dataset_id']}").json


def overview(client: Client, dataset: str) -> Any:
    return client.get(f"/api/metrics/overview?dataset={dataset}").json["result"]


def test_a_log_of_sessions_becomes_a_dataset_that_is_measured_like_the_shop(analyst: Client, deps: Deps) -> None:
    found = upload(analyst, deps, LOG)
    assert (found["status"], found["name"]) == ("ready", "log.json")
    assert {name: found["files"][0]["report"][name] for name in ("records", "sessions", "events")} == {
        "records": 3,
        "sessions": 3,
        "events": 5,
    }
    assert overview(analyst, found["dataset_id"])["conversion_rate"] == {"numerator": 1, "denominator": 3, "value": 1 / 3}
    assert overview(analyst, "live")["sessions"] == 0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(json.dumps({"sessions": LOG}).encode(), id="in an object"),
        pytest.param("\n".join(json.dumps(one) for one in LOG).encode(), id="one a line"),
        pytest.param(gzip.compress(json.dumps(LOG).encode()), id="gzipped"),
        pytest.param(b"\xef\xbb\xbf" + json.dumps(LOG).encode(), id="with a byte-order mark"),
        pytest.param(json.dumps([*LOG, {"session_id": "x", "events": []}]).encode(), id="with an empty session"),
        pytest.param(json.dumps(LOG).encode()[:-1] + b", NaN]", id="with a NaN"),
    ],
)
def test_every_shape_gives_the_same_sessions(content: bytes, analyst: Client, deps: Deps) -> None:
    found = upload(analyst, deps, content)
    assert (found["status"], found["files"][0]["report"]["sessions"]) == ("ready", 3)


def test_flat_events_are_a_log_too(analyst: Client, deps: Deps) -> None:
    lines = ["event_type,timestamp,session_id", *(f"search,2026-01-02T10:00:0{n}Z,s{n % 2}" for n in range(4))]
    found = upload(analyst, deps, "\n".join(lines).encode())
    assert found["files"][0]["report"]["format"] == "csv"
    assert overview(analyst, found["dataset_id"])["sessions"] == 2


def test_every_refusal_is_told_by_path_and_value_and_nothing_else_is_lost(analyst: Client, deps: Deps) -> None:
    bad = session(4, "purchase", "search")
    bad["activities"][0]["details"] = {"total_amount": "lots"}
    report = upload(analyst, deps, [*LOG, bad, {"session_id": "x", "activities": []}, 7])["files"][0]["report"]
    assert report["sessions"] == 4
    assert report["refused"] == {"invalid_event": 2, "no_events": 1}
    assert [(one["path"], one["code"], one["value"]) for one in report["rejected"]] == [
        ("$[4].activities", "no_events", "[]"),
        ("$[3].activities[0].details.total_amount", "invalid_event", '"lots"'),
        ("$[5]", "invalid_event", "7"),
    ]


def test_a_log_that_lies_about_itself_is_found_out(analyst: Client, deps: Deps) -> None:
    buyer = session(1, "purchase", conversion=False, total_value=12.5)
    buyer["activities"][0]["details"] = {"total_amount": 10}
    again = {**session(2, "search"), "user_id": "u1", "user_attributes": {"new_user": True}, "conversion": False}
    flags = {flag["flag"]: flag for flag in upload(analyst, deps, [buyer, again])["files"][0]["report"]["flags"]}
    assert {name: (flag["agree"], flag["disagree"]) for name, flag in flags.items()} == {
        "conversion": (1, 1),
        "total_value": (0, 1),
        "new_user": (0, 1),
    }
    assert flags["total_value"]["examples"] == [{"session_id": "s1", "claimed": 12.5, "measured": 10.0}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"[1, 2, 3]", "Nothing in this file could be read as a session", id="numbers"),
        pytest.param(b"hello, world", "column", id="prose"),
        pytest.param(b"[{]", "Nothing in this file", id="no JSON"),
        pytest.param("[{}]".encode("utf-16"), "UTF-16", id="another encoding"),
        pytest.param(gzip.compress(b"[" + b"x" * 999)[:20], "", id="half a gzip file"),
        pytest.param(b"[" * 100_000, "Nothing in this file", id="brackets"),
    ],
)
def test_a_file_without_a_session_is_refused_whole(content: bytes, said: str, analyst: Client, deps: Deps) -> None:
    found = upload(analyst, deps, content)
    assert found["status"] == "failed"
    assert said in found["error"]
    assert deps.store.events.count(found["dataset_id"]) == 0
    refused = analyst.get(f"/api/metrics/overview?dataset={found['dataset_id']}")
    assert (refused.status, refused.json["code"]) == (409, "dataset_not_ready")


def test_the_same_content_is_recognised_and_loaded_again_only_when_asked(analyst: Client, deps: Deps) -> None:
    first = upload(analyst, deps, LOG)["dataset_id"]
    known = analyst.post("/api/datasets?name=other.json", json.dumps(LOG).encode())
    assert (known.status, known.json) == (200, {"dataset_id": first, "job_id": None, "known": True})
    version = upload(analyst, deps, LOG, "&again=true")
    assert (version["version_of"], overview(analyst, version["dataset_id"])["sessions"]) == (first, 3)


def test_a_second_file_joins_a_dataset_and_can_be_taken_out_again(analyst: Client, deps: Deps) -> None:
    dataset = upload(analyst, deps, LOG)["dataset_id"]
    both = upload(analyst, deps, [session(7, "search"), LOG[0]], f"&dataset_id={dataset}")
    assert overview(analyst, dataset)["sessions"] == 4
    second = both["files"][1]
    assert (second["report"]["events"], second["report"]["duplicates"]) == (1, 3)
    answer = analyst.send("DELETE", f"/api/datasets/{dataset}/files/{second['file_id']}")
    assert deps.jobs.wait(answer.json["job_id"], SECONDS)
    assert overview(analyst, dataset)["sessions"] == 3


def test_a_second_file_that_cannot_be_read_leaves_the_first_as_it_was(analyst: Client, deps: Deps) -> None:
    dataset = upload(analyst, deps, LOG)["dataset_id"]
    found = upload(analyst, deps, b"[1]", f"&dataset_id={dataset}")
    assert (found["status"], len(found["files"]), overview(analyst, dataset)["sessions"]) == ("ready", 1, 3)
    assert "Nothing in this file" in found["error"]


def test_a_deleted_dataset_leaves_nothing(analyst: Client, deps: Deps, database: Database[dict[str, Any]]) -> None:
    dataset = upload(analyst, deps, LOG)["dataset_id"]
    answer = analyst.send("DELETE", f"/api/datasets/{dataset}")
    assert deps.jobs.wait(answer.json["job_id"], SECONDS)
    held = {name: database[name].count_documents({"dataset": dataset}) for name in database.list_collection_names()}
    assert {name for name, n in held.items() if n} == set()
    assert database.rollup_state.count_documents({"_id": {"$regex": dataset}}) == 0
    assert analyst.get(f"/api/datasets/{dataset}").status == 404
    assert analyst.get(f"/api/metrics/overview?dataset={dataset}").json["code"] == "unknown_dataset"


def test_a_dry_run_reports_and_stores_nothing(analyst: Client, deps: Deps) -> None:
    answer = analyst.post("/api/datasets?dry_run=true", json.dumps([*LOG, 7]).encode())
    assert deps.jobs.wait(answer.json["job_id"], SECONDS)
    report = analyst.get(f"/api/jobs/{answer.json['job_id']}").json["result"]["report"]
    assert (report["events"], report["refused"]) == (5, {"invalid_event": 1})
    assert analyst.get("/api/datasets").json["items"] == []
    assert deps.store.events.datasets() == []


def test_what_a_script_loaded_beside_the_shop_is_readable_without_being_an_upload(analyst: Client, deps: Deps) -> None:
    raw = {"event_type": "search", "client_id": "c1", "timestamp": "2026-01-02T10:00:00Z"}
    deps.collector.collect([raw], dataset="last-year")
    assert analyst.get("/api/metrics/overview?dataset=last-year").status == 404
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    assert overview(analyst, "last-year")["sessions"] == 1
    assert analyst.get("/api/datasets/last-year").status == 404
