"""`python server.py --reset-password NAME`: help for an owner who is locked out."""

from __future__ import annotations

import getpass
import sys

from clickstream.audit import COMMAND_LINE, AuditLog
from clickstream.clock import system_clock
from clickstream.errors import InvalidInput, NotFound
from clickstream.members import Members
from clickstream.passwords import Passwords, accept_password
from clickstream.settings import Settings
from clickstream.store import open_store
from clickstream.usernames import accept_username


def reset_password(settings: Settings, name: str) -> str:
    """Set a new password and end every log-in of the account (a running server notices within seconds); says so.

    Raises NotFound, InvalidInput or StartupError.
    """
    username = accept_username(name)
    with open_store(settings) as store:
        user = store.users.find(username)
        if user is None:
            raise NotFound(f"There is no account {username}.")
        password_hash = Passwords().hash(accept_password(_typed_password()))
        Members(store, system_clock).set_password(username, password_hash)
        store.tokens.delete_of(username)
        AuditLog(store, system_clock).record("password_reset", COMMAND_LINE, username)
    state = "" if user.status == "active" else f" The account is {user.status}: an owner has to let it in."
    return f"The password of {username} is changed and every log-in of it has ended.{state}"


def _typed_password() -> str:
    """Never shown; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != password:
        raise InvalidInput("The two passwords differ; nothing was changed.")
    return password
