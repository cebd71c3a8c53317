"""Identical events told apart by how often they came, in memory that does not grow with the file."""

from __future__ import annotations

import sqlite3

MOST_IN_MEMORY = 100_000
_COUNT = "INSERT INTO seen VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET n = n + excluded.n"


class Occurrences:
    """Counts identical events without an id, so that true repeats in one request or file all count.

    Beyond `most` different ones they are kept in a temporary database on disk, which goes with this object.
    Raises OSError where there is no room for it.
    """

    def __init__(self, most: int = MOST_IN_MEMORY) -> None:
        self._most = most
        self._seen: dict[str, int] = {}
        self._rest: sqlite3.Connection | None = None

    def name(self, digest: str) -> str:
        """The digest, numbered from its second time on."""
        n = self._seen.get(digest, 0)
        self._seen[digest] = n + 1
        if self._rest:
            n += self._counted(digest)
        if len(self._seen) >= self._most:
            self._put_away()
        return f"{digest}-{n}" if n else digest

    def _counted(self, digest: str) -> int:
        assert self._rest
        found = self._rest.execute("SELECT n FROM seen WHERE digest = ?", (digest,)).fetchone()
        return found[0] if found else 0

    def _put_away(self) -> None:
        try:
            if self._rest is None:
                self._rest = sqlite3.connect("", isolation_level=None, check_same_thread=False)
                self._rest.execute("CREATE TABLE seen (digest TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")
            self._rest.execute("BEGIN")
            self._rest.executemany(_COUNT, sorted(self._seen.items()))
            self._rest.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise OSError(None, f"no room to tell repeats apart ({error})") from error
        self._seen.clear()
