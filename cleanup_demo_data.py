"""Count, tag or delete noisy events: of demo sources, at impossible times, of bots, and bursts of duplicates.

    python cleanup_demo_data.py --dry-run            count them by reason, change nothing
    python cleanup_demo_data.py                      tag them: they leave every analysis, and can come back
    python cleanup_demo_data.py --since-days 7       only what happened in the last seven days
    python cleanup_demo_data.py --untag bot_rate     take the tags of one reason off again
    python cleanup_demo_data.py --delete             delete what is tagged, after asking; it does not come back
    python cleanup_demo_data.py --delete --yes       without asking, for other programs

Nothing that is not tagged is ever deleted. The rules: docs/definitions.md, "Reasons for a tag". Sessions and daily figures
follow. Safe to repeat and to stop at any time; a deleted event that is sent again counts as new.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TextIO

from clickstream import cleanup, metrics, rollup
from clickstream.audit import COMMAND_LINE, Actor, AuditLog
from clickstream.cleanup import Statistics
from clickstream.clock import Clock, iso, system_clock
from clickstream.commandline import DONE, FAILED, between, dataset, described, run, settings_here
from clickstream.errors import DatabaseUnavailable
from clickstream.garbage import collect_rarely
from clickstream.progress import Progress
from clickstream.scope import LIVE, VIEWS, Scope
from clickstream.store import Store, open_store
from clickstream.store.audit import Action

WORD = "delete"
_LONGEST_DAYS = 36_500


def report(found: Statistics) -> Iterator[str]:
    """The statistics as lines for people."""
    since = f" since {iso(found.since)}" if found.since else ""
    yield f"Dataset {found.dataset}{since}: {found.events:,} events, {found.tagged:,} tagged, {found.untagged:,} to tag.\n"
    yield f"{'reason':<20}{'to tag':>12}{'tagged':>12}"
    for one in found.reasons:
        yield f"{one.reason or '(none)':<20}{one.untagged:>12,}{one.tagged:>12,}"
    yield ""
    yield from (f"{one.reason or '(none)'}: {one.rule}" for one in found.reasons)


def change(options: argparse.Namespace, store: Store, since: datetime | None, stream: TextIO) -> str:
    """Tag, untag or delete; what was done, as a sentence. Stopped, it says how far it came."""
    done: Counter[str] = Counter()
    verb = "deleted" if options.delete else "untagged" if options.untag else "tagged"
    try:
        with Progress(None, f"Events {verb}", stream) as progress:

            def told(reason: str, events: int) -> None:
                done[reason] += events
                progress.advance(events)

            _act(options, store, since, told)
    except KeyboardInterrupt:
        print(f"Stopped. {done.total():,} events were {verb}; run it again for the rest.", file=stream)
        raise
    except DatabaseUnavailable as error:
        so_far = f"{done.total():,} events were {verb}; run it again for the rest."
        raise DatabaseUnavailable(f"The database does not answer any more. {so_far}") from error
    by_reason = ", ".join(f"{reason} {events:,}" for reason, events in done.most_common() if reason)
    return f"{done.total():,} events were {verb}{f': {by_reason}' if by_reason else ''}."


def _act(options: argparse.Namespace, store: Store, since: datetime | None, told: Callable[[str, int], None]) -> None:
    if options.delete:
        cleanup.delete(store, options.dataset, since, told=told)
    elif options.untag:
        cleanup.untag(store, options.dataset, options.untag, since, told=told)
    else:
        cleanup.tag(store, options.dataset, since, told=told)


def confirmed(options: argparse.Namespace, store: Store, since: datetime | None) -> bool:
    """Whether what is tagged may be deleted."""
    tagged = cleanup.count_tagged(store, options.dataset, since)
    print(f"{tagged:,} tagged events of dataset {options.dataset} are to be deleted, for good.")
    if options.yes or not tagged:
        return True
    try:
        answer = input(f"Type {WORD} to do so: ")
    except EOFError:
        answer = ""
    return answer.strip().lower() == WORD


def sessions(store: Store, name: str, clock: Clock) -> str:
    """How many sessions both views have now."""
    counts = [metrics.measure(store, "overview", Scope(dataset=name, as_of=clock(), view=view)).result for view in VIEWS]
    clean, everything = (f"{result['sessions']:,}" for result in counts)
    return f"Dataset {name} has {clean} sessions, with noise {everything}."


def build_parser() -> argparse.ArgumentParser:
    parser = described("cleanup_demo_data.py", __doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--delete", action="store_true", help="delete what is tagged, instead of tagging")
    what.add_argument("--untag", metavar="REASON", help="take this reason's tags off, instead of tagging")
    parser.add_argument("--dry-run", action="store_true", help="print the statistics by reason and change nothing")
    parser.add_argument(
        "--since-days", type=between(float, 0, _LONGEST_DAYS), metavar="N", help="only events of the last N days"
    )
    parser.add_argument(
        "--dataset", type=dataset, metavar="NAME", default=LIVE, help="whose events (default: live, the shop's own)"
    )
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    return parser


def main(argv: Sequence[str] | None = None, clock: Clock = system_clock) -> int:
    collect_rarely()
    parser = build_parser()
    options = parser.parse_args(argv)
    if options.delete and not (options.yes or options.dry_run or sys.stdin.isatty()):
        parser.error("nobody can be asked here whether to delete: add --yes to do it without asking")
    return run(lambda: _clean(options, clock, sys.stderr))


def _clean(options: argparse.Namespace, clock: Clock, stream: TextIO) -> int:
    settings, since = settings_here(), cleanup.days_ago(clock(), options.since_days)
    with open_store(settings) as store:
        print(store.describe, file=stream)
        if options.dry_run:
            print("\n".join(report(cleanup.statistics(store, options.dataset, since))))
            return DONE
        if options.delete and not confirmed(options, store, since):
            print("Nothing was deleted.", file=stream)
            return FAILED
        AuditLog(store, clock).record(*_on_record(options), dataset=options.dataset)
        print(change(options, store, since, stream))
        rollup.catch_up(store, settings, clock)
        print(sessions(store, options.dataset, clock))
    return DONE


def _on_record(options: argparse.Namespace) -> tuple[Action, Actor, str]:
    action: Action = "events_deleted" if options.delete else "events_tagged"
    return action, COMMAND_LINE, f"untagged {options.untag}" if options.untag else "noise"


if __name__ == "__main__":
    sys.exit(main())
