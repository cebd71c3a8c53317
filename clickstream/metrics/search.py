"""Search on the shop's own pages: what was looked for, found, and lost."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import Matching, Part, counted, holding
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import identity, rate
from clickstream.money import amount
from clickstream.scope import Scope
from clickstream.searches import normalised

_COUNTS = (
    "searches", "search_sessions", "searches_known", "searches_zero", "search_successes", "search_clicks",
    "search_refinements", "search_exits", "success_sessions", "success_conversions", "zero_sessions", "zero_conversions",
)  # fmt: skip


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Rates over all searches of the scope and its terms; with no search every rate is None."""
    total = sums.total(source, scope, _COUNTS)
    counts = total.counts
    searches, known = counts["searches"], counts["searches_known"]
    terms = _terms(source, scope)
    risk = _risk_per_zero(total)
    result: dict[str, Any] = {
        "searches": searches,
        "sessions": counts["search_sessions"],
        "known": known,
        "zero": counts["searches_zero"],
        "zero_result_rate": rate(counts["searches_zero"], known),
        "success_rate": rate(counts["search_successes"], searches),
        "click_through_rate": rate(counts["search_clicks"], searches),
        "refinement_rate": rate(counts["search_refinements"], searches),
        "exit_rate": rate(counts["search_exits"], searches),
        "conversion_successful": rate(counts["success_conversions"], counts["success_sessions"]),
        "conversion_zero": rate(counts["zero_conversions"], counts["zero_sessions"]),
        "revenue_at_risk": _at_risk(risk, sum(row["zero"] for row in terms)),
        "terms": [
            {
                "query": row["_id"],
                "searches": row["searches"],
                "zero": row["zero"],
                "successes": row["successes"],
                "revenue_at_risk": _at_risk(risk, row["zero"]),
            }
            for row in terms[: options["limit"]]
        ],
        "terms_total": len(terms),
    }
    return Measured(result, _reconciled(source, scope, total))


def _reconciled(source: Source, scope: Scope, total: Measures) -> list[dict[str, Any]]:
    devices = sums.by_dimension(source, scope, "device", ("searches",), amounts=False).values()
    by_device = sum(measures.counts["searches"] for measures in devices)
    return [identity("searches by device = searches", by_device, total.counts["searches"])]


def _terms(source: Source, scope: Scope) -> list[Row]:
    """Terms by sessions that searched for them, most first."""
    element = {n: {"$arrayElemAt": ["$terms", n]} for n in range(3)}
    group = {
        "_id": element[0],
        "searches": {"$sum": 1},
        "zero": {"$sum": element[1]},
        "successes": {"$sum": element[2]},
    }
    rows = source.sessions(
        [sums.matching(scope, **{"counts.searches": {"$gte": 1}}), {"$unwind": "$terms"}, {"$group": group}]
    )
    return sorted(rows, key=lambda row: (-row["searches"], row["_id"]))


def _risk_per_zero(total: Measures) -> dict[str, Fraction] | None:
    """Revenue (1/10,000, per currency) a search without results puts at risk; None where a conversion is unknown."""
    counts = total.counts
    if not counts["success_sessions"] or not counts["zero_sessions"]:
        return None
    found = Fraction(counts["success_conversions"], counts["success_sessions"])
    lost = max(Fraction(0), found - Fraction(counts["zero_conversions"], counts["zero_sessions"]))
    return {
        currency: lost * Fraction(sum(value * n for value, n in values.items()), sum(values.values()))
        for currency, values in total.order_values.items()
    }


def _at_risk(risk: dict[str, Fraction] | None, zero: int) -> list[dict[str, Any]] | None:
    if risk is None:
        return None
    return [{"currency": currency, "amount": amount(float(risk[currency] * zero))} for currency in sorted(risk)]


SEARCH = Metric(
    id="search",
    title="Search",
    definition=(
        "Searches are search events for a first result page. A term is a normalised query (case and spaces folded), counted "
        "once a session."
    ),
    fields={
        "known": "Searches that said how many results they found.",
        "zero_result_rate": "Searches with no result / searches whose number of results is known.",
        "success_rate": "Searches followed, before the next one, by a product view, result click, add or purchase / all.",
        "click_through_rate": "Searches whose next event is a product view or a result click / searches.",
        "refinement_rate": "Searches whose next event is a search for something else / searches.",
        "exit_rate": "Searches that are their session's last interactive event / searches.",
        "conversion_successful": "Sessions with a successful search that bought / sessions with a successful search.",
        "conversion_zero": "Sessions with a search without results that bought / sessions with such a search.",
        "revenue_at_risk": (
            "Searches without results x (conversion with a successful search - conversion with one without, "
            "at least 0) x AOV. Assumes that a found product would have sold as well as found products do; unknown "
            "without both kinds of session."
        ),
        "terms": "Per term: sessions that searched for it, how many of them found nothing, how many went on.",
    },
    options=(Option("limit", 50, "how many terms to list", largest=1_000),),
    measure=measure,
    parts=(
        Part("searches", "sessions with a search", counted("searches")),
        Part("zero", "sessions with a search that found nothing", counted("searches_zero")),
        Part("successes", "sessions with a successful search", counted("search_successes")),
        Part("refinements", "sessions with a refined search", counted("search_refinements")),
        Part("exits", "sessions that ended with a search", counted("search_exits")),
        Part("clicked", "sessions with a search whose next event opens a product", counted("search_clicks")),
        Part(
            "term",
            "sessions that searched for this",
            lambda asked: Matching({"counts.searches": {"$gte": 1}, **holding("terms", normalised(asked.value))}),
            value=True,
        ),
    ),
)
