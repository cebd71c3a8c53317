"""Linking the sessions of visitors: each visitor is read once a pass, though a pass may meet it in many batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clickstream.links import Link, Visit, link
from clickstream.store import Store

MOST_KNOWN = 50_000
"""Sessions remembered at once; beyond, visitors are read again."""

Links = dict[str, Link]


class Linking:
    """What one pass knows of the visitors it has met. The lease holder is the only writer, so it stays true."""

    def __init__(self, store: Store, dataset: str, generation: int, beat: Callable[[], None]) -> None:
        self._store = store
        self._dataset = dataset
        self._generation = generation
        self._beat = beat
        self._known: dict[str, dict[str, tuple[Visit, Links]]] = {}

    def relink(self, visitors: set[str], replaced: set[str], added: Iterable[Visit]) -> tuple[dict[str, Links], set[str]]:
        """Link these visitors anew, without the documents `replaced` and with the sessions `added` (theirs all).

        Gives the links that change, by document id, and the days of their sessions.
        """
        self._read(visitors)
        for visitor in visitors:
            for gone in replaced & self._known[visitor].keys():
                del self._known[visitor][gone]
        for visit in added:
            self._known[visit.visitor][visit.id] = (visit, {})
        changed: dict[str, Links] = {}
        for visitor in visitors:
            changed |= self._changed(self._known[visitor])
        days = {visit.day for visitor in visitors for visit, _ in self._known[visitor].values() if visit.id in changed}
        return changed, days

    def _read(self, visitors: set[str]) -> None:
        if sum(map(len, self._known.values())) > MOST_KNOWN:
            self._known.clear()
        unknown = sorted(visitors - self._known.keys())
        self._known.update({visitor: {} for visitor in unknown})
        for visit, links in self._store.sessions.visits(self._dataset, self._generation, unknown) if unknown else ():
            self._beat()
            self._known[visit.visitor][visit.id] = (visit, links)

    @staticmethod
    def _changed(known: dict[str, tuple[Visit, Links]]) -> dict[str, Links]:
        found = link(visit for visit, _ in known.values())
        changed = {visit_id: links for visit_id, links in found.items() if known[visit_id][1] != links}
        known.update({visit_id: (known[visit_id][0], links) for visit_id, links in changed.items()})
        return changed
