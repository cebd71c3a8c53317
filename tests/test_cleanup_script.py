from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rollup_check import NOW, Rig, rigged
from shops import last_moment, random_shop
from test_cleanup import at, with_ids

import cleanup_demo_data
from clickstream import cleanup
from clickstream.errors import DatabaseUnavailable
from clickstream.store.connect import Connection

DEMO, BURST = 12, 3


class Terminal(StringIO):
    """Somebody at a terminal who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def rig(connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Rig]:
    """Four real visits among a demo's twelve events and a burst of four."""
    monkeypatch.chdir(tmp_path)
    with rigged(connection) as rig:
        for name, value in (("MONGO_URI", connection.uri), ("MONGO_DB", rig.shop.name), ("TIME_ZONE", "Europe/Berlin")):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("CURRENCY", "EUR")
        visits = [at(60 * n, who=f"c{n}") for n in range(4)]
        burst = [at(0.05 * n, "product_view", who="c0", product_id="p1") for n in range(1 + BURST)]
        demo = [at(600 * n, who="d", source="simulation") for n in range(DEMO)]
        rig.shop.receive(with_ids([*visits, *burst, *demo]))
        yield rig


def run(rig: Rig, *arguments: str) -> int:
    return cleanup_demo_data.main(arguments, rig.clock)


def stored(rig: Rig) -> list[dict[str, Any]]:
    return list(rig.database.events.find().sort("_id"))


def test_a_dry_run_counts_by_reason_and_changes_nothing(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    before = stored(rig)
    assert run(rig, "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Dataset live: 20 events, 0 tagged, 15 to tag."
    assert [line.split() for line in lines[2:7]] == [
        ["reason", "to", "tag", "tagged"],
        ["demo_source", "12", "0"],
        ["impossible_time", "0", "0"],
        ["bot_rate", "0", "0"],
        ["duplicate_burst", "3", "0"],
    ]
    assert [line.split(":")[0] for line in lines[8:]] == [reason.name for reason in cleanup.REASONS]
    assert stored(rig) == before


def test_it_tags_says_how_many_for_what_and_what_sessions_are_left(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rig) == 0
    assert capsys.readouterr().out.splitlines() == [
        "15 events were tagged: demo_source 12, duplicate_burst 3.",
        "Dataset live has 4 sessions, with noise 5.",
    ]
    assert rig.database.events.count_documents({"flag.noisy": True}) == 15
    assert rig.store.changes.pending() == set()
    rig.check()

    assert run(rig) == 0
    assert capsys.readouterr().out.startswith("0 events were tagged.\n")


def test_one_reason_is_untagged(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    before = stored(rig)
    run(rig)
    assert run(rig, "--untag", "duplicate_burst") == 0
    assert "3 events were untagged: duplicate_burst 3.\n" in capsys.readouterr().out
    assert run(rig, "--untag", "demo_source") == 0
    assert stored(rig) == before
    rig.check()


@pytest.mark.parametrize(("typed", "code", "left"), [("delete\n", 0, 5), ("Delete \n", 0, 5), ("y\n", 1, 20), ("", 1, 20)])
def test_it_deletes_what_is_tagged_when_the_word_is_typed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, typed: str, code: int, left: int
) -> None:
    run(rig)
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert run(rig, "--delete") == code
    told = capsys.readouterr()
    assert told.out.startswith("15 tagged events of dataset live are to be deleted, for good.\nType delete to do so: ")
    assert ("Nothing was deleted." in told.err) == (code == 1)
    assert ("15 events were deleted.\nDataset live has 4 sessions, with noise 4." in told.out) == (code == 0)
    assert len(stored(rig)) == left
    rig.check()


def test_with_yes_nobody_is_asked(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    run(rig)
    assert run(rig, "--delete", "--yes") == 0
    assert "15 events were deleted.\n" in capsys.readouterr().out
    assert len(stored(rig)) == 5


def test_what_it_does_is_on_record(rig: Rig) -> None:
    for arguments in (["--dry-run"], [], ["--untag", "demo_source"], ["--delete", "--yes"]):
        run(rig, *arguments)
        rig.clock.advance(seconds=1)
    entries = rig.database.audit.find().sort("_id")
    assert [(entry["action"], entry["about"], entry["details"]) for entry in entries] == [
        ("events_tagged", "noise", {"dataset": "live"}),
        ("events_tagged", "untagged demo_source", {"dataset": "live"}),
        ("events_deleted", "noise", {"dataset": "live"}),
    ]


def test_what_is_not_tagged_is_not_deleted(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rig, "--delete", "--yes") == 0
    assert "0 events were deleted.\n" in capsys.readouterr().out
    assert len(stored(rig)) == 20


def test_without_a_terminal_and_yes_it_refuses(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(rig)
    monkeypatch.setattr(sys, "stdin", StringIO("delete\n"))
    with pytest.raises(SystemExit) as stopped:
        run(rig, "--delete")
    assert stopped.value.code == 2
    assert "add --yes" in capsys.readouterr().err
    assert len(stored(rig)) == 20


def test_a_dry_run_wins_over_delete(rig: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(rig)
    monkeypatch.setattr(sys, "stdin", StringIO())
    assert run(rig, "--delete", "--dry-run", "--yes") == 0
    assert "20 events, 15 tagged, 0 to tag." in capsys.readouterr().out
    assert len(stored(rig)) == 20


def test_only_the_last_days(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    rig.shop.receive([at(-3 * 86_400, event_id="old", source="simulation")])
    assert run(rig, "--since-days", "1", "--dry-run") == 0
    assert capsys.readouterr().out.startswith("Dataset live since 2026-03-28T20:00:02.000Z: 20 events, 0 tagged, 15 to tag.")
    assert run(rig, "--since-days", "1") == 0
    assert "flag" not in rig.database.events.find_one({"event_id": "old"})


@pytest.mark.parametrize(
    "wrong", [["--since-days", "-1"], ["--since-days", "soon"], ["--dataset", "a b"], ["--delete", "--untag", "x"]]
)
def test_wrong_arguments_are_exit_code_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cleanup_demo_data.main(wrong)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [(KeyboardInterrupt(), 130, "Stopped. 10 events were tagged; run it again for the rest."),
     (DatabaseUnavailable(), 1, "The database does not answer any more. 10 events were tagged; run it again for the rest.")],
)  # fmt: skip
def test_broken_off_it_says_how_far_it_came_and_goes_on_from_there(
    rig: Rig,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    error: BaseException,
    code: int,
    said: str,
) -> None:
    monkeypatch.setattr(cleanup, "WRITTEN_TOGETHER", 5)
    whole, calls = cleanup.marked, iter(range(1, 100))

    def marked(*given: Any) -> Any:
        if next(calls) == 3:
            raise error
        return whole(*given)

    with monkeypatch.context() as patched:
        patched.setattr(cleanup, "marked", marked)
        assert run(rig) == code
    assert said in capsys.readouterr().err.splitlines()
    assert run(rig) == 0
    assert "5 events were tagged: duplicate_burst 3, demo_source 2." in capsys.readouterr().out


def test_a_simulation_leaves_what_the_oracle_expects_at_each_step(rig: Rig) -> None:
    events = with_ids(random_shop(Random(3), 60), "shop")
    rig.clock.now = max(NOW, last_moment(events))
    rig.shop.receive([*events, *({**event, "event_id": f"s{n}", "source": "simulation"} for n, event in enumerate(events))])
    for arguments in (["--dry-run"], [], ["--untag", "demo_source"], [], ["--delete", "--yes"]):
        assert run(rig, *arguments) == 0
        rig.shop.catch_up()
        rig.check()
    assert rig.database.events.count_documents({"properties.source": "simulation"}) == 0
    assert rig.derived() == rig.afresh()
