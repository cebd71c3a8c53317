"""The judge of every metric: plain Python over raw events, written from docs/definitions.md alone.

It imports nothing from the product and re-derives everything naively, so that a number the product computes
with pipelines and rollups can be compared with one anybody can check by reading.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from oracle_events import channel_of, in_order, is_loose_type, line_revenue, normalise, text_of, units_of
from oracle_measures import Scope, dimension
from oracle_metrics import METRICS, PARTS

JsonDict = dict[str, Any]

MOST_EVENTS = 10_000
ENGAGING = {
    "search", "add_to_cart", "remove_from_cart", "cart_view", "checkout", "checkout_step", "purchase",
}  # fmt: skip


class Oracle:
    def __init__(
        self,
        events: Iterable[Mapping[str, Any]],
        *,
        time_zone: str = "UTC",
        currency: str = "USD",
        gap_minutes: int = 30,
        dataset: str = "live",
    ) -> None:
        self.zone = ZoneInfo(time_zone)
        self.currency = currency
        self.gap = timedelta(minutes=gap_minutes)
        self.dataset = dataset
        self.events = in_order(normalise(event) for event in events)
        self._views = {view: self._build(view) for view in ("clean", "all")}

    def sessions(self, view: str = "clean") -> list[JsonDict]:
        """Every session that counts, by (start, session_id)."""
        return list(self._views[view]["sessions"])

    def measure(self, metric_id: str, *, options: Mapping[str, Any] | None = None, **scope: Any) -> Any:
        """The `result` of a metric for a scope (what may be said of it: see `scope`)."""
        return METRICS[metric_id](self.scope(**scope), dict(options or {}))

    def behind(
        self, metric_id: str, part: str, value: str = "", *, options: Mapping[str, Any] | None = None, **scope: Any
    ) -> list[str]:
        """The ids of the sessions behind one number of a metric, sorted."""
        sessions = PARTS[metric_id, part](self.scope(**scope), dict(options or {}), value)
        return sorted(session["session_id"] for session in sessions)

    def scope(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        user_id: str | None = None,
        filters: Mapping[str, str] | None = None,
        view: str = "clean",
        as_of: datetime,
    ) -> Scope:
        def in_window(start: datetime) -> bool:
            return (since is None or since <= start) and (until is None or start < until)

        def admits(session: JsonDict) -> bool:
            return (user_id is None or session["user_id"] == user_id) and all(
                dimension(session, name) == value for name, value in (filters or {}).items()
            )

        def pick(which: str, kind: str) -> list[JsonDict]:
            return [session for session in self._views[which][kind] if in_window(session["start"]) and admits(session)]

        def is_of_scope(group: JsonDict) -> bool:
            return in_window(group["start"]) and not filters and user_id in (None, group["user_id"])

        return Scope(
            sessions=pick(view, "sessions"),
            everything=self._views[view]["sessions"],
            in_view_all=pick("all", "sessions"),
            oversize=len(pick(view, "oversize")),
            loose_unmatched=sum(group["refunds_unmatched"] for group in self._views[view]["loose"] if is_of_scope(group)),
            since=since,
            until=until,
            as_of=as_of,
            open_after=as_of - self.gap if self.dataset == "live" else None,
            zone=self.zone,
            currency=self.currency,
            admits=admits,
        )

    def _build(self, view: str) -> dict[str, list[JsonDict]]:
        """Cut, describe, link and order the sessions of one view from that view's own events."""
        events = [event for event in self.events if view == "all" or not event["noisy"]]
        named, loose = self._cut(events)
        described = [self._describe(*each) for each in named]
        described.sort(key=lambda session: (session["start"], session["session_id"], session["group"]))
        sessions = [session for session in described if session["events"] <= MOST_EVENTS]
        seen: set[tuple[str, str]] = set()
        for session in sessions:
            session["new"] = session["visitor"] not in seen
            seen.add(session["visitor"])
        for session in described:
            session.setdefault("new", session["visitor"] not in seen)
        loose_groups = [
            {
                "start": group[0]["timestamp"],
                "user_id": next((event["user_id"] for event in group if event["user_id"]), None),
                "refunds_unmatched": 0,
                "log": group,
            }
            for group in loose
        ]
        self._settle_orders(events, described, loose_groups)
        return {
            "sessions": sessions,
            "oversize": [session for session in described if session["events"] > MOST_EVENTS],
            "loose": loose_groups,
        }

    def _cut(self, events: list[JsonDict]) -> tuple[list[tuple[str, str, list[JsonDict]]], list[list[JsonDict]]]:
        """(sessions with id and group, runs that are no session), each with its events in order."""
        sent: dict[str, list[JsonDict]] = defaultdict(list)
        groups: dict[tuple[str, str], list[JsonDict]] = defaultdict(list)
        for event in events:
            if event["session_id"]:
                sent[event["session_id"]].append(event)
            elif event["client_id"]:
                groups["c", event["client_id"]].append(event)
            else:
                groups["u", event["user_id"]].append(event)
        named, loose = [(name, f"s:{name}", members) for name, members in sent.items()], []
        for (kind, name), members in groups.items():
            for run in self._runs(members):
                if all(is_loose_type(event["event_type"]) for event in run):
                    loose.append(run)
                else:
                    named.append((f"{name}:{run[0]['ms']}", f"{kind}:{name}", run))
        return named, loose

    def _runs(self, members: list[JsonDict]) -> list[list[JsonDict]]:
        runs: list[list[JsonDict]] = []
        for event in members:
            if runs and event["timestamp"] - runs[-1][-1]["timestamp"] <= self.gap:
                runs[-1].append(event)
            else:
                runs.append([event])
        return runs

    def _describe(self, session_id: str, group: str, log: list[JsonDict]) -> JsonDict:
        start, end = log[0]["timestamp"], log[-1]["timestamp"]
        duration = (end - start) // timedelta(seconds=1)
        types = Counter(event["event_type"] for event in log)
        interactive = len(log) - types["engagement"]
        pageviews = types["pageview"] + types["product_view"]
        user_id = next((event["user_id"] for event in log if event["user_id"]), None)
        client_id = next((event["client_id"] for event in log if event["client_id"]), None)

        def first(name: str) -> str:
            values = (text_of(event["properties"].get(name)) for event in log)
            return next((value for value in values if value), "unknown")[:100]

        visitor = ("user", user_id) if user_id else ("client", client_id) if client_id else ("session", session_id)
        return {
            "session_id": session_id,
            "group": group,
            "visitor": visitor,
            "user_id": user_id,
            "start": start,
            "end": end,
            "duration": duration,
            "day": start.astimezone(self.zone).date().isoformat(),
            "events": len(log),
            "pageviews": pageviews,
            "bounce": interactive == 1,
            "engaged": pageviews >= 2 or any(types[name] for name in ENGAGING) or duration >= 10,
            "converted": types["purchase"] > 0,
            "channel": channel_of(log[0]),
            "device": first("device"),
            "country": first("country"),
            "variant": first("variant"),
            "noisy_events": sum(event["noisy"] for event in log),
            "orders": [],
            "refunds_unmatched": 0,
            "log": log,
        }

    def _settle_orders(self, events: list[JsonDict], sessions: list[JsonDict], loose: list[JsonDict]) -> None:
        """Give every order to the session of its first purchase, then take its refunds off."""
        home: dict[str, JsonDict] = {event["event_id"]: group for group in sessions + loose for event in group["log"]}
        orders: dict[str, JsonDict] = {}
        for event in events:
            if event["event_type"] != "purchase":
                continue
            name = text_of(event["properties"].get("order_id")) or event["event_id"]
            if name in orders:
                continue
            orders[name] = order = self._order(name, event)
            if home[event["event_id"]]["events"] <= MOST_EVENTS:
                home[event["event_id"]]["orders"].append(order)
        for event in events:
            if event["event_type"] not in ("refund", "order_cancel"):
                continue
            order_id = text_of(event["properties"].get("order_id"))
            named_currency = text_of(event["properties"].get("currency"))
            if order_id not in orders or named_currency not in ("", orders[order_id]["currency"]):
                home[event["event_id"]]["refunds_unmatched"] += 1
            else:
                orders[order_id]["refunds"].append(units_of(event["properties"].get("amount")))
        for order in orders.values():
            order["refunded"] = refunded_of(order["revenue"], order["refunds"])

    def _order(self, name: str, event: JsonDict) -> JsonDict:
        return {
            "order_id": name,
            "event_id": event["event_id"],
            "revenue": line_revenue(event["properties"]),
            "currency": text_of(event["properties"].get("currency")) or self.currency,
            "refunds": [],
            "refunded": 0,
        }


def refunded_of(revenue: int | None, refunds: list[int | None]) -> int:
    """A refund without an amount takes the rest; together never more than the revenue."""
    if revenue is None or not refunds:
        return 0
    if None in refunds:
        return revenue
    return min(revenue, sum(amount for amount in refunds if amount is not None))
