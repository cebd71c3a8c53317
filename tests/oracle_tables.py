"""The oracle's tables: searches and their terms, segments, pages, event types."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from oracle_carts import cart_state
from oracle_events import decimal_of, text_of
from oracle_maths import benjamini_hochberg, newcombe, rate_p_value, welch
from oracle_measures import Scope, aov, dimension, money, order_values, rate, revenue_of, total

JsonDict = dict[str, Any]

SUCCESS_TYPES = ("product_view", "search_click", "add_to_cart", "purchase")
SHOWN_FROM = 30


# Search


def normalised(query: object) -> str:
    return " ".join(unicodedata.normalize("NFKC", text_of(query)).casefold().split())


def is_search(event: JsonDict) -> bool:
    page_no = decimal_of(event["properties"].get("page_no"))
    return event["event_type"] == "search" and (page_no is None or page_no == 1)


def is_skipped(event: JsonDict) -> bool:
    """What "the next event" looks past."""
    return event["event_type"] in ("engagement", "list_filter") or (
        event["event_type"] == "pageview" and event["page"].startswith("/search")
    )


def searches_of(session: JsonDict) -> list[JsonDict]:
    """One row per search of a session, in order."""
    log, rows = session["log"], []
    for place, event in enumerate(log):
        if not is_search(event):
            continue
        later = log[place + 1 :]
        next_search = next((i for i, other in enumerate(later) if is_search(other)), len(later))
        following = next((other for other in later if not is_skipped(other)), None)
        query, count = normalised(event["properties"].get("query")), decimal_of(event["properties"].get("results_count"))
        rows.append(
            {
                "query": query,
                "known": count is not None,
                "zero": int(count == 0),
                "success": int(any(other["event_type"] in SUCCESS_TYPES for other in later[:next_search])),
                "clicked": following is not None and following["event_type"] in ("product_view", "search_click"),
                "refined": following is not None
                and is_search(following)
                and normalised(following["properties"].get("query")) != query,
                "exit": all(other["event_type"] == "engagement" for other in later),
            }
        )
    return rows


def search(scope: Scope, options: JsonDict) -> JsonDict:
    found = [(session, rows) for session in scope.sessions if (rows := searches_of(session))]
    rows = [row for _, session_rows in found for row in session_rows]
    count, known, zero = len(rows), total(rows, "known"), total(rows, "zero")
    lucky = [session for session, own in found if any(row["success"] for row in own)]
    unlucky = [session for session, own in found if any(row["zero"] for row in own)]
    converting, converting_zero = total(lucky, "converted"), total(unlucky, "converted")
    terms: dict[str, Counter[str]] = defaultdict(Counter)
    for _, own in found:
        firsts = {row["query"]: row for row in reversed(own) if row["query"]}
        for query, row in firsts.items():
            terms[query].update({"searches": 1, "zero": row["zero"], "successes": row["success"]})
    mean_orders = {c: Fraction(sum(values), len(values)) for c, values in order_values(scope.sessions).items()}

    def at_risk(zeros: int) -> list[JsonDict] | None:
        """Unknown where one of the two conversions is."""
        if not lucky or not unlucky:
            return None
        lift = max(Fraction(0), Fraction(converting, len(lucky)) - Fraction(converting_zero, len(unlucky)))
        return money({currency: zeros * lift * mean for currency, mean in mean_orders.items()})

    by_searches = sorted(terms.items(), key=lambda item: (-item[1]["searches"], item[0]))
    return {
        "searches": count,
        "sessions": len(found),
        "known": known,
        "zero": zero,
        "zero_result_rate": rate(zero, known),
        "success_rate": rate(total(rows, "success"), count),
        "click_through_rate": rate(total(rows, "clicked"), count),
        "refinement_rate": rate(total(rows, "refined"), count),
        "exit_rate": rate(total(rows, "exit"), count),
        "conversion_successful": rate(converting, len(lucky)),
        "conversion_zero": rate(converting_zero, len(unlucky)),
        "revenue_at_risk": at_risk(sum(term["zero"] for term in terms.values())),
        "terms": [
            {
                "query": query,
                "searches": term["searches"],
                "zero": term["zero"],
                "successes": term["successes"],
                "revenue_at_risk": at_risk(term["zero"]),
            }
            for query, term in by_searches[: options.get("limit", 50)]
        ],
        "terms_total": len(terms),
    }


# Segments


def segments(scope: Scope, options: JsonDict) -> JsonDict:
    name = options.get("dimension", "device")
    members: dict[str, list[JsonDict]] = defaultdict(list)
    for session in scope.sessions:
        members[dimension(session, name)].append(session)
    hidden = [sessions for sessions in members.values() if len(sessions) < SHOWN_FROM]
    shown = sorted(
        ((value, sessions) for value, sessions in members.items() if len(sessions) >= SHOWN_FROM),
        key=lambda item: (-len(item[1]), item[0]),
    )
    rows = [segment_row(scope, value, sessions) for value, sessions in shown]
    adjust([row["conversion_difference"] for row in rows if row["conversion_difference"]])
    by_currency: dict[str, list[JsonDict]] = defaultdict(list)
    for row in rows:
        for difference in row["aov_difference"]:
            by_currency[difference["currency"]].append(difference)
    for differences in by_currency.values():
        adjust(differences)
    return {
        "dimension": name,
        "rows": rows,
        "values": sorted(members, key=lambda value: (-len(members[value]), value))[:200],
        "hidden": {"minimum": SHOWN_FROM, "rows": len(hidden), "sessions": sum(len(group) for group in hidden)},
    }


def segment_row(scope: Scope, value: str, sessions: list[JsonDict]) -> JsonDict:
    inside = {id(session) for session in sessions}
    rest = [session for session in scope.sessions if id(session) not in inside]
    carts = Counter(cart_state(scope, session) for session in sessions)
    return {
        "value": value,
        "sessions": len(sessions),
        "share": rate(len(sessions), len(scope.sessions)),
        "conversion_rate": rate(total(sessions, "converted"), len(sessions)),
        "orders": sum(len(session["orders"]) for session in sessions),
        "revenue": money(revenue_of(sessions)),
        "aov": aov(sessions),
        "cart_abandonment_rate": rate(carts["abandoned"], carts["transacted"] + carts["abandoned"]),
        "conversion_difference": conversion_difference(sessions, rest),
        "aov_difference": aov_differences(order_values(sessions), order_values(rest)),
    }


def conversion_difference(sessions: list[JsonDict], rest: list[JsonDict]) -> JsonDict | None:
    if not rest:
        return None
    table = (total(sessions, "converted"), len(sessions), total(rest, "converted"), len(rest))
    difference, low, high = newcombe(*table)
    return {"difference": difference, "low": low, "high": high, "p_value": rate_p_value(*table)}


def aov_differences(own: dict[str, list[int]], rest: dict[str, list[int]]) -> list[JsonDict]:
    rows = []
    for currency in sorted(own.keys() & rest.keys()):
        test = welch(own[currency], rest[currency])
        if test:
            difference, low, high, p_value = test
            rows.append(
                {
                    "currency": currency,
                    "difference": difference / 10_000,
                    "low": low / 10_000,
                    "high": high / 10_000,
                    "p_value": p_value,
                }
            )
    return rows


def adjust(differences: list[JsonDict]) -> None:
    """Benjamini-Hochberg over one family of differences."""
    adjusted = benjamini_hochberg([difference["p_value"] for difference in differences])
    for difference, value in zip(differences, adjusted, strict=True):
        difference["p_adjusted"] = value


# Pages and event types


def pages(scope: Scope, options: JsonDict) -> JsonDict:
    views: Counter[str] = Counter()
    visits: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    exits: Counter[str] = Counter()
    for session in scope.sessions:
        seen = [e["page"] for e in session["log"] if e["event_type"] in ("pageview", "product_view") and e["page"]]
        views.update(seen)
        visits.update(set(seen))
        entries.update(seen[:1])
        exits.update(seen[-1:])
    rows = [
        {"page": page, "pageviews": count, "sessions": visits[page], "entries": entries[page], "exits": exits[page]}
        for page, count in ranked(views)
    ]
    return {"pages": rows[: options.get("limit", 50)], "total": len(rows)}


def event_types(scope: Scope, options: JsonDict) -> JsonDict:
    events: Counter[str] = Counter()
    visits: Counter[str] = Counter()
    for session in scope.sessions:
        types = [event["event_type"] for event in session["log"]]
        events.update(types)
        visits.update(set(types))
    rows = [{"type": name, "events": count, "sessions": visits[name]} for name, count in ranked(events)]
    return {"types": rows[: options.get("limit", 50)], "total": len(rows)}


def ranked(counts: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
