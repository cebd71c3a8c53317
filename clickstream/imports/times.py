"""How a file writes its times: the first of the usual ways that reads all of a sample."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from clickstream.ingest.fields import read_timestamp
from clickstream.ingest.limits import Problems

FORMATS = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%Y/%m/%d %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d %b %Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
)

_FAR = datetime(9999, 1, 1, tzinfo=UTC)


def guess_format(texts: Iterable[object]) -> str:
    """Empty where the texts are read as they are, and where no format reads all of them."""
    sample = [text for text in texts if text not in (None, "")]
    if all(_plain(text) for text in sample):
        return ""
    return next((name for name in FORMATS if all(_fits(str(text), name) for text in sample)), "")


def _plain(value: object) -> bool:
    problems: Problems = {}
    return read_timestamp(value, _FAR, problems) is not None and not problems


def _fits(text: str, name: str) -> bool:
    try:
        datetime.strptime(text, name)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True
