"""`python server.py --reset-password NAME`."""

from __future__ import annotations

import getpass
import io
import sys
from datetime import timedelta
from typing import Any

import pytest
from conftest import FakeClock

import server
from clickstream.passwords import Passwords
from clickstream.store import Store
from clickstream.store.resets import Reset
from clickstream.store.tokens import Token
from clickstream.store.users import Status, User

NEW = "a new beginning"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """Runs it with a text on standard input; the exit code."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(name: str, typed: str | io.StringIO) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed) if isinstance(typed, str) else typed)
        return server.main(["--reset-password", name])

    return run


def add(store: Store, clock: FakeClock, status: Status = "active") -> None:
    store.users.add(User("alice", Passwords().hash("forgotten by now"), "owner", status, clock()))
    later = clock() + timedelta(days=3650)
    store.tokens.add("digest", Token("alice", later), clock())
    store.resets.replace("digest", Reset("alice", "alice", later))


def opens(store: Store, password: str) -> bool:
    user = store.users.find("alice")
    return user is not None and Passwords().matches(password, user.password_hash)


def test_a_piped_password_is_set_and_every_log_in_and_reset_link_ends(
    run: Any, store: Store, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    add(store, clock)
    assert run("Alice", f"{NEW}\n") == 0
    assert opens(store, NEW)
    assert store.tokens.find("digest", clock()) is None
    assert store.resets.take("digest", clock()) is None
    said = capsys.readouterr()
    assert said.out == "The password of alice is changed and every log-in of it has ended.\n"
    assert NEW not in said.out + said.err
    (entry,) = store.audit.page(limit=10)
    assert (entry["action"], entry["by"], entry["about"], entry["client"]) == (
        "password_reset",
        None,
        "alice",
        "command line",
    )


def test_at_a_terminal_it_is_asked_for_twice_without_being_shown(
    run: Any, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(store, clock)
    typed = iter([NEW, "a typing error", NEW, NEW])
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(typed))
    assert run("alice", Terminal()) == 1
    assert "differ" in capsys.readouterr().err
    assert opens(store, "forgotten by now")
    assert run("alice", Terminal()) == 0
    assert opens(store, NEW)


@pytest.mark.parametrize(
    "wrong",
    [
        ("nobody", NEW, "There is no account nobody."),
        ("#first", NEW, "The username may hold letters"),
        ("alice", "short", "The password must have at least 8 characters."),
        ("alice", "", "The password must have at least 8 characters."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    run: Any, store: Store, clock: FakeClock, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str, str]
) -> None:
    name, typed, sentence = wrong
    add(store, clock)
    assert run(name, typed) == 1
    said = capsys.readouterr()
    assert said.err.startswith(sentence) and said.err.count("\n") == 1
    assert said.out == ""
    assert opens(store, "forgotten by now")
    assert store.tokens.find("digest", clock()) is not None


def test_it_says_when_the_account_cannot_log_in_all_the_same(
    run: Any, store: Store, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    add(store, clock, "disabled")
    assert run("alice", NEW) == 0
    assert "The account is disabled" in capsys.readouterr().out
