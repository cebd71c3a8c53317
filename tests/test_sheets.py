"""CSV: what a spreadsheet would run is text to it, and every value comes back as it is stored."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest

from clickstream.reports.sheets import BOM, Sheet, cell_of, sheets_of, unguarded

FORMULAS = {
    "a sum": "=1+1",
    "a plus": "+1+1",
    "a phone number": "+49 170 1234567",
    "a minus": "-1+1",
    "an at": "@SUM(A1)",
    "a command": "=cmd|' /C calc'!A0",
    "a tab": "\t=1+1",
    "a carriage return": "\r=1+1",
    "after a quote": '"=1+1',
    "after an apostrophe": "'=1+1",
    "after typographic quotes": "“=1+1”",
    "after a newline": "shoes\n=1+1",
    "after a carriage return": "shoes\r-1+1",
    "after spaces": "  =1+1",
    "full width equals": "＝1+1",
    "full width plus": "＋1",
    "full width minus": "－1",
    "full width at": "＠A1",
    "a typographic minus": "−1+1",
}
HARMLESS = [
    "shoes",
    "a=b",
    "1-2",
    "e-mail@shop.example",
    "-5",
    "-5.25",
    "-1e-05",
    "5",
    "",
    "Áo sơ mi",
    "قميص",
    "a,b;c",
    'say "hi"',
]
NUMBERS: list[Any] = [0, -5, -0.5, 1e-7, 35.79, 110.49787878787879, 2**53 + 1, True, None]


def read(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline="")))


@pytest.mark.parametrize("text", FORMULAS.values(), ids=FORMULAS)
def test_a_text_that_could_be_a_formula_gets_an_apostrophe_and_comes_back_whole(text: str) -> None:
    [[_], [cell]] = read(Sheet("s", ("a",), [[text]]).written())
    assert cell[0] == "'" and cell[1:] == text == unguarded(cell)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_written_as_it_is(text: str) -> None:
    assert cell_of(text) == text


def test_numbers_stay_numbers_and_unknown_is_empty() -> None:
    assert [cell_of(value) for value in NUMBERS] == [
        "0", "-5", "-0.5", "1e-7", "35.79", "110.49787878787879", "9007199254740993", "true", "",
    ]  # fmt: skip


def test_a_sheet_is_rfc_4180_in_utf_8_with_a_byte_order_mark() -> None:
    written = Sheet("s", ("name", "n"), [["Áo, “lụa”", 1], ["two\nlines", 2], ['a "quoted" word', None]]).written()
    assert written.decode() == BOM + 'name,n\r\n"Áo, “lụa”",1\r\n"two\nlines",2\r\n"a ""quoted"" word",\r\n'
    assert read(written)[1:] == [["Áo, “lụa”", "1"], ["two\nlines", "2"], ['a "quoted" word', ""]]


def test_ten_thousand_rows_come_back() -> None:
    rows = [[f"={n}", -n / 3, n] for n in range(10_000)]
    _, *found = read(Sheet("s", ("text", "amount", "n"), rows).written())
    assert [[unguarded(text), float(amount), int(n)] for text, amount, n in found] == rows


def test_a_result_becomes_a_sheet_for_its_numbers_and_one_for_each_list() -> None:
    euros, both = [{"currency": "EUR", "amount": 5.0}], [{"currency": "EUR", "amount": 1}, {"currency": "USD", "amount": 2}]
    result = {
        "sessions": 3,
        "rate": {"numerator": 1, "denominator": 3, "value": 1 / 3},
        "rows": [
            {"name": "a", "revenue": euros, "steps": []},
            {"name": "b", "revenue": both, "steps": [{"n": 1}, {"n": 2}]},
        ],
        "nothing": [],
    }
    found = {sheet.name: sheet for sheet in sheets_of("metric", result)}
    assert {name: sheet.columns for name, sheet in found.items()} == {
        "metric": ("sessions", "rate.numerator", "rate.denominator", "rate.value"),
        "metric.rows": ("name", "revenue.EUR", "revenue.USD"),
        "metric.rows.steps": ("rows.name", "n"),
    }
    assert found["metric.rows"].rows == [["a", 5.0, None], ["b", 1, 2]]
    assert found["metric.rows.steps"].rows == [["b", 1], ["b", 2]]
