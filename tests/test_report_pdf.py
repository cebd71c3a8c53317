"""PDFs: real text in one font, whatever the alphabet; nothing missing goes unsaid; long tables and broken charts hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from clickstream.charts.drawing import bars
from clickstream.reports.document import Block, Column, Document, Figure, Heading, Paragraph, Statement, Table
from clickstream.reports.markdown import markdown
from clickstream.reports.pdf.setting import set_pdf
from clickstream.reports.press import Pdf

ALPHABETS = {
    "Latin": "Übergrößenträger, œuvre, ¡qué niño!",
    "Vietnamese": "Áo sơ mi lụa dài tay, nữ, trắng",
    "Greek": "Ελληνικό ελαιόλαδο",
    "Cyrillic": "Льняная рубашка «Лето», їжак",
    "Arabic": "قميص كتان طويل",
}
WORDS = {
    "page": "%(page)s of %(pages)s",
    "no_chart": "The chart could not be drawn.",
    "missing_title": "Not printed",
    "missing": "These characters are missing:",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the fonts are unpacked, once."""
    return tmp_path_factory.mktemp("press")


def document(*blocks: Block) -> Document:
    return Document("Áo & Co.", "March", "vi", datetime(2026, 3, 1, tzinfo=UTC), blocks, WORDS)


def pages_of(pdf: Pdf) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf.content)).pages]


def chart(name: str) -> dict[str, Any]:
    spec = bars(name, [{"name": name, "n": 1234567}], "n", "format(datum.n, ',')", [("n", "N", ",")])
    assert spec
    return spec


def test_every_alphabet_is_text_that_can_be_searched(folder: Path) -> None:
    pdf = set_pdf(document(*(Paragraph(text) for text in ALPHABETS.values())), folder)
    [text] = pages_of(pdf)
    for name, wanted in ALPHABETS.items():
        assert name == "Arabic" or wanted in text
    assert set(ALPHABETS["Arabic"].split()) <= set(text.split())  # in whichever order a reader of PDFs has lines go
    assert pdf.told.missing == []


def test_a_character_that_is_missing_is_a_box_and_named_on_the_last_page(folder: Path) -> None:
    table = Table("t", (Column("Product", numeric=False),), (("漢字 shirt \u202b👕\ufe0f",),))
    pdf = set_pdf(document(table, Paragraph("漢 e\u0301te\u0301 1\u202f000")), folder)
    text = pages_of(pdf)[-1]
    assert pdf.told.missing == ["U+5B57 CJK UNIFIED IDEOGRAPH-5B57", "U+6F22 CJK UNIFIED IDEOGRAPH-6F22", "U+1F455 T-SHIRT"]
    assert "\u25af\u25af shirt \u25af" in text and "été 1 000" in text
    assert text.index("Not printed") < text.index("U+5B57 CJK UNIFIED IDEOGRAPH-5B57, U+6F22")


def test_each_chart_stands_under_its_own_caption_with_its_words_as_text_in_the_language(folder: Path) -> None:
    blocks = [Heading("One", 2), Figure("First chart", chart("Áo lụa")), Figure("Second chart", chart("قميص"))]
    [text] = pages_of(set_pdf(document(*blocks), folder))
    places = [text.index(words) for words in ("One", "First chart", "Áo lụa", "Second chart", "قميص")]
    assert places == sorted(places)
    assert text.count("1.234.567") == 2


def test_a_chart_that_cannot_be_drawn_leaves_a_note_and_the_others_their_places(folder: Path) -> None:
    broken = {"$schema": chart("x")["$schema"], "mark": "no such mark", "data": {"values": []}}
    pdf = set_pdf(document(Figure("Broken", broken), Figure("Whole", chart("Whole bar"))), folder)
    [text] = pages_of(pdf)
    assert pdf.told.undrawn == 1
    assert re.search(r"Broken The chart could not be drawn\..*Whole Whole bar", text)


def test_a_long_table_has_its_head_on_every_page_and_all_its_cells(folder: Path) -> None:
    columns = (Column("Product name", numeric=False), Column("Sessions"))
    rows = tuple((f"product {n}", f"n{n}") for n in range(1_500))
    pdf = set_pdf(document(Table("All", columns, rows)), folder)
    pages = pages_of(pdf)
    assert len(pages) == pdf.told.pages > 20
    assert all("Product name Sessions" in page for page in pages)
    assert re.findall(r"n\d+", " ".join(pages)) == [cell for _, cell in rows]


def test_the_same_document_is_the_same_file(folder: Path) -> None:
    made = [
        set_pdf(document(Statement("Up.", "up", (("Sessions", "7"),)), Figure("c", chart("a"))), folder) for _ in range(2)
    ]
    assert made[0].content == made[1].content


def test_headings_are_an_outline_and_never_end_a_page(folder: Path) -> None:
    filler = [Paragraph("word " * 60) for _ in range(8)]
    blocks = [
        block for n in range(12) for block in (*filler[: n % 5 + 1], Heading(f"Heading {n}", 2), Paragraph(f"After {n}"))
    ]
    pdf = set_pdf(document(Heading("Top", 1), *blocks), folder)
    for page in pages_of(pdf):
        for number in re.findall(r"Heading (\d+)", page):
            assert f"After {number}" in page
    outline = PdfReader(BytesIO(pdf.content)).outline
    assert outline[0].title == "Top" and [entry.title for entry in outline[1]] == [f"Heading {n}" for n in range(12)]


def test_markdown_lets_no_text_of_the_shop_become_markup() -> None:
    evil = "<script>alert(1)</script> [a](javascript:x) | `b` # *c* \n- d"
    text = markdown(document(Paragraph(evil), Statement(evil), Table("t", (Column(evil),), ((evil,),))))
    assert not re.search(r"(?<!\\)[<>\[`]script|(?<!\\)\[a|(?<!\\)<script|\n- d", text)
    assert text.count("| --: |") == 1 and all(line.count(" | ") == 0 for line in text.splitlines() if "alert" in line)
