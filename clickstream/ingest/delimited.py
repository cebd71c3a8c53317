"""CSV and TSV with a header. A row that does not fit costs only itself, even when its stray quote swallowed others."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator

from clickstream.errors import InvalidInput
from clickstream.ingest.limits import Refused
from clickstream.ingest.rows import Row, cut_off, unreadable

DELIMITERS = ",;\t"

NumberedLines = Iterator[tuple[int, bytes | Refused]]


def read_table(numbered: NumberedLines, damaged: Callable[[], bool]) -> tuple[list[str], Iterator[Row]]:
    """Column names and rows, each a dict of its cells that are not empty.

    `damaged` says, once the end is reached, whether the file broke off there. Raises InvalidInput without a header.
    """
    _, first = next(numbered, (1, b""))
    header = b"" if isinstance(first, Refused) else first
    line = header.decode("utf-8", "replace").rstrip("\r\n")
    delimiter = max(DELIMITERS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    _check_names([name for name in names if name])
    return names, _rows(_Lines(numbered), names, delimiter, damaged)


def _check_names(names: list[str]) -> None:
    if len(names) < 2:
        raise InvalidInput("The file is neither JSON nor a table: its first line must name columns, with , ; or tabs.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidInput(f"The header names the column {twice[0]} twice.")


def _rows(lines: _Lines, names: list[str], delimiter: str, damaged: Callable[[], bool]) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield lines.refused(), unreadable("malformed_csv", f"is not CSV: {error}")
            continue
        if lines.problem or len(cells) != len(names) or (not lines.whole and damaged()):
            if cells or lines.problem:
                yield lines.refused(), lines.problem or _misfit(len(cells), len(names), lines.whole)
            continue
        yield lines.number, {name: cell for name, cell in zip(names, cells, strict=True) if cell and name}


def _misfit(found: int, expected: int, whole: bool) -> Refused:
    if not whole and found <= expected:
        return cut_off()
    return unreadable("wrong_columns", f"has {found} columns where the header names {expected}")


class _Lines:
    """Decoded lines for the csv module, which may take several for one row, and must give them back if it was no row."""

    def __init__(self, numbered: NumberedLines) -> None:
        self._numbered = numbered
        self._given_back: deque[tuple[int, bytes | Refused]] = deque()
        self._taken: list[tuple[int, bytes | Refused]] = []
        self.problem: Refused | None = None

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        numbered = self._given_back.popleft() if self._given_back else next(self._numbered)
        self._taken.append(numbered)
        line = numbered[1]
        if isinstance(line, Refused):
            self.problem = line
            return "\n"
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.problem = unreadable("invalid_utf8", "is not UTF-8")
            return line.decode("utf-8", "replace")

    def begin_row(self) -> None:
        self._taken.clear()
        self.problem = None

    @property
    def number(self) -> int:
        """The line on which the row begins."""
        return self._taken[0][0]

    @property
    def whole(self) -> bool:
        """Whether the row's last line ends as lines do; the file's last line may not."""
        line = self._taken[-1][1]
        return isinstance(line, Refused) or line.endswith(b"\n")

    def refused(self) -> int:
        """Give up the row's first line only; its number. The others are read again."""
        self._given_back.extendleft(reversed(self._taken[1:]))
        return self.number
