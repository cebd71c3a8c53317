"""Load events from a file, or from standard input.

    python ingest.py events.ndjson                NDJSON, JSON, CSV or TSV, gzipped or not, told apart by what is in it
    python ingest.py clicks.csv --map shop.toml   a table with columns of its own; --map rees46 and eshop are shipped
    zcat log.gz | grep purchase | python ingest.py -
    python ingest.py events.ndjson --dry-run      read and check everything, store nothing
    python ingest.py --rebuild                    compute sessions and daily figures anew from all stored events

Formats and mappings: docs/loading-files.md. Safe to repeat: what is stored already is not stored twice.
Exit code 3 says that some rows were refused; the rest is stored.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from clickstream import metrics, rollup
from clickstream.clock import Clock, system_clock
from clickstream.commandline import DONE, IN_PART, between, dataset, described, run, settings_here
from clickstream.errors import DatabaseUnavailable
from clickstream.garbage import collect_rarely
from clickstream.imports.script import recorded
from clickstream.ingest import Collector, Loader, Receipt, dry_loader
from clickstream.ingest.files import FORMATS, open_file
from clickstream.ingest.loading import Tally, load, map_file, summary
from clickstream.progress import Progress
from clickstream.scope import LIVE, Scope
from clickstream.settings import Settings
from clickstream.store import Store, open_store

CATCH_UP_ROWS = 500_000
"""So often the sessions catch up while a long file loads: what is left to do then stays small."""


def ingest_event(event: dict[str, Any], dataset: str = LIVE) -> Receipt:
    """Store one event, as `POST /api/events` does. Events of a loop belong together in one `ingest_events`.

    >>> ingest_event({"event_type": "pageview", "client_id": "c1", "page": "/"})  # doctest: +SKIP
    Receipt(accepted=1, duplicates=0, rejected=[])
    """
    return ingest_events([event], dataset)


def ingest_events(events: Iterable[dict[str, Any]], dataset: str = LIVE) -> Receipt:
    """Store events and bring sessions and daily figures up to date; `rejected` says which were refused and why.

    >>> ingest_events([{"event_type": "pageview"}])  # doctest: +SKIP
    Receipt(accepted=0, duplicates=0, rejected=[Rejected(index=0, code='missing_identity', fields={...})])
    """
    settings = settings_here()
    with open_store(settings) as store:
        receipt = Collector(store, system_clock).collect(events, dataset)
        rollup.catch_up(store, settings, system_clock)
    return receipt


def load_file(options: argparse.Namespace, store: Store, settings: Settings, clock: Clock, stream: TextIO) -> int:
    """Store the file and bring sessions and daily figures up to date. Gives the exit code."""
    tally = Tally(options.errors)

    def catch_up_now_and_then() -> None:
        if tally.read % CATCH_UP_ROWS == 0:
            rollup.catch_up(store, settings, clock)

    try:
        with recorded(store, clock, dataset=options.dataset, file=options.file, tally=tally) as batch:
            loader = Collector(store, clock).loader(options.dataset, batch)
            code = read_file(options, loader, tally, catch_up_now_and_then, stream)
        rollup.catch_up(store, settings, clock)
    except KeyboardInterrupt:
        print(f"Stopped. {_stored(tally)}", file=stream)
        raise
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(f"The database does not answer any more. {_stored(tally)}") from error
    return code


def _stored(tally: Tally) -> str:
    return f"{tally.accepted:,} new events are stored; run it again for the rest."


def read_file(
    options: argparse.Namespace, loader: Loader, tally: Tally, after_batch: Callable[[], None], stream: TextIO
) -> int:
    """Every row through the loader, and the summary. Gives the exit code."""
    with open_file(options.file, options.format) as file:
        mapped = map_file(file, options.map)
        with Progress(file.source.size, "Bytes read", stream) as progress:

            def after_each_batch() -> None:
                progress.advance(file.source.taken - progress.done)
                after_batch()

            load(mapped.rows, loader, tally, after_each_batch)
        print(summary(tally, file, mapped.mapping, dry_run=options.dry_run))
        return IN_PART if tally.refused or file.source.fault else DONE


def _sessions(store: Store, dataset: str, clock: Clock) -> str:
    overview = metrics.measure(store, "overview", Scope(dataset=dataset, as_of=clock())).result
    return f"Dataset {dataset} has {overview['sessions']:,} sessions."


def build_parser() -> argparse.ArgumentParser:
    parser = described("ingest.py", __doc__)
    parser.add_argument("file", nargs="?", metavar="FILE", help="file to load; - is standard input")
    parser.add_argument("--map", metavar="NAME|FILE", help="mapping of columns: rees46, eshop or a TOML file")
    parser.add_argument(
        "--dataset", type=dataset, metavar="NAME", default=LIVE, help="where the events go (default: live, the shop's own)"
    )
    parser.add_argument("--format", choices=FORMATS, help="instead of looking what is in the file")
    parser.add_argument("--dry-run", action="store_true", help="read and check everything, store nothing")
    parser.add_argument("--rebuild", action="store_true", help="compute sessions and daily figures anew from all events")
    parser.add_argument("--errors", type=between(int, 0), default=5, metavar="N", help="places shown of each reason (5)")
    return parser


def main(argv: Sequence[str] | None = None, clock: Clock = system_clock) -> int:
    collect_rarely()
    parser = build_parser()
    options = parser.parse_args(argv)
    if not options.file and (options.dry_run or not options.rebuild):
        parser.error("name a FILE to load (or - for standard input)")
    return run(lambda: _ingest(options, clock, sys.stderr))


def _ingest(options: argparse.Namespace, clock: Clock, stream: TextIO) -> int:
    if options.dry_run:
        return read_file(options, dry_loader(clock), Tally(options.errors), lambda: None, stream)
    settings = settings_here()
    with open_store(settings) as store:
        print(store.describe, file=stream)
        code = load_file(options, store, settings, clock, stream) if options.file else DONE
        if options.rebuild:
            with Progress(None, "Groups of events rebuilt", stream) as progress:
                rollup.rebuild(store, settings, options.dataset, progress.advance)
        print(_sessions(store, options.dataset, clock))
        return code


if __name__ == "__main__":
    sys.exit(main())
