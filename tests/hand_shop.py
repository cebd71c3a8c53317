"""Shops small enough to count by hand: visits of a few acts, and what the metrics say about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from shop_check import empty_shop

from clickstream import metrics
from clickstream.scope import Scope
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]
Act = tuple[str, JsonDict]


def moment(text: str) -> datetime:
    """ "2026-03-01 10:00" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def act(event_type: str, **properties: Any) -> Act:
    return event_type, properties


def buy(order_id: str, revenue: float | None = None, **properties: Any) -> Act:
    return "purchase", {"order_id": order_id, **({} if revenue is None else {"revenue": revenue}), **properties}


def visit(who: str, start: str, *acts: Act, **first: Any) -> list[JsonDict]:
    """A session of its own: a pageview with the properties `first`, then the acts, a second apart."""
    session_id = f"{who} {start}"
    return [
        {
            "event_id": f"{session_id} {place}",
            "event_type": event_type,
            "timestamp": (moment(start) + timedelta(seconds=place)).isoformat(),
            "client_id": who,
            "session_id": session_id,
            "properties": properties,
        }
        for place, (event_type, properties) in enumerate([("pageview", first), *acts])
    ]


class Ask(Protocol):
    def __call__(self, metric: str, options: JsonDict | None = None, /, **scope: Any) -> Any: ...


@contextmanager
def shop_of(connection: Connection, *visits: list[JsonDict], as_of: str, time_zone: str = "UTC") -> Iterator[Ask]:
    """Ask for a metric's result; everything that must reconcile does."""
    with empty_shop(connection, moment("2030-01-01 00:00"), time_zone) as shop:
        for events in visits:
            shop.receive(events)
        shop.catch_up()

        def ask(metric: str, options: JsonDict | None = None, /, **scope: Any) -> Any:
            answer = metrics.measure(shop.store, metric, Scope(**{"as_of": moment(as_of)} | scope), options or {})
            assert [check for check in answer.reconciliation if not check["holds"]] == []
            return answer.result

        yield ask


def eur(amount: float) -> list[JsonDict]:
    return [{"currency": "EUR", "amount": amount}]


def pair(rate: JsonDict) -> tuple[int, int]:
    return rate["numerator"], rate["denominator"]
