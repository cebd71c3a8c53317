"""Fill the shop with the events of realistic shoppers, up to the last full hour.

    python seed_realistic_data.py --days 7 --user-count 25 --sessions-per-user 5 --avg-events 7 --seed-products
    python seed_realistic_data.py --username alice --days 5 --sessions-per-user 3 --avg-events 6 --seed-products

The first makes about days x user-count x sessions-per-user sessions, of shopper01, shopper02, ... and the passers-by
around them; the second those of one shopper. Every event carries properties.source = "realistic_seed" and takes the
same way in as those of a real shop. Safe to repeat: the same sizes and --seed give the same events, and only what has
happened since the last time is new. Exit code 3 says that events were refused, or that --if-empty found some.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from random import Random
from typing import Any, TextIO

from clickstream import metrics, rollup
from clickstream.clock import Clock, system_clock
from clickstream.commandline import DONE, IN_PART, between, described, run, settings_here
from clickstream.errors import InvalidInput
from clickstream.garbage import collect_rarely
from clickstream.ingest import Collector
from clickstream.localtime import LocalTime
from clickstream.progress import Progress
from clickstream.scope import LIVE, Scope
from clickstream.seeding import Seeded, last_full_hour, send
from clickstream.settings import Settings
from clickstream.simulate import sample_products, simulate_shop, simulate_shopper
from clickstream.store import Store, open_store
from clickstream.usernames import accept_username

_AGAIN = "The same command goes on from here."


def simulated(options: argparse.Namespace, store: Store, settings: Settings, until: datetime) -> Iterator[dict[str, Any]]:
    """The events these options ask for."""
    rng, catalog = Random(options.seed), store.products.all()
    sizes = {"days": options.days, "sessions_per_user": options.sessions_per_user, "avg_events": options.avg_events}
    if options.username:
        return simulate_shopper(rng, catalog, until, options.username, **sizes, time_zone=settings.time_zone)
    return simulate_shop(rng, catalog, until, users=options.user_count, **sizes, time_zone=settings.time_zone)


def seed(options: argparse.Namespace, store: Store, settings: Settings, clock: Clock, stream: TextIO) -> Seeded:
    """Store the simulated events and bring sessions and daily figures up to date. Ctrl-C ends it early, losing nothing."""
    if options.seed_products:
        print(f"Catalogue: {store.products.upsert(sample_products(settings.currency))}.")
    events = simulated(options, store, settings, end_of_story(options.until, clock(), settings.time_zone))
    users = 1 if options.username else options.user_count
    expected = int(options.days * users * options.sessions_per_user * options.avg_events)
    seeded = Seeded()
    try:
        with Progress(expected, "Events", stream) as progress:
            send(events, Collector(store, clock), seeded, progress.advance)
    except KeyboardInterrupt:
        print(f"Stopped. {_stored(seeded)} The batch under way may be stored too. {_AGAIN}", file=stream)
        raise
    print("Bringing sessions and daily figures up to date ...", file=stream)
    rollup.catch_up(store, settings, clock)
    return seeded


def end_of_story(until: date | None, now: datetime, time_zone: str) -> datetime:
    """Where the events end: with that local day, at the latest with the last full hour."""
    full_hour = last_full_hour(now)
    if until is None:
        return full_hour
    midnight = LocalTime(time_zone).next_day_start(until.isoformat())
    if midnight > LocalTime(time_zone).next_day_start(LocalTime(time_zone).day(now)):
        raise InvalidInput(f"--until {until} lies in the future.")
    return min(midnight, full_hour)


def summary(seeded: Seeded, store: Store, clock: Clock, username: str | None) -> str:
    """What was stored, and what the shop (or the shopper) has now."""
    figures = metrics.measure(store, "overview", Scope(dataset=LIVE, user_id=username, as_of=clock())).result
    whose = username or "The shop"
    refused = [f"Refused as {code}: {count:,}." for code, count in seeded.refused.most_common()]
    shop = f"{whose} now has {figures['sessions']:,} sessions and {figures['orders']:,} orders."
    return "\n".join([_stored(seeded), *refused, shop])


def _stored(seeded: Seeded) -> str:
    refused = sum(seeded.refused.values())
    return f"Stored {seeded.accepted:,} new events; {seeded.duplicates:,} were there already, {refused:,} were refused."


def build_parser() -> argparse.ArgumentParser:
    parser = described("seed_realistic_data.py", __doc__)
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--user-count", type=between(int, 1, 1_000_000), default=25, metavar="N", help="registered shoppers (default 25)"
    )
    who.add_argument("--username", type=_username, metavar="NAME", help="only this shopper, logged in all the time")
    parser.add_argument(
        "--days", type=between(int, 1, 3660), default=7, metavar="N", help="how far back the events go (default 7)"
    )
    parser.add_argument(
        "--sessions-per-user", type=between(float, 0.001, 1000), default=5.0, metavar="N", help="a day (default 5)"
    )
    parser.add_argument(
        "--avg-events", type=between(float, 2, 200), default=7.0, metavar="N", help="events in a session (default 7)"
    )
    parser.add_argument("--seed-products", action="store_true", help="fill the catalogue first, as seed_products.py does")
    parser.add_argument("--if-empty", action="store_true", help="do nothing where the shop has events already")
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="another number makes another shop (default 42)")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last day, as 2026-03-01 (default: now)")
    return parser


def _username(text: str) -> str:
    try:
        return accept_username(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(error.message) from error


def main(argv: Sequence[str] | None = None, clock: Clock = system_clock) -> int:
    collect_rarely()
    options = build_parser().parse_args(argv)
    return run(lambda: _seed(options, clock))


def _seed(options: argparse.Namespace, clock: Clock) -> int:
    settings = settings_here()
    with open_store(settings) as store:
        print(store.describe, file=sys.stderr)
        if options.if_empty and store.events.latest(LIVE, 1):
            print("The shop has events already; nothing was added.")
            return IN_PART
        seeded = seed(options, store, settings, clock, sys.stderr)
        print(summary(seeded, store, clock, options.username))
    return IN_PART if seeded.refused else DONE


if __name__ == "__main__":
    sys.exit(main())
