"""Encryption of the API keys that accounts save.

The key of the vault comes from the SECRET_KEY setting (any text) or, without one, from a file only this user can read.
Who has the database alone cannot read a saved key; who loses the secret must save the keys anew.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from clickstream.errors import Conflict, StartupError

FILE_NAME = "secret.key"
MIN_MASKED_LENGTH = 12

_SALT = b"clickstream saved keys, version 1"


class SecretUnreadable(Conflict):
    """A saved key was encrypted with another secret, or damaged."""

    code = "key_unreadable"

    def __init__(self) -> None:
        super().__init__(
            "The saved API key cannot be read any more, because this server's secret has changed. Paste it again."
        )


class Vault:
    """Encrypts and decrypts short texts with one secret; `key` is 32 bytes in URL-safe base64."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def encrypt(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text behind `token`. Raises SecretUnreadable where this vault did not encrypt it."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable from None


def open_vault(secret_key: str, data_dir: Path) -> Vault:
    """The vault of this installation. Raises StartupError when its file cannot be read, made or used."""
    if secret_key:
        return Vault(_derived(secret_key))
    path = data_dir / FILE_NAME
    try:
        return Vault(_file_key(path))
    except OSError as error:
        raise StartupError(f"{path} cannot be used: {error.strerror}. Make it readable, or set SECRET_KEY.") from error
    except ValueError as error:
        raise StartupError(f"{path} is damaged. Restore it, or delete it and save the API keys again.") from error


def masked(secret: str) -> str:
    """How a saved key is shown: its last four characters, and none of a short one.

    >>> masked("sk-or-v1-0123456789abcdef")
    '…cdef'
    >>> masked("ollama")
    '…'
    """
    return "…" + (secret[-4:] if len(secret) >= MIN_MASKED_LENGTH else "")


def _derived(secret_key: str) -> bytes:
    """A Fernet key from any text. scrypt makes guessing a human's text slow: 60 ms a guess."""
    return base64.urlsafe_b64encode(hashlib.scrypt(secret_key.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32))


def _file_key(path: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _publish(path, Fernet.generate_key())
    return _read(path)


def _read(path: Path) -> bytes:
    """The key in the file, which is closed to other users first: a restored backup may have opened it."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return path.read_bytes().strip()


def _publish(path: Path, key: bytes) -> None:
    """Make the file appear whole, or not at all: of several processes starting at once, the first one's key stays."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=FILE_NAME)  # created 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
