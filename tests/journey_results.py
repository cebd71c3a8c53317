"""Metric results of made-up journeys, in the shapes the metrics answer with."""

from __future__ import annotations

from typing import Any

from tests.shop_results import eur, rate


def path(who: str = "all", *sessions: int, name: str = "product_view") -> dict[str, Any]:
    total = sum(sessions) or 1
    return {
        "over": "event_type",
        "end": "",
        "who": who,
        "sessions": sum(sessions),
        "steps": [{"step": 1, "nodes": [{"name": name, "sessions": total, "ends": sessions[-1] if sessions else 0}]}],
        "sequences": [
            {"nodes": [name, "add_to_cart"][: place + 1], "sessions": n, "share": rate(n, total), "conversions": 1}
            for place, n in enumerate(sessions)
        ],
    }


def share(measure: str, buyers: int, others: int, p: float, value: str | None = None) -> dict[str, Any]:
    return {
        "measure": measure,
        "value": value,
        "currency": None,
        "unit": "share",
        "buyers": rate(buyers, 100),
        "others": rate(others, 100),
        "difference": (buyers - others) / 100,
        "p_adjusted": p,
    }


def mean(measure: str, buyers: float, others: float, unit: str = "count", currency: str | None = None) -> dict[str, Any]:
    return {
        "measure": measure,
        "value": None,
        "currency": currency,
        "unit": unit,
        "buyers": {"mean": buyers, "n": 100},
        "others": {"mean": others, "n": 90},
        "difference": buyers - others,
        "p_adjusted": 0.001,
    }


def differences(*rows: dict[str, Any], buyers: int = 100, others: int = 100) -> dict[str, Any]:
    return {"against": "abandoners", "buyers": buyers, "others": others, "rows": list(rows)}


def friction(*rows: tuple[str, str, int]) -> dict[str, Any]:
    return {
        "rows": [
            {
                "kind": kind,
                "name": name,
                "sessions": n,
                "conversion": rate(1, n),
                "against": rate(50, 100),
                "revenue_at_risk": eur(12.5),
                "assumption": "Assumes much.",
            }
            for kind, name, n in rows
        ]
    }


EVERYTHING = {
    "paths": path("all", 40, 10),
    "paths_buyers": path("buyers", 12),
    "paths_abandoners": path("abandoners", 9, 3),
    "differences": differences(
        share("device", 60, 30, 0.001, "mobile"),
        share("found_nothing", 2, 20, 0.001),
        share("weekend", 50, 49, 0.9),
        mean("duration", 300.0, 200.0, "seconds"),
        mean("price_seen", 20.0, 40.0, "money", "EUR"),
        mean("products_viewed", 5.5, 3.5),
    ),
    "friction": friction(
        ("payment_error", "card_declined", 12), ("coupon_denied", "expired", 9), ("zero_results", "vegan", 8)
    ),
}
