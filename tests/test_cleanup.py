"""Cleaning: what is noise and why, tagging it and taking the tags off, deleting what is tagged and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from noise_oracle import judged
from rollup_check import LONG_AGO, NOW, Document, Killed, Life, Rig, rigged
from shops import last_moment, random_shop

from clickstream import cleanup, metrics
from clickstream.clock import iso
from clickstream.scope import Scope
from clickstream.store.connect import Connection

NAMES = [reason.name for reason in cleanup.REASONS]
NOTHING = dict.fromkeys(NAMES, 0)


@pytest.fixture
def rig(connection: Connection) -> Iterator[Rig]:
    with rigged(connection) as rig:
        yield rig


TEN = NOW - timedelta(hours=10)


def at(seconds: float, event_type: str = "pageview", who: str = "ann", *, start: datetime = TEN, **given: Any) -> Document:
    """An event that many seconds after `start`."""
    moment = start + timedelta(seconds=seconds)
    return {"event_type": event_type, "client_id": who, "timestamp": iso(moment), "page": "/", **given}


def with_ids(events: Sequence[Document], prefix: str = "e") -> list[Document]:
    return [{"event_id": f"{prefix}{number}", **event} for number, event in enumerate(events)]


def busy(minutes: Sequence[int], each: int, who: str = "bot", **given: Any) -> list[Document]:
    """As many events in each of these minutes, spread evenly and all different."""
    return [
        at(60 * minute + 60 * number / each, who=who, page=f"/{minute}/{number}", **given)
        for minute in minutes
        for number in range(each)
    ]


def found(rig: Rig, **options: Any) -> dict[str, int]:
    return {one.reason: one.untagged for one in cleanup.statistics(rig.store, "live", **options).reasons}


def tagged(rig: Rig) -> dict[str, str]:
    """Reason by event id."""
    documents = rig.database.events.find({"flag.noisy": True})
    return {document["event_id"]: document["flag"]["reason"] for document in documents}


CASES: dict[str, tuple[list[Document], dict[str, int]]] = {
    "a quiet visit": ([at(0), at(5, "product_view"), at(6, "add_to_cart", product_id="p1")], {}),
    "sources of demos": (
        [at(n, source=source) for n, source in enumerate(["simulation", "basic_sim", "seed_demo", "realistic_seed"])],
        {"demo_source": 3},
    ),
    "a time that a wrong time zone explains": ([at(24 * 3600 - 1)], {}),
    "a time that nothing explains": ([at(24 * 3600 + 1)], {"impossible_time": 1}),
    "sixty events a minute": (busy([0, 1, 2], 60), {}),
    "more, three minutes in a row": (busy([0, 1, 2], 61), {"bot_rate": 183}),
    "more, in three minutes apart": (busy([0, 1, 3], 61), {}),
    "more, all of them signs of life": (busy([0, 1, 2], 61, event_type="engagement"), {}),
    "a bot's quiet hour": ([*busy([0, 1, 2], 61), at(7200, who="bot")], {"bot_rate": 184}),
    "two who are one bot together": (busy([0, 1, 2], 40, "a") + busy([0, 1, 2], 40, "b"), {}),
    "one who is a bot in one session of two": (
        busy([0, 1, 2], 61, session_id="s1") + busy([90], 9, session_id="s2"),
        {"bot_rate": 183},
    ),
    "three times at once": ([at(0.01 * n) for n in range(3)], {}),
    "four times at once": ([at(0.01 * n) for n in range(4)], {"duplicate_burst": 3}),
    "four times a tenth of a second apart": ([at(59.8 + 0.1 * n) for n in range(4)], {"duplicate_burst": 3}),
    "four times a little slower": ([at(0.101 * n) for n in range(4)], {}),
    "twice four times": ([at(0.01 * n + 5 * (n > 3)) for n in range(8)], {"duplicate_burst": 6}),
    "four products at once": ([at(0, "product_view", product_id=f"p{n}") for n in range(4)], {}),
    "four searches at once": ([at(0, "search", query=f"q{n}") for n in range(4)], {}),
    "four orders at once": ([at(0, "purchase", order_id=f"o{n}") for n in range(4)], {}),
    "one order four times at once": ([at(0, "purchase", order_id="o1") for n in range(4)], {"duplicate_burst": 3}),
    "four people at once": ([at(0, who=f"c{n}") for n in range(4)], {}),
    "alternately": ([at(0.01 * n, page="/a" if n % 2 else "/b") for n in range(8)], {"duplicate_burst": 6}),
    "a burst whose first is a demo's": (
        [at(0, source="simulation"), *(at(0.01 * n) for n in range(1, 5))],
        {"demo_source": 1, "duplicate_burst": 3},
    ),
    "a bot that repeats itself": (
        [at(0.5 * n + 0.001 * k, who="bot") for n in range(400) for k in range(5)],
        {"bot_rate": 2000},
    ),
}


@pytest.mark.parametrize(("events", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_noise_and_why(rig: Rig, events: list[Document], expected: dict[str, int]) -> None:
    rig.shop.receive(with_ids(events))
    assert found(rig) == NOTHING | expected
    assert cleanup.tag(rig.store, "live") == Counter(expected)
    assert Counter(tagged(rig).values()) == Counter(expected)
    assert found(rig) == NOTHING
    assert cleanup.tag(rig.store, "live") == Counter()


def test_times_that_only_another_program_can_have_stored_are_impossible_too(rig: Rig) -> None:
    rig.shop.receive(with_ids([at(0), at(1)]))
    rig.database.events.update_one({"event_id": "e0"}, {"$set": {"timestamp": LONG_AGO.replace(year=1969)}})
    assert found(rig) == NOTHING | {"impossible_time": 1}


def test_the_first_of_a_burst_in_event_order_is_kept_whatever_arrived_first(rig: Rig) -> None:
    rig.shop.receive(with_ids([at(0.01 * n) for n in (3, 1, 2, 0)]))
    cleanup.tag(rig.store, "live")
    assert sorted(tagged(rig)) == ["e0", "e1", "e2"]


def test_other_datasets_are_left_alone(rig: Rig) -> None:
    rig.shop.receive(with_ids([at(n, source="simulation") for n in range(3)]))
    assert cleanup.tag(rig.store, "upload") == Counter()
    assert cleanup.delete(rig.store, "upload") == 0
    assert cleanup.statistics(rig.store, "upload").events == 0
    assert found(rig)["demo_source"] == 3


def test_only_the_last_days_are_looked_at_when_told(rig: Rig) -> None:
    old, recent = at(-3 * 86_400, source="simulation"), at(0, source="simulation")
    rig.shop.receive(with_ids([old, recent, at(1)]))
    since = cleanup.days_ago(NOW, 1)
    statistics = cleanup.statistics(rig.store, "live", since)
    assert (statistics.events, statistics.untagged) == (2, 1)
    assert cleanup.tag(rig.store, "live", since).total() == 1
    cleanup.tag(rig.store, "live")
    assert cleanup.delete(rig.store, "live", since) == 1
    assert [event["event_id"] for event in rig.database.events.find().sort("_id")] == ["e0", "e2"]


def test_an_impossible_time_is_of_the_day_on_which_it_arrived(rig: Rig) -> None:
    rig.shop.receive(with_ids([at(0)]))
    rig.database.events.update_one({}, {"$set": {"timestamp": LONG_AGO.replace(year=1970)}})
    assert cleanup.tag(rig.store, "live", cleanup.days_ago(NOW, 1)).total() == 1


def test_statistics_name_every_reason_with_its_rule_and_what_others_tagged(rig: Rig) -> None:
    rig.shop.receive(with_ids([at(n, source="simulation") for n in range(3)] + [at(9), at(19)]))
    rig.tag("e3")
    rig.database.events.update_one({"event_id": "e4"}, {"$set": {"flag": {"noisy": True}}})
    cleanup.tag(rig.store, "live")
    statistics = cleanup.statistics(rig.store, "live")
    assert (statistics.events, statistics.untagged, statistics.tagged) == (5, 0, 5)
    assert [(one.reason, one.tagged) for one in statistics.reasons] == [
        ("demo_source", 3),
        ("impossible_time", 0),
        ("bot_rate", 0),
        ("duplicate_burst", 0),
        ("", 1),
        ("test", 1),
    ]
    assert all(one.rule.endswith(".") for one in statistics.reasons)


def test_a_tag_is_taken_off_by_its_reason(rig: Rig) -> None:
    rig.shop.receive(with_ids([at(0, source="simulation"), *(at(5 + 0.01 * n) for n in range(4))]))
    before = list(rig.database.events.find().sort("_id"))
    cleanup.tag(rig.store, "live")
    assert cleanup.untag(rig.store, "live", "duplicate_burst") == 3
    assert set(tagged(rig)) == {"e0"}
    assert cleanup.untag(rig.store, "live", "demo_source") == 1
    assert list(rig.database.events.find().sort("_id")) == before


def test_delete_takes_one_reason_s_when_told(rig: Rig) -> None:
    rig.shop.receive(with_ids([at(0, source="simulation"), *(at(5 + 0.01 * n) for n in range(4))]))
    cleanup.tag(rig.store, "live")
    assert cleanup.delete(rig.store, "live", reason="demo_source") == 1
    assert found(rig) == NOTHING
    assert set(tagged(rig).values()) == {"duplicate_burst"}


def test_without_tags_nothing_is_deleted(rig: Rig) -> None:
    rig.shop.receive(with_ids(CASES["a bot that repeats itself"][0] + [at(0, source="simulation")]))
    assert cleanup.delete(rig.store, "live") == 0
    assert rig.store.events.count("live") == 2001


def test_a_tag_that_is_taken_off_meanwhile_saves_its_event(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.shop.receive(with_ids([at(n, source="simulation") for n in range(3)]))
    cleanup.tag(rig.store, "live")
    open_mark = rig.store.changes.open

    def untag_then_open(*given: Any) -> str:
        rig.database.events.update_one({"event_id": "e1"}, {"$unset": {"flag": ""}})
        return open_mark(*given)

    monkeypatch.setattr(rig.store.changes, "open", untag_then_open)
    assert cleanup.delete(rig.store, "live") == 2
    assert [event["event_id"] for event in rig.database.events.find()] == ["e1"]


def test_a_deleted_event_that_is_sent_again_counts_as_new(rig: Rig) -> None:
    events = with_ids([at(n, source="simulation") for n in range(3)])
    rig.shop.receive(events)
    cleanup.tag(rig.store, "live")
    cleanup.delete(rig.store, "live")
    rig.shop.receive(events)
    assert rig.store.events.count("live") == 3


# The numbers that follow


def spiced(rng: Random, size: int) -> list[Document]:
    """A random shop in which demos, bots, bursts and wrong clocks leave their events among the others."""
    events = with_ids(random_shop(rng, size, buying=40))
    end = last_moment(events).replace(second=0, microsecond=0)
    for event in rng.sample(events, len(events) // 12):
        event.setdefault("properties", {})["source"] = rng.choice(["simulation", "basic_sim", "seed_demo", "newsletter"])
    for number, event in enumerate(rng.sample(events, len(events) // 10)):
        repeats = rng.randint(2, 6)
        events += [event | {"event_id": f"r{number}-{copy}"} for copy in range(repeats)]
    events += with_ids(busy(range(3), 64, start=end, session_id="s-bot"), "bot-")
    for number in range(2):
        who = rng.choice([{"session_id": "s1"}, {"user_id": "u1", "client_id": ""}, {"client_id": "c1"}])
        bot = busy(range(rng.randint(2, 4)), rng.randint(58, 64), start=end, **who)
        events += with_ids(bot, f"b{number}-")
    events += [at(3600 * (13 + number % 3), who=f"c{number}", start=end, event_id=f"a{number}") for number in range(9)]
    rng.shuffle(events)
    return events


def receive(rig: Rig, rng: Random, size: int = 60) -> dict[str, str]:
    """A spiced shop in some batches; the noise in it by the judge."""
    events = spiced(rng, size)
    rig.clock.now = last_moment(events) - timedelta(hours=15, seconds=10)
    for start in range(0, len(events), 300):
        rig.shop.receive(events[start : start + 300])
    rig.shop.catch_up()
    reasons = judged(rig.database.events.find())
    assert set(reasons.values()) == set(NAMES)
    return reasons


@pytest.mark.parametrize("seed", range(8))
def test_every_step_leaves_the_numbers_that_the_oracle_expects(rig: Rig, seed: int) -> None:
    rng = Random(seed)
    expected = receive(rig, rng)
    stored = {event["event_id"]: event for event in rig.database.events.find()}
    rig.check()

    assert found(rig) == NOTHING | Counter(expected.values())
    assert {event["event_id"]: event for event in rig.database.events.find()} == stored

    assert cleanup.tag(rig.store, "live") == Counter(expected.values())
    assert tagged(rig) == expected
    rig.shop.catch_up()
    rig.check()

    untagged = rng.choice(NAMES)
    assert cleanup.untag(rig.store, "live", untagged) == Counter(expected.values())[untagged]
    rig.shop.catch_up()
    rig.check()

    kept = {event_id for event_id in stored if expected.get(event_id, untagged) == untagged}
    assert cleanup.delete(rig.store, "live") == len(stored) - len(kept)
    assert {event["event_id"]: event for event in rig.database.events.find()} == {name: stored[name] for name in kept}
    rig.shop.catch_up()
    rig.check()
    assert rig.derived() == rig.afresh()


def test_tagging_what_a_demo_sent_changes_no_clean_number_and_deleting_it_none_either(rig: Rig) -> None:
    events = with_ids(random_shop(Random(3), 30))
    demo = [{**event, "event_id": f"d-{event['event_id']}", "source": "simulation"} for event in events]
    rig.clock.now = last_moment(events)
    rig.shop.receive(events + demo)
    rig.shop.catch_up()

    def overview(view: str) -> Any:
        result = metrics.measure(rig.store, "overview", Scope(as_of=rig.clock(), view=view), {}).result
        return {name: value for name, value in result.items() if name != "noisy_events"}

    clean, everything = overview("clean"), overview("all")
    assert clean != everything
    cleanup.tag(rig.store, "live")
    rig.shop.catch_up()
    assert (overview("clean"), overview("all")) == (clean, everything)
    cleanup.delete(rig.store, "live")
    rig.shop.catch_up()
    assert (overview("clean"), overview("all")) == (clean, clean)


STEPS = {
    "tag": cleanup.tag,
    "untag": lambda store, dataset: cleanup.untag(store, dataset, "bot_rate"),
    "delete": cleanup.delete,
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("seed", range(2))
def test_killed_at_some_write_and_done_again_it_ends_as_if_never_killed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, step: str, seed: int
) -> None:
    monkeypatch.setattr(cleanup, "WRITTEN_TOGETHER", 40)
    receive(rig, Random(seed), 30)
    if step != "tag":
        cleanup.tag(rig.store, "live")
        rig.shop.catch_up()
    begun = rig.save()
    act: Any = STEPS[step]
    untouched = Life(10_000)
    act(rig.mortal(untouched), "live")
    rig.shop.catch_up()
    events, derived = list(rig.database.events.find().sort("_id")), rig.derived()
    assert untouched.done > 6

    for writes in sorted({0, 1, 2, *Random(seed).sample(range(untouched.done), 6)}):
        rig.restore(begun)
        with pytest.raises(Killed):
            act(rig.mortal(Life(writes, dies=True)), "live")
        rig.database.changes.update_many({}, {"$set": {"opened_at": LONG_AGO}})  # a minute later
        if writes % 3 == 0:
            rig.shop.catch_up()
            rig.shop.check(rig.oracle(), {"clean": {}, "all": {"view": "all"}}, [("overview", {}), ("cart", {})])
        act(rig.store, "live")
        rig.shop.catch_up()
        assert list(rig.database.events.find().sort("_id")) == events
        assert rig.derived() == derived
        assert rig.store.changes.pending() == set()
