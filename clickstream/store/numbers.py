"""JSON of what the database returns: whole numbers beyond 32 bits come from its driver as a type of its own."""

from __future__ import annotations

import msgspec
from bson.int64 import Int64


def _plain(value: object) -> int:
    if isinstance(value, Int64):
        return int(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON")


encode = msgspec.json.Encoder(enc_hook=_plain).encode
