from __future__ import annotations

import logging
from io import StringIO

from clickstream.web.logs import logging_to


def test_lines_are_written_in_order_and_all_of_them_by_the_end() -> None:
    stream = StringIO()
    with logging_to(stream, "INFO"):
        for number in range(1000):
            logging.getLogger("shop").info("line %d", number)
        logging.getLogger("shop").debug("too fine")
    lines = stream.getvalue().splitlines()
    assert [line.partition(": ")[2] for line in lines] == [f"line {number}" for number in range(1000)]
    assert " INFO shop: " in lines[0]


def test_a_failure_is_written_with_its_traceback() -> None:
    stream = StringIO()
    with logging_to(stream, "WARNING"):
        try:
            raise ValueError("broken")
        except ValueError:
            logging.getLogger("shop").exception("it failed")
    assert "Traceback" in stream.getvalue()
    assert "ValueError: broken" in stream.getvalue()


def test_logging_is_as_before_afterwards() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    with logging_to(StringIO(), "DEBUG"):
        pass
    assert (root.level, root.handlers) == before
