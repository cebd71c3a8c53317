from __future__ import annotations

import pytest

from clickstream.rollup.pace import MAX_REMEMBERED, REST, Pace


class Timer:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer() -> Timer:
    return Timer()


def sum_a_day(pace: Pace, timer: Timer, dataset: str, day: str, seconds: float) -> None:
    with pace.timing(dataset, day):
        timer.now += seconds


def test_a_day_never_summed_is_due_and_days_come_in_order(timer: Timer) -> None:
    assert Pace(timer).due("live", {"2026-03-02", "2026-02-28", "2026-03-01"}) == ["2026-02-28", "2026-03-01", "2026-03-02"]


def test_a_day_rests_ten_times_as_long_as_its_last_sum_took(timer: Timer) -> None:
    pace = Pace(timer)
    sum_a_day(pace, timer, "live", "2026-03-01", seconds=2)
    timer.now += 2 * REST - 0.5
    assert pace.due("live", ["2026-03-01"]) == []
    timer.now += 0.5
    assert pace.due("live", ["2026-03-01"]) == ["2026-03-01"]
    sum_a_day(pace, timer, "live", "2026-03-01", seconds=0.5)
    timer.now += 0.5 * REST
    assert pace.due("live", ["2026-03-01"]) == ["2026-03-01"]


def test_days_and_datasets_rest_on_their_own(timer: Timer) -> None:
    pace = Pace(timer)
    sum_a_day(pace, timer, "live", "2026-03-01", seconds=2)
    assert pace.due("live", ["2026-03-01", "2026-03-02"]) == ["2026-03-02"]
    assert pace.due("upload", ["2026-03-01"]) == ["2026-03-01"]


def test_a_sum_that_failed_is_due_at_once(timer: Timer) -> None:
    pace = Pace(timer)
    with pytest.raises(RuntimeError), pace.timing("live", "2026-03-01"):
        timer.now += 5
        raise RuntimeError
    assert pace.due("live", ["2026-03-01"]) == ["2026-03-01"]


def test_it_remembers_no_more_days_than_still_rest(timer: Timer) -> None:
    pace = Pace(timer)
    for number in range(2 * MAX_REMEMBERED):
        sum_a_day(pace, timer, "live", f"day {number}", seconds=0.001)
        timer.now += 1
    sum_a_day(pace, timer, "live", "long", seconds=60)
    assert len(pace._due_at) <= MAX_REMEMBERED
    assert pace.due("live", ["long"]) == []
