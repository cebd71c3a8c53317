"""Everything a saved analysis holds as a zip of CSV files: its claims, its facts, every table of every metric, its chats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from clickstream.reports.archive import File, Piece, zipped
from clickstream.reports.sheets import Sheet, sheets_of

Json = Mapping[str, Any]

_CLAIM = ("section", "claim", "source", "text", "direction", "fact_ids")
_FACT = ("id", "label", "value", "unit", "n", "definition")
_IDENTITY = ("metric", "name", "left", "right", "holds")
_PRODUCT = ("product_id", "name", "category", "price", "currency", "source", "reason")
_MESSAGE = ("message_id", "role", "at", "language", "text", "fact_ids")
_COMMENT = ("section", "claim", "created_by", "created_at", "text")


def analysis_tables(
    analysis: Json, chats: Sequence[Json], comments: Sequence[Json], order: Sequence[str], at: datetime
) -> bytes:
    """`order` is that of the sections."""
    sheets = [
        Sheet("claims", _CLAIM, list(_claims(analysis["sections"], order))),
        _sheet("facts", _FACT, analysis["facts"]),
        _sheet("reconciliation", _IDENTITY, analysis["reconciliation"]),
        _sheet("recommended_products", _PRODUCT, analysis["recommended_products"]),
        *([Sheet("chats", _MESSAGE, list(_messages(chats)))] if chats else []),
        *([_sheet("comments", _COMMENT, comments)] if comments else []),
        *_measured(analysis["metrics"]),
    ]
    named = ("analysis_id", "report", "dataset", "scope", "watermark", "finished_at")
    return archived(sheets, {name: analysis[name] for name in named}, at)


def metric_tables(key: str, result: Any) -> list[Sheet]:
    """Every table of one metric, named without the metric: `values` for its plain numbers, `rows`, `steps`."""
    found = sheets_of(key, result)
    return [Sheet(sheet.name.partition(".")[2] or "values", sheet.columns, sheet.rows) for sheet in found]


def archived(sheets: Sequence[Sheet], about: Json, at: datetime) -> bytes:
    """The sheets as a zip with its manifest."""
    files = [File(f"{sheet.name}.csv", [Piece(sheet.written(), len(sheet.rows))]) for sheet in sheets]
    return b"".join(zipped(files, about, at))


def _measured(metrics: Json) -> Iterator[Sheet]:
    for key, result in metrics.items():
        for sheet in metric_tables(key, result):
            yield Sheet(f"metrics/{key}/{sheet.name}", sheet.columns, sheet.rows)


def _sheet(name: str, columns: tuple[str, ...], rows: Sequence[Json]) -> Sheet:
    return Sheet(name, columns, [[row.get(column) for column in columns] for row in rows])


def _claims(sections: Json, order: Sequence[str]) -> Iterator[list[Any]]:
    for name in order:
        for index, claim in enumerate(sections[name]["claims"] if name in sections else ()):
            cited = " ".join(claim["fact_ids"])
            yield [name, index, sections[name]["source"], claim["text"], claim["direction"], cited]


def _messages(chats: Sequence[Json]) -> Iterator[list[Any]]:
    for said in (said for chat in chats for said in chat["messages"]):
        head = [said["message_id"], said["role"], said["at"], said["language"]]
        if said["role"] == "question":
            yield [*head, said["text"], ""]
        for sentence in said.get("sentences", ()):
            yield [*head, sentence["text"], " ".join(sentence["fact_ids"])]
