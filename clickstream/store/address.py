"""Where a local mongod answers: a unix socket that only its owner can reach, on Windows a port behind a password."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from clickstream.errors import StartupError

LONGEST_SOCKET_PATH = 103  # bytes; Linux allows 107, macOS 103
SOCKET_NAME = "mongod.sock"
SOCKET_OF_MONGOD = "mongodb-0.sock"  # mongod always adds one of this name to its socket folder
TEMP = Path("/tmp")  # noqa: S108 not gettempdir(): every program must find the socket, whatever its TMPDIR
PROBE_SECONDS = 1.0


class Address(Protocol):
    @property
    def uri(self) -> str: ...
    def prepare(self) -> list[str]:
        """Make what mongod needs in order to answer here; its command-line arguments."""

    def secure(self) -> None:
        """What has to happen after a start; harmless when it has happened."""

    def answers(self) -> bool: ...


@dataclass(frozen=True)
class SocketAddress:
    """A unix socket in a folder of mode 0700 (the last of `folders`, all of that mode); no TCP port."""

    folders: tuple[Path, ...]

    @classmethod
    def for_data(cls, data_dir: Path) -> SocketAddress:
        """In the data folder; for one whose path is too long (or has a comma, where mongod splits) in /tmp."""
        inside = data_dir / "run"
        if len(os.fsencode(inside / SOCKET_OF_MONGOD)) <= LONGEST_SOCKET_PATH and "," not in str(inside):
            return cls((inside,))
        digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        ours = TEMP / f"clickstream-{os.geteuid()}"
        return cls((ours, ours / digest))

    @property
    def path(self) -> Path:
        return self.folders[-1] / SOCKET_NAME

    @property
    def uri(self) -> str:
        return f"mongodb://{quote(str(self.path), safe='')}"

    def prepare(self) -> list[str]:
        for folder in self.folders:
            _make_private(folder)
        return [
            *("--bind_ip", str(self.path)),
            *("--port", "0"),
            *("--unixSocketPrefix", str(self.folders[-1])),
            *("--filePermissions", "0600"),
        ]

    def secure(self) -> None:
        """The folder's mode is the protection."""

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(PROBE_SECONDS)
            return probe.connect_ex(str(self.path)) == 0


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise StartupError(f"{folder} is not a folder: remove it and start again.")
    if status.st_uid != os.geteuid():
        raise StartupError(f"{folder} belongs to another user: run as that user, or set DATA_DIR to a folder of your own.")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise StartupError(f"{folder} can be opened by other users: run `chmod 700 {folder}` and start again.")


@dataclass(frozen=True)
class PortAddress:
    """127.0.0.1 and a random port behind a generated password. For Windows, where it is untested."""

    port: int
    password: str

    @classmethod
    def for_data(cls, data_dir: Path) -> PortAddress:
        """The port and password kept in the data folder, chosen when it is first used."""
        kept = data_dir / "mongod.json"
        with suppress(FileNotFoundError):
            return cls(**json.loads(kept.read_text()))
        address = cls(port=_free_port(), password=secrets.token_urlsafe(24))
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"port": address.port, "password": address.password}, file)
        return address

    @property
    def uri(self) -> str:
        return f"mongodb://clickstream:{self.password}@127.0.0.1:{self.port}/?authSource=admin"

    def prepare(self) -> list[str]:
        return ["--bind_ip", "127.0.0.1", "--port", str(self.port), "--auth"]

    def secure(self) -> None:
        """Create the one user; mongod allows that from localhost without a password until a user exists."""
        with (
            MongoClient[dict[str, object]]("127.0.0.1", self.port, serverSelectionTimeoutMS=2000) as client,
            suppress(OperationFailure),
        ):
            client.admin.command("createUser", "clickstream", pwd=self.password, roles=["root"])

    def answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(PROBE_SECONDS)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def local_address(data_dir: Path) -> Address:
    if sys.platform == "win32":
        return PortAddress.for_data(data_dir)
    return SocketAddress.for_data(data_dir)
