"""What a log claims about its sessions, held against their events. Claims are never inputs of a metric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Any

import msgspec

from clickstream.ingest.journeys import DECLARED, Json
from clickstream.money import UNITS
from clickstream.store import Store
from clickstream.uploads.reading import Declared

EXAMPLES = 20
TOLERANCE_UNITS = UNITS // 200
"""Half a cent: claims are sums of floats."""
_TOGETHER = 1_000


class _Flag:
    def __init__(self, name: str) -> None:
        self.name = name
        self.agree = self.disagree = self.unknown = 0
        self.examples: list[Json] = []

    def compare(self, session_id: str, claimed: Any, measured: Any, *, same: bool) -> None:
        if measured is None:
            self.unknown += 1
        elif same:
            self.agree += 1
        else:
            self.disagree += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append({"session_id": session_id, "claimed": claimed, "measured": measured})

    def described(self) -> Json:
        counts = {"agree": self.agree, "disagree": self.disagree, "unknown": self.unknown}
        return {"flag": self.name, **counts, "examples": self.examples}


def compare(store: Store, dataset: str, declared: IO[bytes], told: Callable[[int], None]) -> list[Json]:
    """Agreement and the first disagreements, for each flag that was claimed at all.

    Measured: `conversion` a purchase, `total_value` the revenue of own orders (unknown in several currencies, or where an
    order's revenue is), `new_user` no earlier session of the visitor in the dataset.
    """
    served = store.state.find_dataset(dataset)
    flags = {name: _Flag(name) for name in DECLARED}
    declared.seek(0)
    done = 0
    for chunk in _chunks(declared) if served else ():
        measured = _measured(store, dataset, served.generation if served else 0, [claim.session_id for claim in chunk])
        for claim in chunk:
            _compare_one(flags, claim, measured.get(claim.session_id))
        done += len(chunk)
        told(done)
    return [flag.described() for flag in flags.values() if flag.agree or flag.disagree or flag.unknown]


def _chunks(declared: Iterable[bytes]) -> Iterator[list[Declared]]:
    lines = iter(declared)
    while chunk := [msgspec.json.decode(line, type=Declared) for line in islice(lines, _TOGETHER)]:
        yield chunk


def _measured(store: Store, dataset: str, generation: int, session_ids: list[str]) -> dict[str, Json]:
    keys = [f"s:{session_id}" for session_id in session_ids]
    match = {"$match": {"key": {"$in": keys}, "views": "clean", "kind": "session"}}
    fields = {"_id": 0, "session_id": 1, "counts": 1, "money": 1, "links.clean.new": 1}
    return {row["session_id"]: row for row in store.sessions.aggregate(dataset, generation, [match, {"$project": fields}])}


def _compare_one(flags: dict[str, _Flag], claim: Declared, session: Json | None) -> None:
    for name, claimed in claim.flags.items():
        measured = MEASURES[name](session) if session else None
        flags[name].compare(claim.session_id, claimed, measured, same=_same(claimed, measured))


def _same(claimed: Any, measured: Any) -> bool:
    if isinstance(measured, float):
        return not isinstance(claimed, bool) and abs(claimed - measured) * UNITS <= TOLERANCE_UNITS
    return claimed is measured or (not isinstance(claimed, bool) and claimed == int(bool(measured)))


def _conversion(session: Json) -> bool:
    return "conversions" in session["counts"]


def _total_value(session: Json) -> float | None:
    counts, money = session["counts"], session["money"]
    revenues = [row["revenue"] for row in money.values() if "revenue" in row]
    if len(revenues) > 1 or counts.get("orders", 0) != counts.get("orders_with_revenue", 0):
        return None
    return float(sum(revenues)) / UNITS


def _new_user(session: Json) -> bool:
    return bool(session["links"]["clean"]["new"])


MEASURES: dict[str, Callable[[Json], Any]] = {
    "conversion": _conversion,
    "total_value": _total_value,
    "new_user": _new_user,
}
