"""A report before it has a format: what is said, in order, every number already written in the report's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Direction = Literal["up", "down", "flat", "none"]


@dataclass(frozen=True)
class Heading:
    """Level 1 is a part of the report, 2 a section of it, 3 what stands in a section."""

    text: str
    level: int


@dataclass(frozen=True)
class Paragraph:
    """`soft`: about the report rather than of it."""

    text: str
    soft: bool = False


@dataclass(frozen=True)
class Headline:
    """Figures on top of everything, as (value, label)."""

    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Remark:
    """What a reader wrote about a claim; `about` names the reader and the time."""

    about: str
    text: str


@dataclass(frozen=True)
class Statement:
    """A claim or a sentence of an answer, and the facts it stands on as (label, value)."""

    text: str
    direction: Direction = "none"
    facts: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A chart: its Vega-Lite spec and what it shows, where no heading says so."""

    caption: str
    spec: dict[str, Any]


@dataclass(frozen=True)
class Column:
    """Columns of numbers stand right, those of words left."""

    title: str
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """`note` says what is not in it, if anything."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Definitions:
    """Terms and what they mean."""

    items: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Headline | Statement | Figure | Table | Definitions


@dataclass(frozen=True)
class Document:
    """`made_at` is when the report was written down; `words` are the few that the writers themselves need."""

    title: str
    subtitle: str
    language: str
    made_at: datetime
    blocks: tuple[Block, ...]
    words: dict[str, str] = field(default_factory=dict)
