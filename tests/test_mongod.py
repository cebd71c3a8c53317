"""The database process: shared, found again, stopped by the last one out, and plain about what is wrong."""

from __future__ import annotations

import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern
from pymongo.errors import OperationFailure

from clickstream.errors import StartupError
from clickstream.store.address import PortAddress
from clickstream.store.locks import exclusive, is_free
from clickstream.store.mongod import Mongod, Patience
from clickstream.store.program import find_program

pytestmark = pytest.mark.usefixtures("connection")  # skipped where no mongod starts, as conftest.py says
ROOT = Path(__file__).parent.parent
QUICK = Patience(start=10, answer=0.3, stop=10)

USER = """
import sys
from pathlib import Path
from clickstream.store.mongod import Mongod
with Mongod(Path(sys.argv[1]), cache_gb=0.25) as mongod:
    print(mongod.uri, flush=True)
    sys.stdin.read()
"""

FORKING_USER = """
import os, sys
from pathlib import Path
from clickstream.store.mongod import Mongod
with Mongod(Path(sys.argv[1]), cache_gb=0.25) as mongod:
    print(mongod.uri, flush=True)
    child = os.fork()
    if child == 0:
        sys.stdin.read()
print("left", flush=True)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that goes at once: every database takes 300 MB. Its mongod has stopped when the test is over."""
    with tempfile.TemporaryDirectory(prefix="clickstream-test-") as folder:
        data_dir = Path(folder).resolve() / "data"
        yield data_dir
        assert not lives(data_dir), "the test left a mongod behind"


@pytest.fixture
def start_user(data_dir: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start another program that uses the database until its input ends."""
    with ExitStack() as users:

        def start(program: str = USER) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", program, str(data_dir)]
            user = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            users.enter_context(user)
            users.callback(user.kill)
            return user

        yield start


def said(user: subprocess.Popen[str]) -> str:
    assert user.stdout
    return user.stdout.readline().strip()


def leave(user: subprocess.Popen[str]) -> None:
    assert user.stdin
    user.stdin.close()
    assert user.wait() == 0


def lives(data_dir: Path) -> bool:
    return not is_free(data_dir / "db" / "mongod.lock")


def pid_of(data_dir: Path) -> int:
    return int((data_dir / "db" / "mongod.lock").read_text())


def kill_mongod(data_dir: Path) -> None:
    os.kill(pid_of(data_dir), signal.SIGKILL)
    while lives(data_dir):
        pass


def client_of(mongod: Mongod) -> MongoClient[dict[str, Any]]:
    return MongoClient(mongod.uri, retryWrites=False, serverSelectionTimeoutMS=2000)


def local(data_dir: Path, **options: Any) -> Mongod:
    return Mongod(data_dir, cache_gb=0.25, **options)


def test_it_answers_on_a_socket_that_only_its_owner_can_reach(data_dir: Path) -> None:
    with local(data_dir) as mongod, client_of(mongod) as client:
        assert client.admin.command("ping")["ok"] == 1
        options = client.admin.command("getCmdLineOpts")["parsed"]
        assert options["net"]["bindIp"] == str(data_dir / "run" / "mongod.sock")
        assert options["net"]["port"] == 0
        assert stat.S_IMODE((data_dir / "run").stat().st_mode) == 0o700
        assert stat.S_IMODE((data_dir / "run" / "mongod.sock").stat().st_mode) == 0o600


def test_ctrl_c_in_the_terminal_misses_it(data_dir: Path) -> None:
    with local(data_dir):
        assert os.getsid(pid_of(data_dir)) != os.getsid(0)


def test_the_last_one_out_stops_it(data_dir: Path, start_user: Callable[..., subprocess.Popen[str]]) -> None:
    first, second = start_user(), start_user()
    assert said(first) == said(second) != ""
    mongod = pid_of(data_dir)
    leave(first)
    assert (lives(data_dir), pid_of(data_dir)) == (True, mongod)
    leave(second)
    assert not lives(data_dir)


def test_programs_that_start_together_share_one(data_dir: Path, start_user: Callable[..., subprocess.Popen[str]]) -> None:
    users = [start_user() for _ in range(3)]
    assert len({said(user) for user in users}) == 1
    log = (data_dir / "mongod.log").read_text()
    assert log.count('"Waiting for connections"') == 1
    assert not (data_dir / "mongod.log.1").exists()
    for user in users:
        leave(user)


def test_a_killed_program_leaves_a_database_that_the_next_one_finds(
    data_dir: Path, start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    user = start_user()
    assert said(user)
    user.kill()
    user.wait()
    orphan = pid_of(data_dir)
    assert lives(data_dir)
    with local(data_dir):
        assert pid_of(data_dir) == orphan
    assert not lives(data_dir)


def test_a_forked_child_keeps_it_after_its_parent_left(
    data_dir: Path, start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    parent = start_user(FORKING_USER)
    assert said(parent)
    assert said(parent) == "left"
    parent.wait()
    assert lives(data_dir)
    assert parent.stdin
    parent.stdin.close()
    assert said(parent) == "left"
    assert not lives(data_dir)


def test_a_killed_database_comes_back_with_its_data(data_dir: Path) -> None:
    with local(data_dir) as mongod, client_of(mongod) as client:
        things = client.shop.things.with_options(write_concern=WriteConcern(j=True))
        things.insert_many([{"n": n} for n in range(100)])
        kill_mongod(data_dir)
        mongod.ensure_running()
        assert things.count_documents({}) == 100


def test_many_threads_that_miss_it_start_it_once(data_dir: Path) -> None:
    with local(data_dir) as mongod:
        kill_mongod(data_dir)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: mongod.ensure_running(), range(4)))
        assert '"Waiting for connections"' in (data_dir / "mongod.log").read_text()
        with client_of(mongod) as client:
            assert client.admin.command("serverStatus")["pid"] == pid_of(data_dir)


def test_nobody_restarts_a_database_they_have_left(data_dir: Path) -> None:
    with local(data_dir) as mongod:
        pass
    mongod.ensure_running()
    assert not lives(data_dir)


def test_the_next_program_starts_a_database_that_was_killed(data_dir: Path) -> None:
    with local(data_dir) as mongod, client_of(mongod) as client:
        client.shop.things.with_options(write_concern=WriteConcern(j=True)).insert_one({})
        kill_mongod(data_dir)
    with local(data_dir) as mongod, client_of(mongod) as client:
        assert client.shop.things.count_documents({}) == 1


def test_a_database_that_lost_its_socket_is_replaced(data_dir: Path) -> None:
    with local(data_dir, patience=QUICK) as mongod:
        lost = pid_of(data_dir)
        (data_dir / "run" / "mongod.sock").unlink()
        mongod.ensure_running()
        assert pid_of(data_dir) != lost


def test_a_database_that_lost_its_socket_is_left_to_those_who_still_use_it(data_dir: Path) -> None:
    with local(data_dir) as other, client_of(other) as client:
        client.admin.command("ping")
        (data_dir / "run" / "mongod.sock").unlink()
        with pytest.raises(StartupError, match="other programs use it: stop them"):
            local(data_dir, patience=QUICK).__enter__()
        assert client.admin.command("ping")["ok"] == 1


@pytest.mark.parametrize("name", ["a" * 120, "one,two", "ünï cödé 100%"], ids=["long", "comma", "unicode"])
def test_any_path_will_do(data_dir: Path, name: str) -> None:
    with local(data_dir / name) as mongod, client_of(mongod) as client:
        assert client.admin.command("ping")["ok"] == 1
        with local(data_dir / name) as joined:
            assert joined.uri == mongod.uri
    assert not lives(data_dir / name)


def test_a_port_with_a_password_serves_where_there_are_no_sockets(data_dir: Path) -> None:
    for _ in range(2):
        with local(data_dir, address_for=PortAddress.for_data) as mongod, client_of(mongod) as client:
            assert client.shop.things.insert_one({}).acknowledged
            port = client.address[1] if client.address else 0
            with MongoClient[dict[str, Any]]("127.0.0.1", port) as stranger, pytest.raises(OperationFailure):
                stranger.shop.things.find_one()
    assert stat.S_IMODE((data_dir / "mongod.json").stat().st_mode) == 0o600


# Faults


def refusal(data_dir: Path, **options: Any) -> str:
    """The sentence a start fails with."""
    with pytest.raises(StartupError) as raised, local(data_dir, **options):
        pass
    assert "\n" not in raised.value.message
    assert raised.value.message.endswith(".")
    return raised.value.message


def test_a_file_in_place_of_the_data_folder(data_dir: Path) -> None:
    data_dir.touch()
    assert "make it writable, or set DATA_DIR to another folder" in refusal(data_dir)
    assert "(Not a directory)" in refusal(data_dir / "deeper")


def test_a_data_folder_in_which_nothing_can_be_written() -> None:
    assert "make it writable, or set DATA_DIR to another folder" in refusal(Path("/proc/1/clickstream"))


def test_a_socket_folder_that_others_can_open(data_dir: Path) -> None:
    (data_dir / "run").mkdir(parents=True)
    (data_dir / "run").chmod(0o755)
    assert f"run `chmod 700 {data_dir / 'run'}`" in refusal(data_dir)


def test_a_socket_folder_that_is_a_link(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "run").symlink_to(data_dir)
    assert f"{data_dir / 'run'} is not a folder: remove it" in refusal(data_dir)


def test_no_mongod_anywhere(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "path", [str(ROOT)])
    assert "`pip install -r requirements.txt`" in refusal(data_dir)


def test_a_mongod_bin_that_is_no_program(data_dir: Path) -> None:
    assert "MONGOD_BIN=/nowhere/mongod is not a program" in refusal(data_dir, mongod_bin="/nowhere/mongod")


def test_mongod_bin_comes_before_the_bundled_one(tmp_path: Path) -> None:
    named = fake_mongod(tmp_path, exit_code=0)
    assert find_program(named) == Path(named)
    assert find_program("").parts[-4:] == ("fiftyone", "db", "bin", "mongod")


def fake_mongod(
    folder: Path, *, exit_code: int, printed: str = "", logged: str = "", version: str = "6.0.5", hangs: bool = False
) -> str:
    """A program that fails as a mongod did when its output was recorded."""
    program = folder / "fake-mongod"
    program.write_text(
        f"""#!/bin/sh
if [ "$1" = --version ]; then echo "db version v{version}"; exit 0; fi
while [ $# -gt 0 ]; do if [ "$1" = --logpath ]; then log=$2; fi; shift; done
printf %s {shlex.quote(logged)} > "$log"
printf %s {shlex.quote(printed)}
{"exec sleep 60" if hangs else f"exit {exit_code}"}
"""
    )
    program.chmod(0o700)
    return str(program)


FORKED = "about to fork child process, waiting until server is ready for connections.\nERROR: child process failed\n"
ERROR = '{"t":{"$date":"2026-11-20T11:01:47.434+00:00"},"s":"E","c":"CONTROL","id":20557,"msg":"DBException","attr":'
OTHER_VERSION = (
    '{"s":"F","c":"CONTROL","id":20573,"msg":"Wrong mongod version","attr":{"error":"UPGRADE PROBLEM: Found an invalid '
    "featureCompatibilityVersion document (ERROR: Location4926900: Invalid featureCompatibilityVersion document in "
    'admin.system.version: { _id: \\"featureCompatibilityVersion\\", version: \\"4.4\\" }. See https://docs.mongodb.com'
    "/master/release-notes/5.0-compatibility/#feature-compatibility. :: caused by :: Invalid feature compatibility "
    "version value, expected '5.0' or '5.3' or '6.0\"}}"
)
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "libcurl4 is missing": (
        {
            "exit_code": 127,
            "printed": "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file: "
            "No such file or directory\n",
        },
        r"needs the library libcurl\.so\.4: install libcurl4 .*`apt-get install libcurl4`",
    ),
    "another library is missing": (
        {"exit_code": 127, "printed": "mongod: error while loading shared libraries: libcrypto.so.1.1: cannot open\n"},
        r"needs the library libcrypto\.so\.1\.1, which this system lacks",
    ),
    "the disk is full": (
        {
            "exit_code": 14,
            "printed": FORKED,
            "logged": '{"s":"F","c":"STORAGE","id":28595,"msg":"Terminating.","attr":'
            '{"reason":"28: No space left on device"}}',
        },
        r"The disk that holds .* is full: free some space",
    ),
    "data of another version": (
        {"exit_code": 62, "printed": FORKED, "logged": OTHER_VERSION},
        r"was written by MongoDB 4\.4, which .*fake-mongod cannot open: set MONGOD_BIN to a mongod of that version",
    ),
    "data of an unknown version": (
        {"exit_code": 62, "printed": FORKED, "logged": "UPGRADE PROBLEM: something new"},
        r"was written by another version of MongoDB",
    ),
    "someone else's mongod has the data": (
        {
            "exit_code": 100,
            "printed": FORKED,
            "logged": f'{ERROR}{{"error":"DBPathInUse: Unable to lock the lock file: /d/mongod.lock (Resource '
            'temporarily unavailable). Another mongod instance is already running on the /d directory"}}',
        },
        r"Another program runs a mongod on the data in .*: stop it",
    ),
    "files of another user": (
        {
            "exit_code": 100,
            "printed": FORKED,
            "logged": f'{ERROR}{{"error":"IllegalOperation: Attempted to create a lock file on a read-only directory"}}',
        },
        r"holds files that you may not write: make them yours",
    ),
    "a disk without sockets": (
        {
            "exit_code": 48,
            "printed": FORKED,
            "logged": '{"s":"E","id":20568,"msg":"Error setting up listener","attr":{"error":{"code":9001,'
            '"codeName":"SocketException","errmsg":"Permission denied"}}}',
        },
        r"cannot hold a unix socket: set DATA_DIR",
    ),
    "damaged files": (
        {
            "exit_code": 14,
            "printed": FORKED,
            "logged": '{"s":"F","id":50944,"msg":"Please read the documentation for starting MongoDB with --repair here"}',
        },
        r"are damaged: restore a backup, or try `.*fake-mongod --repair --dbpath .*/db`",
    ),
    "anything else": (
        {"exit_code": 3, "printed": FORKED, "logged": "{}"},
        r"fake-mongod stopped while starting \(exit 3\): .*/mongod\.log says why",
    ),
    "too old": (
        {"exit_code": 0, "version": "4.4.2"},
        r"is MongoDB 4\.4, and 6\.0 or newer is needed: set MONGOD_BIN to a newer one",
    ),
    "no mongod at all": (
        {"exit_code": 0, "version": "?"},
        r"fake-mongod stopped while starting \(exit 0\)",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mongod_that_fails_is_explained(data_dir: Path, tmp_path: Path, fault: str) -> None:
    behaviour, sentence = FAULTS[fault]
    program = fake_mongod(tmp_path, **behaviour)
    assert re.search(sentence, refusal(data_dir, mongod_bin=program))


def test_a_start_that_takes_too_long_points_to_the_log(data_dir: Path, tmp_path: Path) -> None:
    program = fake_mongod(tmp_path, exit_code=0, hangs=True)
    message = refusal(data_dir, mongod_bin=program, patience=Patience(start=0.3))
    assert message == f"{program} did not start within 0.3 s: see {data_dir / 'mongod.log'}."


def test_a_start_that_another_program_never_ends(data_dir: Path) -> None:
    data_dir.mkdir()
    with exclusive(data_dir / "start.lock", timeout_seconds=1):
        message = refusal(data_dir, patience=Patience(start=0.1, answer=0.1))
    assert "Another program has been starting the database" in message


def test_a_program_for_another_machine(data_dir: Path, tmp_path: Path) -> None:
    program = tmp_path / "mongod"
    program.write_bytes(b"\x7fELF not for here")
    program.chmod(0o700)
    assert "cannot be run (Exec format error)" in refusal(data_dir, mongod_bin=str(program))


def test_a_failed_start_can_be_tried_again(data_dir: Path, tmp_path: Path) -> None:
    refusal(data_dir, mongod_bin=fake_mongod(tmp_path, exit_code=14))
    with local(data_dir) as mongod, client_of(mongod) as client:
        assert client.admin.command("ping")["ok"] == 1
