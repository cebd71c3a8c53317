"""The rollup: recomputed, not incremented; killed at any write, it is finished by whoever comes next."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random

import golden_shop
import pytest
from golden_shop import BOB, CC, happened, person
from rollup_check import Killed, Life, Rig, rigged
from shops import last_moment, random_shop

from clickstream import rollup
from clickstream.store.connect import Connection

NIGHT = happened("night", "27 23:10:00", "pageview", person(client="cnight"), "/")
BRIDGE = happened("bridge", "28 10:20:00", "pageview", CC, "/between")
CHANGES: dict[str, Callable[[Rig], None]] = {
    "an event between two sessions": lambda rig: rig.shop.receive([BRIDGE]),
    "an event before a session": lambda rig: rig.shop.receive([happened("early", "28 09:50:00", "pageview", CC, "/")]),
    "an event before midnight": lambda rig: rig.shop.receive(
        [NIGHT | {"event_id": "n", "timestamp": "2026-03-27T22:50:00Z"}]
    ),
    "an earlier visit, days before": lambda rig: rig.shop.receive(
        [happened("first", "25 10:00:00", "pageview", person("s-anna-0", "ca", "anna"), "/")]
    ),
    "a login in the middle": lambda rig: rig.shop.receive(
        [happened("login", "28 09:31:00", "pageview", BOB | {"user_id": "anna"}, "/account")]
    ),
    "an earlier purchase of an order": lambda rig: rig.shop.receive(
        [happened("owner", "28 08:00:00", "purchase", person(client="cw"), order_id="o1", revenue="70.00", currency="EUR")]
    ),
    "a refund from elsewhere": lambda rig: rig.shop.receive(
        [happened("refund", "29 18:00:00", "refund", person(client="cr"), order_id="o1", amount=20)]
    ),
    "a visit nobody knew": lambda rig: rig.shop.receive(
        [happened("new", "26 23:30:00", "add_to_cart", person("s-new", "cnew"), product_id="p1", price=3, country="DE")]
    ),
    "an order's first purchase deleted": lambda rig: rig.delete("a6"),
    "an order's first purchase tagged": lambda rig: rig.tag("a6"),
    "whole visits deleted": lambda rig: rig.delete("g1", "g2", "a1", "a2", "a3", "a4", "a5", "a6"),
    "a visit tagged in part": lambda rig: rig.tag("i3", "m1", "d1"),
}


@pytest.fixture
def rig(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The golden shop, rolled up, in batches so small that every pass has several."""
    monkeypatch.setattr(sys.modules["clickstream.rollup.rebuild"], "GROUPS_A_BATCH", 3)
    with rigged(connection) as rig:
        rig.shop.receive([*golden_shop.EVENTS, NIGHT])
        rig.shop.catch_up()
        yield rig


def change_everything(rig: Rig) -> None:
    for change in CHANGES.values():
        change(rig)


def finish_after_a_kill_at_every_write(rig: Rig, *, backwards: bool = False) -> int:
    """Gives the number of writes a pass over the waiting changes takes."""
    watermark, changed = rig.watermark(), rig.save()
    wanted = rig.afresh()
    for writes in range(1, 1_000):
        rig.restore(changed)
        life = Life(writes, dies=True)
        with suppress(Killed):
            rollup.catch_up(rig.mortal(life, backwards=backwards), rig.settings, rig.clock)
        rig.expire_lease()
        seen, seen_at = rig.derived(), rig.watermark()
        rig.shop.catch_up()
        assert rig.derived() == wanted, f"killed before write {writes}"
        assert rig.watermark() > watermark, f"killed before write {writes}: nobody can know that something changed"
        assert rig.watermark() > seen_at or seen == wanted, f"killed before write {writes}"
        assert rig.store.changes.pending() == set()
        if not life.over:
            return writes
    raise AssertionError("it writes without end")


def test_a_second_pass_changes_no_document_and_no_watermark(rig: Rig) -> None:
    change_everything(rig)
    rig.shop.catch_up()
    before, watermark = rig.everything(), rig.watermark()
    rig.shop.catch_up()
    rig.mark_everything()
    rig.shop.catch_up()
    assert rig.everything() == before
    assert rig.watermark() == watermark
    rig.check()


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_as_if_computed_afresh_though_its_pass_is_killed_anywhere(rig: Rig, name: str) -> None:
    CHANGES[name](rig)
    finish_after_a_kill_at_every_write(rig)
    rig.check()


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "bulks backwards"])
def test_all_changes_at_once_are_as_if_computed_afresh_though_their_pass_is_killed_anywhere(
    rig: Rig, backwards: bool
) -> None:
    change_everything(rig)
    assert finish_after_a_kill_at_every_write(rig, backwards=backwards) > 40
    rig.check()


def test_a_pass_killed_twice_is_finished_by_the_third(rig: Rig) -> None:
    change_everything(rig)
    changed = rig.save()
    wanted = rig.afresh()
    rng = Random(2)
    for _ in range(20):
        rig.restore(changed)
        kills = [rng.randint(1, 45) for _ in range(2)]
        for writes in kills:
            with suppress(Killed):
                rollup.catch_up(rig.mortal(Life(writes, dies=True)), rig.settings, rig.clock)
            rig.expire_lease()
        rig.shop.catch_up()
        assert rig.derived() == wanted, f"killed before writes {kills}"


@pytest.mark.parametrize("seed", range(4))
def test_a_long_history_of_arrivals_deletions_tags_and_kills_ends_where_the_events_say(
    connection: Connection, seed: int
) -> None:
    rng = Random(seed)
    events = [event | {"event_id": f"e{number}"} for number, event in enumerate(random_shop(rng, 60))]
    with rigged(connection, last_moment(events) + timedelta(minutes=5)) as rig:
        for start in range(0, len(events), 25):
            rig.shop.receive(events[start : start + 25])
            some = [event["event_id"] for event in rng.sample(events[: start + 25], 3)]
            rng.choice([rig.delete, rig.tag, lambda *event_ids: None])(*some)
            for _ in range(rng.choice([0, 1, 2])):
                with suppress(Killed):
                    rollup.catch_up(rig.mortal(Life(rng.randint(1, 60), dies=True)), rig.settings, rig.clock)
                rig.expire_lease()
        rig.shop.catch_up()
        rig.check()
        ended = rig.derived()
        assert rig.afresh() == ended
