"""A mongod that cannot start: one sentence says what to do, whatever it printed or logged."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import own_mongod
from pymongo import MongoClient

from clickstream.errors import StartupError
from clickstream.store.locks import exclusive
from clickstream.store.mongod import Patience
from clickstream.store.program import find_program

pytestmark = pytest.mark.usefixtures("connection")  # skipped where no mongod starts, as conftest.py says
ROOT = Path(__file__).parent.parent


def refusal(data_dir: Path, **options: Any) -> str:
    """The sentence a start fails with."""
    with pytest.raises(StartupError) as raised, own_mongod(data_dir, **options):
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
    with own_mongod(data_dir) as mongod, MongoClient[dict[str, Any]](mongod.uri) as client:
        assert client.admin.command("ping")["ok"] == 1
