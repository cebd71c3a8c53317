"""Tables as CSV: RFC 4180 in UTF-8 with a byte order mark (Excel reads anything else as its own code page).

Numbers are written as JSON writes them. A text that a spreadsheet could take for a formula gets an apostrophe before it, and
so does one that begins with an apostrophe: a reader takes one leading apostrophe off and has the text as it is stored.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from clickstream.store.numbers import encode

BOM = "\ufeff"
GUARD = "'"
_FORMULA = re.compile(r"(?:^|[\r\n])[\s\"'“”‘’`]*[=+\-@＝＋－＠−]|^[\t\r\n]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Sheet:
    """A table with a name, its cells as they are stored: text, numbers, truth, None for unknown, or what JSON can hold."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    def written(self) -> bytes:
        """The whole sheet as a file."""
        lines = [csv_line(self.columns), *(csv_line(row) for row in self.rows)]
        return (BOM + "".join(lines)).encode()


def csv_line(cells: Iterable[Any]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([cell_of(value) for value in cells])
    return line.getvalue()


def cell_of(value: Any) -> str:
    """A value as a cell's text.

    >>> [cell_of(value) for value in (None, True, -5, 0.1, "-5", "=1+1", "'tis", {"a": 1})]
    ['', 'true', '-5', '0.1', '-5', "'=1+1", "''tis", '{"a":1}']
    """
    match value:
        case None:
            return ""
        case str():
            return guarded(value)
        case bool() | int() | float():
            return encode(value).decode()
        case _:
            return guarded(encode(value).decode())


def guarded(text: str) -> str:
    harmless = not text.startswith(GUARD) and not _FORMULA.search(text)
    return text if harmless or _NUMBER.fullmatch(text) else GUARD + text


def unguarded(cell: str) -> str:
    """The text that a cell stands for."""
    return cell.removeprefix(GUARD)


Rows = dict[str, list[dict[str, Any]]]
"""Of each sheet, by its name."""


def sheets_of(name: str, result: Any) -> list[Sheet]:
    """Every table in a metric's result: its plain numbers as one row, and each list in it as a sheet of its own.

    Columns are named by their way through the result (`conversion_rate.value`); amounts have one column a currency
    (`revenue.EUR`); a list within a row has, before its own columns, the first one of the row it belongs to.
    """
    tables: Rows = {}
    for thing in [result] if isinstance(result, Mapping) else result:
        _collect(tables, name, thing, {})
    return [_sheet(path, rows) for path, rows in tables.items()]


def _sheet(name: str, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return Sheet(name, columns, [[row.get(column) for column in columns] for row in rows])


def _collect(tables: Rows, name: str, thing: Mapping[str, Any], owner: Mapping[str, Any]) -> None:
    """`owner` says, as the first columns, which row a row of a list belongs to."""
    row = {**owner, **dict(_plain(thing, ""))}
    if row:
        tables.setdefault(name, []).append(row)
    short = name.rpartition(".")[2]
    known = {f"{short}.{key}": value for key, value in list(row.items())[: len(owner) + 1]} if "." in name else {}
    for path, rows in _lists(thing, ""):
        for inner in rows:
            _collect(tables, f"{name}.{path}", inner, known)


def _plain(thing: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """(column, value) of everything that fits into one row."""
    for key, value in thing.items():
        if isinstance(value, Mapping):
            yield from _plain(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            yield f"{prefix}{key}", value
        elif value and isinstance(value[0], Mapping):
            if _is_money(value):
                yield from _money(value, f"{prefix}{key}")
        elif value:
            yield f"{prefix}{key}", value


def _lists(thing: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """(path, rows) of the lists that are tables themselves."""
    for key, value in thing.items():
        if isinstance(value, Mapping):
            yield from _lists(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping) and not _is_money(value):
            yield f"{prefix}{key}", value


def _is_money(rows: Sequence[Mapping[str, Any]]) -> bool:
    return next(iter(rows[0])) == "currency"


def _money(amounts: Sequence[Mapping[str, Any]], name: str) -> Iterator[tuple[str, Any]]:
    for entry in amounts:
        for key, value in entry.items():
            if key != "currency":
                yield f"{name}.{entry['currency']}{'' if key == 'amount' else f'.{key}'}", value
