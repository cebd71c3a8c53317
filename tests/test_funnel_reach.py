"""How far events get in a funnel, worked out by hand: a letter an event, a capital an excluded one, `.` an engagement."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from clickstream.metrics.funnels.fitting import EXCLUDED, INTERACTIVE
from clickstream.metrics.funnels.reach import START, Plan, Reach, at, reach

STEPS = "abcde"
MINUTE = 60_000


def marks(events: str) -> list[int]:
    """`a` fits step 1, `b` step 2 ...; `x` fits none; `A` fits step 1 and is excluded; `(` fits steps 1 and 2."""
    both = {"(": 0b11, ".": 0, "x": 0}
    found = []
    for letter in events:
        mark = both[letter] if letter in both else 1 << STEPS.index(letter.lower()) if letter.lower() in STEPS else 0
        found.append(mark | (0 if letter == "." else INTERACTIVE) | (EXCLUDED if letter.isupper() else 0))
    return found


class Case(NamedTuple):
    label: str
    events: str
    steps: int
    reached: tuple[int, ...]
    session: bool = False


ORDERED = [
    Case("nothing fits", "xx.", 2, ()),
    Case("the earliest after the one before", "abab", 2, (0, 1)),
    Case("others between", "xaxbxc", 3, (1, 3, 5)),
    Case("before the first does not count", "bab", 2, (1, 2)),
    Case("a step left out ends it", "ac", 3, (0,)),
    Case("one event is one step", "(", 2, (0,)),
    Case("an event that fits two is the first, the next such the second", "((", 2, (0, 1)),
    Case("a repeated step waits for its second event", "aabb", 2, (0, 2)),
    Case("the start comes before the first event", "b", 2, (START, 0), session=True),
    Case("the start alone", "xx", 2, (START,), session=True),
    Case("an excluded event after the first step ends it", "aXb", 2, (0,)),
    Case("also where it fits a step itself", "aB", 2, (0,)),
    Case("one before the first step does not", "Xab", 2, (1, 2)),
    Case("nor does the first step itself", "Ab", 2, (0, 1)),
    Case("but the next such does", "AA", 2, (0,)),
    Case("after the start every one does", "Xb", 2, (START,), session=True),
    Case("one after the last step changes nothing", "abX", 2, (0, 1)),
]
STRICT = [
    Case("right after", "ab", 2, (0, 1)),
    Case("something between", "axb", 2, (0,)),
    Case("an engagement between is none", "a..b", 2, (0, 3)),
    Case("the start that gets furthest", "axab", 2, (2, 3)),
    Case("of those the earliest", "abab", 2, (0, 1)),
    Case("of two that get as far the earliest", "axax", 2, (0,)),
    Case("starts may overlap", "aab", 2, (1, 2)),
    Case("the first interactive event after the start", ".b", 2, (START, 1), session=True),
    Case("and no later one", "xb", 2, (START,), session=True),
    Case("an excluded engagement-like gap ends one start, not the next", "aXab", 2, (2, 3)),
    Case("an excluded event that fits", "aB", 2, (0,)),
]
ANY_ORDER = [
    Case("in order", "abc", 3, (0, 1, 2)),
    Case("backwards", "cba", 3, (2, 2, 2)),
    Case("up to the first that finds none", "cb", 3, ()),
    Case("the third missing", "ba", 3, (1, 1)),
    Case("an event taken is taken", "(", 2, (0,)),
    Case("the first step takes the earliest it can, the second what is left", "((", 2, (0, 1)),
    Case("greedy, though the other way round both would find one", "(a", 2, (0,)),
    Case("after the start", "cb", 3, (START, 1, 1), session=True),
    Case("an excluded event after the earliest that fits anything ends it", "bXa", 2, ()),
    Case("one before does not", "Xba", 2, (2, 2)),
]
CASES = [(mode, case) for mode, cases in (("ordered", ORDERED), ("strict", STRICT), ("any", ANY_ORDER)) for case in cases]


@pytest.mark.parametrize(("mode", "case"), CASES, ids=[f"{mode}: {case.label}" for mode, case in CASES])
def test_as_far_as_worked_out_by_hand(mode: str, case: Case) -> None:
    plan = Plan(case.steps, mode, case.session)
    assert reach(plan, marks(case.events)).moments == case.reached


def test_in_any_order_a_step_s_event_may_lie_before_its_moment() -> None:
    assert reach(Plan(3, "any"), marks("cxba")) == Reach((3, 2, 0), (3, 3, 3), begin=0, cut=False)


WINDOWS = [
    ("ordered", "ab", (0, MINUTE), 2, "the last millisecond counts"),
    ("ordered", "ab", (0, MINUTE + 1), 1, "one more does not"),
    ("ordered", "abc", (0, MINUTE, MINUTE + 1), 2, "the window runs from the first step, not from the last"),
    ("ordered", "xab", (0, 5 * MINUTE, 6 * MINUTE), 2, "and not from other events"),
    ("ordered", "aab", (0, MINUTE, MINUTE + 1), 1, "the first event that fits begins it for good"),
    ("strict", "aab", (0, MINUTE, MINUTE + 1), 2, "strictly every start has its own"),
    ("strict", "axab", (0, 1, 2, MINUTE + 3), 1, "and it ends"),
    ("any", "ba", (0, MINUTE), 2, "in any order from the earliest that fits any step"),
    ("any", "ba", (0, MINUTE + 1), 0, "so that the first step can be too late"),
]


@pytest.mark.parametrize(("mode", "events", "times", "reached", "label"), WINDOWS, ids=[row[-1] for row in WINDOWS])
def test_a_window_ends_on_its_last_millisecond(
    mode: str, events: str, times: tuple[int, ...], reached: int, label: str
) -> None:
    plan = Plan(3 if "c" in events else 2, mode, window_ms=MINUTE)
    assert len(reach(plan, marks(events), times).moments) == reached


@pytest.mark.parametrize(
    ("events", "times", "cut"),
    [("aX", (0, MINUTE), True), ("aX", (0, MINUTE + 1), False), ("Xa", (0, 1), False), ("abX", (0, 1, 2), True)],
)
def test_what_is_excluded_counts_within_the_window_only(events: str, times: tuple[int, ...], cut: bool) -> None:
    assert reach(Plan(2, window_ms=MINUTE), marks(events), times).cut is cut


def test_the_start_is_at_the_time_of_the_first_event() -> None:
    assert at((7, 9), START) == 7
    assert len(reach(Plan(2, session=True, window_ms=MINUTE), marks("xb"), (0, MINUTE + 1)).moments) == 1


def test_events_at_the_same_time_keep_their_order() -> None:
    plan = Plan(2, window_ms=MINUTE)
    assert reach(plan, marks("ba"), (5, 5)).moments == (1,)
    assert reach(plan, marks("ab"), (5, 5)).moments == (0, 1)
