"""Charts of what was for sale: carts and checkouts by state, searches, products, what stood in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clickstream.charts.drawing import BAR_HEIGHT, TERMS_SHOWN, Json, bars, row_axis, spec, tooltips, words


def states_of(states: tuple[str, ...], total: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Json | None]:
    """How a total splits into states: one labelled bar each, always in the same order and colour."""

    def draw(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
        whole = result[total]
        if not whole:
            return None
        rows = [{"name": words(state), "count": result[state], "share": result[state] / whole} for state in states]
        label = "format(datum.count, ',') + ' · ' + format(datum.share, '.1%')"
        colour = {"field": "name", "scale": {"domain": [row["name"] for row in rows]}, "legend": None}
        columns = [("count", "Sessions", ","), ("share", "Share", ".1%")]
        return bars(f"{whole} {total} by state", rows, "count", label, columns, colour=colour)

    return draw


def search(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    terms = result["terms"][:TERMS_SHOWN]
    if not terms:
        return None
    outcomes = ("Found or unknown", "Zero results")
    rows = [
        {"name": term["query"], "outcome": outcome, "searches": count, "all": term["searches"]}
        for term in terms
        for outcome, count in zip(outcomes, (term["searches"] - term["zero"], term["zero"]), strict=True)
    ]
    return spec(
        f"Searches of the {len(terms)} most frequent queries",
        rows,
        height=len(terms) * BAR_HEIGHT,
        mark="bar",
        encoding={
            "y": row_axis("name"),
            "x": {"field": "searches", "type": "quantitative", "title": None, "axis": {"tickMinStep": 1, "tickCount": 4}},
            "color": {"field": "outcome", "title": None, "scale": {"domain": list(outcomes)}, "legend": {"orient": "top"}},
            "order": {"field": "outcome"},
            "tooltip": [
                {"field": "name", "title": "Query"},
                {"field": "outcome", "title": "Outcome"},
                *tooltips([("searches", "Searches", ","), ("all", "All searches of it", ",")]),
            ],
        },
    )


def products(result: Mapping[str, Any], options: Mapping[str, Any]) -> Json | None:
    """By what they are sorted by; revenue in the currency that the best of them has."""
    shown, sort = result["products"][:TERMS_SHOWN], options.get("sort", "revenue")
    name = _namer([row["product_id"] for row in shown], options)
    earned = [row["revenue"] for row in shown if row["revenue"]]
    currency = earned[0][0]["currency"] if sort == "revenue" and earned else None
    rows = [
        {
            "name": name(row["product_id"]),
            **{count: row[count] for count in ("viewed", "added", "bought", "quantity")},
            "currency": currency,
            "revenue": next((one["amount"] for one in row["revenue"] if one["currency"] == currency), 0),
        }
        for row in shown
    ]
    columns = [
        ("viewed", "Sessions that viewed it", ","),
        ("added", "Put it into a cart", ","),
        ("bought", "Bought it", ","),
    ]
    if currency:
        label = "format(datum.revenue, ',.0f') + ' ' + datum.currency"
        return bars("Products by revenue", rows, "revenue", label, [*columns, ("revenue", f"Revenue, {currency}", ",.2f")])
    field = sort if sort != "revenue" else "viewed"
    return bars(f"Products by {field}", rows, field, f"format(datum.{field}, ',')", columns)


def pairs(result: Mapping[str, Any], options: Mapping[str, Any]) -> Json | None:
    shown = result["pairs"][:TERMS_SHOWN]
    name = _namer([row[side] for row in shown for side in "ab"], options)
    rows = [{"name": f"{name(row['a'])} + {name(row['b'])}", **{key: row[key] for key in _PAIR}} for row in shown]
    label = "format(datum.n, ',') + ' · ' + format(datum.lift, '.1f') + ' times chance'"
    columns = [
        ("n", "Sessions with both", ","),
        ("lift", "Lift", ".2f"),
        ("low", "At least", ".2f"),
        ("high", "At most", ".2f"),
    ]
    return bars("Products that come together, by sessions", rows, "n", label, columns)


_PAIR = ("n", "lift", "low", "high")


def _namer(product_ids: list[str], options: Mapping[str, Any]) -> Callable[[str], str]:
    """Names of products: from option `names` (id to name) where it has one of its own for them, else their ids."""
    names: Mapping[str, str] = options.get("names", {})
    known = [names.get(product_id, product_id) for product_id in set(product_ids)]

    def name(product_id: str) -> str:
        found = names.get(product_id, product_id)
        return found if known.count(found) == 1 else f"{found} ({product_id})"

    return name


def friction(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    rows = [
        {
            "name": f"{words(row['kind'])}: {row['name']}",
            "sessions": row["sessions"],
            "rate": row["conversion"]["value"],
            "against": row["against"]["value"],
        }
        for row in result["rows"][:TERMS_SHOWN]
    ]
    label = "format(datum.sessions, ',') + ' · ' + format(datum.rate, '.1%') + ' buy'"
    columns = [("sessions", "Sessions", ","), ("rate", "Conversion", ".2%"), ("against", "Conversion of the others", ".2%")]
    return bars("What stood in the way, by sessions touched", rows, "sessions", label, columns)
