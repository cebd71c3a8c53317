"""Facts as a language model is told them: whole groups, the most needed first, as many as fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from clickstream.facts import Fact, FactSheet


def groups_of(sheet: FactSheet) -> list[list[Fact]]:
    """Facts that are told together or not at all, the most needed first."""
    groups: dict[str, list[Fact]] = {}
    for fact in sheet.values():
        groups.setdefault(group_of(fact.id), []).append(fact)
    return list(groups.values())


def group_of(fact_id: str) -> str:
    """`segments.device`, `compare.money`, `search.term`, `overview`."""
    first, _, rest = fact_id.partition(".")
    second = rest.partition(".")[0]
    return f"{first}.{second}" if first in ("segments", "compare") or second in ("term", "left") else first


def fitted(groups: Iterable[Sequence[Fact]], room: int) -> tuple[list[Fact], list[dict[str, Any]]]:
    """The facts of the groups that fit into this many bytes, and how they are written."""
    facts: list[Fact] = []
    rows: list[dict[str, Any]] = []
    defined: set[str] = set()
    for group in groups:
        also_defined = set(defined)
        written = rows_of(group, also_defined)
        size = len(msgspec.json.encode(written))
        if size <= room:
            room -= size
            facts += group
            rows += written
            defined = also_defined
    return facts, rows


def rows_of(facts: Iterable[Fact], defined: set[str]) -> list[dict[str, Any]]:
    """Facts as the model sees them: nothing unknown, no definition twice, no more digits than mean anything."""
    rows = []
    for fact in facts:
        value = float(f"{fact.value:.6g}") if isinstance(fact.value, float) else fact.value
        fields = {**msgspec.structs.asdict(fact), "value": value}
        if fact.definition in defined:
            del fields["definition"]
        defined.add(fact.definition)
        rows.append({name: field for name, field in fields.items() if field is not None and field != ""})
    return rows
