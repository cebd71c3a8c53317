"""Every metric the oracle can judge, and the sessions behind every number of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from oracle_carts import (
    cart,
    cart_state,
    checkout,
    checkout_state,
    errors_met,
    net_quantities,
    steps_taken,
)  # fmt: skip
from oracle_differences import buyers_of, differences, others_of
from oracle_friction import behind_row, friction
from oracle_funnel_results import behind_dropped, behind_reached, funnel
from oracle_measures import Scope, bucket_of, dimension, overview, series, spread
from oracle_paths import behind_node, behind_sequence, paths
from oracle_products import behind_pair, behind_product, bought_together, products
from oracle_tables import event_types, pages, search, searches_of, segments
from oracle_trends import trends
from oracle_variants import behind_arm, behind_conversions, behind_mixed, variants
from oracle_visitors import behind_cell, behind_cohort, behind_segment, channels, retention, rfm, touch

JsonDict = dict[str, Any]
Behind = Callable[[Scope, JsonDict, str], list[JsonDict]]

METRICS: dict[str, Callable[[Scope, JsonDict], Any]] = {
    "overview": overview,
    "series": series,
    "funnel": funnel,
    "paths": paths,
    "cart": cart,
    "checkout": checkout,
    "search": search,
    "products": products,
    "bought_together": bought_together,
    "segments": segments,
    "channels": channels,
    "retention": retention,
    "rfm": rfm,
    "trends": trends,
    "friction": friction,
    "differences": differences,
    "spread": spread,
    "variants": variants,
    "pages": pages,
    "event_types": event_types,
}


def sessions_that(holds: Callable[[JsonDict], bool]) -> Behind:
    return lambda scope, _options, _value: [session for session in scope.sessions if holds(session)]


def sessions_with(names: Callable[[JsonDict], Any]) -> Behind:
    """The sessions among whose names is the value."""
    return lambda scope, _options, value: [session for session in scope.sessions if value in names(session)]


def in_cart_state(*states: str) -> Behind:
    return lambda scope, _options, _value: [s for s in scope.sessions if cart_state(scope, s) in states]


def in_checkout_state(*states: str) -> Behind:
    return lambda scope, _options, _value: [s for s in scope.sessions if checkout_state(scope, s) in states]


def with_search(kind: str) -> Behind:
    return sessions_that(lambda session: any(row[kind] for row in searches_of(session)))


def noisy(scope: Scope, _options: JsonDict, _value: str) -> list[JsonDict]:
    return [session for session in scope.in_view_all if session["noisy_events"]]


def in_bucket(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    start, interval = datetime.fromisoformat(value), options.get("interval", "day")
    return [session for session in scope.sessions if bucket_of(session["start"], interval, scope.zone) == start]


def left_in_cart(scope: Scope, _options: JsonDict, value: str) -> list[JsonDict]:
    return [s for s in scope.sessions if cart_state(scope, s) == "abandoned" and net_quantities(s).get(value)]


def of_value(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    return [session for session in scope.sessions if dimension(session, options.get("dimension", "device")) == value]


def pages_of(session: JsonDict) -> list[str]:
    return [
        event["page"] for event in session["log"] if event["event_type"] in ("pageview", "product_view") and event["page"]
    ]


def sequence(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    return behind_sequence(scope, options, json.loads(value))


def of_product(what: str) -> Behind:
    return lambda scope, _options, value: behind_product(what, scope, value)


def of_channel(which: str) -> Behind:
    return lambda scope, _options, value: touch(scope, which)[value]


PARTS: dict[tuple[str, str], Behind] = {
    ("overview", "sessions"): sessions_that(lambda session: True),
    ("overview", "bounces"): sessions_that(lambda session: session["bounce"]),
    ("overview", "engaged"): sessions_that(lambda session: session["engaged"]),
    ("overview", "conversions"): sessions_that(lambda session: session["converted"]),
    ("overview", "orders"): sessions_that(lambda session: bool(session["orders"])),
    ("overview", "refunds"): sessions_that(lambda session: any(order["refunded"] for order in session["orders"])),
    ("overview", "noisy"): noisy,
    ("series", "start"): in_bucket,
    ("funnel", "reached"): behind_reached,
    ("funnel", "dropped"): behind_dropped,
    ("paths", "node"): behind_node,
    ("paths", "sequence"): sequence,
    ("cart", "created"): in_cart_state("transacted", "open", "emptied", "abandoned"),
    **{("cart", state): in_cart_state(state) for state in ("transacted", "open", "emptied", "abandoned")},
    ("cart", "product_left"): left_in_cart,
    ("checkout", "sessions"): in_checkout_state("completed", "open", "abandoned"),
    **{("checkout", state): in_checkout_state(state) for state in ("completed", "open", "abandoned")},
    ("checkout", "step"): sessions_with(steps_taken),
    ("checkout", "error"): sessions_with(lambda session: {f"{kind}:{name}" for kind, name in errors_met(session)}),
    ("search", "searches"): sessions_that(lambda session: bool(searches_of(session))),
    ("search", "zero"): with_search("zero"),
    ("search", "successes"): with_search("success"),
    ("search", "refinements"): with_search("refined"),
    ("search", "exits"): with_search("exit"),
    ("search", "clicked"): with_search("clicked"),
    ("search", "term"): sessions_with(lambda session: {row["query"] for row in searches_of(session)}),
    ("segments", "value"): of_value,
    ("pages", "page"): sessions_with(pages_of),
    ("pages", "entry"): sessions_with(lambda session: pages_of(session)[:1]),
    ("pages", "exit"): sessions_with(lambda session: pages_of(session)[-1:]),
    ("event_types", "type"): sessions_with(lambda session: {event["event_type"] for event in session["log"]}),
    **{("products", what): of_product(what) for what in ("viewed", "added", "bought", "not_bought")},
    ("bought_together", "pair"): behind_pair,
    ("retention", "cohort"): behind_cohort,
    ("retention", "cell"): behind_cell,
    ("rfm", "segment"): behind_segment,
    ("channels", "first"): of_channel("first"),
    ("channels", "last"): of_channel("last"),
    ("friction", "row"): behind_row,
    ("differences", "buyers"): buyers_of,
    ("differences", "others"): others_of,
    ("variants", "arm"): behind_arm,
    ("variants", "conversions"): behind_conversions,
    ("variants", "mixed"): behind_mixed,
}
