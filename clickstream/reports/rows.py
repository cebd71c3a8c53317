"""Events and sessions exactly as they are stored, written as they are read: any number of them in constant memory.

NDJSON ends with a line {"end": {...}} that counts the rows and has the SHA-256 of all bytes before it; CSV comes as a zip
with a manifest that says the same. What was cut lacks its end, so nobody takes a part for the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from clickstream.reports.archive import File, Piece, zipped
from clickstream.reports.sheets import BOM, csv_line
from clickstream.store.numbers import encode

WRITTEN_TOGETHER = 500
"""Rows a piece."""
FORMATS = ("ndjson", "csv")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rows:
    """What is exported: `name` of the thing (events), the columns of its CSV, and rows as the API writes them.

    `about` says what of, and of which moment; `ending` what is known only once all is read.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Row]
    about: Row
    at: datetime
    ending: Callable[[], Row] = dict

    def ndjson(self) -> Generator[bytes, None, None]:
        digest, count = hashlib.sha256(), 0
        for some in _batches(self.rows):
            lines = b"".join(encode(row) + b"\n" for row in some)
            digest.update(lines)
            count += len(some)
            yield lines
        end = {**self.about, **self.ending(), "rows": count, "sha256": digest.hexdigest()}
        yield encode({"end": end}) + b"\n"

    def csv(self) -> Generator[bytes, None, None]:
        return zipped([File(f"{self.name}.csv", self._lines())], self.about, self.at)

    def _lines(self) -> Iterator[Piece]:
        yield Piece((BOM + csv_line(self.columns)).encode(), 0)
        for some in _batches(self.rows):
            lines = "".join(csv_line([row[column] for column in self.columns]) for row in some)
            yield Piece(lines.encode(), len(some))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    found = iter(rows)
    for first in found:
        yield list(islice(chain([first], found), WRITTEN_TOGETHER))
