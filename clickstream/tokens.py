"""Tokens that open something for whoever holds them, and ids.

Only digests of tokens are stored: a copy of the database opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from clickstream.clock import milliseconds

LONGEST_TOKEN = 200
_BYTES = 32


def new_id(now: datetime, size: int = 8) -> str:
    """An id that sorts by time: no token, it opens nothing."""
    return f"{milliseconds(now):012x}{secrets.token_hex(size)}"


def new_token() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
