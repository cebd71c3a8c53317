"""Sets one report in a process of its own: a document comes in, how it went and the PDF go out. See `press.py`."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import msgspec

from clickstream.errors import ClickstreamError
from clickstream.reports.pdf.setting import set_pdf
from clickstream.reports.press import FORESEEN

if __name__ == "__main__":
    try:
        made = set_pdf(pickle.load(sys.stdin.buffer), Path(sys.argv[1]))  # noqa: S301 our own process wrote it
    except ClickstreamError as error:
        sys.stderr.write(error.message)
        sys.exit(FORESEEN)
    sys.stdout.buffer.write(msgspec.json.encode(made.told) + b"\n" + made.content)
