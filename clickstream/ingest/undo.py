"""Taking an import back: exactly the events that came by it and no other way. docs/decisions/019 says why."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from clickstream.ingest.commit import WRITTEN_TOGETHER, marked
from clickstream.store import Store


class Undone(msgspec.Struct, frozen=True):
    """`kept` came another way too: sent by the shop, or in another import that still stands."""

    deleted: int
    kept: int


def undo(store: Store, dataset: str, batch: str, told: Callable[[int], None]) -> Undone:
    """Delete the batch's events and let go of those that also came another way. `told` hears how many went.

    Broken off and begun again it goes on where it was; `deleted` then counts the rest.
    """
    deleted = 0
    while events := store.events.of_batch(dataset, batch, WRITTEN_TOGETHER):
        ids = [event.event_id for event in events]
        gone = marked(store, dataset, events, lambda: store.events.delete_batch(dataset, batch, ids))  # noqa: B023 - called at once
        deleted += gone
        told(gone)
    return Undone(deleted, store.events.release_batch(dataset, batch))
