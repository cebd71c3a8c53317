"""Who may import whom: every import points to a lower rank, and each third party has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RANKS = (
    "clickstream errors clock settings garbage commandline",
    "events experiments sessions carts orders searches links days measures money channels localtime scope catalog passwords "
    "progress trails vault watching checkouts wares tokens usernames languages",
    "store metrics charts vega simulate llm scope_options spool",
    "ingest rollup facts recommend keys audit jobs comparison",
    "insights cleanup members comments",
    "analysis seeding operations imports sharing reports",
    "uploads chat",
    "web",
)
RANK = {unit: rank for rank, units in enumerate(RANKS) for unit in units.split()}
SCRIPTS = len(RANKS)
VALUES = 1  # modules up to this rank are values and pure functions, which may use their peers
DOORS = {
    "pymongo": ("clickstream.store",),
    "requests": ("clickstream.llm", "clickstream.simulate", "simulate_clickstream"),
    "http.server": ("clickstream.web.server",),
}
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in [*ROOT.glob("*.py"), *ROOT.glob("clickstream/**/*.py")]
}

UNITS = {".".join(module.split(".")[:2]) for module in SOURCES}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text())


def imports(module: str) -> Iterator[str]:
    """Full names of what the module imports, `from a import b` as a.b."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def unit(name: str) -> str:
    """`clickstream.store.events` -> `store`; of a script, its own name."""
    first, *rest = name.split(".")
    return rest[0] if rest and f"{first}.{rest[0]}" in UNITS else first


def rank(name: str) -> int:
    if not within(name, "clickstream"):
        return SCRIPTS
    assert unit(name) in RANK, f"{unit(name)} has no rank"
    return RANK[unit(name)]


MODULES = sorted(module for module in SOURCES if module != "clickstream")


@pytest.mark.parametrize("module", MODULES)
def test_every_import_points_to_a_lower_rank(module: str) -> None:
    for name in imports(module):
        if within(name, "clickstream") and unit(name) != unit(module):
            peers = rank(name) == rank(module) <= VALUES
            assert rank(name) < rank(module) or peers, f"{module} imports {name}"


def test_nothing_imports_a_script() -> None:
    scripts = {module for module in MODULES if "." not in module}
    assert not [(module, name) for module in MODULES for name in imports(module) if name.split(".")[0] in scripts]


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    users = {module for module in MODULES if any(within(name, library) for name in imports(module))}
    assert not [user for user in users if not any(within(user, door) for door in DOORS[library])]


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = ast.walk(handler.type) if handler.type else [ast.Name("BaseException")]
    return any(isinstance(node, ast.Name) and node.id in ("Exception", "BaseException") for node in caught)


def test_the_program_has_one_broad_except_at_most() -> None:
    handlers = [(m, n) for m in MODULES for n in ast.walk(tree(m)) if isinstance(n, ast.ExceptHandler)]
    broad = [f"{module}:{handler.lineno}" for module, handler in handlers if is_broad(handler)]
    assert len(broad) <= 1, broad
