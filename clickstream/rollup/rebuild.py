"""Recompute what changed: the sessions of touched groups, the links of their visitors, the sums of their days.

Nothing is incremented, so duplicates, late events, tags, refunds and deletions need no case of their own. What a rebuild is
about to disturb is noted in `Pending` before it is written, so that one killed anywhere is finished by the next.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

import msgspec

from clickstream.days import Day
from clickstream.errors import Deposed
from clickstream.events import REFUND_TYPES, Event
from clickstream.links import VIEWS, Link
from clickstream.localtime import LocalTime
from clickstream.orders import OrderBook
from clickstream.rollup.documents import BOTH, Stored, differs, key_of, put_of, puts_by_view, visit_of
from clickstream.rollup.linking import Linking
from clickstream.rollup.sealed import with_refunds
from clickstream.sessions import Session, cut_groups, session_of
from clickstream.store import Store
from clickstream.store.rollup_state import Calculation
from clickstream.store.sessions import Kept, Put, Sealed, digest_of

GROUPS_A_BATCH = 500
"""Groups rebuilt together: enough to share round trips, few enough to keep the lease renewed."""
EVENTS_A_BATCH = 15_000
"""Most events held in memory; a group of more is streamed."""
_NO_DAY = _NOBODY = ""
"""What a tombstone has for a day and a visitor."""


class Rebuild:
    """Work on one generation of one dataset under one term, which it claims. `beat` is called often and may raise.

    `written` counts the sessions stored so far, `rewritten` how many of them had been stored before.
    """

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
        self.pending = store.state.claim_pending(dataset, generation, term)
        self._linking = Linking(store, dataset, generation, beat)
        self.written = 0
        self.rewritten = 0

    def groups(self, keys: Iterable[str]) -> bool:
        """Rebuild the sessions of these groups; says whether anything was changed."""
        changed = self._finish_interrupted()
        for batch, events in self._batches(sorted(keys)):
            self._beat()
            changed |= self._batch(batch, events)
        if changed:
            self._save()
        return changed

    def _batches(self, keys: list[str]) -> Iterator[tuple[list[str], list[Event] | None]]:
        """Groups with their events; the next ones are read while these are worked on."""
        with ThreadPoolExecutor(1, thread_name_prefix="rollup-reader") as reader:
            done, following = 0, None
            while done < len(keys):
                batch, events = following.result() if following else self._read(keys[:GROUPS_A_BATCH])
                done += len(batch)
                if done < len(keys):
                    following = reader.submit(self._read, keys[done : done + GROUPS_A_BATCH])
                yield batch, events

    def day(self, day: str) -> None:
        """Sum this day anew. It stays pending until it is settled."""
        self._beat()
        for one in self._summed(day):
            self._store.daily.put(self._dataset, self._generation, self._term, one)

    def settle(self, days: Iterable[str]) -> None:
        """These days are summed, and whoever reads them can know."""
        self.pending.days.difference_update(days)
        self._save()

    def _finish_interrupted(self) -> bool:
        """Keep a predecessor's last writes from arriving late, and link what it left unlinked."""
        if not self.pending.interrupted:
            return False
        fenced = {put_id: key_of(put_id) for put_id in self.pending.writing}
        self._store.sessions.fence(self._dataset, self._generation, self._term, fenced)
        return self._write([], [], set(self.pending.visitors))

    def _read(self, keys: list[str]) -> tuple[list[str], list[Event] | None]:
        """The first of these groups, as many as fit in memory, with their events; None for a single one that does not."""
        events: list[Event] = []
        for event in self._store.events.of_keys(self._dataset, keys):
            self._beat()
            if len(events) == EVENTS_A_BATCH:
                whole = keys[: bisect_left(keys, event.key)]
                return (whole, [one for one in events if one.key < event.key]) if whole else (keys[:1], None)
            events.append(event)
        return keys, events

    def _batch(self, keys: Sequence[str], events: list[Event] | None) -> bool:
        stored = Stored(self._store.sessions.kept(self._dataset, self._generation, keys))
        puts = list(self._puts(events, stored) if events is not None else self._streamed(keys[0], stored))
        puts += self._refunded(stored)
        kept, made = stored.by_id, {put.id for put in puts}
        changed = [put for put in puts if put.id not in kept or differs(put, kept[put.id])]
        gone = [one for one in kept.values() if one.id not in made and one.views and not one.sealed_until]
        if not changed and not gone:
            return False
        replaced = [kept[put.id] for put in changed if put.id in kept] + gone
        self.written += len(changed)
        self.rewritten += len(replaced)
        visitors = {one.visitor for one in replaced} | {put.session.visitor for put in changed}
        self.pending.days |= {one.day for one in replaced} | {put.session.day for put in changed}
        self.pending.days.discard(_NO_DAY)
        return self._write(changed, gone, visitors - {_NOBODY})

    def _write(self, puts: list[Put], gone: list[Kept], visitors: set[str]) -> bool:
        """Store sessions, with the links of all that their visitors did. What that disturbs is saved as pending first."""
        replaced = {*(put.id for put in puts), *(one.id for one in gone)}
        added = [visit_of(put) for put in puts if put.session.kind == "session"]
        links, relinked_days = self._linking.relink(visitors, replaced, added)
        pending = self.pending
        pending.visitors |= visitors
        pending.days |= relinked_days
        pending.writing = {*links, *replaced}
        self._save()
        self._store.sessions.write(
            self._dataset, self._generation, self._term, puts=puts, links=links, gone=[one.id for one in gone]
        )
        pending.visitors -= visitors
        pending.writing = set()
        return True

    def carry(self, generation: int) -> None:
        """Take over the sealed sessions of another generation, whose events are gone."""
        self._finish_interrupted()
        sealed = self._store.sessions.sealed(self._dataset, generation)
        while batch := list(islice(sealed, GROUPS_A_BATCH)):
            self._beat()
            keys = {one.session.key for one in batch}
            stored = Stored(self._store.sessions.kept(self._dataset, self._generation, sorted(keys)))
            puts = [self._carried(one, known=one.id in stored.by_id) for one in batch]
            self.pending.days |= {put.session.day for put in puts}
            self._write(puts, [], {put.session.visitor for put in puts})

    def _carried(self, one: Sealed, *, known: bool) -> Put:
        """With its day as days are cut now; all else stays as it was computed."""
        day, hour = self._local.day_and_hour(one.session.start)
        session = msgspec.structs.replace(one.session, day=day, hour=hour)
        return Put(one.id, digest_of(session), one.views, session, known, sealed=True)

    def _refunded(self, stored: Stored) -> Iterator[Put]:
        """Sealed sessions of these groups in which refunds changed something since."""
        if not stored.until:
            return
        keys = sorted(stored.until)
        refunds = list(self._store.events.of_keys(self._dataset, keys, REFUND_TYPES))
        for one in self._store.sessions.sealed(self._dataset, self._generation, keys):
            own = [refund for refund in refunds if one.holds(refund)]
            named = {sale["order_id"] for sale in one.session.sales} | {refund.order_id for refund in own if refund.order_id}
            books = self._books_of(self._store.events.of_orders(self._dataset, named) if named else [])
            session = with_refunds(one.session, own, books.clean if "clean" in one.views else books.all)
            if session != one.session:
                yield Put(one.id, digest_of(session), one.views, session, known=True, sealed=True)

    def _puts(self, events: list[Event], stored: Stored) -> Iterator[Put]:
        """The sessions of some whole groups in both views; one document where the views agree."""
        events = stored.unsealed(events)
        events.sort(key=lambda event: event.order)
        books = self._books(events)
        groups: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            groups[event.key].append(event)
        for group in groups.values():
            everything = self._sessions(group, books.all)
            if any(event.noisy or event.order_id in books.noisy for event in group):
                clean = self._sessions([event for event in group if not event.noisy], books.clean)
                yield from puts_by_view(everything, clean, stored)
            else:
                yield from (put_of(one, BOTH, stored) for one in everything)

    def _streamed(self, key: str, stored: Stored) -> Iterator[Put]:
        """The same for one group too large to be held: read once a view, in event order."""
        everything = [self._session(run, self._books(run).all) for run in cut_groups(self._stream(key, stored), self._gap)]
        clean_events = (event for event in self._stream(key, stored) if not event.noisy)
        clean = [self._session(run, self._books(run).clean) for run in cut_groups(clean_events, self._gap)]
        if Stored(self._store.sessions.kept(self._dataset, self._generation, [key])).until != stored.until:
            raise Deposed("Another rollup worker has sealed sessions that were being read.")
        yield from puts_by_view(everything, clean, stored)

    def _stream(self, key: str, stored: Stored) -> Iterator[Event]:
        for event in self._store.events.of_key_in_order(self._dataset, key):
            self._beat()
            if not stored.covers(event):
                yield event

    def _books(self, events: list[Event]) -> _Books:
        """The orders that these events name; where one has changed since it was read, as it was read."""
        naming = {event.event_id: event for event in events if event.order_id}
        if not naming:
            return _Books(OrderBook([], self._currency), OrderBook([], self._currency), set())
        stored = self._store.events.of_orders(self._dataset, {event.order_id for event in naming.values() if event.order_id})
        return self._books_of(list(({event.event_id: event for event in stored} | naming).values()))

    def _books_of(self, orders: list[Event]) -> _Books:
        noisy = {event.order_id for event in orders if event.noisy}
        everything = OrderBook(orders, self._currency)
        clean = OrderBook([event for event in orders if not event.noisy], self._currency) if noisy else everything
        return _Books(everything, clean, noisy)

    def _sessions(self, events: list[Event], orders: OrderBook) -> list[Session]:
        return [self._session(group, orders) for group in cut_groups(events, self._gap)]

    def _session(self, events: list[Event], orders: OrderBook) -> Session:
        return session_of(events, orders=orders, local=self._local, currency=self._currency)

    def _summed(self, day: str) -> tuple[Day, Day]:
        """The day in both views; it is read twice only where they differ."""
        agree = True
        since, until = self._local.day_start(day), self._local.next_day_start(day)

        def sessions(view: str) -> Iterator[tuple[Session, Link | None]]:
            nonlocal agree
            for session, views, links in self._store.sessions.between(self._dataset, self._generation, since, until):
                self._beat()
                agree &= len(views) == len(VIEWS) and links.get("clean") == links.get("all")
                if view in views:
                    yield session, links.get(view)

        everything = Day.from_sessions(day, "all", sessions("all"))
        if agree:
            return everything, msgspec.structs.replace(everything, view="clean")
        return everything, Day.from_sessions(day, "clean", sessions("clean"))

    def _save(self) -> None:
        self._store.state.save_pending(self._dataset, self._generation, self._term, self.pending)


class _Books(NamedTuple):
    """The orders some events name, in both views, and which of them noisy events name."""

    all: OrderBook
    clean: OrderBook
    noisy: set[str | None]
