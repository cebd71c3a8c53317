from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clickstream.errors import InvalidInput, NotFound
from clickstream.ingest import json_values, rows
from clickstream.ingest.files import open_file
from clickstream.ingest.limits import Refused

EVENTS = [{"event_type": "pageview", "client_id": f"c{n}", "properties": {"title": 'He said "{[" ☕'}} for n in range(5)]
LINES = [json.dumps(event, ensure_ascii=False) for event in EVENTS]
REES46 = Path(__file__).parents[2] / "shared" / "data" / "rees46_2019_oct_head.csv.gz"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Writes the bytes to a file and reads it: good rows, refused ones as (place, code, reason), format, fault."""

    def reader(content: bytes | str, format_name: str | None = None) -> SimpleNamespace:
        path = tmp_path / "file.dat"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with open_file(str(path), format_name) as file:
            found = list(file.rows)
            refused = [(at, row.code, row.fields[""]) for at, row in found if isinstance(row, Refused)]
            good = [(at, row) for at, row in found if not isinstance(row, Refused)]
            return SimpleNamespace(good=good, refused=refused, format=file.format, place=file.place, fault=file.source.fault)

    return reader


def refusals(result: SimpleNamespace) -> list[tuple[int, str]]:
    return [(place, code) for place, code, _ in result.refused]


@pytest.mark.parametrize(
    ("content", "format_name"),
    [
        ("\n".join(LINES), "ndjson"),
        ("\n".join(LINES) + "\n", "ndjson"),
        ("\r\n\r\n".join(LINES) + "\r\n\r\n", "ndjson"),
        ("   \n" + "\n".join(LINES), "ndjson"),
        (json.dumps(EVENTS), "json"),
        (json.dumps(EVENTS, indent=2), "json"),
        (json.dumps({"events": EVENTS}), "json"),
        (json.dumps({"events": EVENTS}, indent=1), "json"),
        (json.dumps({"version": 1, "made": {"by": ["x"]}, "events": EVENTS, "more": [1, 2]}, indent=1), "json"),
        (f"  [ {' , '.join(LINES)} ]  \n", "json"),
        ("\n".join(json.dumps(event, indent=2) for event in EVENTS), "json"),
    ],
)
@pytest.mark.parametrize("wrapped", ["plain", "bom", "gzip", "gzip_in_two", "bom_in_gzip"])
def test_the_format_is_known_by_what_is_in_the_file(read: Any, content: str, format_name: str, wrapped: str) -> None:
    plain = content.encode()
    half = len(plain) // 2
    found = read(
        {
            "plain": plain,
            "bom": b"\xef\xbb\xbf" + plain,
            "gzip": gzip.compress(plain),
            "gzip_in_two": gzip.compress(plain[:half]) + gzip.compress(plain[half:]) + b"\0" * 512,
            "bom_in_gzip": gzip.compress(b"\xef\xbb\xbf" + plain),
        }[wrapped]
    )
    assert (found.format, found.fault, found.refused) == (format_name, None, [])
    assert [row for _, row in found.good] == EVENTS


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_is_read_by_its_header_whatever_divides_it(read: Any, delimiter: str, end: str) -> None:
    table = [["event_type", "client_id", "title"], ["pageview", "c1", '"a, b; c\td"'], ["search", "", "x"], ["", "c3", ""]]
    found = read(end.join(delimiter.join(row) for row in table) + end)
    assert (found.format, found.place, found.refused) == ("csv", "line", [])
    assert found.good == [
        (2, {"event_type": "pageview", "client_id": "c1", "title": "a, b; c\td"}),
        (3, {"event_type": "search", "title": "x"}),
        (4, {"client_id": "c3"}),
    ]


def test_a_quoted_cell_may_go_over_lines_and_later_rows_keep_their_line_numbers(read: Any) -> None:
    found = read('a,b\n1,"x\ny\nz"\n\n2,w\n')
    assert found.good == [(2, {"a": "1", "b": "x\ny\nz"}), (6, {"a": "2", "b": "w"})]
    assert found.refused == []


def test_a_row_of_the_wrong_width_costs_only_itself(read: Any) -> None:
    found = read("a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [place for place, _ in found.good] == [2, 5]
    assert found.refused == [
        (3, "wrong_columns", "has 1 columns where the header names 2"),
        (4, "wrong_columns", "has 3 columns where the header names 2"),
    ]


@pytest.mark.parametrize("broken", ['2,"never closed', '2,"closed"late', '2,"x', '"2,x'])
def test_a_stray_quote_costs_only_its_own_line(read: Any, broken: str) -> None:
    found = read(f'a,b\n1,x\n{broken}\n3,y\n4,"z"\n5,w\n')
    assert [place for place, _ in found.good] == [2, 4, 5, 6]
    assert refusals(found) == [(3, "malformed_csv")]


def test_a_last_row_with_too_few_columns_and_no_line_end_is_cut_off(read: Any) -> None:
    found = read("a,b,c\n1,2,3\n4,5")
    assert [place for place, _ in found.good] == [2]
    assert found.refused == [(3, "cut_off", "is cut off: the file ends in the middle of it")]


def test_a_last_row_without_a_line_end_is_whole_when_its_columns_are(read: Any) -> None:
    assert [place for place, _ in read("a,b\n1,2\n3,4").good] == [2, 3]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("just text", "neither JSON nor a table"),
        ("a,a\n1,2", "names the column a twice"),
        ("PK\x03\x04\0\0zip", "is binary"),
        ("\ufeff,\n".encode("utf-16-le"), "UTF-16"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(read: Any, header: str | bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read(header)


def test_an_empty_file_has_no_events_and_no_faults(read: Any) -> None:
    for content in ("", "\n \n", "[]", '{"events": []}', gzip.compress(b"")):
        found = read(content)
        assert (found.good, found.refused, found.fault) == ([], [], None)


def test_a_missing_file_and_a_folder_are_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file"), open_file(str(tmp_path / "none.csv")):
        pass
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"), open_file(str(tmp_path)):
        pass


def test_every_broken_line_is_refused_by_its_number_and_nothing_else_is_lost(read: Any) -> None:
    deep = '{"a":' * 100_000
    broken = ["oops", '{"price": NaN}', "{} {}", deep, '{"a": "\\ud800"}', '{"n": ' + "9" * 5_000 + "}"]
    content = "\n".join([LINES[0], *broken, LINES[1]]).encode() + b'\n{"a": "\xff"}\n' + LINES[2].encode()
    found = read(content)
    good = [(place, row) for place, row in found.good if row in EVENTS]
    assert good == [(1, EVENTS[0]), (8, EVENTS[1]), (10, EVENTS[2])]
    assert {(place, "malformed_json") for place in (2, 3, 4, 5, 9)} <= set(refusals(found))
    assert dict((place, said) for place, _, said in found.refused)[5] == "is nested too deeply"


def test_a_first_line_that_is_broken_does_not_hide_that_the_rest_is_ndjson(read: Any) -> None:
    for first in ("oops", '{"cut": ', "a,b"):
        found = read("\n".join([first, *LINES]))
        assert (found.format, len(found.good), refusals(found)) == ("ndjson", 5, [(1, "malformed_json")])


def test_a_last_line_that_stops_in_the_middle_is_cut_off(read: Any) -> None:
    found = read(LINES[0] + "\n" + LINES[1][:-5])
    assert refusals(found) == [(2, "cut_off")]
    assert found.good == [(1, EVENTS[0])]


def test_every_broken_item_of_a_list_is_refused_by_its_place_and_nothing_else_is_lost(read: Any) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    broken = ['{"price": NaN}', '{"a": Infinity}', deep, '{"n": ' + "9" * 5_000 + "}", "{'a': 1}", "nonsense", '{"a" 1}']
    found = read(f"[{', '.join([LINES[0], *broken, LINES[1]])}]")
    assert found.good == [(1, EVENTS[0]), (len(broken) + 2, EVENTS[1])]
    assert refusals(found) == [(place, "malformed_json") for place in range(2, len(broken) + 2)]
    said = {place: reason for place, _, reason in found.refused}
    assert said[2] == "is not JSON: NaN is no JSON number"
    assert said[4] == "is nested too deeply"


@pytest.mark.parametrize("start", ["[", '{"events": ['])
def test_a_list_that_stops_in_the_middle_keeps_what_came_before(read: Any, start: str) -> None:
    for tail in (LINES[2][:-3], LINES[2], LINES[2] + ","):
        found = read(start + ",".join([*LINES[:2], tail]))
        whole = 3 if tail.startswith(LINES[2]) else 2
        assert [row for _, row in found.good] == EVENTS[:whole]
        assert {code for _, code, _ in found.refused} == {"cut_off"}


def test_a_truncated_gzip_file_keeps_what_came_before_and_says_so(read: Any) -> None:
    table = "a,b\n" + "".join(f"{n},{n * n % 977}\n" for n in range(5_000))
    for content in (table, "\n".join(LINES * 500), json.dumps(EVENTS * 500)):
        packed = gzip.compress(content.encode())
        found = read(packed[: len(packed) * 2 // 3])
        assert "end too early" in found.fault
        assert len(found.good) > 100
        assert [code for _, code, _ in found.refused] in (["cut_off"], ["cut_off", "cut_off"], [])


def test_a_row_that_the_end_of_a_truncated_gzip_cut_inside_its_last_cell_is_not_taken_for_whole(read: Any) -> None:
    content = b"a,b\n1,12345\n2,12345"
    packed = gzip.compress(content)[:-8]  # without checksum and length
    found = read(packed)
    assert [place for place, _ in found.good] == [2]
    assert refusals(found) == [(3, "cut_off")]


def test_damaged_gzip_data_and_rubbish_behind_them_are_said(read: Any) -> None:
    packed = bytearray(gzip.compress("\n".join(LINES).encode()))
    packed[-6] ^= 0xFF  # the checksum
    assert "damaged" in read(bytes(packed)).fault
    behind = read(gzip.compress("\n".join(LINES).encode()) + b"rubbish")
    assert "not gzip" in behind.fault
    assert len(behind.good) == 5


def test_a_cell_that_is_not_utf8_costs_only_its_row(read: Any) -> None:
    found = read(b"a,b\n1,x\n" + b"2,caf\xe9\n" + b"3,y\n")
    assert [place for place, _ in found.good] == [2, 4]
    assert refusals(found) == [(3, "invalid_utf8")]


def test_bytes_that_are_not_utf8_in_a_list_reach_the_parser_as_what_no_event_may_hold(read: Any) -> None:
    found = read(b'[{"a": "\xff"}, {"b": 1}]')
    assert [row for _, row in found.good] == [{"a": "\udcff"}, {"b": 1}]


def test_a_row_that_is_too_long_is_skipped_and_the_next_one_read(read: Any) -> None:
    long = json.dumps({"text": "x" * rows.MAX_ROW_BYTES})
    for content in (f"{LINES[0]}\n{long}\n{LINES[1]}\n", f"[{LINES[0]},{long},{LINES[1]}]", f"a,b\n1,2\n{long}\n3,4\n"):
        found = read(content)
        assert len(found.good) == 2
        assert [code for _, code, _ in found.refused] == ["too_large"]


def test_values_are_found_however_the_text_is_cut_into_chunks(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tricky = [*EVENTS, {"text": 'a\\"}]{\\\\', "more": [[], {}, [{"": '"'}]]}, 12, "s", None, True, 1.5, ["]"], {}]
    contents = json.dumps(tricky), json.dumps({"x": 1, "events": tricky}), json.dumps([*tricky, 0])[:-1] + ",NaN, {]}, 7]"
    whole = [read(content) for content in contents]
    for size in (1, 2, 3, 7, 50):
        monkeypatch.setattr(json_values, "CHUNK", size)
        for content, expected in zip(contents, whole, strict=True):
            found = read(content)
            assert (found.good, refusals(found)) == (expected.good, refusals(expected))
    assert [row for _, row in whole[0].good] == tricky


def test_the_format_can_be_given(read: Any) -> None:
    assert read("\n".join(LINES), "json").good == list(enumerate(EVENTS, 1))
    assert len(read(json.dumps(EVENTS), "ndjson").good) == 1


def test_standard_input_is_read_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in ("\n".join(LINES).encode(), gzip.compress(json.dumps(EVENTS).encode())):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
        with open_file("-") as file:
            assert file.source.size is None
            assert [row for _, row in file.rows] == EVENTS


@pytest.mark.parametrize("kind", ["ndjson", "json", "csv"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "big"
    record = LINES[0]
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write({"ndjson": "", "json": "[", "csv": "a,b,c\n"}[kind])
        row = {"ndjson": record + "\n", "json": record + ",\n", "csv": "some,longer cells,of text\n"}[kind] * 1_000
        for _ in range(100):
            file.write(row)
        file.write("{}]" if kind == "json" else "")
    tracemalloc.start()
    try:
        with open_file(str(path)) as opened:
            count = sum(1 for _ in opened.rows)
            assert opened.source.taken == opened.source.size == path.stat().st_size
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_000 + (kind == "json")
    assert peak < 8_000_000


@pytest.mark.skipif(not REES46.exists(), reason=f"{REES46.name} is not here")
def test_the_last_row_of_the_rees46_file_is_cut_off_in_line_17436() -> None:
    with open_file(str(REES46)) as file:
        found = list(file.rows)
    assert [(place, row.code) for place, row in found if isinstance(row, Refused)] == [(17_436, "cut_off")]
    assert len(found) - 1 == 17_434
