"""Print the speed table: ours, the bar, the ratio (above 1 the bar is met), from one run.

python -m benchmarks                    # all rows
python -m benchmarks --events 100000 --log-mb 100    # a shorter run
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Sequence

from benchmarks.rows import Row, batch_ingest, caught_up, custom_funnel, dashboard_queries, loaded, uploaded_log
from clickstream.garbage import collect_rarely

DEFAULT_EVENTS = 200_000
DEFAULT_LOG_MB = 1_024


def rows(events: int, log_megabytes: int) -> Iterator[Row]:
    yield batch_ingest(events)
    yield caught_up(events, shuffled=False)
    yield caught_up(events, shuffled=True)
    with loaded(events) as store:
        yield dashboard_queries(store)
        yield custom_funnel(store, events)
    yield uploaded_log(log_megabytes)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=DEFAULT_EVENTS, help=f"events to load (default {DEFAULT_EVENTS:,})")
    parser.add_argument("--log-mb", type=int, default=DEFAULT_LOG_MB, help=f"size of the log (default {DEFAULT_LOG_MB:,})")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    collect_rarely()
    options = build_parser().parse_args(argv)
    print(f"{options.events:,} events, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
    print(f"{'ours':>12} {'bar':>12} {'ratio':>6}")
    for row in rows(options.events, options.log_mb):
        print(f"{row.ours:>12,.2f} {row.bar:>12,.2f} {row.ratio:>6.2f}  {row.unit:<9} {row.what}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
