"""Pages on which a report is set: A4, a running head, page numbers, type in three weights, tables with heads that return."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from clickstream.reports.document import Column
from clickstream.reports.pdf.drawings import INK, RULE, SOFT, Drawing
from clickstream.reports.pdf.fonts import FAMILY, STAND_IN, Fonts, printable

LEFT = 20.0
TOP = 22.0
FOOT = 20.0
LEADING = 1.42
"""Height of a line, in its type size."""
POINT = 25.4 / 72
CELL_PADDING = 1.3
GUTTER = 3.0
"""Between two columns of a table."""


class Pages(FPDF):
    """`missing` collects the characters that were asked for and are not in the font."""

    def __init__(self, fonts: Fonts, running_head: str, page_words: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._running_head, self._page_words = running_head, page_words
        self.missing: set[str] = set()
        for style, path in fonts.files.items():
            self.add_font(FAMILY, style, path)
        self._printed = set.intersection(*(set(font.cmap) for font in self.fonts.values() if isinstance(font, TTFFont)))
        self._widths_known: dict[tuple[str, bool, str], float] = {}
        self.align_figures(False)
        self.set_margins(LEFT, TOP, LEFT)
        self.set_auto_page_break(True, FOOT)
        self.c_margin = 0

    def describe(self, *, title: str, language: str, made_at: datetime) -> None:
        self.set_title(title)
        self.set_author("Clickstream")
        self.set_creator("Clickstream")
        self.set_lang(language)
        self.set_creation_date(made_at)

    def header(self) -> None:
        if self.page_no() > 1:
            self.set_y(12)
            self.type(8, SOFT)
            self.line_of(self._running_head)
        self.set_y(TOP)

    def footer(self) -> None:
        self.set_y(-14)
        self.type(8, SOFT)
        words = self._page_words % {"page": self.page_no(), "pages": self.str_alias_nb_pages}
        self.cell(self.epw, 4, words, align="R")

    def align_figures(self, aligned: bool) -> None:
        """Figures of one width, for tables, or each of its own."""
        self._figures = aligned
        self.set_text_shaping(True, features={"tnum": aligned})

    @property
    def room(self) -> float:
        """What is left of the page, in mm."""
        return float(self.page_break_trigger - self.get_y())

    def need(self, height: float) -> None:
        """Go on to the next page where less than this is left of this one."""
        if self.room < height:
            self.add_page()

    def type(self, size: float, colour: str = INK, style: str = "") -> None:
        self.set_font(FAMILY, style, size)
        self.set_text_color(colour)

    @property
    def leading(self) -> float:
        return float(self.font_size_pt) * POINT * LEADING

    def shown(self, text: str) -> str:
        """The text as the font can print it; what it cannot is remembered."""
        text = printable(text)
        lacking = {char for char in text if ord(char) not in self._printed}
        if not lacking:
            return text
        self.missing |= lacking
        return "".join(STAND_IN if char in lacking else char for char in text)

    def width_of(self, text: str) -> float:
        """Of printable text in the type that is set. Measuring shapes it, so words are measured once."""
        known = (self.font_style, self._figures, text)
        if known not in self._widths_known:
            self._widths_known[known] = float(self.get_string_width(text)) / float(self.font_size_pt)
        return self._widths_known[known] * float(self.font_size_pt)

    def lines(self, text: str, width: float) -> list[str]:
        """The text broken into lines of this width, between words where that is possible."""
        space, lines, filled = self.width_of("n n") - self.width_of("nn"), [""], 0.0
        for word in self._pieces(self.shown(text).split(" "), width):
            wide = self.width_of(word)
            if lines[-1] and filled + space + wide > width:
                lines.append(word)
                filled = wide
            else:
                filled += (space if lines[-1] else 0.0) + wide
                lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        return lines

    def _pieces(self, words: Sequence[str], width: float) -> Iterator[str]:
        """The words; one that is wider than a line in pieces that are not."""
        for word in words:
            rest = word
            while len(rest) > 1 and self.width_of(rest) > width:
                fits = max(1, bisect_right(range(1, len(rest)), width, key=lambda end: self.width_of(rest[:end])))
                yield rest[:fits]
                rest = rest[fits:]
            yield rest

    def line_of(self, text: str) -> None:
        """One line, cut where it is too long for the page."""
        self.cell(self.epw, self.leading, self.fitted(text, float(self.epw)), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def prose(self, text: str, *, left: float = 0.0, width: float = 0.0, align: str = "L") -> None:
        """A paragraph from `left` of the margin, as wide as what is left of the page where no `width` is given."""
        width = width or float(self.epw) - left
        for line in self.lines(text, width):
            self.need(self.leading)
            self.set_x(LEFT + left)
            self.cell(width, self.leading, line, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def height_of(self, text: str, width: float) -> float:
        """Of the text when set in lines of this width."""
        return len(self.lines(text, width)) * self.leading

    def fitted(self, text: str, width: float) -> str:
        """The text, with an ellipsis for what does not fit on one line."""
        shown = self.shown(text)
        if self.width_of(shown) <= width:
            return shown
        fits = bisect_right(range(1, len(shown)), width, key=lambda end: self.width_of(shown[:end].rstrip() + "…"))
        return shown[:fits].rstrip() + "…"

    def rule(self, colour: str = RULE, width: float = 0.2) -> None:
        self.set_draw_color(colour)
        self.set_line_width(width)
        self.line(LEFT, self.get_y(), LEFT + self.epw, self.get_y())

    def picture(self, drawing: Drawing) -> None:
        """A chart as wide as the text: shapes, and its words as text over them."""
        scale = float(self.epw) / drawing.width
        self.need(drawing.height * scale)
        top = self.get_y()
        self.image(BytesIO(drawing.shapes), x=LEFT, y=top, w=self.epw)
        for text in drawing.texts:
            self.type(text.size * scale / POINT, text.colour, "B" if text.bold else "")
            shown, size = self.shown(text.text), self.font_size
            width = self.width_of(shown)
            before = {"end": width, "middle": width / 2}.get(text.anchor, 0.0)
            self.set_xy(LEFT + text.x * scale - before, top + text.y * scale - 0.8 * size)
            self.cell(width, size, shown)
        self.set_xy(LEFT, top + drawing.height * scale)

    def grid(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """A table; its head returns on every page. Words wrap, numbers have room for themselves."""
        self.align_figures(True)
        widths = self._widths(columns, rows)
        self.need(_TOGETHER)
        self._head(columns, widths)
        for row in rows:
            if self.room < self._height(row, widths):
                self.add_page()
                self._head(columns, widths)
            self._row(columns, widths, row)
        self.align_figures(False)

    def _head(self, columns: Sequence[Column], widths: Sequence[float]) -> None:
        self._row(columns, widths, [column.title for column in columns], SOFT)

    def _height(self, cells: Sequence[str], widths: Sequence[float]) -> float:
        self.type(8.5)
        return max(self.height_of(*pair) for pair in zip(cells, widths, strict=True)) + CELL_PADDING

    def _row(self, columns: Sequence[Column], widths: Sequence[float], cells: Sequence[str], colour: str = INK) -> None:
        height = self._height(cells, widths)
        top, left = self.get_y(), 0.0
        self.type(8.5, colour)
        for column, width, text in zip(columns, widths, cells, strict=True):
            self.set_y(top + CELL_PADDING / 2)
            self.prose(text, left=left, width=width, align="R" if column.numeric else "L")
            left += width + GUTTER
        self.set_xy(LEFT, top + height)
        self.rule()

    def _widths(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[float]:
        """Numbers get what they need; words share the rest by their need."""
        self.type(8.5)
        needs = [self._need(column, [row[n] for row in rows]) for n, column in enumerate(columns)]
        left = float(self.epw) - GUTTER * (len(columns) - 1)
        numbers = sum(need for need, column in zip(needs, columns, strict=True) if column.numeric)
        words = sum(need for need, column in zip(needs, columns, strict=True) if not column.numeric)
        if numbers + words <= left:
            grow = left / (numbers + words)
            return [need * grow for need in needs]
        shared = max(left - numbers, left * 0.4) / words
        narrowed = min(1.0, (left - words * shared) / numbers) if numbers else 1.0
        return [need * (narrowed if column.numeric else shared) for need, column in zip(needs, columns, strict=True)]

    def _need(self, column: Column, cells: Sequence[str]) -> float:
        title = max((self.width_of(self.shown(word)) for word in column.title.split()), default=0.0)
        widest = max((self.width_of(self.shown(cell)) for cell in cells[:_MEASURED]), default=0.0)
        return max(title, widest, _NARROWEST) + 0.2


_TOGETHER = 20.0
"""A table begins only where so much of it fits on the page, in mm."""
_MEASURED = 200
"""Rows by which columns are measured."""
_NARROWEST = 12.0
