"""Backup and restore: the same numbers afterwards, nothing from a damaged file, nothing into a full database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from zipfile import ZipFile

import golden_shop
import pytest
from conftest import FakeClock
from rollup_check import NOW, Killed, Rig, rigged

from clickstream.analysis.run import Request as AnalysisRequest
from clickstream.analysis.run import enqueue
from clickstream.catalog import Product
from clickstream.errors import Conflict, StartupError
from clickstream.ingest import Collector
from clickstream.operations.backup import MANIFEST, BackupUnusable, Manifest, back_up, read_manifest
from clickstream.operations.restore import restore
from clickstream.scope import Scope
from clickstream.store import Store, open_store
from clickstream.store.archive import COLLECTIONS, Archive
from clickstream.store.collections import INDEXES, NOT_KEPT
from clickstream.store.connect import Connection
from clickstream.store.users import User

ROOT = Path(__file__).parent.parent


def silent(line: str) -> None:
    """What is said is not looked at here."""


@pytest.fixture
def full(connection: Connection) -> Iterator[Rig]:
    """A shop with a bit of everything."""
    with rigged(connection) as rig:
        rig.shop.receive(golden_shop.EVENTS)
        rig.shop.catch_up()
        rig.store.products.upsert([Product(product_id="mug", name="Mug", category="kitchen", price=5.0, currency="EUR")])
        rig.store.users.add(User("alice", "-", "owner", "active", rig.clock()))
        scope = Scope(dataset="live", as_of=rig.clock())
        enqueue(rig.store, rig.clock, AnalysisRequest(scope, "alice", "store", ""))
        yield rig


@pytest.fixture
def empty(connection: Connection) -> Iterator[Rig]:
    with rigged(connection) as rig:
        yield rig


def saved(rig: Rig, tmp_path: Path, name: str = "shop.zip") -> Path:
    back_up(rig.store, tmp_path / name, rig.clock, silent)
    return tmp_path / name


def put_back(rig: Rig, path: Path, store: Store | None = None) -> Manifest:
    return restore(store or rig.store, rig.settings, path, rig.clock, silent)


def kept(rig: Rig) -> dict[str, list[object]]:
    names = [name for name in COLLECTIONS if name not in ("rollup_state", "sessions")]
    return {name: list(rig.database[name].find().sort("_id", 1)) for name in names}


def test_a_round_trip_gives_the_same_documents_and_the_same_numbers(full: Rig, empty: Rig, tmp_path: Path) -> None:
    manifest = put_back(empty, saved(full, tmp_path))
    assert manifest.collections["events"].documents == len(golden_shop.EVENTS)
    assert kept(empty) == kept(full)
    assert empty.derived() == full.derived()
    empty.shop.batches = full.shop.batches
    empty.check()
    assert empty.watermark() > full.watermark()


def test_life_goes_on_in_a_restored_shop(full: Rig, empty: Rig, tmp_path: Path) -> None:
    put_back(empty, saved(full, tmp_path))
    for rig in (full, empty):
        rig.clock.now = NOW + timedelta(hours=1)
        rig.shop.receive([{"event_id": "later", "event_type": "pageview", "client_id": "ca", "page": "/again"}])
        rig.shop.catch_up()
    assert empty.derived() == full.derived()


def test_a_backup_of_an_empty_database_restores_to_an_empty_one(empty: Rig, tmp_path: Path) -> None:
    manifest = put_back(empty, saved(empty, tmp_path))
    assert sum(part.documents for part in manifest.collections.values()) == 0
    assert not empty.store.archive.is_restoring()


def test_every_collection_is_kept_or_said_not_to_be() -> None:
    assert {*COLLECTIONS, *NOT_KEPT} == set(INDEXES)


def test_events_that_arrive_meanwhile_do_no_harm(full: Rig, empty: Rig, tmp_path: Path) -> None:
    class Busy(Archive):
        def read(self, name: str) -> Iterator[bytes]:
            rig = full
            Collector(rig.store, rig.clock).collect([{"event_type": "pageview", "client_id": f"new-{name}"}])
            yield from super().read(name)

    full.store.archive = Busy(full.database)
    put_back(empty, saved(full, tmp_path))
    events = {event["event_id"] for event in empty.database.events.find()}
    assert events >= {event["event_id"] for event in golden_shop.EVENTS}


def test_a_backup_never_overwrites_a_file(full: Rig, tmp_path: Path) -> None:
    path = saved(full, tmp_path)
    with pytest.raises(Conflict, match="is there already"):
        saved(full, tmp_path)
    assert read_manifest(path)


def test_a_folder_that_cannot_be_written_to_is_one_sentence(full: Rig, tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="cannot be written"):
        saved(full, tmp_path / "nowhere")


def test_only_its_owner_can_read_a_backup(full: Rig, tmp_path: Path) -> None:
    assert saved(full, tmp_path).stat().st_mode & 0o777 == 0o600


def test_a_backup_that_was_killed_leaves_no_file_of_that_name(full: Rig, tmp_path: Path) -> None:
    class Dying(Archive):
        def read(self, name: str) -> Iterator[bytes]:
            yield from super().read(name)
            if name == "products":
                raise Killed

    full.store.archive, whole = Dying(full.database), full.store.archive
    with pytest.raises(Killed):
        saved(full, tmp_path)
    assert not (tmp_path / "shop.zip").exists()
    full.store.archive = whole
    assert read_manifest(saved(full, tmp_path))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused_before_anything_is_written(full: Rig, empty: Rig, tmp_path: Path, share: float) -> None:
    path = saved(full, tmp_path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert_refused(empty, path)


def test_a_file_with_any_altered_byte_is_refused_or_just_the_same(full: Rig, empty: Rig, tmp_path: Path) -> None:
    path, rng = saved(full, tmp_path), Random(7)
    content, manifest = path.read_bytes(), read_manifest(path)
    for _ in range(300):
        position = rng.randrange(len(content))
        altered = content[:position] + bytes([content[position] ^ (1 << rng.randrange(8))]) + content[position + 1 :]
        path.write_bytes(altered)
        try:
            assert read_manifest(path) == manifest
        except BackupUnusable as error:
            assert error.message.endswith(".")
    assert empty.database.events.count_documents({}) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"format": "mongodump"}, "not a backup of Clickstream's", id="another program's"),
        pytest.param({"format_version": 2}, "update this one", id="of a later format"),
        pytest.param({"schema_version": 99}, "update this one", id="of a later schema"),
        pytest.param({"color": "red"}, "not a backup of Clickstream's", id="of an unknown field"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    full: Rig, empty: Rig, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path, copy = saved(full, tmp_path), tmp_path / "copy.zip"
    with ZipFile(path) as old, ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, json.dumps(json.loads(content) | change) if name == MANIFEST else content)
    assert_refused(empty, copy, said)


def test_a_document_taken_out_is_noticed(full: Rig, empty: Rig, tmp_path: Path) -> None:
    path, copy = saved(full, tmp_path), tmp_path / "copy.zip"
    with ZipFile(path) as old, ZipFile(copy, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"" if name == "products.bson" else old.read(name))
    assert_refused(empty, copy, "products is not what it says it holds")


def test_no_file_is_one_sentence(empty: Rig, tmp_path: Path) -> None:
    assert_refused(empty, tmp_path / "nothing.zip", "There is no file")


def assert_refused(rig: Rig, path: Path, said: str | None = None) -> None:
    with pytest.raises(BackupUnusable, match=said):
        put_back(rig, path)
    assert rig.store.archive.occupied() is None
    assert not rig.store.archive.is_restoring()


def test_a_database_that_is_not_empty_is_left_alone(full: Rig, tmp_path: Path) -> None:
    path, before = saved(full, tmp_path), full.everything()
    with pytest.raises(Conflict, match="not empty"):
        put_back(full, path)
    assert full.everything() == before


def interrupted(rig: Rig, path: Path, after: int) -> None:
    class Dying(Archive):
        inserted = 0

        def insert(self, name: str, documents: Sequence[bytes]) -> None:
            if self.inserted == after:
                raise Killed
            self.inserted += 1
            super().insert(name, documents)

    store = Store(rig.database, describe="dies")
    store.archive = Dying(rig.database)
    with pytest.raises(Killed):
        put_back(rig, path, store)


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_restore_killed_halfway_keeps_the_server_out_and_is_started_anew(
    full: Rig, empty: Rig, connection: Connection, tmp_path: Path, after: int
) -> None:
    path = saved(full, tmp_path)
    interrupted(empty, path, after)
    settings = replace(empty.settings, mongo_uri=connection.uri, mongo_db=empty.database.name)
    with pytest.raises(StartupError, match="A restore into this database has not ended"), open_store(settings):
        pass
    put_back(empty, path)
    assert kept(empty) == kept(full)
    assert empty.derived() == full.derived()
    with open_store(settings) as store:
        assert store.events.count("live") == len(golden_shop.EVENTS)


def test_somebody_who_writes_meanwhile_is_noticed(full: Rig, empty: Rig, tmp_path: Path) -> None:
    class Visited(Archive):
        def count(self, name: str) -> int:
            if not empty.store.users.find("mallory"):
                empty.store.users.add(User("mallory", "-", "owner", "active", FakeClock(empty.clock())()))
            return super().count(name)

    path = saved(full, tmp_path)
    empty.store.archive = Visited(empty.database)
    with pytest.raises(BackupUnusable, match="users has 2 documents instead of 1"):
        put_back(empty, path)
    assert empty.store.archive.is_restoring()


def test_the_commands_say_what_they_did(full: Rig, connection: Connection, tmp_path: Path) -> None:
    other = f"{full.database.name}_other"
    base = {"MONGO_URI": connection.uri, "DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def run(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "server.py"), *arguments]
        environ = {**base, "MONGO_DB": database}
        return subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    try:
        backup = run(full.database.name, "backup", "shop.zip")
        assert (backup.returncode, backup.stderr) == (0, "")
        assert f"events: {len(golden_shop.EVENTS)}" in backup.stdout
        restored = run(other, "restore", "shop.zip")
        assert (restored.returncode, restored.stderr) == (0, "")
        recorded = [entry["action"] for entry in connection.client[other].audit.find()]
        assert recorded == ["backup_restored"]
        assert [entry["action"] for entry in full.database.audit.find()] == ["backup_made"]
        again = run(other, "restore", "shop.zip")
        assert (again.returncode, again.stdout.count("\n")) == (1, 1)
        assert again.stderr.startswith("The database is not empty")
    finally:
        connection.client.drop_database(other)
