"""The scope as command-line options, the same in every script that measures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from clickstream.scope import VISITORS
from clickstream.sessions import DIMENSIONS

NAMES = ("dataset", "since", "until", "user_id", *DIMENSIONS, "visitor")


def add_scope_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", metavar="NAME", help="the shop's own events (live, the default) or an upload's id")
    parser.add_argument("--since", metavar="DAY", help="first day (2026-03-01), or a time; default: from the first session")
    parser.add_argument("--until", metavar="DAY", help="day after the last, or a time; default: to the last session")
    parser.add_argument("--user-id", metavar="ID", help="only this shopper")
    for name in DIMENSIONS:
        parser.add_argument(f"--{name}", metavar="VALUE", help=f"only this {name}")
    parser.add_argument("--visitor", choices=VISITORS, help="only new or only returning visitors")
    parser.add_argument("--segment", metavar="NAME", help="the filters saved under this name; those given beside it win")


def selected(options: Mapping[str, Any], saved: Callable[[str], Mapping[str, str]]) -> dict[str, str]:
    """The options that were given, as `read_scope` takes them; `saved` knows the filters of a segment by its name."""
    filters = saved(options["segment"]) if options["segment"] else {}
    return {**filters, **{name: options[name] for name in NAMES if options[name]}}
