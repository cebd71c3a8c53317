"""Let simulated shoppers click through the shop now, against a running server.

    python simulate_clickstream.py --username owner                            asks for the password; 5 events a second
    CLICKSTREAM_KEY=wk_... python simulate_clickstream.py --rate 50            with a write key
    CLICKSTREAM_TOKEN=... python simulate_clickstream.py --minutes 1           with the token of a log-in
    python simulate_clickstream.py --url https://shop.example --username owner --users 100 --rate 200

Every event carries properties.source = "simulation", so that no analysis counts it: choose "all events" on the dashboard
to see them, and python cleanup_demo_data.py to tag and delete them. Whatever cannot be delivered is sent again under the
same ids, and what was not delivered at the end is counted. Ctrl-C ends it with the same summary.
The password may be in CLICKSTREAM_PASSWORD; all variables may be in a `.env` file.
"""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import Any, TextIO
from urllib.parse import urlsplit

from clickstream.clock import Clock, iso, system_clock
from clickstream.commandline import DONE, FAILED, IN_PART, between, described, environment, run
from clickstream.garbage import collect_rarely
from clickstream.progress import Progress
from clickstream.simulate import sample_products
from clickstream.simulate.live import Pace, live_shoppers
from clickstream.simulate.remote import Server
from clickstream.simulate.sending import Sender
from clickstream.simulate.tally import Tally

TICK_SECONDS = 0.05
MOST_TOGETHER = 500


def keep_sending(
    options: argparse.Namespace, server: Server, events: Iterator[dict[str, Any]], tally: Tally, stream: TextIO
) -> None:
    """At the rate asked for, as long as asked for. Raises NotLetIn."""
    expected = round(options.rate * options.minutes * 60)
    until = time.monotonic() + options.minutes * 60
    with (
        Progress(expected, "Events", stream) as progress,
        Sender(server, tally, progress.advance, until=until) as sender,
    ):
        pace = Pace(options.rate, time.monotonic)
        while time.monotonic() < until:
            time.sleep(TICK_SECONDS)
            due = list(islice(events, pace.due()))
            for start in range(0, len(due), MOST_TOGETHER):
                sender.send(due[start : start + MOST_TOGETHER])


def summary(tally: Tally, seconds: float, options: argparse.Namespace, url: str) -> Iterator[str]:
    """What became of every event, as lines for people."""
    rate = tally.delivered / seconds if seconds > 0 else 0.0
    yield f"{tally.made:,} events in {seconds:,.1f} s; {rate:,.1f} a second arrived, {options.rate:g} were asked for."
    yield f"  accepted         {tally.accepted:>10,}"
    yield f"  there already    {tally.duplicates:>10,}"
    yield f"  refused          {tally.refused.total():>10,}{_by_cause(tally.refused)}"
    yield f"  not delivered    {tally.undelivered:>10,}"
    yield f"{tally.requests:,} requests, of which {tally.failed.total():,} failed{_by_cause(tally.failed)}."
    if tally.latencies.largest:
        quantiles = [f"{name} {tally.latencies.quantile(share):,.1f} ms" for name, share in _QUANTILES]
        yield f"Answers took {', '.join(quantiles)}, at most {tally.latencies.largest:,.1f} ms."
    yield f"No analysis counts simulated events; {url}/?view=all shows them. cleanup_demo_data.py tags and deletes them."


_QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def _by_cause(counts: Counter[str]) -> str:
    named = ", ".join(f"{cause} {count:,}" for cause, count in counts.most_common())
    return f" ({named})" if named else ""


def build_parser() -> argparse.ArgumentParser:
    parser = described("simulate_clickstream.py", __doc__)
    parser.add_argument("--url", type=_url, default="http://localhost:8000", help="the server (default: %(default)s)")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--key", metavar="KEY", help="write key to send with (default: CLICKSTREAM_KEY)")
    who.add_argument("--username", metavar="NAME", help="account to log in with (default: the token in CLICKSTREAM_TOKEN)")
    parser.add_argument(
        "--rate", type=between(float, 0.01, 100_000), default=5.0, metavar="N", help="events a second (default 5)"
    )
    parser.add_argument("--minutes", type=between(float, 0, 100_000), default=5.0, metavar="N", help="how long (default 5)")
    parser.add_argument(
        "--users", type=between(int, 1, 100_000), default=20, metavar="N", help="shoppers at a time (default 20)"
    )
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="another number makes other shoppers (default 42)")
    return parser


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError("must look like http://localhost:8000")
    return text.rstrip("/")


def credentials(options: argparse.Namespace, variables: Mapping[str, str]) -> dict[str, str]:
    """The headers that let us send; empty where nothing says who we are. Raises NotLetIn or ServerAway."""
    if options.username:
        password = variables.get("CLICKSTREAM_PASSWORD") or getpass.getpass(f"Password of {options.username}: ")
        return {"Authorization": f"Bearer {Server(options.url).log_in(options.username, password)}"}
    if key := options.key or variables.get("CLICKSTREAM_KEY"):
        return {"X-Write-Key": key}
    if token := variables.get("CLICKSTREAM_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    return {}


def main(argv: Sequence[str] | None = None, clock: Clock = system_clock) -> int:
    collect_rarely()
    parser = build_parser()
    options = parser.parse_args(argv)
    return run(lambda: _simulate(parser, options, clock, sys.stderr))


def _simulate(parser: argparse.ArgumentParser, options: argparse.Namespace, clock: Clock, stream: TextIO) -> int:
    headers = credentials(options, environment())
    if not headers:
        parser.error("say who sends: --username, or a write key in --key or CLICKSTREAM_KEY, or CLICKSTREAM_TOKEN")
    server = Server(options.url, headers)
    catalog = server.catalog()
    if not catalog:
        print("The shop has no products; its shoppers pretend that it has those of seed_products.py.", file=stream)
        catalog = sample_products("USD")
    told = live_shoppers(Random(options.seed), catalog, clock(), users=options.users, avg_events=7)
    events = ({**event, "timestamp": iso(clock())} for event in told)
    tally, started = Tally(), time.monotonic()
    try:
        keep_sending(options, server, events, tally, stream)
    finally:
        print("\n".join(summary(tally, time.monotonic() - started, options, server.url)))
    if not tally.delivered:
        return FAILED if tally.made else DONE
    return IN_PART if tally.refused or tally.undelivered else DONE


if __name__ == "__main__":
    sys.exit(main())
