"""Cleaning: noise is counted by reason, tagged (which can be undone), and, once tagged, deleted (which cannot).

Everything is written in small batches under marks, as events are stored: sessions and days follow with the next rollup
(`rollup.catch_up`, or a running server by itself), and whatever is killed halfway is completed by doing it again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

import msgspec

from clickstream.cleanup.rates import repeats, suspects
from clickstream.cleanup.reasons import BOT_RATE, DUPLICATE_BURST, NOT_SELECTED, REASONS, SELECTED, Reason, window
from clickstream.ingest.commit import marked
from clickstream.store import Store
from clickstream.store.noise import NOT_TAGGED, TAGGED, Found, tagged_for

__all__ = ["REASONS", "Counted", "Reason", "Statistics", "count_tagged", "days_ago", "delete", "statistics", "tag", "untag"]

WRITTEN_TOGETHER = 2_000

Told = Callable[[str, int], object]
"""Hears after every batch for which reason how many events were written to."""


class Counted(msgspec.Struct, frozen=True):
    """Events by one reason: those it fits that are not tagged yet, and those tagged for it."""

    reason: str
    rule: str
    untagged: int
    tagged: int


class Statistics(msgspec.Struct, frozen=True):
    """What cleaning would find: every event counts for the first reason that fits it."""

    dataset: str
    since: datetime | None
    events: int
    untagged: int
    tagged: int
    reasons: list[Counted]


def days_ago(now: datetime, days: float | None) -> datetime | None:
    """Since when the last `days` days are; None for all time."""
    return None if days is None else now - timedelta(days=days)


def statistics(store: Store, dataset: str, since: datetime | None = None) -> Statistics:
    """Reads everything and writes nothing; takes a while: about ten seconds for a million events."""
    untagged = _untagged(store, dataset, since)
    tagged = store.noise.tagged_by_reason(dataset, *window(since))
    counted = [Counted(one.name, one.rule, untagged[one.name], tagged.pop(one.name, 0)) for one in REASONS]
    counted += [Counted(name, "Tagged by somebody else.", 0, events) for name, events in sorted(tagged.items())]
    return Statistics(
        dataset=dataset,
        since=since,
        events=store.noise.count(dataset, *window(since)),
        untagged=untagged.total(),
        tagged=sum(one.tagged for one in counted),
        reasons=counted,
    )


def tag(store: Store, dataset: str, since: datetime | None = None, told: Told = lambda reason, events: None) -> Counter[str]:
    """Tag what the reasons fit, with `flag: {noisy, reason}`; gives how many events by reason. Raises DatabaseUnavailable.

    Doing it again tags nothing more; what is tagged already keeps its reason.
    """
    done: Counter[str] = Counter()
    for reason, batch in _batches(_noise(store, dataset, since)):
        written = marked(store, dataset, batch, partial(store.noise.tag, dataset, _ids(batch), reason))
        done[reason] += written
        told(reason, written)
    return done


def untag(
    store: Store,
    dataset: str,
    reason: str,
    since: datetime | None = None,
    *,
    told: Told = lambda reason, events: None,
) -> int:
    """Take this reason's tags off again; gives of how many events. Raises DatabaseUnavailable."""
    done = 0
    for _, batch in _batches((reason, found) for found in store.noise.find(dataset, tagged_for(reason), *window(since))):
        written = marked(store, dataset, batch, partial(store.noise.untag, dataset, _ids(batch), reason))
        done += written
        told(reason, written)
    return done


def count_tagged(store: Store, dataset: str, since: datetime | None = None) -> int:
    """How many events `delete` would take."""
    return store.noise.count(dataset, TAGGED, *window(since))


def delete(
    store: Store,
    dataset: str,
    since: datetime | None = None,
    *,
    reason: str | None = None,
    told: Told = lambda reason, events: None,
) -> int:
    """Delete what is tagged (for this reason), and nothing else; gives how many events. Raises DatabaseUnavailable.

    An event that is sent again afterwards counts as new.
    """
    wanted = TAGGED if reason is None else tagged_for(reason)
    done = 0
    for _, batch in _batches(("", found) for found in store.noise.find(dataset, wanted, *window(since))):
        written = marked(store, dataset, batch, partial(store.noise.delete, dataset, _ids(batch)))
        done += written
        told(reason or "", written)
    return done


def _untagged(store: Store, dataset: str, since: datetime | None) -> Counter[str]:
    within = (NOT_TAGGED, *window(since))
    counts = Counter({name: store.noise.count(dataset, wanted, *within) for name, wanted in SELECTED.items()})
    for suspect in suspects(store, dataset, since):
        if suspect.bot:
            counts[BOT_RATE.name] += store.noise.count(dataset, {"key": suspect.key}, NOT_SELECTED, *within)
        else:
            counts[DUPLICATE_BURST.name] += sum(1 for _ in _bursts(store, dataset, suspect.key, since))
    return counts


def _noise(store: Store, dataset: str, since: datetime | None) -> Iterator[tuple[str, Found]]:
    """What is to be tagged. Rates are judged with what is tagged already: half done, it is finished as it was begun."""
    within = (NOT_TAGGED, *window(since))
    for name, wanted in SELECTED.items():
        for found in store.noise.find(dataset, wanted, *within):
            yield name, found
    for suspect in suspects(store, dataset, since):
        if suspect.bot:
            for found in store.noise.find(dataset, {"key": suspect.key}, NOT_SELECTED, *within):
                yield BOT_RATE.name, found
        else:
            for found in _bursts(store, dataset, suspect.key, since):
                yield DUPLICATE_BURST.name, found


def _bursts(store: Store, dataset: str, key: str, since: datetime | None) -> Iterator[Found]:
    for event in repeats(store.noise.in_order(dataset, {"key": key}, NOT_SELECTED, *window(since))):
        if not event.tagged:
            yield Found(event.event_id, event.key, event.order_id)


def _batches(noise: Iterable[tuple[str, Found]]) -> Iterator[tuple[str, list[Found]]]:
    """As they come, by reason, each batch as full as it gets."""
    waiting: defaultdict[str, list[Found]] = defaultdict(list)
    for reason, found in noise:
        waiting[reason].append(found)
        if len(waiting[reason]) == WRITTEN_TOGETHER:
            yield reason, waiting.pop(reason)
    yield from waiting.items()


def _ids(batch: Iterable[Found]) -> list[str]:
    return [found.event_id for found in batch]
