"""Facts of two scopes side by side: both values of every row, its verdict, and the difference where it is beyond chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from clickstream.facts.fact import MINIMUM_SAMPLE, Fact, Result, count, day, name, ratio
from clickstream.facts.labels import clean_query, slugs
from clickstream.metrics.statistics import is_significant

BEYOND, WITHIN, UNTESTED = "beyond chance", "within chance", "not tested"

ON_SIDE = "Value on side {side}"
DIFFERENCE = "Side B minus side A; Benjamini-Hochberg adjusted p below 0.05"
CHANGE = "(B - A) / A; Benjamini-Hochberg adjusted p below 0.05"
COUNTED = "(B - A) / A, per day where the windows are not equally long; what is counted is not tested"
VERDICT = "Whether the difference is more than chance brings, over all rows of the comparison"
CARE = "What to mind in reading the comparison"


TOPICS = ("overview", "money", "funnel", "cart", "checkout", "search")
BREAKDOWNS = (*(f"by_{name}" for name in ("device", "channel", "visitor", "country", "variant")), "products", "terms")
"""Behind those of the shop as a whole; of both the most needed first."""


def comparison_facts(result: Result) -> Iterator[Fact]:
    """Both sides, how many rows were tested, and what to mind."""
    for side in "ab":
        yield from _side(f"compare.{side}", side.upper(), result[side])
    tested = result["tested"]
    yield count("compare.tested", "Rows tested", tested, tested, "Rates and means that could be tested")
    beyond = "Of these the rows that differ beyond chance"
    yield count("compare.significant", "Rows that differ beyond chance", result["significant"], tested, beyond)
    yield count("compare.minimum", "Smallest sample", result["minimum"], None, "What a verdict takes on either side")
    for note in result["notes"]:
        yield from name(f"compare.care.{note['code']}", "To mind", clean_query(note["code"].replace("_", " ")), None, CARE)


def topic_facts(wanted: str) -> Callable[[Result], Iterator[Fact]]:
    """`compare.<topic>.<name>[.<of what>].a`, `.b`, `.verdict`, and one of `.points`, `.change` and `.difference`."""
    return lambda result: (
        fact for topic in result["topics"] if topic["topic"] == wanted for fact in _topic(wanted, topic["rows"])
    )


def _topic(topic: str, rows: Sequence[Result]) -> Iterator[Fact]:
    of_what = list(dict.fromkeys(row["value"] or row["currency"] for row in rows))
    parts = dict(zip(of_what, slugs([what or "" for what in of_what]), strict=True))
    for row in rows:
        what = row["value"] or row["currency"]
        yield from _row(f"compare.{topic}.{row['name']}{f'.{parts[what]}' if what else ''}", row)


def _side(prefix: str, side: str, found: Result) -> Iterator[Fact]:
    sessions = found["sessions"]
    yield count(f"{prefix}.sessions", f"Sessions on side {side}", sessions, sessions, "Sessions that start in the scope")
    yield day(f"{prefix}.since", f"First day of side {side}", found["first_day"], "First local day of the window")
    yield day(
        f"{prefix}.until", f"Last day of side {side}", found["last_day"], "Last local day of the window, as far as it is"
    )


def _row(prefix: str, row: Result) -> Iterator[Fact]:
    label = clean_query(row["label"])
    if row["value"] is not None:
        yield from name(
            f"{prefix}.name", "Compared", clean_query(row["title"].replace("_", " ")), None, "What the row is of"
        )
    for side in "ab":
        definition = ON_SIDE.format(side=side.upper())
        yield from _value(f"{prefix}.{side}", f"{label} on side {side.upper()}", row, row[side], definition)
    beyond = is_significant(row["p_adjusted"])
    if row["difference"] is not None:
        verdict = BEYOND if beyond else UNTESTED if row["p_value"] is None else WITHIN
        yield from name(f"{prefix}.verdict", f"{label}: verdict", verdict, None, VERDICT)
    if beyond:
        yield from _difference(prefix, label, row)
    elif row["untested"] == "counted" and row["change"] is not None:
        n = int(row["a"]["total"] + row["b"]["total"])
        if n >= MINIMUM_SAMPLE:
            yield Fact(f"{prefix}.change", f"Change of {label}", row["change"], "change", n, COUNTED)


def _value(fact_id: str, label: str, row: Result, side: Result, definition: str) -> Iterator[Fact]:
    if side["value"] is None:
        return
    if row["unit"] == "rate":
        yield from ratio(fact_id, label, side, definition)
    elif row["unit"] == "money":
        yield Fact(fact_id, label, side["value"], f"money:{row['currency']}", side["n"], definition)
    elif row["unit"] == "count" and row["per_day"]:
        yield Fact(fact_id, label, side["value"], "number", side["total"], f"{definition}, per day")
    else:
        yield Fact(fact_id, label, side["value"], row["unit"], side["n"] or side["total"], definition)


def _difference(prefix: str, label: str, row: Result) -> Iterator[Fact]:
    n = min(row["a"]["n"], row["b"]["n"])
    if row["unit"] == "rate":
        yield Fact(f"{prefix}.points", f"Difference: {label}", row["difference"], "points", n, DIFFERENCE)
    elif row["unit"] == "money":
        unit = f"difference:{row['currency']}"
        yield Fact(f"{prefix}.difference", f"Difference: {label}", row["difference"], unit, n, DIFFERENCE)
    elif row["change"] is not None:
        yield Fact(f"{prefix}.change", f"Change of {label}", row["change"], "change", n, CHANGE)
