"""Facts of journeys: common ways, where they end, how buyers differ from abandoners, what stood in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from clickstream.facts.fact import Fact, Result, count, money, name, ratio, seconds
from clickstream.facts.labels import clean_label, clean_query, slugs
from clickstream.metrics.statistics import is_significant

SHOWN_SEQUENCES = 4
SHOWN_ENDS = 4
SHOWN_DIFFERENCES = 8
SHOWN_FRICTION = 8
SHOWN_STEPS = 6

ENDS = "Sessions that had nothing further to do after it, within the steps that are looked at"
OTHERS = {
    "abandoners": ("Sessions that left a cart", "Sessions that left a cart and did not buy"),
    "others": ("Sessions that did not buy", "Sessions without a purchase"),
}
FIRST_STEPS = "The first six steps, equal ones in a row counted once"
LAST_STEPS = "The last six steps, equal ones in a row counted once"


def path_facts(result: Result) -> Iterator[Fact]:
    """`path.buyers.1.sequence`, ... of everybody (`all`), `buyers` or `abandoners`."""
    who, sessions, rows = result["who"], result["sessions"], result["sequences"]
    taken = LAST_STEPS if result["end"] else FIRST_STEPS
    yield count(f"path.{who}.sessions", f"Sessions with a path ({who})", sessions, sessions, "Sessions whose path is known")
    for i, row in enumerate(rows[:SHOWN_SEQUENCES], 1):
        prefix = f"path.{who}.{i}"
        yield from name(f"{prefix}.sequence", "Way", _sequence(row["nodes"], result["over"]), row["sessions"], taken)
        leads = i == 1 and (len(rows) == 1 or rows[1]["sessions"] < row["sessions"])
        fact = count(f"{prefix}.sessions", "Sessions that took the way", row["sessions"], sessions, taken)
        yield msgspec.structs.replace(fact, extreme="highest" if leads else "")
        yield from ratio(f"{prefix}.share", "Share that took the way", row["share"], "sessions that took it / sessions")
        yield count(f"{prefix}.conversions", "Buying sessions among them", row["conversions"], row["sessions"], taken)
    if who == "all" and not result["end"]:
        yield from _ends(result)


def _sequence(nodes: Sequence[str], over: str) -> str:
    return clean_label(" → ".join(node if over == "page" else node.replace("_", " ") for node in nodes))


def _ends(result: Result) -> Iterator[Fact]:
    ended: Counter[str] = Counter()
    for step in result["steps"]:
        for node in step["nodes"]:
            ended[node["name"]] += node["ends"]
    ranked = sorted(
        ((node, n) for node, n in ended.items() if n and node != "(other)"), key=lambda item: (-item[1], item[0])
    )
    for i, (node, n) in enumerate(ranked[:SHOWN_ENDS], 1):
        prefix = f"path.end.{i}"
        yield from name(f"{prefix}.name", "Last step", clean_label(node.replace("_", " ")), n, "What sessions ended with")
        yield count(f"{prefix}.sessions", "Sessions that ended with it", n, result["sessions"], ENDS)


def difference_facts(result: Result) -> Iterator[Fact]:
    """`side.buyers`, `side.others`, and of each difference beyond chance both sides and the sign."""
    yield count("side.buyers", "Sessions that bought", result["buyers"], result["buyers"], "Sessions with a purchase")
    label, definition = OTHERS[result["against"]]
    yield count("side.others", label, result["others"], result["others"], definition)
    sure = [row for row in result["rows"] if is_significant(row["p_adjusted"])]
    named = slugs([" ".join(filter(None, (row["measure"], row["value"], row["currency"]))) for row in sure])
    for part, row in zip(named[:SHOWN_DIFFERENCES], sure, strict=False):
        prefix = f"side.{row['measure']}.{part}"
        yield from _sides(prefix, row, result)


def _sides(prefix: str, row: Result, result: Result) -> Iterator[Fact]:
    what = row["measure"].replace("_", " ")
    definition = f"{what}; Benjamini-Hochberg adjusted p below 0.05"
    if row["value"]:
        yield from name(f"{prefix}.name", f"Value of {what}", clean_label(row["value"]), None, f"A value of {what}")
    if row["unit"] == "share":
        yield from ratio(f"{prefix}.buyers", f"Share of buyers: {what}", row["buyers"], definition)
        yield from ratio(f"{prefix}.others", f"Share of the others: {what}", row["others"], definition)
        n = min(result["buyers"], result["others"])
        yield Fact(f"{prefix}.difference", f"Difference: {what}", row["difference"], "points", n, definition)
        return
    for side in ("buyers", "others"):
        yield from _mean(f"{prefix}.{side}", f"Mean of {side}: {what}", row, row[side], definition)
    if row["others"]["mean"] > 0:
        n = min(row["buyers"]["n"], row["others"]["n"])
        relative = row["difference"] / row["others"]["mean"]
        yield Fact(f"{prefix}.change", f"Relative difference: {what}", relative, "change", n, definition)


def _mean(fact_id: str, label: str, row: Result, side: Result, definition: str) -> Iterator[Fact]:
    if row["unit"] == "seconds":
        yield from seconds(fact_id, label, side["mean"], side["n"], definition)
    elif row["unit"] == "money":
        yield Fact(fact_id, label, side["mean"], f"money:{row['currency']}", side["n"], definition)
    else:
        yield Fact(fact_id, label, side["mean"], "number", side["n"], definition)


def friction_facts(result: Result) -> Iterator[Fact]:
    """`friction.payment_error.1.name` and so on, by kind, the most sessions first."""
    seen: Counter[str] = Counter()
    for row in result["rows"][:SHOWN_FRICTION]:
        seen[row["kind"]] += 1
        prefix = f"friction.{row['kind']}.{seen[row['kind']]}"
        n = row["sessions"]
        yield from name(
            f"{prefix}.name", "What stood in the way", clean_query(row["name"]), n, "Its name or its search words"
        )
        yield count(f"{prefix}.sessions", "Sessions it touched", n, n, "Sessions it touched")
        yield from ratio(f"{prefix}.conversion", "Conversion of these sessions", row["conversion"], "bought / touched")
        yield from ratio(
            f"{prefix}.against", "Conversion of the others", row["against"], "the same of those it did not touch"
        )
        at_risk = [entry for entry in row["revenue_at_risk"] or () if entry["amount"]]
        yield from money(f"{prefix}.revenue_at_risk", "Revenue at risk", at_risk, n, row["assumption"])


def checkout_step_facts(result: Result) -> Iterator[Fact]:
    steps: list[dict[str, Any]] = result["steps"][:SHOWN_STEPS]
    for part, step in zip(slugs([step["name"] for step in steps]), steps, strict=True):
        prefix, label, n = f"checkout.step.{part}", clean_label(step["name"].replace("_", " ")), step["sessions"]
        yield from name(f"{prefix}.name", "Checkout step", label, n, "Name of the checkout step")
        yield count(f"{prefix}.sessions", f"Sessions at {label}", n, n, "Sessions that took this checkout step")
        yield from ratio(
            f"{prefix}.completed", f"Bought after {label}", step["completed"], "bought at or after it / took it"
        )
