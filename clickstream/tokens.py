"""Tokens that open something for whoever holds them. Only their digests are stored: a copy of the database opens nothing."""

from __future__ import annotations

import hashlib
import secrets

LONGEST_TOKEN = 200
_BYTES = 32


def new_token() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
