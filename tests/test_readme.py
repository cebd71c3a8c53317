"""README.md and .env.example say what the code does, and every command printed is one that works."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event
from docs import tables

ROOT = Path(__file__).parents[1]
README = tables.README.read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SCRIPTS = {path.name for path in ROOT.glob("*.py")}
DELEGATES = {"seed_demo_data": "seed_realistic_data"}
COMMANDS = re.findall(r"^(?:\.venv\\Scripts\\)?python (\w+\.py) *(.*)$", README, re.MULTILINE)


def test_the_tables_are_those_of_the_code() -> None:
    assert tables.with_tables(README) == README, "run `make tables`"


def test_the_example_of_an_environment_names_every_setting() -> None:
    assert tables.ENV_EXAMPLE.read_text(encoding="utf-8") == tables.env_example(), "run `make tables`"


@pytest.mark.parametrize(("script", "arguments"), COMMANDS, ids=lambda text: text or "alone")
def test_every_printed_command_has_arguments_its_script_takes(script: str, arguments: str) -> None:
    stem = script.removesuffix(".py")
    parser = import_module(DELEGATES.get(stem, stem)).build_parser()
    parsed = parser.parse_args(shlex.split(arguments, comments=True))
    assert isinstance(parsed, argparse.Namespace)


def test_every_script_is_shown() -> None:
    assert {script for script, _ in COMMANDS} == SCRIPTS


def test_every_make_target_is_named_and_every_named_one_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)`", README)) | set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE))
    assert named | {"help"} == set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_make_demo_uses_the_printed_size() -> None:
    size = re.search(r"^SHOP := (.*)$", MAKEFILE, re.MULTILINE)
    assert size and f"python seed_realistic_data.py {size[1]}\n" in README


def test_the_printed_event_is_accepted() -> None:
    printed = re.findall(r"-d '(\{\"event_type\".*?\})'", README)
    assert len(printed) == 1
    now = datetime(2026, 3, 1, tzinfo=UTC)
    event = parse_event(json.loads(printed[0]), received_at=now, position=0, occurrences=Occurrences())
    assert (event.event_type, event.client_id) == ("product_view", "c-81")


def test_every_linked_file_is_there() -> None:
    documents = [tables.README, *ROOT.glob("docs/**/*.md")]
    linked = {(page, path) for page in documents for path in re.findall(r"\]\(([^)#:]+)\)", page.read_text())}
    assert not [f"{page.name}: {path}" for page, path in linked if not (page.parent / path).exists()]
