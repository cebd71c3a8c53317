"""A document as Markdown (CommonMark with tables). Text of the shop is escaped: it cannot become markup or a link."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clickstream.reports.document import (
    Block,
    Definitions,
    Document,
    Figure,
    Heading,
    Headline,
    Paragraph,
    Statement,
    Table,
)

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_WHITE = re.compile("[ \t\r\n\f\v\x1c-\x1f\x85\u2028\u2029]+")
"""All but the spaces that hold a number and its unit together."""
_AT_LINE_START = re.compile(r"^(\s*)([-+=>]|\d+[.)])(\s|$)")
ARROWS = {"up": "▲ ", "down": "▼ "}


def markdown(document: Document) -> str:
    """Ends with a line break; the same document is the same text."""
    head = [f"# {escaped(document.title)}", escaped(document.subtitle)]
    return "\n\n".join([*head, *(text for block in document.blocks for text in _lines(block, document))]) + "\n"


def escaped(text: str) -> str:
    r"""Plain text, on one line.

    >>> escaped("*50 %*\n<script>"), escaped("1. of all"), escaped("a|b")
    ('\\*50 %\\* \\<script\\>', '1\\. of all', 'a\\|b')
    """
    text = _MARKUP.sub(r"\\\1", _WHITE.sub(" ", text).strip())
    return _AT_LINE_START.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}{found[3]}", text)


def _lines(block: Block, document: Document) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"{'#' * (level + 1)} {escaped(text)}"
        case Paragraph(text, soft):
            yield f"*{escaped(text)}*" if soft else escaped(text)
        case Headline(figures):
            yield "\n".join(f"- **{escaped(value)}** {escaped(label)}" for value, label in figures)
        case Statement():
            yield _statement(block)
        case Figure():
            pass  # the tables have its numbers
        case Table():
            yield _table(block)
            if block.note:
                yield f"*{escaped(block.note)}*"
        case Definitions(items):
            yield "\n".join(f"- **{escaped(term)}**: {escaped(meaning)}" for term, meaning in items)


def _statement(statement: Statement) -> str:
    facts = "; ".join(f"{escaped(label)}: {escaped(value)}" for label, value in statement.facts)
    remarks = [f"  > {escaped(remark.text)} ({escaped(remark.about)})" for remark in statement.remarks]
    said = f"- {ARROWS.get(statement.direction, '')}{escaped(statement.text)}"
    return "\n".join([said, *([f"  <br>{facts}"] if facts else []), *remarks])


def _table(table: Table) -> str:
    heads = [escaped(column.title) for column in table.columns]
    rule = ["--:" if column.numeric else ":--" for column in table.columns]
    rows = [[escaped(cell) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))
