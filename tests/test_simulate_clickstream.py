"""simulate_clickstream.py against a running server: in processes of their own, as people start them."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from rollup_check import Rig
from shop_check import Shop
from test_crash import eventually
from test_startup import ROOT, started, url_of

import simulate_clickstream
from clickstream.clock import system_clock
from clickstream.passwords import Passwords
from clickstream.settings import read_settings
from clickstream.simulate import sample_products
from clickstream.store import Store
from clickstream.store.users import User
from tests.conftest import FakeClock

OWNER, PASSWORD = "owner", "correct horse battery"
Documents = Database[dict[str, Any]]


@pytest.fixture
def shop(store: Store, environ: dict[str, str]) -> dict[str, str]:
    """A shop with products and an owner; the environment of programs that work on it."""
    store.products.upsert(sample_products("EUR"))
    store.users.add(User(OWNER, Passwords().hash(PASSWORD), "owner", "active", system_clock()))
    return {**environ, "CLICKSTREAM_PASSWORD": PASSWORD, "LOG_LEVEL": "ERROR"}


@contextmanager
def simulating(environ: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(ROOT / "simulate_clickstream.py"), "--username", OWNER, *arguments]
    process = subprocess.Popen(command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def figures(printed: str) -> dict[str, int]:
    """What the summary counts."""
    made = re.match(r"([\d,]+) events in", printed)
    assert made, printed
    rows = re.findall(r"^  (accepted|there already|refused|not delivered) +([\d,]+)", printed, re.MULTILINE)
    counts = {name: int(number.replace(",", "")) for name, number in [("made", made[1]), *rows]}
    assert counts["made"] == sum(counts.values()) - counts["made"]
    return counts


def test_what_it_says_has_arrived_is_there_and_only_with_noise(
    shop: dict[str, str], tmp_path: Path, store: Store, database: Documents
) -> None:
    with started(shop, tmp_path, "--port", "0") as server:
        url = url_of(server)
        with simulating(shop, "--url", url, "--rate", "100", "--minutes", "0.05") as process:
            output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    counts = figures(output)
    assert 150 <= counts["made"] == counts["accepted"] <= 450
    assert store.events.count("live") == counts["accepted"]
    assert database.events.distinct("properties.source") == ["simulation"]
    assert re.search(r"^\d+ requests, of which 0 failed\.$", output, re.MULTILINE)
    assert re.search(r"Answers took p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms, at most [\d.]+ ms\.", output)
    assert f"{url}/?view=all shows them" in output

    rig = Rig(Shop(database.name, store, read_settings({}), FakeClock(system_clock())), database)
    rig.shop.catch_up()
    oracle = rig.oracle()
    now = rig.clock()
    assert oracle.measure("overview", as_of=now)["events"] == 0
    assert oracle.measure("overview", as_of=now, view="all")["events"] == counts["accepted"]
    rig.check()


def test_a_server_that_dies_and_comes_back_has_everything_once(
    shop: dict[str, str], tmp_path: Path, database: Documents
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with started(shop, tmp_path, "--port", port) as server:
        url = url_of(server)
        with simulating(shop, "--url", url, "--rate", "200", "--minutes", "0.1") as process:
            eventually(lambda: database.events.estimated_document_count() > 50)
            server.kill()
            server.wait()
            with started(shop, tmp_path, "--port", port) as again:
                url_of(again)
                output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    counts = figures(output)
    assert counts["not delivered"] == counts["refused"] == 0
    assert database.events.count_documents({}) == counts["made"]
    assert re.search(r"requests, of which [1-9]\d* failed \(.*no connection", output)


def test_ctrl_c_ends_it_with_its_summary(shop: dict[str, str], tmp_path: Path, database: Documents) -> None:
    with (
        started(shop, tmp_path, "--port", "0") as server,
        simulating(shop, "--url", url_of(server), "--rate", "200", "--minutes", "5") as process,
    ):
        eventually(lambda: database.events.estimated_document_count() > 50)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    counts = figures(output)
    assert counts["accepted"] <= database.events.count_documents({}) <= counts["made"]
    assert counts["accepted"] > 50


def test_a_server_that_never_answers_again_leaves_nothing_untold(
    shop: dict[str, str], tmp_path: Path, database: Documents
) -> None:
    with (
        started(shop, tmp_path, "--port", "0") as server,
        simulating(shop, "--url", url_of(server), "--rate", "100", "--minutes", "0.05") as process,
    ):
        eventually(lambda: database.events.estimated_document_count() > 20)
        server.kill()
        output, errors = process.communicate(timeout=90)
    assert process.returncode == 3, errors
    counts = figures(output)
    assert counts["not delivered"] > 0
    assert counts["accepted"] <= database.events.count_documents({})


def test_nobody_in_particular_may_not_send(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CLICKSTREAM_KEY", "CLICKSTREAM_TOKEN", "CLICKSTREAM_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit, match="2"):
        simulate_clickstream.main([])
    assert "say who sends" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--username", OWNER], "incorrect|wrong|not right"),
        (["--key", "wk_" + "x" * 32], "There is no such write key"),
        (["--key", "schlüssel€"], "holds characters that none has"),
    ],
    ids=["a wrong password", "an unknown key", "no key at all"],
)
def test_who_is_not_let_in_hears_why(
    shop: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLICKSTREAM_PASSWORD", "wrong password")
    with started(shop, tmp_path, "--port", "0") as server:
        assert simulate_clickstream.main(["--url", url_of(server), "--rate", "50", "--minutes", "0.02", *arguments]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert re.search(said, error), error


@pytest.mark.usefixtures("shop")
def test_a_shop_without_products_is_simulated_too(
    environ: dict[str, str], tmp_path: Path, database: Documents, store: Store
) -> None:
    database.products.delete_many({})
    variables = {**environ, "CLICKSTREAM_PASSWORD": PASSWORD}
    with (
        started(variables, tmp_path, "--port", "0") as server,
        simulating(variables, "--url", url_of(server), "--rate", "50", "--minutes", "0.02") as process,
    ):
        output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert "The shop has no products" in errors
    assert figures(output)["accepted"] == store.events.count("live") > 0


def test_where_nothing_answers_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert simulate_clickstream.main(["--url", "http://127.0.0.1:1", "--key", "wk_x"]) == 1
    assert capsys.readouterr().err == "No Clickstream answers at http://127.0.0.1:1: start it with python server.py.\n"


@pytest.mark.parametrize(
    "wrong", [["--url", "localhost"], ["--rate", "0"], ["--users", "0"], ["--key", "a", "--username", "b"]]
)
def test_wrong_arguments_are_exit_code_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        simulate_clickstream.main(wrong)
