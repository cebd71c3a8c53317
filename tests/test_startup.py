"""server.py as people start it: in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

import server

ROOT = Path(__file__).parent.parent


@contextmanager
def started(environ: dict[str, str], folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(ROOT / "server.py"), *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://localhost:\d+", line):
            return found[0]
    raise AssertionError(process.stderr and process.stderr.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_answers_and_stops_when_told(
    environ: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    with started(environ, tmp_path, "--port", "0") as process:
        url = url_of(process)
        for path in ("/health", "/ready"):
            with urlopen(f"{url}{path}", timeout=10) as answer:
                assert answer.status == 200
        process.send_signal(number)
        _, errors = process.communicate(timeout=15)
    assert process.returncode == 0
    assert " GET /ready 200 " in errors
    assert "Traceback" not in errors


def test_it_says_which_database_it_uses(environ: dict[str, str], tmp_path: Path) -> None:
    with started(environ, tmp_path, "--port", "0") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Database: ")


def test_a_port_in_use_is_one_sentence_and_starts_no_database(environ: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with started(environ, tmp_path, "--port", port) as process:
            output, errors = process.communicate(timeout=15)
    assert (process.returncode, output) == (1, "")
    assert errors == f"Port {port} is in use by another program; stop it or choose another with --port or PORT.\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("TOKEN_DAYS", "0"), ("TIME_ZONE", "Mars/Olympus")])
def test_a_bad_setting_stops_the_start_and_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert server.main([]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{name}='{value}'" in printed.err
    assert len(printed.err.splitlines()) == 1


def test_the_command_line_wins_over_dotenv(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1\nHOST=203.0.113.1\nLOG_LEVEL=WARNING\n")
    with started(environ, tmp_path, "--port", "0", "--host", "127.0.0.1") as process:
        with urlopen(f"{url_of(process)}/health", timeout=10) as answer:
            assert json.load(answer)["status"] == "ok"
        process.terminate()
        _, errors = process.communicate(timeout=15)
    assert "GET /health" not in errors
