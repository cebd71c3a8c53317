"""Clocks that are wrong by minutes are put right, by whole minutes; others are believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clickstream.clock import milliseconds
from clickstream.ingest.skew import on_our_clock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = milliseconds(NOW)
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("late_ms", "moved_ms"),
    [
        (0, 0),
        (900, 0),
        (4 * 60_000, 0),
        (-4 * 60_000, 0),
        (HOUR + 900, HOUR),
        (-HOUR, -HOUR),
        (400 * 24 * HOUR, 400 * 24 * HOUR),
    ],
)
def test_events_move_by_the_whole_minutes_their_senders_clock_is_wrong(late_ms: int, moved_ms: int) -> None:
    sent = NOW_MS - late_ms
    raws = [{"timestamp": sent - 10, "x": 1}, {"timestamp": sent - 5}]
    assert list(on_our_clock(raws, sent, NOW)) == [
        {"timestamp": sent - 10 + moved_ms, "x": 1},
        {"timestamp": sent - 5 + moved_ms},
    ]


@pytest.mark.parametrize("raw", [{}, {"timestamp": "2026-03-01"}, {"timestamp": True}, {"timestamp": 1.5}, None, "x", []])
def test_what_has_no_such_time_stays_as_it_is(raw: object) -> None:
    assert list(on_our_clock([raw], 0, NOW)) == [raw]


def test_batches_of_one_page_keep_their_order_however_long_each_was_under_way() -> None:
    first = list(on_our_clock([{"timestamp": 1_000}], 1_000, datetime(2026, 3, 1, 12, 0, 12, tzinfo=UTC)))
    second = list(on_our_clock([{"timestamp": 2_000}], 2_000, datetime(2026, 3, 1, 12, 0, 3, tzinfo=UTC)))
    assert first[0]["timestamp"] < second[0]["timestamp"]  # type: ignore[index]
