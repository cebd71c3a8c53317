"""The messages that the code says, found by reading it: what every catalog has to have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages import Catalog, pofile

from clickstream.languages.catalogs import path_of

ROOT = Path(__file__).parent.parent / "clickstream"
AREAS: dict[str, tuple[str, ...]] = {
    "answers": ("chat/texts",),
    "chat": ("chat/answers", "chat/answering", "chat/intents", "chat/sides", "chat/suggestions"),
    "reports": ("reports",),
    "comparison": ("comparison", "insights/comparing"),
    "experiments": ("insights/topics/experiments",),
    "insights": ("insights",),
    "recommend": ("recommend",),
}
"""Which modules and folders of the package say messages of which area; the longest path decides."""


class Message(NamedTuple):
    """`varies`: may a catalog have plural forms of it? `noun`: must it?"""

    text: str
    context: str = ""
    varies: bool = False
    noun: bool = False


def messages_of(area: str) -> dict[tuple[str, str], Message]:
    """By text and context."""
    found: dict[tuple[str, str], Message] = {}
    for path in sorted(ROOT.rglob("*.py")):
        if _area_of(path) == area:
            for one in _said(ast.parse(path.read_text())):
                known = found.setdefault((one.text, one.context), one)
                found[one.text, one.context] = known._replace(varies=known.varies or one.varies)
    return found


def catalog_of(language: str, area: str) -> Catalog:
    with path_of(language, area).open("rb") as lines:
        return pofile.read_po(lines, locale=language, abort_invalid=True)


def _area_of(path: Path) -> str:
    inside = path.relative_to(ROOT).with_suffix("").as_posix()
    places = {place: area for area, some in AREAS.items() for place in some if f"{inside}/".startswith(f"{place}/")}
    return places[max(places, key=len)] if places else ""


def _said(tree: ast.AST) -> Iterator[Message]:
    """Sentences stand in the call that says them, in a variable `text` before it, or marked by `message`."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="text")], value=text):
                yield from (Message(one, varies=True) for one in _texts(text))
            case ast.Call(func=ast.Attribute(attr=called) | ast.Name(id=called), args=args, keywords=keywords):
                yield from _in_call(called, args, {one.arg: one.value for one in keywords})


def _in_call(called: str, args: list[ast.expr], named: dict[str | None, ast.expr]) -> Iterator[Message]:
    match called, args:
        case ("say", [_, _, text, *_]) | ("say" | "text" | "message", [text, *_]) | ("translated", [_, _, text, *_]):
            yield from (Message(one, varies=called != "translated") for one in _texts(text))
        case "counted", [_, singular, *_]:
            after = [*_texts(named["after"]), ""][0] if "after" in named else ""
            yield from (Message(f"%(n)s {one}", after, varies=True, noun=True) for one in _texts(singular))
        case "plural", [_, _, one, *_]:
            yield from (Message(text, varies=True, noun=True) for text in _texts(one))


def _texts(node: ast.expr) -> Iterator[str]:
    """The constants that an argument may be: itself, or either side of a condition."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(body)
            yield from _texts(other)
