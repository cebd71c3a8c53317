"""docs/events.md and docs/loading-files.md say what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import ingest
from clickstream.events import PROPERTY_ALIASES, TYPE_ALIASES
from clickstream.ingest import body, fields, limits
from clickstream.ingest.files import FORMATS
from clickstream.ingest.mappings import Mapping, row_mapper, shipped_mappings
from clickstream.ingest.parse import Occurrences, parse_event
from clickstream.settings import read_settings

DOCS = Path(__file__).parents[1] / "docs"
EVENTS = (DOCS / "events.md").read_text()
LOADING = (DOCS / "loading-files.md").read_text()


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
