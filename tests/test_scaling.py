"""The rules of docs/scaling.md: nothing here would stop events and sessions from being sharded."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickstream.store.collections import INDEXES

ROOT = Path(__file__).parent.parent
SHARDED = ("events", "sessions")
SOURCES = sorted(ROOT.glob("clickstream/**/*.py"))
FORBIDDEN_STAGES = ("$out", "$merge", "$graphLookup", "$lookup", "$where", "$function", "$accumulator")
FORBIDDEN_CALLS = ("start_session", "start_transaction", "watch_collection", "map_reduce")
ONE_DOCUMENT = ("update_one", "replace_one", "delete_one", "find_one_and_update", "UpdateOne", "ReplaceOne", "DeleteOne")
STORES = {"events": ("events.py", "noise.py"), "sessions": ("sessions.py",)}


def texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("name", SHARDED)
def test_only_the_id_is_unique(name: str) -> None:
    assert not [index.document["name"] for index in INDEXES[name] if index.document.get("unique")]


@pytest.mark.parametrize("name", SHARDED)
def test_nothing_expires_behind_the_rollup_s_back(name: str) -> None:
    assert not [index.document["name"] for index in INDEXES[name] if "expireAfterSeconds" in index.document]


@pytest.mark.parametrize("name", [*SHARDED, "daily"])
def test_the_dataset_comes_first_in_every_index(name: str) -> None:
    assert {next(iter(index.document["key"])) for index in INDEXES[name]} == {"dataset"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_pipeline_has_a_stage_that_a_sharded_collection_refuses(path: Path) -> None:
    assert not [text for text in texts(path) if text in FORBIDDEN_STAGES]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_needs_transactions_or_server_side_scripts(path: Path) -> None:
    called = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert called.isdisjoint(FORBIDDEN_CALLS)


def first_keys(call: ast.Call, tree: ast.Module) -> set[str]:
    """Keys of the filter a write is called with, where it stands there as a literal."""
    filter_ = call.args[0] if call.args else None
    return {key.value for key in filter_.keys if isinstance(key, ast.Constant)} if isinstance(filter_, ast.Dict) else set()


@pytest.mark.parametrize("name", [file for files in STORES.values() for file in files])
def test_a_write_of_one_document_names_it(name: str) -> None:
    tree = ast.parse((ROOT / "clickstream" / "store" / name).read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called in ONE_DOCUMENT:
                assert "_id" in first_keys(call, tree), f"{name}:{call.lineno} does not name its document"


def test_the_plan_names_every_collection_that_is_to_be_sharded() -> None:
    plan = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", plan, re.MULTILINE)) == SHARDED
    assert all(f'shardCollection("clickstream.{name}", {{_id: "hashed"}})' in plan for name in SHARDED)
