from __future__ import annotations

from io import StringIO

from clickstream.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Stopwatch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_where_nobody_watches_only_the_final_line_is_written() -> None:
    stream, stopwatch = StringIO(), Stopwatch()
    with Progress(4_000, "Events", stream, seconds=stopwatch) as progress:
        stopwatch.now += 2
        progress.advance(2_000)
        progress.advance(2_000)
        assert stream.getvalue() == ""

    assert stream.getvalue() == "Events 4,000 (2,000/s) in 2.0 s\n"


def test_on_a_terminal_the_line_is_redrawn_with_a_bar() -> None:
    stream, stopwatch = Terminal(), Stopwatch()
    progress = Progress(4_000, "Events", stream, seconds=stopwatch)
    stopwatch.now += 1
    progress.advance(1_000)

    assert stream.getvalue() == "\rEvents [######..................]  25% 1,000 (1,000/s)\x1b[K"


def test_a_terminal_is_not_flooded() -> None:
    stream, stopwatch = Terminal(), Stopwatch()
    progress = Progress(None, "Events", stream, seconds=stopwatch)
    for _ in range(1_000):
        stopwatch.now += 0.001
        progress.advance(1)

    assert 5 <= stream.getvalue().count("\r") <= 12


def test_an_estimate_that_was_too_low_never_shows_more_than_all() -> None:
    stream, stopwatch = Terminal(), Stopwatch()
    progress = Progress(10, "Events", stream, seconds=stopwatch)
    stopwatch.now += 1
    progress.advance(500)

    assert " 99% 500 " in stream.getvalue()


def test_without_time_passed_there_is_no_rate() -> None:
    stream = StringIO()
    with Progress(None, "Rows", stream, seconds=Stopwatch()) as progress:
        progress.advance(3)

    assert stream.getvalue() == "Rows 3 in 0.0 s\n"
