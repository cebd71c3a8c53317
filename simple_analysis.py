"""Totals, sessions, events by type and top pages of the shop, quickly: no model, no writes.

    python simple_analysis.py                                         everything there is
    python simple_analysis.py --since 2026-03-01 --until 2026-03-08   from the first to the day before the second
    python simple_analysis.py --json                                  the same numbers as JSON

It reads what the rollup has summed up so far, which a running server does at once; `python analysis.py` catches up first.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from clickstream.analysis import local_time
from clickstream.clock import system_clock
from clickstream.commandline import DONE, described, run, settings_here
from clickstream.metrics.summary import summarize
from clickstream.scope import LIVE, Scope, read_scope
from clickstream.scope_options import add_scope_options, selected
from clickstream.store import Store, open_store

TOTALS = ("events", "sessions", "visitors", "orders")


def simple_sessionize_and_counts(store: Store, scope: Scope) -> dict[str, Any]:
    """Totals, conversion rate, revenue, events by type and top pages of a scope, from the sessions there are.

    `pending` counts the changes that the rollup has not taken yet, of any dataset.
    """
    return {**summarize(store, scope), "pending": len(store.changes.pending())}


def report(counts: dict[str, Any]) -> Iterator[str]:
    """The counts as lines for people."""
    for name in TOTALS:
        yield f"{name.capitalize():<24}{counts[name]:>12,}"
    rate = counts["conversion_rate"]["value"]
    yield f"{'Conversion rate':<24}{'—' if rate is None else f'{rate:.1%}':>12}"
    for entry in counts["revenue"]:
        yield f"{'Revenue':<24}{entry['amount']:>12,.2f} {entry['currency']}"
    yield "\nEvents by type"
    for row in counts["event_types"]:
        yield f"  {row['type'][:40]:<22}{row['events']:>12,}"
    yield "\nTop pages (views)"
    for row in counts["pages"]:
        yield f"  {row['page'][:60]:<60}{row['pageviews']:>12,}"
    if counts["pending"]:
        yield f"\nChanges not summed up yet: {counts['pending']:,}. Start the server, or run python analysis.py."
    if counts["range"]:
        yield f"\nThere is nothing in this window; data runs from {counts['range']['since']} to {counts['range']['until']}."


def build_parser() -> argparse.ArgumentParser:
    parser = described("simple_analysis.py", __doc__)
    add_scope_options(parser)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(argv)
    return run(lambda: _analyse(options))


def _analyse(options: argparse.Namespace) -> int:
    settings = settings_here()
    with open_store(settings) as store:
        print(store.describe, file=sys.stderr)
        selection = selected(vars(options), store.saved_segments.filters_of)
        local = local_time(store, settings, selection.get("dataset", LIVE))
        scope = read_scope(selection, now=system_clock(), local=local)
        counts = simple_sessionize_and_counts(store, scope)
    print(json.dumps(counts, indent=2, ensure_ascii=False) if options.json else "\n".join(report(counts)))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
