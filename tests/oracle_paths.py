"""The oracle's paths: what sessions do step by step, from a start or back from an end."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import Any

from oracle_carts import cart_state
from oracle_measures import Scope, rate

JsonDict = dict[str, Any]

MOST_NODES, SEQUENCE_LENGTH, MOST_SEQUENCES = 10, 6, 20
OTHER = "(other)"


def grouped_page(event: JsonDict) -> str:
    """`/p/123/reviews` -> `/p/*/reviews`; of a product view `/p/linen` -> `/p/*`."""
    parts = event["page"].split("/")
    named = [place for place, part in enumerate(parts) if part]
    for place in named:
        is_product = event["event_type"] == "product_view" and place == named[-1]
        if is_product or any(letter in "0123456789" for letter in parts[place]):
            parts[place] = "*"
    return "/".join(parts)


def node_of(event: JsonDict, over: str) -> str | None:
    if over == "event_type":
        return None if event["event_type"] == "engagement" else str(event["event_type"])
    if event["event_type"] in ("pageview", "product_view") and event["page"]:
        return grouped_page(event)
    return None


def trail_of(session: JsonDict, options: JsonDict) -> list[str]:
    """The session's nodes from step 1 on: with `end` backwards."""
    over, start, end = options.get("over", "event_type"), options.get("start"), options.get("end")
    nodes = [name for name, _ in groupby(filter(None, (node_of(event, over) for event in session["log"])))]
    if start:
        return nodes[nodes.index(start) :] if start in nodes else []
    if end:
        nodes.reverse()
        return nodes[nodes.index(end) :] if end in nodes else []
    return nodes


def is_asked_for(scope: Scope, session: JsonDict, who: str) -> bool:
    return {
        "all": True,
        "buyers": session["converted"],
        "abandoners": cart_state(scope, session) == "abandoned",
    }[who]


def trails_of(scope: Scope, options: JsonDict) -> list[tuple[JsonDict, list[str]]]:
    who = options.get("who", "all")
    return [(session, trail_of(session, options)) for session in scope.sessions if is_asked_for(scope, session, who)]


def shown_nodes(trails: list[list[str]], place: int) -> list[str]:
    counts = Counter(trail[place] for trail in trails if len(trail) > place)
    return sorted(counts, key=lambda name: (-counts[name], name))[:MOST_NODES]


def shown_trails(found: list[tuple[JsonDict, list[str]]], depth: int) -> list[tuple[JsonDict, list[str], bool]]:
    """Each session with the names shown at its first steps, and whether it goes on after them."""
    trails = [trail for _, trail in found]
    shown = [shown_nodes(trails, place) for place in range(depth)]
    return [
        (session, [name if name in shown[place] else OTHER for place, name in enumerate(trail[:depth])], len(trail) > depth)
        for session, trail in found
    ]


def step_row(number: int, walks: list[tuple[JsonDict, list[str], bool]]) -> JsonDict:
    here: dict[str, list[JsonDict]] = defaultdict(list)
    for session, names, goes_on in walks:
        if len(names) >= number:
            is_last = len(names) == number
            here[names[number - 1]].append(
                {"ends": is_last and not goes_on, "continues": is_last and goes_on, "converted": session["converted"]}
            )
    ranked = sorted(here, key=lambda name: (name == OTHER, -len(here[name]), name))
    return {
        "step": number,
        "nodes": [
            {
                "name": name,
                "sessions": len(here[name]),
                "ends": sum(row["ends"] for row in here[name]),
                "continues": sum(row["continues"] for row in here[name]),
                "conversions": sum(row["converted"] for row in here[name]),
            }
            for name in ranked
        ],
    }


def sequence_of(trail: list[str], options: JsonDict) -> tuple[str, ...]:
    """The first six nodes, or the last six up to the end, as they happened."""
    nodes = trail[:SEQUENCE_LENGTH]
    return tuple(reversed(nodes) if options.get("end") else nodes)


def paths(scope: Scope, options: JsonDict) -> JsonDict:
    everybody = trails_of(scope, options)
    found = [(session, trail) for session, trail in everybody if trail]
    walks = shown_trails(found, options.get("steps", 5))
    steps = [step_row(number, walks) for number in range(1, max((len(names) for _, names, _ in walks), default=0) + 1)]
    links = Counter((number, names[number - 1], names[number]) for _, names, _ in walks for number in range(1, len(names)))
    sequences, converted = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for session, trail in found:
        sequences[sequence_of(trail, options)] += 1
        converted[sequence_of(trail, options)] += session["converted"]
    ranked = sorted(sequences, key=lambda nodes: (-sequences[nodes], nodes))
    return {
        "over": options.get("over", "event_type"),
        "start": options.get("start", ""),
        "end": options.get("end", ""),
        "who": options.get("who", "all"),
        "sessions": len(found),
        "left_out": len(everybody) - len(found),
        "steps": steps,
        "links": [
            {"step": link[0], "from": link[1], "to": link[2], "sessions": count}
            for link, count in sorted(links.items(), key=lambda item: (item[0][0], -item[1], item[0]))
        ],
        "sequences": [
            {
                "nodes": list(nodes),
                "sessions": sequences[nodes],
                "share": rate(sequences[nodes], len(found)),
                "conversions": converted[nodes],
            }
            for nodes in ranked[:MOST_SEQUENCES]
        ],
        "sequences_total": len(sequences),
    }


def behind_node(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    number, name = value.split(":", maxsplit=1)
    found = [(session, trail) for session, trail in trails_of(scope, options) if trail]
    walks = shown_trails(found, options.get("steps", 5))
    return [session for session, names, _ in walks if names[int(number) - 1 : int(number)] == [name]]


def behind_sequence(scope: Scope, options: JsonDict, nodes: list[str]) -> list[JsonDict]:
    return [session for session, trail in trails_of(scope, options) if trail and sequence_of(trail, options) == tuple(nodes)]
