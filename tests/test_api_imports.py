"""Files from the page: uploaded, looked at, checked, loaded, taken back; cut off, killed, bombed and doubled."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeClock
from web_client import Answer, Client, client_as, real_deps

from clickstream import metrics, rollup
from clickstream.jobs import SILENCE, interrupt_silent
from clickstream.scope import LIVE, Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
SECONDS = 60
ODD = """Wann;Wer;Was;Artikel;Preis
01.02.2026 10:00;v1;Ansicht;A-1;12,50
01.02.2026 10:01;v1;Kauf;A-1;12,50
01.02.2026 10:02;v2;Ansicht;=1+1;teuer
gestern;v2;Ansicht;<b>x</b>;1,00
"""
MAPPING = {
    "columns": {"Wann": "timestamp", "Wer": "client_id", "Was": "event_type", "Artikel": "product_id", "Preis": "price"},
    "types": {"Ansicht": "product_view", "Kauf": "purchase"},
    "time_format": "%d.%m.%Y %H:%M",
    "time_zone": "Europe/Berlin",
    "decimal": ",",
}
LINES = "".join(
    json.dumps({"event_type": "pageview", "client_id": f"c{n}", "timestamp": 1_772_300_000 + n}) + "\n" for n in range(5)
)


class Page:
    """An analyst at the page, and what they do there."""

    def __init__(self, deps: Deps, role: Role = "analyst") -> None:
        self.deps, self.client = deps, client_as(App(deps), deps, role)

    def upload(self, content: str | bytes, name: str = "clicks.csv") -> str:
        answer = self.try_upload(content, name)
        assert answer.status == 201, answer.json
        import_id: str = answer.json["import_id"]
        return import_id

    def try_upload(self, content: str | bytes, name: str = "clicks.csv") -> Answer:
        body = content.encode() if isinstance(content, str) else content
        return self.client.send("POST", f"/api/imports?name={name}", body, headers={"content_type": "text/csv"})

    def act(self, import_id: str, verb: str, mapping: Json | None = None) -> Answer:
        payload = {"mapping": mapping} if verb in ("preview", "check", "load") else {}
        return self.client.post(f"/api/imports/{import_id}/{verb}", payload)

    def run(self, import_id: str, verb: str, mapping: Json | None = None) -> Json:
        """The ended job of what was begun."""
        answer = self.act(import_id, verb, mapping)
        assert answer.status == 202, answer.json
        assert self.deps.jobs.wait(answer.json["job_id"], SECONDS)
        job: Json = self.client.get(f"/api/jobs/{answer.json['job_id']}").json
        return job

    def held(self, import_id: str) -> Json:
        held: Json = self.client.get(f"/api/imports/{import_id}").json
        return held

    def overview(self) -> Json:
        rollup.catch_up(self.deps.store, self.deps.settings, self.deps.clock)
        return metrics.measure(self.deps.store, "overview", Scope(dataset=LIVE, as_of=self.deps.clock())).result


@pytest.fixture
def deps(store: Store, settings: Settings, clock: FakeClock) -> Iterator[Deps]:
    deps = real_deps(settings, store, clock)
    with deps.jobs:
        yield deps


@pytest.fixture
def page(deps: Deps) -> Page:
    return Page(deps)


def spooled(deps: Deps) -> list[Path]:
    return [path for path in deps.settings.data_dir.glob("uploads/*") if path.name != "tmp"]


def test_a_table_of_odd_columns_is_loaded_and_taken_back(page: Page, deps: Deps) -> None:
    before = page.overview()
    import_id = page.upload(ODD, "M%C3%A4rz.csv")
    seen = page.act(import_id, "preview").json
    assert [column["name"] for column in seen["columns"]] == ["Wann", "Wer", "Was", "Artikel", "Preis"]
    assert set(seen["missing"]) == {"event_type", "timestamp", "client_id"}

    seen = page.act(import_id, "preview", MAPPING).json
    assert [word["word"] for word in seen["words"]] == ["Ansicht", "Kauf"]
    first = seen["rows"][0]["event"]
    assert (first["event_type"], first["timestamp"]) == ("product_view", "2026-02-01T09:00:00.000Z")
    assert first["properties"] == {"product_id": "A-1", "price": 12.5}
    assert (seen["refused"], seen["rows"][2]["values"]) == (2, {"properties.price": '"teuer"'})

    checked = page.run(import_id, "check", MAPPING)["result"]
    assert (checked["read"], checked["accepted"]) == (4, 2)
    assert checked["refused"] == {"invalid_event": 1, "unmappable": 1}
    assert [place["place"] for place in checked["places"]["invalid_event"]] == [4]
    assert page.overview() == before

    assert page.run(import_id, "load", MAPPING)["status"] == "done"
    held = page.held(import_id)
    assert (held["name"], held["state"], held["events"], held["read"]) == ("März.csv", "loaded", 2, 4)
    assert page.overview()["orders"] == 1
    assert spooled(deps) == []

    assert page.run(import_id, "undo")["result"] == {"deleted": 2, "kept": 0}
    assert page.held(import_id)["state"] == "undone"
    assert page.overview() == before


def test_rows_of_json_need_no_mapping(page: Page) -> None:
    import_id = page.upload(gzip.compress(LINES.encode()), "log.ndjson.gz")
    seen = page.act(import_id, "preview").json
    assert (seen["format"], seen["columns"], seen["missing"], seen["sampled"]) == ("ndjson", [], {}, 5)
    assert page.run(import_id, "load")["result"]["accepted"] == 5


def test_what_was_sent_again_since_is_kept_and_counted(page: Page) -> None:
    import_id = page.upload(LINES)
    page.run(import_id, "load")
    again = page.client.post("/api/events", json.loads(LINES.splitlines()[0]))
    assert again.json["duplicates"] == 1
    assert page.run(import_id, "undo")["result"] == {"deleted": 4, "kept": 1}
    held = page.held(import_id)
    assert (held["deleted"], held["kept"]) == (4, 1)
    assert page.overview()["events"] == 1


def test_an_import_is_undone_once(page: Page) -> None:
    import_id = page.upload(LINES)
    assert page.act(import_id, "undo").status == 409
    page.run(import_id, "load")
    assert page.act(import_id, "load").status == 409
    page.run(import_id, "undo")
    assert page.act(import_id, "undo").status == 409
    assert page.client.send("DELETE", f"/api/imports/{import_id}").status == 409


def test_what_a_killed_server_left_half_loaded_can_be_loaded_again_or_undone(
    page: Page, deps: Deps, clock: FakeClock
) -> None:
    for verb, state, events in (("load", "loaded", 5), ("undo", "undone", 0)):
        import_id = page.upload(LINES)
        held = deps.store.imports.find(import_id)
        assert held is not None and deps.store.imports.begin(held, ["uploaded"], "loading", f"dead {verb}")
        deps.store.jobs.add(f"dead {verb}", "import", import_id, "the-analyst", clock())
        deps.collector.loader(LIVE, import_id).collect([json.loads(line) for line in LINES.splitlines()[:3]])
        assert page.held(import_id)["state"] == "loading"
        clock.now += 2 * SILENCE
        interrupt_silent(deps.store, clock)
        interrupted = page.held(import_id)
        assert (interrupted["state"], interrupted["waiting"]) == ("interrupted", True)
        assert "interrupted" in interrupted["error"]
        page.run(import_id, verb)
        assert page.held(import_id)["state"] == state
        assert deps.store.events.count(LIVE) == events
        assert spooled(deps) == []
        if verb == "load":
            page.run(import_id, "undo")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (b"when,who\n", "no rows"),
        (b"just words\n", "neither JSON nor a table"),
        (b"\x00\x01\x02\x03", "binary"),
        ("when,who\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a,a\n1,2\n", "twice"),
        (b"\n".join([b",".join(b"c%d" % n for n in range(300)), b"1," * 299 + b"1"]), "300 columns"),
    ],
    ids=["0 bytes", "gzip of nothing", "a header", "no table", "binary", "utf-16", "one name twice", "300 columns"],
)
def test_what_is_no_file_of_events_is_refused_and_not_kept(content: bytes, said: str, page: Page, deps: Deps) -> None:
    answer = page.try_upload(content)
    assert (answer.status, spooled(deps)) == (400, [])
    assert said in answer.json["error"]
    assert page.client.get("/api/imports").json["items"] == []


def test_a_table_in_another_encoding_shows_which_rows_are_not_utf8(page: Page) -> None:
    import_id = page.upload("timestamp,client_id,event_type\n1772300000,Jörg,pageview\n".encode("latin-1"))
    seen = page.act(import_id, "preview").json
    assert [(row["place"], row["code"]) for row in seen["rows"]] == [(2, "invalid_utf8")]


def test_a_bomb_is_read_as_far_as_is_taken(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickstream.imports.preview.SAMPLED_BYTES", 1 << 16)
    monkeypatch.setattr("clickstream.imports.tasks.UNPACKED_TIMES", 1)
    page.deps.imports._tools.spool.max_bytes = 1 << 20
    answer = page.try_upload(gzip.compress(b"\n" * (64 << 20)))
    assert (answer.status, answer.json["code"]) == (400, "empty_file")
    import_id = page.upload(gzip.compress(LINES.encode() + b"\n" * (64 << 20)))
    job = page.run(import_id, "check")
    assert (job["result"]["accepted"], job["status"]) == (5, "done")
    assert "unpacks to more" in job["result"]["fault"]


def test_a_file_over_the_cap_is_refused(page: Page, deps: Deps) -> None:
    page.deps.imports._tools.spool.max_bytes = 10
    answer = page.try_upload(LINES)
    assert (answer.status, answer.json["code"], spooled(deps)) == (413, "too_large", [])


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"columns": {}}, "event_type"),
        ({"columns": {"Wann": "", "Wer": ""}}, "event_type"),
        ({**MAPPING, "columns": {**MAPPING["columns"], "Preis": "client_id"}}, "columns.Preis"),
        ({**MAPPING, "columns": {**MAPPING["columns"], "Nirgends": "page"}}, "columns.Nirgends"),
        ({**MAPPING, "time_zone": "Mars"}, "time_zone"),
        ({**MAPPING, "decimal": "?"}, "mapping.decimal"),
        ({"templates": {"page": "{Wann:>999999999}"}}, "mapping.templates"),
    ],
    ids=["nothing", "all left out", "two for one", "a column that is not there", "no zone", "no decimal", "templates"],
)
def test_a_mapping_that_cannot_be_used_is_refused_by_name(mapping: Json, field: str, page: Page) -> None:
    import_id = page.upload(ODD)
    for verb in ("check", "load"):
        answer = page.act(import_id, verb, mapping)
        assert (answer.status, field in answer.json["fields"]) == (400, True), answer.json


def test_two_files_at_once_do_not_meet(page: Page) -> None:
    first, second = page.upload(LINES), page.upload(ODD)
    begun = [page.act(first, "load"), page.act(second, "load", MAPPING)]
    for answer in begun:
        assert page.deps.jobs.wait(answer.json["job_id"], SECONDS)
    assert [page.held(one)["events"] for one in (first, second)] == [5, 2]
    page.run(first, "undo")
    assert page.overview()["events"] == 2


def test_the_list_has_the_latest_first_page_by_page(page: Page, clock: FakeClock) -> None:
    ids = []
    for _ in range(3):
        ids.append(page.upload(LINES))
        clock.advance(seconds=1)
    found = page.client.get("/api/imports?limit=2").json
    assert [one["import_id"] for one in found["items"]] == ids[:0:-1]
    assert [one["import_id"] for one in page.client.get(f"/api/imports?after={found['next']}").json["items"]] == ids[:1]
    assert page.client.send("DELETE", f"/api/imports/{ids[0]}").status == 204
    assert page.client.get(f"/api/imports/{ids[0]}").status == 404
    assert page.act(ids[0], "preview").status == 404


def test_only_who_loaded_it_or_the_owner_takes_it_back(page: Page, deps: Deps) -> None:
    import_id = page.upload(LINES)
    page.run(import_id, "load")
    other = Client(App(deps), token=deps.identities.issue("someone-else"))
    owner = Page(deps, "owner")
    theirs = owner.upload(ODD)
    assert page.client.send("DELETE", f"/api/imports/{theirs}").status == 403
    assert other.post(f"/api/imports/{import_id}/undo", {}).status == 401
    assert owner.run(import_id, "undo")["status"] == "done"
    actions = [(entry["action"], entry["about"]) for entry in owner.client.get("/api/audit").json["items"]]
    assert {("import_undone", "clicks.csv"), ("import_loaded", "clicks.csv")} <= set(actions)


@pytest.mark.parametrize("role", ["viewer", "shopper", None])
def test_others_load_nothing(role: Role | None, deps: Deps, page: Page) -> None:
    import_id = page.upload(LINES)
    client = client_as(App(deps), deps, role)
    status = 401 if role is None else 403
    for verb in ("preview", "check", "load", "undo"):
        assert client.post(f"/api/imports/{import_id}/{verb}", {}).status == status
    assert client.send("POST", "/api/imports", b"x").status == status
    assert client.get("/api/imports").status == (200 if role == "viewer" else status)


def test_a_job_is_watched_to_its_end_and_ends_once(page: Page) -> None:
    job = page.run(page.upload(LINES), "check")
    told = page.client.get(f"/api/jobs/{job['job_id']}/events").body.decode()
    assert "event: done\n" in told
    assert page.client.post(f"/api/jobs/{job['job_id']}/cancel", {}).status == 409
    assert page.client.get("/api/jobs/unknown").status == 404
