"""The commands beside serving: `python server.py backup FILE` and its like. Each gives the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from clickstream.audit import COMMAND_LINE, AuditLog
from clickstream.clock import system_clock
from clickstream.commandline import DONE, FAILED
from clickstream.operations.backup import Manifest, Say, back_up
from clickstream.operations.doctor import examine
from clickstream.operations.reset_password import reset_password
from clickstream.operations.restore import restore
from clickstream.settings import Settings
from clickstream.store import open_store

Arguments = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """`file` says what the command's one argument is, where it has one."""

    name: str
    help: str
    run: Callable[[Settings, Arguments, Say], int]
    file: str = ""


def _back_up(settings: Settings, arguments: Arguments, say: Say) -> int:
    started = monotonic()
    with open_store(settings) as store:
        say(f"Database: {store.describe}")
        manifest = back_up(store, arguments.file, system_clock, say)
        AuditLog(store, system_clock).record("backup_made", COMMAND_LINE, arguments.file.name)
    size = arguments.file.stat().st_size
    say(f"{arguments.file} holds {_documents(manifest)}, {size / 1e6:,.1f} MB, read again and whole ({_since(started)}).")
    return DONE


def _restore(settings: Settings, arguments: Arguments, say: Say) -> int:
    started = monotonic()
    with open_store(settings, restoring=True) as store:
        say(f"Database: {store.describe}")
        manifest = restore(store, settings, arguments.file, system_clock, say)
        AuditLog(store, system_clock).record("backup_restored", COMMAND_LINE, arguments.file.name)
    say(f"Restored {_documents(manifest)} of {manifest.made_at} ({_since(started)}).")
    return DONE


def _doctor(settings: Settings, arguments: Arguments, say: Say) -> int:
    failed = False
    for finding in examine(settings, system_clock):
        say(str(finding))
        failed |= finding.state == "fail"
    return FAILED if failed else DONE


def _documents(manifest: Manifest) -> str:
    return f"{sum(part.documents for part in manifest.collections.values()):,} documents"


def _since(started: float) -> str:
    return f"{monotonic() - started:.1f} s"


COMMANDS = (
    Command("backup", "write everything that cannot be computed again into one file, while the server runs or not",
            _back_up, "file to write"),
    Command("doctor", "check database, disk, rollup, clock, secret and port; exit code 1 where something fails", _doctor),
    Command("restore", "put a backup into an empty database", _restore, "file that `backup` has written"),
)  # fmt: skip


def add_commands(parser: argparse.ArgumentParser) -> None:
    """The commands as sub-commands; without one, `command` is None."""
    parser.add_argument("--reset-password", metavar="NAME", help="give this account a new password, and do not serve")
    chosen = parser.add_subparsers(dest="command", metavar="COMMAND", title="instead of serving")
    for command in COMMANDS:
        of_command = chosen.add_parser(command.name, help=command.help, description=command.help)
        if command.file:
            of_command.add_argument("file", type=Path, metavar="FILE", help=command.file)


def serves(arguments: Arguments) -> bool:
    """Whether none of these was asked for."""
    return arguments.command is None and arguments.reset_password is None


def run_command(settings: Settings, arguments: Arguments, say: Say) -> int:
    if arguments.reset_password is not None:
        say(reset_password(settings, arguments.reset_password))
        return DONE
    return next(command.run for command in COMMANDS if command.name == arguments.command)(settings, arguments, say)
