"""What all scripts share: endings and their exit codes, where variables come from, numbers as options."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clickstream.commandline import between, dataset, described, environment, run, settings_here
from clickstream.errors import DatabaseUnavailable, InvalidInput, SettingError

ROOT = Path(__file__).parent.parent


def raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "code", "said"),
    [
        (lambda: 0, 0, ""),
        (lambda: 3, 3, ""),
        (raising(DatabaseUnavailable("It is gone.")), 1, "It is gone.\n"),
        (raising(InvalidInput("No.", fields={"since": "must be a day"})), 1, "No. since must be a day.\n"),
        (raising(SettingError("PORT='x': must be a number", fields={"PORT": "must be"})), 1, "PORT='x': must be a number\n"),
        (raising(KeyboardInterrupt()), 130, ""),
    ],
    ids=["done", "in part", "database", "selection", "setting", "ctrl-c"],
)
def test_every_end_has_its_exit_code(
    work: Callable[[], int], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work) == code
    assert capsys.readouterr().err == said


def test_a_fault_of_ours_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)


def test_output_that_nobody_reads_ends_without_a_traceback() -> None:
    program = "from clickstream.commandline import run; import sys; sys.exit(run(lambda: print('x' * 100_000) or 0))"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_the_environment_wins_over_dotenv_where_it_says_something(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CURRENCY=EUR\nTIME_ZONE=Europe/Berlin\nTOKEN_DAYS=3\nPORT=\n")
    monkeypatch.setenv("CURRENCY", "CHF")
    monkeypatch.setenv("TIME_ZONE", "")
    monkeypatch.setenv("TOKEN_DAYS", "4")
    assert environment()["TIME_ZONE"] == "Europe/Berlin"
    assert "PORT" not in environment()
    settings = settings_here({"TOKEN_DAYS": "5", "HOST": None})
    assert (settings.currency, settings.time_zone, settings.token_days, settings.port) == ("CHF", "Europe/Berlin", 5, 8000)


@pytest.mark.parametrize(("text", "value"), [("1", 1.0), ("2.5", 2.5), ("1e1", 10.0)])
def test_a_number_within_its_bounds_is_taken(text: str, value: float) -> None:
    assert between(float, 1, 10)(text) == value


@pytest.mark.parametrize("text", ["0", "11", "nan", "inf", "-3"])
def test_a_number_beyond_its_bounds_is_not(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be between 1 and 10"):
        between(float, 1, 10)(text)


def test_what_is_no_number_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    parser = described("shop.py", "Sells.\n\n    python shop.py --count 3\n")
    parser.add_argument("--count", type=between(int, 0))
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--count", "some"])
    assert "invalid number value: 'some'" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "fits"), [("live", True), ("a-b_9", True), ("", False), ("a:b", False), ("x" * 65, False)])
def test_names_of_datasets(text: str, fits: bool) -> None:
    if fits:
        assert dataset(text) == text
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            dataset(text)
