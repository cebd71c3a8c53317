from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ingest
from clickstream import metrics
from clickstream.errors import DatabaseUnavailable
from clickstream.ingest import Loader, Receipt, loading
from clickstream.ingest.undo import undo
from clickstream.scope import Scope
from clickstream.store import Store

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"

EVENTS = [
    {"event_type": "pageview", "session_id": f"s{n % 4}", "timestamp": f"2026-02-0{n % 5 + 1}T10:00:00Z", "page": f"/{n}"}
    for n in range(20)
]


pytestmark = pytest.mark.usefixtures("on_the_tests_database")


def ndjson(path: Path, events: Sequence[object] = EVENTS) -> str:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(path)


def overview(store: Store, dataset: str = "live") -> dict[str, Any]:
    scope = Scope(dataset=dataset, as_of=datetime(2026, 3, 1, tzinfo=UTC))
    result: dict[str, Any] = metrics.measure(store, "overview", scope).result
    return result


def test_a_file_is_stored_and_its_sessions_are_there(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest.main([ndjson(tmp_path / "events.ndjson")]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "Read 20 rows (ndjson): 20 new events stored, 0 there already, 0 refused.",
        "Dataset live has 4 sessions.",
    ]
    assert (overview(store)["events"], overview(store)["sessions"]) == (20, 4)


def test_loading_a_file_twice_changes_no_number(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = ndjson(tmp_path / "events.ndjson")
    ingest.main([file])
    before = overview(store)

    assert ingest.main([file]) == 0
    assert "0 new events stored, 20 there already, 0 refused." in capsys.readouterr().out
    assert overview(store) == before


def test_true_repeats_in_a_file_all_count_even_far_apart_and_only_once_each(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BATCH_ROWS", 4)
    file = ndjson(tmp_path / "repeats.ndjson", [EVENTS[0]] * 11)
    ingest.main([file])
    assert store.events.count("live") == 11

    ingest.main([file])
    assert store.events.count("live") == 11
    assert overview(store)["events"] == 11


def test_rows_without_a_time_of_their_own_keep_their_order_over_batches(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BATCH_ROWS", 3)
    same_second = [{**EVENTS[0], "page": f"/{n}"} for n in range(10)]
    ingest.main([ndjson(tmp_path / "events.ndjson", same_second)])
    stored = list(store.events.of_key_in_order("live", "s:s0"))
    assert [event.page for event in stored] == [event["page"] for event in same_second]


def test_refused_rows_are_named_and_the_rest_is_stored(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = {"event_type": "pageview", "timestamp": "2026-02-01T10:00:00Z"}
    early = {**EVENTS[0], "timestamp": "1999-12-31"}
    file = ndjson(tmp_path / "events.ndjson", [EVENTS[0], nobody, nobody, nobody, "text", early, EVENTS[1]])

    assert ingest.main([file, "--errors", "2"]) == 3
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "Read 7 rows (ndjson): 2 new events stored, 0 there already, 5 refused.",
        "  missing_identity: 3",
        "    line 2: client_id an event needs a client_id, a user_id or a session_id",
        "    line 3: client_id an event needs a client_id, a user_id or a session_id",
        "  invalid_event: 2",
        "    line 5: must be an object",
        "    line 6: timestamp must not be before the year 2000",
    ]
    assert store.events.count("live") == 2


def test_a_dry_run_checks_everything_and_needs_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MONGO_URI", "mongodb://127.0.0.1:1")
    file = ndjson(tmp_path / "events.ndjson", [*EVENTS, {"event_type": "pageview"}])

    assert ingest.main([file, "--dry-run"]) == 3
    assert capsys.readouterr().out.splitlines() == [
        "Read 21 rows (ndjson): 20 valid (dry run: nothing was stored), 1 refused.",
        "  missing_identity: 1",
        "    line 21: client_id an event needs a client_id, a user_id or a session_id",
    ]


def test_a_dry_run_stores_nothing(store: Store, tmp_path: Path) -> None:
    assert ingest.main([ndjson(tmp_path / "events.ndjson"), "--dry-run"]) == 0
    assert store.events.count("live") == 0


def test_a_table_with_columns_of_its_own_is_loaded_by_a_mapping(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.toml").write_text(
        '[fields]\nclient_id = "who"\nevent_type = "what"\ntimestamp = "when"\nprice = "paid"\n'
        '[values.event_type]\nbought = "purchase"\n[when.purchase]\nrevenue = "paid"\n'
    )
    (tmp_path / "log.csv").write_text("when;who;what;paid\n2026-02-01 10:00;a;page;\n2026-02-01 10:01;a;bought;12.50\n")

    assert ingest.main(["log.csv", "--map", "shop.toml"]) == 0
    assert "Read 2 rows (csv, mapping shop.toml): 2 new events stored" in capsys.readouterr().out
    assert overview(store)["revenue"] == [{"currency": "USD", "amount": 12.5}]
    assert overview(store)["sessions"] == 1


def test_a_cut_off_gzip_file_is_stored_up_to_there_and_said(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [{**EVENTS[n % 20], "page": f"/{n * n}"} for n in range(5_000)]
    packed = gzip.compress("".join(json.dumps(event) + "\n" for event in many).encode())
    (tmp_path / "events.gz").write_bytes(packed[: len(packed) // 2])

    assert ingest.main(["events.gz"]) == 3
    out = capsys.readouterr().out
    assert "The gzip data end too early; everything up to there was read." in out
    assert "cut_off: 1" in out
    assert 1_000 < store.events.count("live") < 5_000


def test_another_dataset_is_kept_apart(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest.main([ndjson(tmp_path / "events.ndjson"), "--dataset", "old-shop"]) == 0
    assert "Dataset old-shop has 4 sessions." in capsys.readouterr().out
    assert (store.events.count("old-shop") > 0, store.events.count("live")) == (True, 0)
    assert overview(store)["sessions"] == 0


def test_a_rebuild_computes_the_same_numbers_again(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ingest.main([ndjson(tmp_path / "events.ndjson")])
    before = overview(store)
    capsys.readouterr()

    assert ingest.main(["--rebuild"]) == 0
    assert capsys.readouterr().out == "Dataset live has 4 sessions.\n"
    assert overview(store) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv"], "There is no file none.csv."),
        (["table.csv", "--map", "none.toml"], "There is no mapping none.toml: name one of eshop, rees46, or a TOML file."),
        (["table.csv", "--map", "eshop"], "The file has no column colour, which the mapping reads"),
        (["table.csv"], "The file has no column timestamp"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (tmp_path / "table.csv").write_text("event_type,client_id\npageview,c1\n")
    assert ingest.main([*arguments, "--dry-run"]) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1].startswith(said)
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [[], ["--dry-run", "--rebuild"], ["x", "--dataset", "a:b"], ["x", "--format", "xml"]])
def test_wrong_arguments_end_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        ingest.main(arguments)
    assert stop.value.code == 2


def _failing(on_batch: int, error: BaseException) -> Callable[[Loader, list[object]], Receipt]:
    whole = Loader.collect
    calls = iter(range(1, 100))

    def collect(self: Loader, raw_events: list[object]) -> Receipt:
        if next(calls) == on_batch:
            raise error
        return whole(self, raw_events)

    return collect


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (KeyboardInterrupt(), "Stopped. 8 new events are stored", 130),
        (DatabaseUnavailable(), "The database does not answer any more. 8 new events are stored", 1),
    ],
)
def test_an_interruption_says_what_is_stored_and_the_next_run_stores_the_rest(
    store: Store,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    error: BaseException,
    said: str,
    code: int,
) -> None:
    monkeypatch.setattr(loading, "BATCH_ROWS", 4)
    file = ndjson(tmp_path / "events.ndjson")
    with monkeypatch.context() as patched:
        patched.setattr(Loader, "collect", _failing(3, error))
        assert ingest.main([file]) == code
    assert f"{said}; run it again for the rest." in capsys.readouterr().err.splitlines()

    assert ingest.main([file]) == 0
    assert "12 new events stored, 8 there already, 0 refused." in capsys.readouterr().out
    assert overview(store)["events"] == 20


def test_sessions_catch_up_while_a_long_file_loads(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "BATCH_ROWS", 5)
    monkeypatch.setattr(ingest, "CATCH_UP_ROWS", 10)
    sessions: list[int] = []
    whole = Loader.collect

    def collect(self: Loader, raw_events: list[object]) -> Receipt:
        sessions.append(overview(store)["sessions"])
        return whole(self, raw_events)

    monkeypatch.setattr(Loader, "collect", collect)
    own_sessions = [{**event, "session_id": f"own{n}"} for n, event in enumerate(EVENTS)]
    assert ingest.main([ndjson(tmp_path / "events.ndjson", own_sessions)]) == 0
    assert sessions == [0, 0, 10, 10]
    assert overview(store)["sessions"] == 20


def test_standard_input_is_loaded(store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps({"events": EVENTS}).encode())))
    assert ingest.main(["-"]) == 0
    assert "Read 20 rows (json): 20 new events stored" in capsys.readouterr().out
    assert store.events.count("live") == 20


def test_it_runs_as_a_program(store: Store, environ: dict[str, str], tmp_path: Path) -> None:
    lines = ndjson(tmp_path / "events.ndjson", [*EVENTS, {}])
    with open(lines, "rb") as stdin:
        command = [sys.executable, str(ROOT / "ingest.py"), "-"]
        done = subprocess.run(command, env=environ, stdin=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "Dataset live has 4 sessions." in done.stdout
    assert "Traceback" not in done.stderr
    assert store.events.count("live") == 20


def test_ingest_event_and_ingest_events_store_and_answer(store: Store) -> None:
    first = ingest.ingest_event(EVENTS[0])
    assert first == Receipt(accepted=1, duplicates=0, rejected=[])
    assert overview(store)["sessions"] == 1

    receipt = ingest.ingest_events([EVENTS[0], EVENTS[1], {"event_type": "pageview"}])
    assert (receipt.accepted, receipt.duplicates) == (1, 1)
    assert [(rejected.index, rejected.code) for rejected in receipt.rejected] == [(2, "missing_identity")]


def _real(name: str) -> str:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in {DATA}")
    return str(DATA / name)


def test_the_rees46_file_loads_but_for_its_cut_off_row_and_loading_it_again_changes_nothing(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _real("rees46_2019_oct_head.csv.gz")
    assert ingest.main([file]) == 3
    assert capsys.readouterr().out.splitlines() == [
        "Read 17,435 rows (csv, mapping rees46): 17,434 new events stored, 0 there already, 1 refused.",
        "  cut_off: 1",
        "    line 17436: is cut off: the file ends in the middle of it",
        "Dataset live has 5,066 sessions.",
    ]
    before = overview(store)
    assert (before["events"], before["sessions"], before["orders"]) == (17_434, 5_066, 214)
    assert before["orders_with_revenue"] == 214

    assert ingest.main([file]) == 3
    assert "0 new events stored, 17,434 there already, 1 refused." in capsys.readouterr().out
    assert overview(store) == before


def test_the_eshop_file_loads_whole(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest.main([_real("eshop_clothing_2008.csv.gz")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Read 165,474 rows (csv, mapping eshop): 165,474 new events stored, 0 there already, 0 refused.",
        "Dataset live has 24,026 sessions.",
    ]
    assert (overview(store)["events"], overview(store)["sessions"]) == (165_474, 24_026)


def test_a_load_is_on_record_as_an_import_that_can_be_taken_back(store: Store, tmp_path: Path) -> None:
    ingest.main([ndjson(tmp_path / "events.ndjson", [*EVENTS, {"event_type": "pageview"}])])
    (held,) = store.imports.page("live", limit=5)
    assert (held.name, held.via, held.status, held.events) == ("events.ndjson", "script", "loaded", 20)
    assert (held.read, held.refused) == (21, {"missing_identity": 1})
    assert undo(store, "live", held.import_id, lambda gone: None).deleted == 20


def test_what_could_not_be_read_leaves_no_record(store: Store, tmp_path: Path) -> None:
    assert ingest.main([str(tmp_path / "not there.csv")]) == 1
    assert store.imports.page("live", limit=5) == []
