"""Is this installation in order? One line a check: ok, warn or fail, what was found, and the next step."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, NamedTuple

from clickstream.clock import Clock
from clickstream.errors import ClickstreamError, StartupError
from clickstream.rollup import calculation_of
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.collections import check_schema, missing_indexes
from clickstream.store.connect import Connection, connect
from clickstream.vault import FILE_NAME, SecretUnreadable, Vault, open_vault

LITTLE_SPACE, NO_SPACE = 2 << 30, 512 << 20
LATE_SECONDS, LOST_SECONDS = 60, 3_600
SKEW, WILD_SKEW = timedelta(seconds=2), timedelta(seconds=60)
PROBE_SECONDS = 2
FEW = 3

State = Literal["ok", "warn", "fail"]


class Finding(NamedTuple):
    """`said` ends with the next step where the state is not ok."""

    state: State
    what: str
    said: str

    def __str__(self) -> str:
        return f"{self.state:<5} {self.what:<12} {self.said}"


def examine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Every finding, those about the database last: without one there is one line about it."""
    yield from _files(settings)
    yield _space(settings)
    yield _port(settings)
    yield _exposure(settings)
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(connect(settings))
        except StartupError as error:
            yield Finding("fail", "database", error.message)
            return
        yield Finding("ok", "database", connection.describe)
        yield from _stored(connection, settings, clock)


def _stored(connection: Connection, settings: Settings, clock: Clock) -> Iterator[Finding]:
    store = Store(connection.database, describe=connection.describe)
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("schema", lambda: _schema(connection)),
        ("indexes", lambda: _indexes(connection)),
        ("clock", lambda: _clock(store, clock)),
        ("rollup", lambda: _rollup(store)),
        ("time zone", lambda: _calculation(store, settings)),
        ("accounts", lambda: _accounts(store)),
        ("secret", lambda: _secret(store, settings)),
    ]
    for what, check in checks:
        try:
            yield check()
        except ClickstreamError as error:
            yield Finding("fail", what, error.message)


def _files(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        yield Finding("ok", "data folder", f"{folder} is not there yet; the first start makes it")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("fail", "data folder", f"{folder} cannot be written to: give it to the account that runs the server.")
    else:
        yield Finding("ok", "data folder", f"{folder} can be written to")
    for path in (Path(".env"), folder / FILE_NAME):
        if _is_open_to_others(path):
            yield Finding("warn", "permissions", f"{path} can be read by other accounts: run `chmod 600 {path}`.")


def _is_open_to_others(path: Path) -> bool:
    return os.name == "posix" and path.is_file() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _space(settings: Settings) -> Finding:
    folder = next(
        folder for folder in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if folder.exists()
    )
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:,.1f} GB free at {folder}"
    if free < NO_SPACE:
        return Finding("fail", "disk", f"{said}: make room, or nothing can be stored soon.")
    if free < LITTLE_SPACE:
        return Finding("warn", "disk", f"{said}: make room, or set EVENT_DAYS.")
    return Finding("ok", "disk", said)


def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if _answers(settings):
            return Finding("ok", "port", f"a Clickstream server answers on {where}")
        return Finding(
            "fail", "port", f"{where} cannot be used ({error.strerror}): stop what uses it, or change HOST or PORT."
        )
    return Finding("ok", "port", f"{where} is free; no server runs there")


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0") else settings.host  # noqa: S104 - compared, not bound
    connection = HTTPConnection(host, settings.port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status == 200 and "version" in json.loads(answer.read())
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _exposure(settings: Settings) -> Finding:
    if _is_local(settings.host):
        return Finding("ok", "exposure", f"listens on {settings.host}, this machine only")
    said = f"listens on {settings.host} without TLS"
    if settings.trusted_proxies:
        return Finding("ok", "exposure", f"{said}, behind {settings.trusted_proxies}")
    return Finding("warn", "exposure", f"{said}: put a proxy with TLS before it and name it in TRUSTED_PROXIES.")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _schema(connection: Connection) -> Finding:
    check_schema(connection.database)
    return Finding("ok", "schema", "of this version")


def _indexes(connection: Connection) -> Finding:
    missing = missing_indexes(connection.database)
    if missing:
        named = ", ".join([*missing[:FEW], *(["..."] if len(missing) > FEW else [])])
        return Finding("warn", "indexes", f"{len(missing)} missing ({named}): the next start of the server makes them.")
    return Finding("ok", "indexes", "all there")


def _clock(store: Store, clock: Clock) -> Finding:
    skew = abs(store.now() - clock())
    if skew <= SKEW:
        return Finding("ok", "clock", "this machine and the database agree")
    said = f"this machine and the database are {skew.total_seconds():,.0f} s apart: set both by NTP."
    return Finding("fail" if skew > WILD_SKEW else "warn", "clock", said)


def _rollup(store: Store) -> Finding:
    backlog = store.changes.backlog()
    if backlog.oldest_seconds <= LATE_SECONDS:
        return Finding("ok", "rollup", f"up to date ({backlog.marks} changes in the last {LATE_SECONDS} s)")
    said = f"{backlog.marks:,} changes wait, the oldest for {timedelta(seconds=round(backlog.oldest_seconds))}"
    state: State = "fail" if backlog.oldest_seconds > LOST_SECONDS else "warn"
    return Finding(state, "rollup", f"{said}: start the server, or look in its log for `rollup`.")


def _calculation(store: Store, settings: Settings) -> Finding:
    wanted = calculation_of(settings)
    states = [state for name in store.state.dataset_names() if (state := store.state.find_dataset(name))]
    other = [state.name for state in states if state.calculation != wanted]
    if other:
        return Finding(
            "warn", "time zone", f"{', '.join(other)} was computed by other settings: the server computes it anew."
        )
    return Finding("ok", "time zone", f"{settings.time_zone}, {settings.currency}, pause {settings.session_gap_minutes} min")


def _accounts(store: Store) -> Finding:
    if store.users.any():
        return Finding("ok", "accounts", "there are some")
    return Finding("warn", "accounts", "none yet: open the page and sign up; the first account is the owner.")


def _secret(store: Store, settings: Settings) -> Finding:
    source = "SECRET_KEY" if settings.secret_key else str(settings.data_dir / FILE_NAME)
    sealed = [saved.sealed_key for saved in store.api_keys.all() if saved.sealed_key]
    vault = open_vault(settings.secret_key, settings.data_dir)
    unreadable = sum(not _opens(vault, one) for one in sealed)
    if unreadable:
        said = f"{unreadable} of {len(sealed)} saved API keys were encrypted with another secret than {source}"
        return Finding("fail", "secret", f"{said}: bring that one back, or have the keys pasted again.")
    return Finding("ok", "secret", f"{source} opens all {len(sealed)} saved API keys")


def _opens(vault: Vault, sealed: str) -> bool:
    try:
        vault.decrypt(sealed)
    except SecretUnreadable:
        return False
    return True
