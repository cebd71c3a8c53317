"""The database process: shared, found again, stopped by the last one out, and plain about what is wrong."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import lives, own_mongod
from pymongo import MongoClient, WriteConcern
from pymongo.errors import OperationFailure

from clickstream.errors import StartupError
from clickstream.store.address import PortAddress
from clickstream.store.mongod import Mongod, Patience

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


def pid_of(data_dir: Path) -> int:
    return int((data_dir / "db" / "mongod.lock").read_text())


def kill_mongod(data_dir: Path) -> None:
    os.kill(pid_of(data_dir), signal.SIGKILL)
    while lives(data_dir):
        pass


def client_of(mongod: Mongod) -> MongoClient[dict[str, Any]]:
    return MongoClient(mongod.uri, retryWrites=False, serverSelectionTimeoutMS=2000)


def test_it_answers_on_a_socket_that_only_its_owner_can_reach(data_dir: Path) -> None:
    with own_mongod(data_dir) as mongod, client_of(mongod) as client:
        assert client.admin.command("ping")["ok"] == 1
        options = client.admin.command("getCmdLineOpts")["parsed"]
        assert options["net"]["bindIp"] == str(data_dir / "run" / "mongod.sock")
        assert options["net"]["port"] == 0
        assert stat.S_IMODE((data_dir / "run").stat().st_mode) == 0o700
        assert stat.S_IMODE((data_dir / "run" / "mongod.sock").stat().st_mode) == 0o600


def test_ctrl_c_in_the_terminal_misses_it(data_dir: Path) -> None:
    with own_mongod(data_dir):
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
    with own_mongod(data_dir):
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
    with own_mongod(data_dir) as mongod, client_of(mongod) as client:
        things = client.shop.things.with_options(write_concern=WriteConcern(j=True))
        things.insert_many([{"n": n} for n in range(100)])
        kill_mongod(data_dir)
        mongod.ensure_running()
        assert things.count_documents({}) == 100


def test_many_threads_that_miss_it_start_it_once(data_dir: Path) -> None:
    with own_mongod(data_dir) as mongod:
        kill_mongod(data_dir)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: mongod.ensure_running(), range(4)))
        assert '"Waiting for connections"' in (data_dir / "mongod.log").read_text()
        with client_of(mongod) as client:
            assert client.admin.command("serverStatus")["pid"] == pid_of(data_dir)


def test_nobody_restarts_a_database_they_have_left(data_dir: Path) -> None:
    with own_mongod(data_dir) as mongod:
        pass
    mongod.ensure_running()
    assert not lives(data_dir)


def test_the_next_program_starts_a_database_that_was_killed(data_dir: Path) -> None:
    with own_mongod(data_dir) as mongod, client_of(mongod) as client:
        client.shop.things.with_options(write_concern=WriteConcern(j=True)).insert_one({})
        kill_mongod(data_dir)
    with own_mongod(data_dir) as mongod, client_of(mongod) as client:
        assert client.shop.things.count_documents({}) == 1


def test_a_database_that_lost_its_socket_is_replaced(data_dir: Path) -> None:
    with own_mongod(data_dir, patience=QUICK) as mongod:
        lost = pid_of(data_dir)
        (data_dir / "run" / "mongod.sock").unlink()
        mongod.ensure_running()
        assert pid_of(data_dir) != lost


def test_a_database_that_lost_its_socket_is_left_to_those_who_still_use_it(data_dir: Path) -> None:
    with own_mongod(data_dir) as other, client_of(other) as client:
        client.admin.command("ping")
        (data_dir / "run" / "mongod.sock").unlink()
        with pytest.raises(StartupError, match="other programs use it: stop them"):
            own_mongod(data_dir, patience=QUICK).__enter__()
        assert client.admin.command("ping")["ok"] == 1


@pytest.mark.parametrize("name", ["a" * 120, "one,two", "ünï cödé 100%"], ids=["long", "comma", "unicode"])
def test_any_path_will_do(data_dir: Path, name: str) -> None:
    with own_mongod(data_dir / name) as mongod, client_of(mongod) as client:
        assert client.admin.command("ping")["ok"] == 1
        with own_mongod(data_dir / name) as joined:
            assert joined.uri == mongod.uri
    assert not lives(data_dir / name)


def test_a_port_with_a_password_serves_where_there_are_no_sockets(data_dir: Path) -> None:
    for _ in range(2):
        with own_mongod(data_dir, address_for=PortAddress.for_data) as mongod, client_of(mongod) as client:
            assert client.shop.things.insert_one({}).acknowledged
            port = client.address[1] if client.address else 0
            with MongoClient[dict[str, Any]]("127.0.0.1", port) as stranger, pytest.raises(OperationFailure):
                stranger.shop.things.find_one()
    assert stat.S_IMODE((data_dir / "mongod.json").stat().st_mode) == 0o600
