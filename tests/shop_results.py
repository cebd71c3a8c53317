"""Metric results of a made-up shop in the shapes the metrics answer with; the numbers agree with each other."""

from __future__ import annotations

from typing import Any

from clickstream.metrics.statistics import newcombe_difference, two_proportion_p_value

Json = dict[str, Any]


def rate(numerator: int, denominator: int) -> Json:
    return {"numerator": numerator, "denominator": denominator, "value": numerator / denominator if denominator else None}


def eur(amount: float) -> list[Json]:
    return [{"currency": "EUR", "amount": amount}]


def overview(sessions: int = 1_000, **changed: Any) -> Json:
    buying = sessions * 3 // 100
    result = {
        "events": sessions * 7,
        "sessions": sessions,
        "visitors": sessions * 3 // 5,
        "buyers": buying,
        "new_sessions": sessions * 3 // 5,
        "returning_sessions": sessions - sessions * 3 // 5,
        "pageviews": sessions * 4,
        "bounces": sessions // 4,
        "engaged_sessions": sessions // 2,
        "conversions": buying,
        "orders": buying,
        "orders_with_revenue": buying,
        "revenue": eur(buying * 50.0) if buying else [],
        "net_revenue": eur(buying * 50.0) if buying else [],
        "refunded": [],
        "aov": [{"currency": "EUR", "amount": 50.0, "median": 45.5, "orders": buying}] if buying else [],
        "revenue_per_session": eur(buying * 50.0 / sessions) if buying else [],
        "revenue_per_visitor": eur(buying * 50.0 / (sessions * 3 // 5)) if buying else [],
        "bounce_rate": rate(sessions // 4, sessions),
        "engagement_rate": rate(sessions // 2, sessions),
        "conversion_rate": rate(buying, sessions),
        "buyer_rate": rate(buying, sessions * 3 // 5),
        "duration_mean": 184.25 if sessions else None,
        "duration_median": 130 if sessions else None,
        "duration_p90": 640 if sessions else None,
        "pages_per_session": rate(sessions * 4, sessions),
        "refunds_unmatched": 0,
        "oversize": 0,
        "noisy_events": 0,
    }
    return {**result, **changed}


def funnel(*reached: int, outside: int = 0) -> Json:
    names = ("session", "product_view", "add_to_cart", "checkout", "purchase")
    steps = []
    for place, (name, n) in enumerate(zip(names, reached, strict=True)):
        before = reached[place - 1] if place else n
        steps.append(
            {
                "name": name,
                "reached": n,
                "step_rate": rate(n, before),
                "overall_rate": rate(n, reached[0]),
                "seconds_median": 45 if place and n else None,
                "seconds_p90": 300 if place and n else None,
                "revenue": eur(reached[-1] * 50.0) if reached[-1] else [],
            }
        )
    return {"mode": "ordered", "unit": "session", "steps": steps, "conversions": reached[-1] + outside, "outside": outside}


def cart(transacted: int = 30, abandoned: int = 90, emptied: int = 8, still_open: int = 2, **changed: Any) -> Json:
    return {
        "created": transacted + abandoned + emptied + still_open,
        "transacted": transacted,
        "open": still_open,
        "emptied": emptied,
        "abandoned": abandoned,
        "abandonment_rate": rate(abandoned, transacted + abandoned),
        "value_left": eur(abandoned * 42.5) if abandoned else [],
        "value_unknown": 0,
        "products_left": [{"product_id": "shoe-42", "quantity": 25, "sessions": 21}] if abandoned else [],
        **changed,
    }


def checkout(completed: int = 30, abandoned: int = 20) -> Json:
    return {
        "sessions": completed + abandoned + 1,
        "completed": completed,
        "open": 1,
        "abandoned": abandoned,
        "abandonment_rate": rate(abandoned, completed + abandoned),
        "steps": [{"name": "address", "order": 1, "sessions": 40, "completed": rate(30, 40)}],
        "errors": [],
    }


def search(terms: list[tuple[str, int, int]] | None = None, **changed: Any) -> Json:
    rows = [("trail shoes", 120, 0), ("gore-tex 2000", 40, 40), ("tent", 20, 5)] if terms is None else terms
    searches, zero = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return {
        "searches": searches,
        "sessions": searches,
        "known": searches,
        "zero": zero,
        "zero_result_rate": rate(zero, searches),
        "success_rate": rate(searches // 2, searches),
        "click_through_rate": rate(searches // 3, searches),
        "refinement_rate": rate(searches // 10, searches),
        "exit_rate": rate(searches // 5, searches),
        "conversion_successful": rate(9, 90),
        "conversion_zero": rate(1, 45),
        "revenue_at_risk": eur(175.5) if zero else [],
        "terms": [
            {"query": query, "searches": n, "zero": empty, "successes": n - empty, "revenue_at_risk": eur(empty * 3.9)}
            for query, n, empty in rows
        ],
        "terms_total": len(rows),
        **changed,
    }


def segment(
    value: str, sessions: int, total: int, buying: int, difference: float | None, *, p_adjusted: float = 0.001
) -> Json:
    tested = {"difference": difference, "low": -0.1, "high": 0.1, "p_value": p_adjusted / 2, "p_adjusted": p_adjusted}
    return {
        "value": value,
        "sessions": sessions,
        "share": rate(sessions, total),
        "conversion_rate": rate(buying, sessions),
        "orders": buying,
        "revenue": eur(buying * 50.0),
        "aov": [{"currency": "EUR", "amount": 50.0, "orders": buying}],
        "cart_abandonment_rate": rate(3 * buying, 4 * buying),
        "conversion_difference": tested if difference is not None else None,
        "aov_difference": [],
    }


def devices() -> Json:
    rows = [segment("mobile", 620, 1_000, 10, -0.0365), segment("desktop", 380, 1_000, 20, 0.0365)]
    return {"dimension": "device", "rows": rows, "hidden": {"minimum": 30, "rows": 0, "sessions": 0}}


def day(date: str, sessions: int, orders: int = 0) -> Json:
    return {
        "start": f"{date}T00:00:00.000Z",
        "day": date,
        "sessions": sessions,
        "visitors": sessions,
        "events": sessions * 7,
        "pageviews": sessions * 4,
        "conversions": orders,
        "orders": orders,
        "revenue": eur(orders * 50.0),
        "bounces": sessions // 4,
    }


TRENDS: dict[str, tuple[str | tuple[str, str], ...]] = {
    "overview": (
        *("sessions", "visitors", "pageviews", "conversions", "orders"),
        *("conversion_rate", "bounce_rate", "engagement_rate"),
    ),
    "cart": (("carts", "created"), ("cart_abandonment_rate", "abandonment_rate")),
    "checkout": (("checkout_abandonment_rate", "abandonment_rate"),),
    "search": ("searches", "zero_result_rate"),
}
"""Rows of `trends` by the metric they are about; its name there where it is another one."""


def trends(now: Json, before: Json | None, strange: tuple[Json, ...] = ()) -> Json:
    """Both are results by metric id: what either lacks is not compared."""
    rows: list[Json] = []
    both = now.keys() & before.keys() if before else set()
    for metric in [metric for metric in TRENDS if metric in both]:
        for named in TRENDS[metric]:
            name, field = (named, named) if isinstance(named, str) else named
            rows.append(_trend(name, now[metric][field], before[metric][field]))
    if "overview" in both:
        earned, past = ({row["currency"]: row["amount"] for row in one["overview"]["revenue"]} for one in (now, before))
        for currency in sorted(earned.keys() | past.keys()):
            rows.append(_trend("revenue", earned.get(currency, 0.0), past.get(currency, 0.0)) | {"currency": currency})
    days = {"since": "2026-03-01T00:00:00.000Z", "until": "2026-03-03T00:00:00.000Z"}
    judged = {"rows": list(strange), "days_judged": 2, "too_few": 0}
    return {"now": days, "before": days if before else None, "days": 2, "rows": rows, "anomalies": judged}


def _trend(name: str, now: Any, before: Any) -> Json:
    row = {"name": name, "now": now, "before": before, "interval": None, "p_value": None}
    if not isinstance(now, dict):
        return {**row, "change": _change(now, before)}
    table = now["numerator"], now["denominator"], before["numerator"], before["denominator"]
    interval = newcombe_difference(*table)
    return {
        **row,
        "change": _change(now["value"], before["value"]),
        "interval": interval and {"low": interval.low, "high": interval.high},
        "p_value": two_proportion_p_value(*table),
    }


def _change(now: float | None, before: float | None) -> Json | None:
    if now is None or before is None:
        return None
    return {"difference": now - before, "value": (now - before) / before if before else None}


def strange_day(name: str, day: str, value: float, mean: float, sd: float = 1.0) -> Json:
    """A row of `anomalies`; `sd` says how far out the day is."""
    return {"name": name, "day": day, "value": float(value), "mean": float(mean), "sd": sd, "z": (value - mean) / sd}


def products(*sold: tuple[str, int, int, int], in_vain: tuple[tuple[str, int, int], ...] = (), **changed: Any) -> Json:
    """`sold`: product id, sessions that viewed it, added it, bought it; `in_vain`: id, viewed, not bought."""
    rows = [
        {
            "product_id": product_id,
            "viewed": viewed,
            "added": added,
            "bought": bought,
            "quantity": bought,
            "revenue": eur(bought * 50.0) if bought else [],
            "lines_without_price": 0,
            "view_to_cart": rate(added, viewed),
            "cart_to_buy": rate(bought, added),
            "view_to_buy": rate(bought, viewed),
        }
        for product_id, viewed, added, bought in sold
    ]
    left = [{"product_id": product_id, "viewed": viewed, "not_bought": n} for product_id, viewed, n in in_vain]
    return {
        "sort": "revenue",
        "products": rows,
        "total": len(rows),
        "quantity": sum(row["quantity"] for row in rows),
        "lines_without_price": 0,
        "viewed_not_bought": {"minimum": 20, "rows": left, "total": len(left), "hidden": 3, "most_views_hidden": 7},
        **changed,
    }


def together(*pairs: tuple[str, str, int, float, float], **changed: Any) -> Json:
    """`pairs`: the two products, sessions with both, lift and its low end."""
    return {
        "in": "purchases",
        "sessions": 200,
        "left_out": 0,
        "minimum": 5,
        "pairs": [
            {"a": a, "b": b, "n": n, "with_a": n + 5, "with_b": n + 9, "support": rate(n, 200)}
            | {"lift": lift, "low": low, "high": 2 * lift}
            for a, b, n, lift, low in pairs
        ],
        "total": len(pairs),
        "hidden": {"pairs": 4, "largest": 3},
        **changed,
    }


def retention(first: str = "session", sizes: tuple[int, ...] = (200, 100), back: tuple[int, ...] = (60, 20)) -> Json:
    """Weekly cohorts of these sizes; `back` of the first cohort in weeks 1, 2, ..."""
    cells = [
        {"week": week, "back": rate(n, sizes[0]), "immature": False, "ends": "2026-03-09", "revenue": []}
        for week, n in enumerate(back, 1)
    ]
    cohorts = [
        {
            "week": f"2026-W{8 + place:02}",
            "start": "2026-02-16",
            "size": size,
            "repeat": rate(size // 10, size) if first == "purchase" else None,
            "revenue_first_week": [],
            "cells": cells if place == 0 else [],
        }
        for place, size in enumerate(sizes)
    ]
    means = [{"week": cell["week"], "back": cell["back"], "cohorts": 1} for cell in cells]
    return {"first": first, "mode": "unbounded", "cohorts": cohorts, "means": means}


def rfm(**visitors: int) -> Json:
    """Buyers by segment."""
    total = sum(visitors.values())
    names = ("champions", "loyal", "recent", "promising", "at_risk", "hibernating")
    segments = [
        {
            "segment": segment,
            "visitors": (n := visitors.get(segment, 0)),
            "orders": 2 * n,
            "revenue": eur(100.0 * n) if n else [],
            "recency_median": 4 if n else None,
            "frequency_median": 2 if n else None,
            "share": rate(n, total),
        }
        for segment in names
    ]
    return {
        "reference_day": "2026-03-02",
        "buyers": total,
        "currency": "EUR",
        "segments": segments,
        "grid": [],
        "monetary": None,
    }


def channels(*rows: tuple[str, int, int, int]) -> Json:
    """`rows`: the channel, its sessions, orders by first touch and by last touch."""
    return {
        "rows": [
            {
                "channel": channel,
                "sessions": sessions,
                "conversion_rate": rate(last, sessions),
                "first": {"orders": first, "revenue": eur(first * 50.0) if first else []},
                "last": {"orders": last, "revenue": eur(last * 50.0) if last else []},
            }
            for channel, sessions, first, last in rows
        ],
        "orders": sum(row[3] for row in rows),
        "revenue": eur(50.0 * sum(row[3] for row in rows)),
    }


def arm(name: str, sessions: int, conversions: int, *, against: Json | None = None) -> Json:
    return {
        "arm": name,
        "control": against is None,
        "sessions": sessions,
        "visitors": sessions,
        "conversion_rate": rate(conversions, sessions),
        "revenue_per_session": [{"currency": "EUR", "amount": 2.5}],
        "aov": [{"currency": "EUR", "amount": 50.0, "median": 45.5, "orders": conversions}],
        "conversion_difference": against,
        "revenue_per_session_difference": [{"currency": "EUR", **against}] if against else [],
        "needed": None if against is None else 4_000,
    }


def variants(*, flagged: bool = False, conversions: int = 30, p_adjusted: float = 0.01) -> Json:
    """An experiment of 500 sessions an arm, of which A converts 10."""
    difference = (conversions - 10) / 500
    against = {"difference": difference, "low": difference - 0.01, "high": difference + 0.01, "p_value": p_adjusted}
    return {
        "experiment": "button",
        "control": "A",
        "sessions": 1_000,
        "visitors": 990,
        "mixed": {"visitors": 4, "sessions": 9},
        "sample_ratio": {"flagged": flagged, "expected": [{"arm": name, "visitors": 350.5} for name in ("A", "B")]},
        "arms": [arm("A", 500, 10), arm("B", 500, conversions, against={**against, "p_adjusted": p_adjusted})],
    }


def shop() -> Json:
    return {
        "overview": overview(),
        "series": [day("2026-03-01", 480, 14), day("2026-03-02", 520, 16)],
        "funnel": funnel(1_000, 640, 130, 51, 30),
        "cart": cart(),
        "checkout": checkout(),
        "search": search(),
        "segments": devices(),
        "products": products(
            ("shoe-42", 300, 60, 31), ("tent-2", 200, 40, 9), in_vain=(("tent-2", 200, 191), ("mug", 40, 40))
        ),
        "bought_together": together(("shoe-42", "tent-2", 8, 1.9, 1.2)),
        "channels": channels(("organic", 600, 20, 12), ("email", 300, 10, 18), ("direct", 100, 0, 0)),
        "retention": retention(),
        "retention_purchase": retention("purchase", (30,), (6,)),
        "rfm": rfm(champions=4, loyal=6, hibernating=20),
        "pages": {
            "pages": [
                {"page": "/", "pageviews": 900, "sessions": 800, "entries": 600, "exits": 250},
                {"page": "/cart", "pageviews": 150, "sessions": 130, "entries": 2, "exits": 80},
            ],
            "total": 2,
        },
        "event_types": {"types": [{"type": "pageview", "events": 3_000, "sessions": 900}], "total": 1},
    }
