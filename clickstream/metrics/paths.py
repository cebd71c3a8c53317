"""Paths: what sessions do step by step, from a start or back from an end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from clickstream.days import OTHER
from clickstream.errors import InvalidInput
from clickstream.metrics import sums
from clickstream.metrics.behind import PLACE_FIELDS, Asked, Listed, Part, place_of
from clickstream.metrics.cart import abandoned
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.nodes import Nodes, page_nodes, type_nodes
from clickstream.metrics.source import Pipeline, Row, Source
from clickstream.metrics.values import identity, rate
from clickstream.scope import Scope

MOST_STEPS, MOST_NODES = 10, 10
SEQUENCE_NODES, MOST_SEQUENCES = 6, 20
MAX_NAME = 1_024

Json = dict[str, Any]


class Flow:
    """Sessions by their paths, of which no more is kept than is told."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._kept = max(steps + 1, SEQUENCE_NODES)
        self._sessions: Counter[Nodes] = Counter()
        self._conversions: Counter[Nodes] = Counter()
        self.left_out = 0

    def add(self, path: Nodes, sessions: int, conversions: int) -> None:
        if not path:
            self.left_out += sessions
            return
        kept = path[: self._kept]
        self._sessions[kept] += sessions
        self._conversions[kept] += conversions

    @property
    def sessions(self) -> int:
        return sum(self._sessions.values())

    def shown(self, step: int) -> list[str]:
        """The nodes of a step (from 1) with most sessions."""
        found: Counter[str] = Counter()
        for path, n in self._sessions.items():
            if len(path) >= step:
                found[path[step - 1]] += n
        return _most(found)

    def tables(self) -> tuple[list[Json], list[Json]]:
        """The nodes of each step that somebody gets to, and the links between them."""
        shown = [self.shown(step) for step in range(1, self._steps + 1)]
        nodes: list[defaultdict[str, Counter[str]]] = [defaultdict(Counter) for _ in shown]
        links: list[Counter[tuple[str, str]]] = [Counter() for _ in shown]
        for path, n in self._sessions.items():
            names = [name if name in shown[step] else OTHER for step, name in enumerate(path[: self._steps])]
            for step, name in enumerate(names):
                node = nodes[step][name]
                node.update(sessions=n, conversions=self._conversions[path], ends=n if len(path) == step + 1 else 0)
                node["continues"] += n if step + 1 == self._steps < len(path) else 0
            for step, pair in enumerate(pairwise(names)):
                links[step][pair] += n
        steps = [
            {"step": step, "nodes": [_node(name, found[name]) for name in [*shown[step - 1], OTHER] if name in found]}
            for step, found in enumerate(nodes, 1)
            if found
        ]
        return steps, [link for step, found in enumerate(links, 1) for link in _links(step, found)]

    def sequences(self, *, backwards: bool) -> Iterator[tuple[Nodes, int, int]]:
        """The first six nodes as they happened, sessions and conversions; most sessions first."""
        found: defaultdict[Nodes, list[int]] = defaultdict(lambda: [0, 0])
        for path, n in self._sessions.items():
            counted = found[sequence_of(path, backwards=backwards)]
            counted[0] += n
            counted[1] += self._conversions[path]
        for nodes, (n, conversions) in sorted(found.items(), key=lambda item: (-item[1][0], item[0])):
            yield nodes, n, conversions


def _most(nodes: Counter[str]) -> list[str]:
    return [name for name, _ in sorted(nodes.items(), key=lambda item: (-item[1], item[0]))[:MOST_NODES]]


def sequence_of(path: Nodes, *, backwards: bool) -> Nodes:
    first = path[:SEQUENCE_NODES]
    return first[::-1] if backwards else first


def _node(name: str, found: Counter[str]) -> Json:
    return {"name": name, **{field: found[field] for field in ("sessions", "ends", "continues", "conversions")}}


def _links(step: int, found: Counter[tuple[str, str]]) -> Iterator[Json]:
    for (start, end), n in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        yield {"step": step, "from": start, "to": end, "sessions": n}


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Nodes and links per step, and the commonest sequences; with no session all of them are empty."""
    flow = Flow(options["steps"])
    for row, path in _paths(source, scope, options, _counted(options)):
        flow.add(path, row["sessions"], row["conversions"])
    steps, links = flow.tables()
    sequences = list(flow.sequences(backwards=bool(options["end"])))
    result = {
        "over": options["over"],
        "start": options["start"],
        "end": options["end"],
        "who": options["who"],
        "sessions": flow.sessions,
        "left_out": flow.left_out,
        "steps": steps,
        "links": links,
        "sequences": [
            {"nodes": list(nodes), "sessions": n, "share": rate(n, flow.sessions), "conversions": conversions}
            for nodes, n, conversions in sequences[:MOST_SEQUENCES]
        ],
        "sequences_total": len(sequences),
    }
    return Measured(result, list(_reconciled(result, sum(n for _, n, _ in sequences))))


def _reconciled(result: Json, in_sequences: int) -> Iterator[Json]:
    """What goes into a node comes out of it, at every one of them; and every session is somewhere."""
    onward: Counter[tuple[int, str]] = Counter()
    inward: Counter[tuple[int, str]] = Counter()
    for link in result["links"]:
        onward[link["step"], link["from"]] += link["sessions"]
        inward[link["step"] + 1, link["to"]] += link["sessions"]
    nodes = [(step["step"], node) for step in result["steps"] for node in step["nodes"]]
    out = sum(node["sessions"] == onward[step, node["name"]] + node["ends"] + node["continues"] for step, node in nodes)
    into = sum(node["sessions"] == inward[step, node["name"]] for step, node in nodes if step > 1)
    yield identity("nodes whose links, ends and continuations are their sessions = nodes", out, len(nodes))
    yield identity("later nodes whose links are their sessions = later nodes", into, sum(step > 1 for step, _ in nodes))
    yield identity("sessions of step 1 = sessions", sum(n["sessions"] for step, n in nodes if step == 1), result["sessions"])
    yield identity("sessions of all sequences = sessions", in_sequences, result["sessions"])


def _counted(options: Options) -> Pipeline:
    """Sessions with their conversions; those of equal trails together where pages do not matter."""
    trail = {"types": "$trail.types", "names": "$trail.names"}
    conversions = {"$ifNull": ["$counts.conversions", 0]}
    if options["over"] == "page":
        return [{"$project": {"_id": 0, "trail": 1, "pages": 1, "sessions": {"$literal": 1}, "conversions": conversions}}]
    group = {"_id": trail, "sessions": {"$sum": 1}, "conversions": {"$sum": conversions}}
    return [{"$group": group}, {"$project": {"_id": 0, "trail": "$_id", "sessions": 1, "conversions": 1}}]


_PLACED: Pipeline = [{"$project": {**PLACE_FIELDS, "trail": 1, "pages": 1}}]


def _paths(source: Source, scope: Scope, options: Options, stages: Pipeline) -> Iterator[tuple[Row, Nodes]]:
    """The rows of those asked for, with their nodes from step 1 on; without any where they are left out."""
    if options["start"] and options["end"]:
        problem = "cannot be asked for together with start"
        raise InvalidInput("These paths cannot be measured.", fields={"end": problem}, code="invalid_option")
    nodes_of = page_nodes() if options["over"] == "page" else type_nodes()
    who = _WHO[options["who"]](source, scope)
    for row in source.stream([sums.matching(scope, kind="session", **who), *stages]):
        yield row, _from(nodes_of(row), options["start"], options["end"])


_WHO: dict[str, Callable[[Source, Scope], Json]] = {
    "all": lambda source, scope: {},
    "buyers": lambda source, scope: {"counts.conversions": {"$gte": 1}},
    "abandoners": abandoned,
}


def _from(nodes: Nodes, start: str, end: str) -> Nodes:
    """The nodes from the first `start` on, or backwards from the last `end`; none where there is no such node."""
    if end:
        nodes = nodes[::-1]
    wanted = start or end
    if not wanted:
        return nodes
    return nodes[nodes.index(wanted) :] if wanted in nodes else ()


def _of_node(asked: Asked) -> Listed:
    """The sessions of `step:name`."""
    step, wanted = _step_and_name(asked)
    there = [(place_of(row), path[step - 1]) for row, path in _paths_of(asked) if len(path) >= step]
    shown = _most(Counter(name for _, name in there))
    return Listed([place for place, name in there if (name if name in shown else OTHER) == wanted])


def _step_and_name(asked: Asked) -> tuple[int, str]:
    step, _, name = asked.value.partition(":")
    steps = asked.options["steps"]
    if not (step.isdecimal() and len(step) < 3 and 1 <= int(step) <= steps and name):
        raise asked.refuse(f"must be a step from 1 to {steps} and a node, such as 1:product_view")
    return int(step), name


def _of_sequence(asked: Asked) -> Listed:
    try:
        wanted = tuple(msgspec.json.decode(asked.value, type=list[str]))
    except msgspec.DecodeError as error:
        raise asked.refuse('must be a JSON list of nodes, such as ["search", "product_view"]') from error
    backwards = bool(asked.options["end"])
    return Listed(
        [place_of(row) for row, path in _paths_of(asked) if path and sequence_of(path, backwards=backwards) == wanted]
    )


def _paths_of(asked: Asked) -> Iterator[tuple[Row, Nodes]]:
    return _paths(asked.source, asked.scope, asked.options, _PLACED)


PATHS = Metric(
    id="paths",
    title="Paths",
    definition=(
        "What sessions do step by step: the types of their interactive events, or the pages they view with ids and products "
        "grouped (`/p/123` as `/p/*`); equal ones in a row are one. Every node's sessions go on by a link, end there, or "
        "continue unseen at the last step asked for. Ten nodes a step, the rest as `(other)`."
    ),
    fields={
        "sessions": "Sessions whose path is told; of a node, those that pass it at this step.",
        "left_out": "Sessions without any node, or without the start or end that was asked for.",
        "ends": "Sessions that did nothing further (backwards: nothing before).",
        "continues": "Sessions that went on beyond the last step asked for.",
        "conversions": "Of these sessions, those with a purchase.",
        "share": "Sessions of this sequence / sessions.",
        "sequences": "The first six nodes of a path (with an end: the last six), in the order they happened.",
    },
    options=(
        Option("over", "event_type", "what a node is", choices=("event_type", "page")),
        Option("start", "", "the node to begin with, where a session first has it", longest=MAX_NAME),
        Option("end", "", "the node to go back from, where a session last has it", longest=MAX_NAME),
        Option("who", "all", "whose paths", choices=tuple(_WHO)),
        Option("steps", 5, "how many steps to tell", largest=MOST_STEPS),
    ),
    measure=measure,
    parts=(
        Part("node", "sessions that pass a node, given as step:name", _of_node, value=True),
        Part("sequence", "sessions of this sequence, given as a JSON list", _of_sequence, value=True),
    ),
)
