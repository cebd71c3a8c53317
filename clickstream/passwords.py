"""Passwords as scrypt hashes that carry their own parameters: `scrypt$n$r$p$salt$digest`."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore

from clickstream.errors import InvalidInput, TooManyRequests

MIN_CHARACTERS = 8
MAX_BYTES = 1024
_SALT_BYTES = 16
_DIGEST_BYTES = 32
_MAX_MEMORY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Cost:
    """scrypt's work factors; the default takes 32 MB and about a tenth of a second."""

    n: int = 2**15
    r: int = 8
    p: int = 1


def accept_password(password: str, field: str = "password") -> str:
    """The password in its canonical form (NFKC), so that every keyboard spells it alike.

    Raises InvalidInput, naming `field`, when it is too short or too long.
    """
    canonical = unicodedata.normalize("NFKC", password)
    if len(canonical) < MIN_CHARACTERS:
        reason = f"must have at least {MIN_CHARACTERS} characters"
    elif len(canonical.encode()) > MAX_BYTES:
        reason = f"must have at most {MAX_BYTES} bytes"
    else:
        return canonical
    raise InvalidInput(f"The password {reason}.", fields={field: reason})


class Passwords:
    """Hashes and checks passwords, at most `simultaneous` at a time: each computation takes memory and a core."""

    def __init__(self, cost: Cost | None = None, *, simultaneous: int = 2, patience_seconds: float = 10) -> None:
        self._cost = cost or Cost()
        self._slots = BoundedSemaphore(simultaneous)
        self._patience_seconds = patience_seconds
        self._decoy = _join(self._cost, bytes(_SALT_BYTES), bytes(_DIGEST_BYTES))

    def hash(self, password: str) -> str:
        salt = secrets.token_bytes(_SALT_BYTES)
        return _join(self._cost, salt, self._digest(password, salt, self._cost))

    def matches(self, password: str, stored: str | None) -> bool:
        """Whether `password` is the one hashed in `stored`; None (no such user) costs the same time."""
        cost, salt, expected = _split(stored or self._decoy)
        same = hmac.compare_digest(self._digest(password, salt, cost), expected)
        return same and stored is not None

    def _digest(self, password: str, salt: bytes, cost: Cost) -> bytes:
        canonical = unicodedata.normalize("NFKC", password).encode()
        with self._slot():
            return hashlib.scrypt(
                canonical, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=_MAX_MEMORY_BYTES, dklen=_DIGEST_BYTES
            )

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self._patience_seconds):
            raise TooManyRequests("Many people are logging in right now; try again in a moment.", retry_after_seconds=5)
        try:
            yield
        finally:
            self._slots.release()


def _join(cost: Cost, salt: bytes, digest: bytes) -> str:
    return f"scrypt${cost.n}${cost.r}${cost.p}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def _split(stored: str) -> tuple[Cost, bytes, bytes]:
    _, n, r, p, salt, digest = stored.split("$")
    return Cost(int(n), int(r), int(p)), b64decode(salt), b64decode(digest)
