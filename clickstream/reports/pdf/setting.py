"""A document set block by block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
from clickstream.reports.pdf.drawings import INK, PALETTE, SOFT, Drawing, drawings
from clickstream.reports.pdf.fonts import fonts_in, named
from clickstream.reports.pdf.pages import LEFT, Pages
from clickstream.reports.press import Pdf, Told

INDENT = 5.0
MARKS = {"up": ("▲", PALETTE[4]), "down": ("▼", PALETTE[1])}
BULLET = ("•", SOFT)
_SIZES = {1: (15, 9.0, 3.5), 2: (11.5, 6.0, 2.0), 3: (9.5, 4.0, 1.0)}
"""Of headings by level: type, and the room above and below."""
_HEADING_LINE = 7.0
_BEGINNING = 24.0
"""So much of what follows stands on the page of its heading."""


def set_pdf(document: Document, data_dir: Path) -> Pdf:
    """The same document is the same bytes. Raises FontUnavailable."""
    fonts = fonts_in(data_dir)
    figures = {n: block for n, block in enumerate(document.blocks) if isinstance(block, Figure)}
    drawn = drawings([figure.spec for figure in figures.values()], document.language, fonts.folder)
    pages = Pages(fonts, f"{document.title} · {document.subtitle}", document.words["page"])
    pages.describe(title=document.title, language=document.language, made_at=document.made_at)
    _Setting(document, pages, dict(zip(figures, drawn, strict=True))).all()
    content = bytes(pages.output())
    return Pdf(content, Told(pages.pages_count, named(pages.missing), drawn.count(None)))


@dataclass(frozen=True)
class _Setting:
    """`drawings` by the places of their figures among the document's blocks; None where a chart could not be drawn."""

    document: Document
    pages: Pages
    drawings: Mapping[int, Drawing | None]

    def all(self) -> None:
        self.pages.add_page()
        self._title()
        for place, block in enumerate(self.document.blocks):
            if isinstance(block, Heading):
                self.pages.need(self._together(place))
            self._block(block, self.drawings.get(place))
        self._missing()

    def _together(self, place: int) -> float:
        """The height of the headings from here on and of what they must not be parted from."""
        block = self.document.blocks[place] if place < len(self.document.blocks) else None
        if isinstance(block, Heading):
            _, above, below = _SIZES[block.level]
            return above + below + _HEADING_LINE + self._together(place + 1)
        return self._height(self.drawings.get(place)) + _BEGINNING

    def _block(self, block: Block, drawing: Drawing | None = None) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Paragraph():
                self._paragraph(block)
            case Headline():
                self._headline(block)
            case Statement():
                self._statement(block)
            case Figure():
                self._figure(block, drawing)
            case Table():
                self._table(block)
            case Definitions():
                self._definitions(block)

    def _title(self) -> None:
        pages = self.pages
        pages.type(23, INK, "B")
        pages.prose(self.document.title)
        pages.ln(1)
        pages.type(10.5, SOFT)
        pages.prose(self.document.subtitle)
        pages.ln(3)
        pages.rule(INK, 0.5)
        pages.ln(4)

    def _heading(self, block: Heading) -> None:
        pages = self.pages
        size, above, below = _SIZES[block.level]
        pages.ln(above)
        pages.start_section(pages.shown(block.text), level=min(block.level - 1, 2), strict=False)
        if block.level == 1:
            pages.rule(INK, 0.3)
            pages.ln(2.5)
        pages.type(size, INK, "B")
        pages.prose(block.text)
        pages.ln(below)

    def _paragraph(self, block: Paragraph) -> None:
        self.pages.type(8.5 if block.soft else 9.5, SOFT if block.soft else INK, "I" if block.soft else "")
        self.pages.prose(block.text)
        self.pages.ln(1.5)

    def _headline(self, block: Headline) -> None:
        """Up to four figures side by side."""
        pages = self.pages
        for start in range(0, len(block.figures), 4):
            row = block.figures[start : start + 4]
            width, top = float(pages.epw) / 4, pages.get_y()
            for n, (value, label) in enumerate(row):
                pages.set_xy(LEFT + n * width, top)
                pages.type(17, INK, "B")
                pages.cell(width - 3, 9, pages.fitted(value, width - 3))
                pages.set_xy(LEFT + n * width, top + 9)
                pages.type(8.5, SOFT)
                pages.cell(width - 3, 4.5, pages.fitted(label, width - 3))
            pages.set_xy(LEFT, top + 15)

    def _statement(self, block: Statement) -> None:
        pages = self.pages
        facts = "  ·  ".join(f"{label}\u00a0{value}" for label, value in block.facts)
        pages.type(10)
        height = pages.height_of(block.text, pages.epw - INDENT)
        pages.type(8, SOFT)
        pages.need(height + (pages.height_of(facts, pages.epw - INDENT) if facts else 0) + 1)
        mark, colour = MARKS.get(block.direction, BULLET)
        pages.type(8, colour)
        pages.set_x(LEFT)
        pages.cell(INDENT, 5, mark)
        pages.type(10)
        pages.prose(block.text, left=INDENT)
        if facts:
            pages.type(8, SOFT)
            pages.prose(facts, left=INDENT)
        for remark in block.remarks:
            pages.type(8.5, INK, "I")
            pages.prose(f"“{remark.text}” — {remark.about}", left=INDENT)
        pages.ln(2)

    def _figure(self, block: Figure, drawing: Drawing | None) -> None:
        pages = self.pages
        pages.need(self._height(drawing) + 10)
        if block.caption:
            pages.ln(2)
            pages.type(8.5, SOFT, "B")
            pages.prose(block.caption)
            pages.ln(1)
        if drawing:
            pages.picture(drawing)
        else:
            self._paragraph(Paragraph(self.document.words["no_chart"], soft=True))
        pages.ln(3)

    def _height(self, drawing: Drawing | None) -> float:
        return drawing.height * float(self.pages.epw) / drawing.width if drawing else 0.0

    def _table(self, block: Table) -> None:
        self.pages.grid(block.columns, block.rows)
        self.pages.ln(1.5)
        if block.note:
            self._paragraph(Paragraph(block.note, soft=True))

    def _definitions(self, block: Definitions) -> None:
        pages = self.pages
        left = pages.epw * 0.3
        for term, meaning in block.items:
            pages.type(8.5)
            height = pages.height_of(meaning, pages.epw - left)
            pages.type(8.5, INK, "B")
            height = max(height, pages.height_of(term, left - 4))
            pages.need(height + 1)
            top = pages.get_y()
            pages.prose(term, width=left - 4)
            pages.set_y(top)
            pages.type(8.5)
            pages.prose(meaning, left=left)
            pages.set_y(top + height + 1)

    def _missing(self) -> None:
        """What the font does not have, on the last page."""
        if not self.pages.missing:
            return
        self._heading(Heading(self.document.words["missing_title"], 1))
        self._paragraph(Paragraph(self.document.words["missing"]))
        self._paragraph(Paragraph(", ".join(named(self.pages.missing))))
