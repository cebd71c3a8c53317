"""Log lines are written by a thread of their own: 32 busy connections would queue up behind each write (measured: half)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue
from typing import TextIO


class _HandOver(QueueHandler):
    """Gives records away as they are and without a lock, which the queue does not need."""

    def handle(self, record: logging.LogRecord) -> bool:
        self.enqueue(record)
        return True


@contextmanager
def logging_to(stream: TextIO, level: str) -> Iterator[None]:
    """Log to `stream` until the end, when everything logged so far has been written."""
    writer = logging.StreamHandler(stream)
    writer.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    listener, hand_over, root = QueueListener(queue, writer), _HandOver(queue), logging.getLogger()
    previous_level = root.level
    root.setLevel(level)
    root.addHandler(hand_over)
    listener.start()
    try:
        yield
    finally:
        listener.stop()
        root.removeHandler(hand_over)
        root.setLevel(previous_level)
