"""Recompute what changed: the sessions of touched groups, the links of their visitors, the sums of their days.

Nothing is incremented, so duplicates, late events, tags, refunds and deletions need no case of their own. What a rebuild is
about to disturb is noted in `Pending` before it is written, so that one killed anywhere is finished by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

import msgspec

from clickstream.days import Day
from clickstream.events import Event
from clickstream.links import VIEWS, Link, Visit, link
from clickstream.localtime import LocalTime
from clickstream.orders import OrderBook
from clickstream.sessions import Session, cut_groups, session_of
from clickstream.store import Store
from clickstream.store.rollup_state import Calculation
from clickstream.store.sessions import Kept, Put, digest_of

GROUPS_A_BATCH = 500
"""Groups rebuilt together: enough to share round trips, few enough to keep the lease renewed."""


class Rebuild:
    """Work on one generation of one dataset under one term. `beat` is called between batches and may raise Deposed."""

    def __init__(
        self,
        store: Store,
        *,
        dataset: str,
        generation: int,
        calculation: Calculation,
        term: int,
        beat: Callable[[], None],
    ) -> None:
        self._store = store
        self._dataset = dataset
        self._generation = generation
        self._term = term
        self._beat = beat
        self._local = LocalTime(calculation.time_zone)
        self._currency = calculation.currency
        self._gap = timedelta(minutes=calculation.gap_minutes)
        self.pending = store.state.pending(dataset, generation)

    def groups(self, keys: Iterable[str]) -> bool:
        """Rebuild the sessions of these groups; says whether anything was changed."""
        changed = bool(self.pending.visitors) and self._write([], [], set(self.pending.visitors))
        ordered = sorted(keys)
        for start in range(0, len(ordered), GROUPS_A_BATCH):
            self._beat()
            changed |= self._batch(ordered[start : start + GROUPS_A_BATCH])
        return changed

    def day(self, day: str) -> None:
        """Sum this day anew; it is no longer pending."""
        self._beat()
        for one in self._summed(day):
            self._store.daily.put(self._dataset, self._generation, self._term, one)
        self.pending.days.discard(day)
        self._save()

    def _batch(self, keys: Sequence[str]) -> bool:
        kept = {one.id: one for one in self._store.sessions.kept(self._dataset, self._generation, keys)}
        puts = list(self._puts(list(self._store.events.of_keys(self._dataset, keys)), kept))
        made = {put.id for put in puts}
        changed = [put for put in puts if put.id not in kept or _differs(put, kept[put.id])]
        gone = [one for one in kept.values() if one.id not in made and one.views]
        if not changed and not gone:
            return False
        replaced = [kept[put.id] for put in changed if put.id in kept] + gone
        visitors = {one.visitor for one in replaced} | {put.session.visitor for put in changed}
        self.pending.visitors |= visitors - {""}
        self.pending.days |= {one.day for one in replaced} | {put.session.day for put in changed}
        self._save()
        return self._write(changed, gone, visitors)

    def _write(self, puts: list[Put], gone: list[Kept], visitors: set[str]) -> bool:
        """Store sessions, with the links of all that their visitors did; the days of relinked ones become pending."""
        links = self._links(puts, gone, visitors)
        if links.relinked_days - self.pending.days:
            self.pending.days |= links.relinked_days
            self._save()
        self._store.sessions.write(
            self._dataset, self._generation, self._term, puts=puts, links=links.changed, gone=[one.id for one in gone]
        )
        self.pending.visitors -= visitors
        self._save()
        return True

    def _links(self, puts: list[Put], gone: list[Kept], visitors: set[str]) -> _Links:
        replaced = {put.id for put in puts} | {one.id for one in gone}
        of_visitor: defaultdict[str, list[Visit]] = defaultdict(list)
        stored: dict[str, dict[str, Link]] = {}
        for visit, links in self._store.sessions.visits(self._dataset, self._generation, sorted(visitors)):
            if visit.id not in replaced:
                of_visitor[visit.visitor].append(visit)
                stored[visit.id] = links
        for put in puts:
            if put.session.kind == "session":
                of_visitor[put.session.visitor].append(_visit(put))
        found = _Links()
        for visits in of_visitor.values():
            days = {visit.id: visit.day for visit in visits}
            for visit_id, links in link(visits).items():
                if stored.get(visit_id) != links:
                    found.changed[visit_id] = links
                    found.relinked_days.add(days[visit_id])
        return found

    def _puts(self, events: list[Event], kept: dict[str, Kept]) -> Iterator[Put]:
        """The sessions of some whole groups in both views; one document where the views agree."""
        events.sort(key=lambda event: event.order)
        order_ids = {event.order_id for event in events if event.order_id}
        orders = self._store.events.of_orders(self._dataset, order_ids) if order_ids else []
        noisy_orders = {event.order_id for event in orders if event.noisy}
        book = OrderBook(orders, self._currency)
        clean_book = OrderBook([event for event in orders if not event.noisy], self._currency) if noisy_orders else book
        groups: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            groups[event.key].append(event)
        for group in groups.values():
            everything = self._sessions(group, book)
            if any(event.noisy or event.order_id in noisy_orders for event in group):
                clean = self._sessions([event for event in group if not event.noisy], clean_book)
                yield from _by_view(everything, clean, kept)
            else:
                yield from (_put(one, "b", kept) for one in everything)

    def _sessions(self, events: list[Event], orders: OrderBook) -> list[Session]:
        return [
            session_of(group, orders=orders, local=self._local, currency=self._currency)
            for group in cut_groups(events, self._gap)
        ]

    def _summed(self, day: str) -> tuple[Day, Day]:
        """The day in both views; it is read twice only where they differ."""
        agree = True
        since, until = self._local.day_start(day), self._local.next_day_start(day)

        def sessions(view: str) -> Iterator[tuple[Session, Link | None]]:
            nonlocal agree
            for session, views, links in self._store.sessions.between(self._dataset, self._generation, since, until):
                agree &= len(views) == len(VIEWS) and links.get("clean") == links.get("all")
                if view in views:
                    yield session, links.get(view)

        everything = Day.from_sessions(day, "all", sessions("all"))
        if agree:
            return everything, msgspec.structs.replace(everything, view="clean")
        return everything, Day.from_sessions(day, "clean", sessions("clean"))

    def _save(self) -> None:
        self._store.state.save_pending(self._dataset, self._generation, self._term, self.pending)


class _Links:
    def __init__(self) -> None:
        self.changed: dict[str, dict[str, Link]] = {}
        self.relinked_days: set[str] = set()


def _place(session: Session) -> tuple[str, int]:
    """What tells the sessions of a group apart."""
    return session.key, int(session.start.timestamp() * 1000)


def _by_view(everything: list[Session], clean: list[Session], kept: dict[str, Kept]) -> Iterator[Put]:
    clean_digests = {_place(one): digest_of(one) for one in clean}
    shared = {_place(one) for one in everything if clean_digests.get(_place(one)) == digest_of(one)}
    for one in everything:
        yield _put(one, "b" if _place(one) in shared else "a", kept)
    for one in clean:
        if _place(one) not in shared:
            yield _put(one, "c", kept)


_VIEWS_OF_TAG = {"b": ["clean", "all"], "a": ["all"], "c": ["clean"]}


def _put(session: Session, tag: str, kept: dict[str, Kept]) -> Put:
    """A client-sent session has its key to itself; the others are told apart by their start."""
    own = "" if session.key.startswith("s:") else f":{_place(session)[1]}"
    put_id = f"{tag}:{session.key}{own}"
    return Put(id=put_id, digest=digest_of(session), views=_VIEWS_OF_TAG[tag], session=session, known=put_id in kept)


def _differs(put: Put, kept: Kept) -> bool:
    return put.digest != kept.digest or put.views != kept.views


def _visit(put: Put) -> Visit:
    session = put.session
    return Visit(
        id=put.id,
        visitor=session.visitor,
        session_id=session.session_id,
        key=session.key,
        start=session.start,
        day=session.day,
        buys="conversions" in session.counts,
        views=put.views,
    )
