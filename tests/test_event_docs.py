"""docs/events.md and docs/loading-files.md say what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import ingest
from clickstream.events import PROPERTY_ALIASES, TYPE_ALIASES
from clickstream.ingest import body, fields, limits
from clickstream.ingest.files import FORMATS
from clickstream.ingest.limits import Refused
from clickstream.ingest.mappings import Mapping, row_mapper, shipped_mappings
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event
from clickstream.ingest.trust import public, trusted
from clickstream.settings import read_settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVENTS = (DOCS / "events.md").read_text()
LOADING = (DOCS / "loading-files.md").read_text()
SHOP_DEVELOPERS = (DOCS / "shop-developers.md").read_text()


def rows(text: str, heading: str) -> list[list[str]]:
    """Cells of the first table after a heading."""
    table = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| `")]


def names(cell: str) -> list[str]:
    return re.findall(r"`([a-z_]+)`", cell)


def test_the_printed_type_aliases_are_the_accepted_ones() -> None:
    printed = {alias: names(row[0])[0] for row in rows(EVENTS, "Event types") for alias in names(row[1])}
    assert printed == TYPE_ALIASES


def test_the_printed_property_aliases_are_the_accepted_ones() -> None:
    line = next(line for line in EVENTS.splitlines() if line.startswith("Property aliases: "))
    printed = {}
    for part in line.removeprefix("Property aliases: ").rstrip(".").split(";"):
        aliases, name = part.split("->")
        printed.update(dict.fromkeys(names(aliases), names(name)[0]))
    assert printed == PROPERTY_ALIASES


def test_every_printed_event_is_accepted_as_it_stands() -> None:
    examples = re.findall(r"```json event\n(.*?)```", EVENTS, re.DOTALL)
    inline = re.findall(r"-d '(\{\"event_type\".*?\})'", EVENTS)
    assert (len(examples), len(inline)) == (2, 1)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for text in (*examples, *inline):
        raw = json.loads(text)
        event = parse_event(raw, received_at=now, position=0, occurrences=Occurrences())
        assert event.event_type == raw["event_type"]
        assert event.client_id == "c-81"


def test_the_printed_limits_are_the_enforced_ones() -> None:
    printed = EVENTS.split("\n## Limits\n")[1]
    for said in (
        f"| events in a request | {body.MAX_BATCH:,} |",
        f"| text | {limits.MAX_STRING:,} characters; a page's path {fields.MAX_PAGE:,} |",
        f"1 to {limits.MAX_KEY} characters",
        f"| ids (also `order_id`, `product_id`), `event_type` | {fields.MAX_ID} characters |",
        f"| values in one event | {limits.MAX_VALUES:,}, at most {limits.MAX_DEPTH} levels deep; ",
        f"one more for each {limits.LONG_TEXT} characters |",
        f"setting `MAX_BODY_MB` ({read_settings({}).max_body_mb})",
    ):
        assert said in printed


def test_the_printed_formats_are_the_readable_ones() -> None:
    assert tuple(names(row[0])[0] for row in rows(LOADING, "Formats")) == FORMATS


def test_every_shipped_mapping_is_described() -> None:
    for name in shipped_mappings():
        assert f"\n### {name}\n" in LOADING
        assert f"`--map {name}`" in LOADING


def test_the_printed_mapping_works() -> None:
    text = re.search(r"```toml\n(.*?)```", LOADING, re.DOTALL)
    assert text
    mapping = msgspec.convert(tomllib.loads(text[1]), Mapping)
    row = {"Visitor": "v1", "Action": "Kauf", "Article": "A", "Price": "12,50", "Date": "01.02.2026", "Time": "10:30"}
    event = row_mapper(mapping)({**row, "Number": "7"})
    assert isinstance(event, dict)
    assert (event["event_type"], event["revenue"], event["event_id"]) == ("purchase", 12.5, "old-7")
    assert datetime.fromtimestamp(event["timestamp"] / 1000, UTC) == datetime(2026, 2, 1, 9, 30, tzinfo=UTC)


def test_every_printed_command_line_is_understood() -> None:
    commands = re.findall(r"^ *python ingest\.py (.+?)(?:  .*)?$", f"{LOADING}\n{ingest.__doc__}", re.MULTILINE)
    assert len(commands) >= 8
    for command in commands:
        ingest.build_parser().parse_args(command.split())


def test_the_printed_snippet_is_the_one_the_page_offers() -> None:
    offered = (ROOT / "static/js/write-keys.js").read_text()
    lines = re.search(r"```html\n(.*?)```", SHOP_DEVELOPERS, re.DOTALL)
    assert lines
    template = offered.partition("return `<script>")[2].partition("`;")[0]
    printed = template.replace("${address}", "https://stats.example").replace("${key}", "wk_...")
    assert lines[1].strip() == f"<script>{printed}"


def test_every_call_printed_for_shops_is_an_event_a_page_may_send() -> None:
    calls = re.findall(r'^clickstream\("(\w+)", (\{.*\})\);$', SHOP_DEVELOPERS, re.MULTILINE)
    assert len(calls) == 9
    for event_type, text in calls:
        properties = json.loads(re.sub(r"(\w+):", r'"\1":', text))
        raw = {"event_type": event_type, "client_id": "c-81", "properties": properties}
        event = parse_event(raw, received_at=NOW, position=0, occurrences=Occurrences())
        public(event)
        assert event.event_type == event_type
        assert {name for name in properties} <= event.properties.keys()


def test_the_printed_refund_is_taken_from_a_server_and_not_from_a_page() -> None:
    (text,) = re.findall(r"-d '(\{\"event_type\".*?\})'", SHOP_DEVELOPERS)
    event = parse_event(json.loads(text), received_at=NOW, position=0, occurrences=Occurrences())
    trusted(event)
    with pytest.raises(Refused):
        public(event)


def test_every_code_printed_for_shops_exists() -> None:
    printed = set(re.findall(r"\(?40[13] `(\w+)`", SHOP_DEVELOPERS)) | {"not_trusted"}
    sources = "".join(path.read_text() for path in ROOT.glob("clickstream/**/*.py"))
    assert printed == {
        *("revoked_write_key", "unknown_write_key", "origin_not_allowed", "exposed_server_key", "write_key", "not_trusted")
    }
    assert not [code for code in printed if f'"{code}"' not in sources]
