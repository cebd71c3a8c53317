"""What all scripts share: how help looks, what exit codes mean, where settings come from, how an end is told."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

from dotenv import dotenv_values

from clickstream.errors import ClickstreamError, SettingError, StartupError
from clickstream.settings import Settings, read_settings

N = TypeVar("N", int, float)

DONE, FAILED, USAGE, IN_PART, STOPPED = 0, 1, 2, 3, 130
EXIT_CODES = {
    DONE: "done",
    FAILED: "not possible, or given up: the reason is on standard error, in one sentence",
    USAGE: "wrong arguments: nothing was begun",
    IN_PART: "done in part: the output says what was not",
    STOPPED: "stopped with Ctrl-C: what was told is safe, and the same command goes on from there",
}
"""Of all scripts."""


def described(prog: str, doc: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the script's docstring: its first paragraph, the options, then the examples and the rest."""
    summary, _, examples = (doc or "").partition("\n\n")
    codes = "\n".join(f"    {code:<5}{meaning}" for code, meaning in EXIT_CODES.items())
    return argparse.ArgumentParser(
        prog=prog,
        description=summary,
        epilog=f"examples:\n{examples.rstrip()}\n\nexit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def environment() -> dict[str, str]:
    """Variables of the environment and, where it has none, of the `.env` file here. Raises SettingError."""
    try:
        variables = {**dotenv_values(".env"), **{name: text for name, text in os.environ.items() if text}}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The file .env cannot be read: {error}.") from error
    return {name: text for name, text in variables.items() if text}


def settings_here(given: Mapping[str, str | None] | None = None) -> Settings:
    """The settings, those given on the command line first. Raises SettingError."""
    chosen = {name: text for name, text in (given or {}).items() if text}
    return read_settings({**environment(), **chosen})


def run(work: Callable[[], int]) -> int:
    """The exit code of a script's work; what stopped it is told in a sentence."""
    try:
        code = work()
        sys.stdout.flush()
    except ClickstreamError as error:
        sys.stderr.write(f"{_sentence(error)}\n")
        return FAILED
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return STOPPED
    return code


def _sentence(error: ClickstreamError) -> str:
    return error.message if isinstance(error, StartupError) else error.spelled_out()


def between(kind: Callable[[str], N], low: float, high: float = math.inf) -> Callable[[str], N]:
    """An option that is a number from `low` to `high`."""

    def parse(text: str) -> N:
        value = kind(text)
        if not low <= value <= high:
            limit = f"between {low:,} and {high:,}" if high < math.inf else f"at least {low:,}"
            raise argparse.ArgumentTypeError(f"must be {limit}")
        return value

    parse.__name__ = "number"
    return parse


def dataset(text: str) -> str:
    """An option that names a dataset."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text):
        raise argparse.ArgumentTypeError("may have letters, digits, - and _, at most 64")
    return text
