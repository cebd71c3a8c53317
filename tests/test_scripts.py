"""All scripts alike: help with examples, exit codes, errors in one sentence, Ctrl-C in the middle of work."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from rollup_check import Rig
from shop_check import Shop
from test_crash import eventually
from test_startup import ROOT, started, url_of

from clickstream import cleanup
from clickstream.clock import system_clock
from clickstream.commandline import EXIT_CODES
from clickstream.ingest import Collector
from clickstream.passwords import Passwords
from clickstream.settings import read_settings
from clickstream.store import Store
from clickstream.store.users import User
from tests.conftest import NOWHERE, FakeClock

Documents = Database[dict[str, Any]]

SCRIPTS = {
    "server": ["--port", "0"],
    "ingest": ["events.ndjson"],
    "simple_analysis": [],
    "analysis": [],
    "openrouter_client": ["--base-url", f"http://{NOWHERE}/v1", "--check"],
    "seed_products": [],
    "seed_realistic_data": ["--days", "1", "--user-count", "1"],
    "seed_demo_data": ["--days", "1", "--user-count", "1"],
    "simulate_clickstream": ["--url", f"http://{NOWHERE}", "--key", "wk_x"],
    "cleanup_demo_data": ["--dry-run"],
}
"""With arguments that need what the script works with."""
WITHOUT_DATABASE = {"openrouter_client", "simulate_clickstream"}
ON_THE_DATABASE = [name for name in SCRIPTS if name not in WITHOUT_DATABASE]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv)
    (tmp_path / "events.ndjson").write_text('{"event_type": "pageview", "client_id": "c1"}\n')


def code_of(name: str, arguments: Sequence[str]) -> int:
    """The exit code of a script, which a few leave by raising it."""
    try:
        return int(import_module(name).main(arguments))
    except SystemExit as stopped:
        return int(stopped.code or 0)


def check_one_sentence(told: str, name: str) -> str:
    lines = told.splitlines()
    if name == "seed_demo_data":
        assert lines.pop(0).startswith("seed_demo_data.py is deprecated")
    assert len(lines) == 1, told
    return lines[0]


def test_they_are_all_here() -> None:
    assert set(SCRIPTS) == {path.stem for path in ROOT.glob("*.py")}


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_says_what_it_does_with_examples_and_exit_codes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(name, ["--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    shown = "seed_realistic_data" if name == "seed_demo_data" else name
    _, _, examples = told.partition("examples:")
    assert examples.count(f"python {shown}.py") >= 2
    assert all(f"{code} {meaning}" in told for code, meaning in EXIT_CODES.items())


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_option_is_exit_code_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(name, [*SCRIPTS[name], "--colour"]) == 2
    told = capsys.readouterr()
    assert "--colour" in told.err
    assert told.out == ""


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_does_not_answer_is_one_sentence_and_exit_code_1(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MONGO_URI", f"mongodb://{NOWHERE}/?serverSelectionTimeoutMS=200")
    assert code_of(name, SCRIPTS[name]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    if name == "openrouter_client":  # whose second line is the provider's own
        assert "Traceback" not in told.err
    else:
        check_one_sentence(told.err, name)


@pytest.mark.parametrize("name", ON_THE_DATABASE)
@pytest.mark.parametrize(("variable", "value"), [("TIME_ZONE", "Mars/Olympus"), ("MONGO_CACHE_GB", "much")])
def test_a_bad_setting_is_named_and_exit_code_1(
    name: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    assert code_of(name, SCRIPTS[name]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert check_one_sentence(told.err, name).startswith(f"{variable}='{value}'")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_dotenv_that_is_no_text_is_one_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(".env").write_bytes(b"CURRENCY=\xff\xfe\n")
    assert code_of(name, SCRIPTS[name]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert check_one_sentence(told.err, name).startswith("The file .env cannot be read")


@pytest.mark.parametrize("name", ON_THE_DATABASE)
def test_a_data_folder_that_is_a_file_is_one_sentence(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("data").write_text("not a folder")
    monkeypatch.setenv("DATA_DIR", "data")
    monkeypatch.setattr(import_module("clickstream.store.connect"), "_mongodb_on", lambda address: False)
    assert code_of(name, SCRIPTS[name]) == 1
    check_one_sentence(capsys.readouterr().err, name)


@pytest.mark.parametrize("arguments", [["none.csv"], ["."], ["secret.csv"]])
def test_a_file_that_cannot_be_read_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    if arguments == ["secret.csv"]:
        Path("secret.csv").symlink_to("secret.csv")
    assert code_of("ingest", [*arguments, "--dry-run"]) == 1
    check_one_sentence(capsys.readouterr().err, "ingest")


# Ctrl-C and kill -9 in the middle of work, by processes that work in small steps


@contextmanager
def working(
    environ: dict[str, str], folder: Path, name: str, patch: str, *arguments: str
) -> Iterator[subprocess.Popen[str]]:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); {patch}; import {name}; sys.exit({name}.main({list(arguments)}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=environ,
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def interrupted(process: subprocess.Popen[str], begun: Callable[[], object], number: signal.Signals) -> str:
    """Ends it once it has begun; what it said on standard error."""
    eventually(lambda: begun() or process.poll() is not None)
    process.send_signal(number)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == (130 if number == signal.SIGINT else -number), errors
    assert "Traceback" not in errors
    return errors


def rig_of(store: Store, database: Documents) -> Rig:
    return Rig(Shop(database.name, store, read_settings({}), FakeClock(system_clock())), database)


def check_complete(rig: Rig) -> None:
    assert rig.store.changes.pending() == set()
    rig.check()
    assert rig.derived() == rig.afresh()


def clicks(count: int) -> list[dict[str, Any]]:
    now = system_clock().timestamp()
    return [
        {
            "event_id": f"e{n}",
            "event_type": "pageview",
            "client_id": f"c{n % 97}",
            "timestamp": now - 90 * 60 + n,
            "page": f"/{n % 7}",
            "source": "simulation" if n % 3 else "newsletter",
        }
        for n in range(count)
    ]


ENDS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill -9"])


@ENDS
def test_ingest_goes_on_where_it_was_stopped(
    store: Store, database: Documents, environ: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "log.ndjson").write_text("".join(json.dumps(event) + "\n" for event in clicks(3_000)))
    small = "from clickstream.ingest import loading; loading.BATCH_ROWS = 5"
    with working(environ, tmp_path, "ingest", small, "log.ndjson") as process:
        told = interrupted(process, lambda: store.events.count("live") > 20, number)
    stored = store.events.count("live")
    assert 20 < stored < 3_000
    if found := re.search(r"Stopped. ([\d,]+) new events are stored", told):
        assert int(found[1].replace(",", "")) <= stored
    else:
        assert number == signal.SIGKILL
    assert code_of_process("ingest", environ, tmp_path, "log.ndjson") == 0
    assert store.events.count("live") == 3_000
    expire_marks(database)
    rig = rig_of(store, database)
    rig.shop.catch_up()
    check_complete(rig)


@ENDS
def test_seeding_goes_on_where_it_was_stopped(
    store: Store, database: Documents, environ: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    shop = ["--days", "3", "--user-count", "9", "--seed-products", "--until", "2026-03-01"]
    small = "from clickstream import seeding; seeding.BATCH_EVENTS = 5"
    with working(environ, tmp_path, "seed_realistic_data", small, *shop) as process:
        told = interrupted(process, lambda: store.events.count("live") > 20, number)
    assert ("The same command goes on from here." in told) == (number == signal.SIGINT)
    stored = {event["event_id"] for event in database.events.find({}, {"event_id": 1})}
    assert code_of_process("seed_realistic_data", environ, tmp_path, *shop) == 0
    everything = {event["event_id"] for event in database.events.find({}, {"event_id": 1})}
    assert 20 < len(stored) < len(everything)
    database.events.delete_many({})
    assert code_of_process("seed_realistic_data", environ, tmp_path, *shop) == 0
    assert stored < everything == {event["event_id"] for event in database.events.find({}, {"event_id": 1})}


@ENDS
@pytest.mark.parametrize("step", ["tag", "delete"])
def test_cleaning_goes_on_where_it_was_stopped(
    store: Store, database: Documents, environ: dict[str, str], tmp_path: Path, *, step: str, number: signal.Signals
) -> None:
    Collector(store, system_clock).collect(clicks(3_000))
    rig = rig_of(store, database)
    arguments: list[str] = []
    if step == "delete":
        cleanup.tag(store, "live")
        arguments = ["--delete", "--yes"]
    rig.shop.catch_up()
    tagged: Callable[[], int] = lambda: database.events.count_documents({"flag.noisy": True})  # noqa: E731
    begun = {"tag": lambda: tagged() > 10, "delete": lambda: tagged() < 1_990}[step]
    small = "from clickstream import cleanup; cleanup.WRITTEN_TOGETHER = 5"
    with working(environ, tmp_path, "cleanup_demo_data", small, *arguments) as process:
        told = interrupted(process, begun, number)
    assert 0 < tagged() < 2_000
    assert ("run it again for the rest" in told) == (number == signal.SIGINT)
    expire_marks(database)
    rig.shop.catch_up()
    check_complete(rig)

    assert code_of_process("cleanup_demo_data", environ, tmp_path, *arguments) == 0
    assert (tagged(), store.events.count("live")) == {"tag": (2_000, 3_000), "delete": (0, 1_000)}[step]
    assert database.events.count_documents({"properties.source": "newsletter"}) == 1_000
    check_complete(rig)


def expire_marks(database: Documents) -> None:
    """A minute later, the marks of the killed are taken."""
    database.changes.update_many({}, {"$set": {"opened_at": system_clock().replace(year=2020)}})


def code_of_process(name: str, environ: dict[str, str], folder: Path, *arguments: str) -> int:
    command = [sys.executable, str(ROOT / f"{name}.py"), *arguments]
    done = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr
    return done.returncode


# The story of the data scripts


def test_the_data_scripts_run_one_after_the_other_as_they_are_printed(
    store: Store, database: Documents, environ: dict[str, str], tmp_path: Path
) -> None:
    def call(line: str, **more: str) -> str:
        script, *arguments = line.split()[1:]
        command = [sys.executable, str(ROOT / script), *arguments]
        done = subprocess.run(
            command, env={**environ, **more}, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=180
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def count(**wanted: Any) -> int:
        return database.events.count_documents({name.replace("__", "."): value for name, value in wanted.items()})

    assert call("python seed_products.py") == "Catalogue: 143 new, 0 changed, 0 unchanged.\n"
    shop = "--days 7 --user-count 25 --sessions-per-user 5 --avg-events 7 --seed-products"
    assert "The shop now has" in call(f"python seed_realistic_data.py {shop}")
    alice = "--username alice --days 5 --sessions-per-user 3 --avg-events 6 --seed-products"
    assert "alice now has" in call(f"python seed_realistic_data.py {alice}")
    assert "0 were refused" in call("python seed_demo_data.py --days 1 --user-count 3")
    good = count(properties__source="realistic_seed")
    assert good == count() > 5_000

    store.users.add(User("owner", Passwords().hash("correct horse battery"), "owner", "active", system_clock()))
    with started({**environ, "LOG_LEVEL": "ERROR"}, tmp_path, "--port", "0") as server:
        line = f"python simulate_clickstream.py --url {url_of(server)} --username owner --rate 50 --minutes 0.05"
        assert "not delivered             0" in call(line, CLICKSTREAM_PASSWORD="correct horse battery")
    simulated = count(properties__source="simulation")
    assert simulated == count() - good > 0

    rig = rig_of(store, database)
    rig.shop.catch_up()
    rig.check()
    noisy = re.search(r"events, 0 tagged, ([\d,]+) to tag", call("python cleanup_demo_data.py --dry-run"))
    assert noisy and int(noisy[1]) >= simulated
    assert count(flag__noisy=True) == 0
    call("python cleanup_demo_data.py --since-days 1")
    call("python cleanup_demo_data.py")
    assert count(flag__noisy=True) == int(noisy[1])
    rig.check()
    call("python cleanup_demo_data.py --delete --yes")
    assert (count(), count(flag__noisy=True)) == (good + simulated - int(noisy[1]), 0)
    rig.check()
