"""What a username may look like, and its one spelling."""

from __future__ import annotations

import unicodedata

from clickstream.errors import InvalidInput


def accept_username(raw: str) -> str:
    """The one spelling of a username: NFKC, case folded. InvalidInput says what it may look like.

    >>> accept_username("Alice.B")
    'alice.b'
    """
    username = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", raw).casefold())
    if not 3 <= len(username) <= 64:
        reason = "must have 3 to 64 characters"
    elif not all(character.isalnum() or character in "._@-" for character in username):
        reason = "may hold letters, digits and . _ @ - only"
    else:
        return username
    raise InvalidInput(f"The username {reason}.", fields={"username": reason})
