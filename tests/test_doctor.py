"""`python server.py doctor`: each thing that can be out of order has a line that says so and what to do."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import NOWHERE
from pymongo.database import Database
from test_startup import started, url_of

from clickstream.clock import system_clock
from clickstream.ingest import Collector
from clickstream.operations import doctor
from clickstream.operations.doctor import Finding, examine
from clickstream.rollup import catch_up
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.api_keys import SavedProvider
from clickstream.store.connect import Connection
from clickstream.store.users import User
from clickstream.vault import open_vault

ROOT = Path(__file__).parent.parent
EVENT = {"event_id": "e1", "event_type": "pageview", "client_id": "ann", "page": "/"}


@pytest.fixture
def here(
    settings: Settings, connection: Connection, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """An installation in order, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    name = store.archive._database.name
    settings = replace(settings, mongo_uri=connection.uri, mongo_db=name)
    store.users.add(User("alice", "-", "owner", "active", system_clock()))
    open_vault("", settings.data_dir)
    Collector(store, system_clock).collect([EVENT])
    catch_up(store, settings, system_clock)
    return settings


def found(settings: Settings, clock: Callable[[], datetime] = system_clock) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(settings, clock)}


def assert_said(finding: Finding, state: str, said: str) -> None:
    assert finding.state == state
    assert said in finding.said


def test_an_installation_in_order_is_all_ok(here: Settings) -> None:
    findings = list(examine(here, system_clock))
    assert [str(finding) for finding in findings if finding.state != "ok"] == []
    assert len(findings) == 12


def test_every_finding_that_is_not_ok_ends_with_a_sentence(here: Settings, database: Database[dict[str, Any]]) -> None:
    for name in database.list_collection_names():
        database[name].delete_many({})
        database[name].drop_indexes()
    troubled = [finding for finding in examine(replace(here, host="0.0.0.0"), system_clock) if finding.state != "ok"]
    assert {finding.what for finding in troubled} == {"exposure", "indexes", "accounts"}
    assert all(finding.said.endswith(".") and ": " in finding.said for finding in troubled)


def test_a_database_that_does_not_answer_is_one_line(settings: Settings) -> None:
    findings = found(replace(settings, mongo_uri=f"mongodb://{NOWHERE}/?serverSelectionTimeoutMS=100"))
    assert_said(findings["database"], "fail", "does not answer")
    assert "rollup" not in findings


def test_an_index_that_is_missing_is_named(here: Settings, database: Database[dict[str, Any]]) -> None:
    database.events.drop_index("order")
    assert_said(found(here)["indexes"], "warn", "1 missing (events.order)")


@pytest.mark.parametrize(("days", "state"), [(0, "ok"), (0.01, "warn"), (3, "fail")])
def test_a_rollup_that_is_behind_is_said(
    here: Settings, store: Store, database: Database[dict[str, Any]], days: float, state: str
) -> None:
    store.changes.open("live", ["c:ann"])
    opened_at = datetime.now(UTC) - timedelta(days=days)
    database.changes.update_many({}, {"$set": {"opened_at": opened_at}})
    assert found(here)["rollup"].state == state


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (-30, "warn"), (3600, "fail")])
def test_clocks_that_are_apart_are_noticed(here: Settings, seconds: float, state: str) -> None:
    finding = found(here, lambda: system_clock() + timedelta(seconds=seconds))["clock"]
    assert finding.state == state


def test_another_time_zone_than_the_sums_were_made_in_is_noticed(here: Settings) -> None:
    assert_said(found(replace(here, time_zone="Europe/Berlin"))["time zone"], "warn", "live was computed by other settings")


def test_keys_sealed_with_another_secret_are_counted(here: Settings, store: Store) -> None:
    sealed = open_vault("", here.data_dir).encrypt("sk-1")
    store.api_keys.save(SavedProvider("alice", "openrouter", sealed_key=sealed))
    assert found(here)["secret"].state == "ok"
    assert_said(found(replace(here, secret_key="another"))["secret"], "fail", "1 of 1 saved API keys")


def test_a_damaged_secret_is_a_finding_and_not_the_end(here: Settings) -> None:
    (here.data_dir / "secret.key").write_text("not a key")
    assert_said(found(here)["secret"], "fail", "is damaged")


def test_a_restore_that_did_not_end_is_said(here: Settings, store: Store) -> None:
    store.archive.begin_restore(system_clock())
    assert_said(found(here)["schema"], "fail", "restore")


@pytest.mark.parametrize(("free", "state"), [(100 << 30, "ok"), (1 << 30, "warn"), (100 << 20, "fail")])
def test_a_disk_that_fills_up_is_said(here: Settings, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert found(here)["disk"].state == state


def test_files_that_others_can_read_are_named(here: Settings) -> None:
    Path(".env").write_text("SECRET_KEY=x\n")
    Path(".env").chmod(0o644)
    assert_said(found(here)["permissions"], "warn", "chmod 600 .env")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root can write everywhere")
def test_a_data_folder_that_cannot_be_written_to_fails(here: Settings) -> None:
    here.data_dir.chmod(0o500)
    try:
        assert found(here)["data folder"].state == "fail"
    finally:
        here.data_dir.chmod(0o700)


def test_a_data_folder_to_be_made_is_fine(settings: Settings, connection: Connection) -> None:
    assert_said(next(doctor._files(settings)), "ok", "the first start makes it")


@pytest.fixture
def occupied() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


def test_a_port_that_is_taken_fails(here: Settings, occupied: int) -> None:
    assert_said(found(replace(here, port=occupied))["port"], "fail", "stop what uses it")


def test_a_port_where_we_answer_is_fine(here: Settings, environ: dict[str, str], tmp_path: Path) -> None:
    with started(environ, tmp_path, "--port", "0") as process:
        port = int(url_of(process).rpartition(":")[2])
        assert_said(found(replace(here, port=port))["port"], "ok", "a Clickstream server answers")


@pytest.mark.parametrize(
    ("host", "proxies", "state"),
    [("127.0.0.1", "", "ok"), ("localhost", "", "ok"), ("0.0.0.0", "", "warn"), ("0.0.0.0", "10.0.0.0/8", "ok")],
)
def test_a_server_open_to_the_world_is_said(here: Settings, host: str, proxies: str, state: str) -> None:
    assert found(replace(here, host=host, trusted_proxies=proxies))["exposure"].state == state


@pytest.mark.parametrize(("port", "code"), [("0", 0), ("occupied", 1)])
def test_the_exit_code_says_whether_something_fails(
    here: Settings, environ: dict[str, str], occupied: int, port: str, code: int
) -> None:
    command = [sys.executable, str(ROOT / "server.py"), "--port", port if port == "0" else str(occupied), "doctor"]
    run = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (code, "")
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in run.stdout.splitlines())
