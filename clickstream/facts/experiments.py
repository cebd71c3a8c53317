"""Facts of an experiment: its arms, how each differs from the control, and whether the comparison can be trusted."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.facts.fact import MINIMUM_SAMPLE, Fact, Result, count, led, money, name, ratio
from clickstream.facts.labels import clean_label, slugs
from clickstream.metrics.statistics import is_significant

SHOWN_ARMS = 8

CONVERTING = "converting sessions / sessions"
DIFFERENCE = "Conversion rate minus that of the control; Benjamini-Hochberg adjusted p below 0.05"
AMOUNT_DIFFERENCE = "Amount minus that of the control; Benjamini-Hochberg adjusted p below 0.05"
NEEDED = "Sessions that the arm and the control each need for a planned relative change, at power 80 % and a two-sided 5 %"


def experiment_facts(result: Result) -> Iterator[Fact]:
    """`variants.arm.b.conversion_rate` and so on; differences only where they are significant and the arms are balanced."""
    arms, sessions, balanced = result["arms"][:SHOWN_ARMS], result["sessions"], not result["sample_ratio"]["flagged"]
    if not arms:
        return
    yield from name("variants.experiment", "Experiment", clean_label(result["experiment"]), sessions, "Its name")
    yield count("variants.sessions", "Sessions of the experiment", sessions, sessions, "Sessions that saw one of its arms")
    yield count("variants.arms", "Arms", len(result["arms"]), sessions, "Arms of the experiment")
    mixed, visitors = result["mixed"]["visitors"], result["visitors"]
    yield from _unbalanced(result["sample_ratio"], arms)
    yield count("variants.mixed", "Visitors of several arms", mixed, visitors, "Visitors who saw more than one arm")
    prefixes = [f"variants.arm.{part}" for part in slugs([row["arm"] for row in arms])]
    for row in (row for row in arms if row["control"]):  # the one that was asked for may not be there
        yield from name("variants.control", "Control", clean_label(row["arm"]), sessions, "Arm to compare with")
        yield from ratio("variants.control_rate", "Conversion of the control", row["conversion_rate"], CONVERTING)
    rates = [fact for prefix, row in zip(prefixes, arms, strict=True) for fact in _rate(prefix, row)]
    yield from led(rates) if balanced and len(arms) == len(result["arms"]) else rates
    for prefix, row in zip(prefixes, arms, strict=True):
        yield from _arm(prefix, row)
        if balanced and row["sessions"] >= MINIMUM_SAMPLE:
            yield from _differences(prefix, clean_label(row["arm"]), row)


def _unbalanced(found: Result, arms: list[Result]) -> Iterator[Fact]:
    """The arm that is furthest from the visitors it should have, where the sample ratio is flagged."""
    if not found["flagged"]:
        return
    pairs = zip(arms, found["expected"], strict=False)
    row, due = max(pairs, key=lambda pair: abs(pair[0]["visitors"] - pair[1]["visitors"]) / pair[1]["visitors"])
    n, wanted = row["visitors"], due["visitors"]
    yield from name("variants.unbalanced.name", "Unbalanced arm", clean_label(row["arm"]), n, "Furthest from its share")
    yield count("variants.unbalanced.visitors", "Its visitors", n, n, "Visitors by their first arm")
    yield Fact("variants.unbalanced.expected", "Visitors it should have", wanted, "number", n, "Its share of all visitors")


def _rate(prefix: str, row: Result) -> Iterator[Fact]:
    label = f"Conversion of {clean_label(row['arm'])}"
    return ratio(f"{prefix}.conversion_rate", label, row["conversion_rate"], CONVERTING)


def _arm(prefix: str, row: Result) -> Iterator[Fact]:
    label, n, visitors = clean_label(row["arm"]), row["sessions"], row["visitors"]
    yield from name(f"{prefix}.name", "Arm", label, n, "Name of the arm")
    yield count(f"{prefix}.sessions", f"Sessions of {label}", n, n, "Sessions that saw this arm first")
    yield count(f"{prefix}.visitors", f"Visitors of {label}", visitors, visitors, "Visitors by their first arm")
    per_session = f"Revenue per session of {label}"
    yield from money(f"{prefix}.revenue_per_session", per_session, row["revenue_per_session"], n, "revenue / sessions")
    for entry in row["aov"]:
        yield from money(f"{prefix}.aov", f"Average order of {label}", [entry], entry["orders"], "revenue / orders")
    if row["needed"] is not None:
        yield count(f"{prefix}.needed", f"Sessions {label} needs", row["needed"], n, NEEDED)


def _differences(prefix: str, label: str, row: Result) -> Iterator[Fact]:
    conversion, n = row["conversion_difference"], row["sessions"]
    if _significant(conversion):
        title = f"Conversion of {label} against the control"
        yield Fact(f"{prefix}.conversion_difference", title, conversion["difference"], "points", n, DIFFERENCE)
    for entry in filter(_significant, row["revenue_per_session_difference"]):
        currency = entry["currency"]
        fact_id = f"{prefix}.revenue_per_session_difference.{currency.casefold()}"
        title = f"Revenue per session of {label} against the control ({currency})"
        yield Fact(fact_id, title, entry["difference"], f"difference:{currency}", n, AMOUNT_DIFFERENCE)


def _significant(entry: Result | None) -> bool:
    return entry is not None and is_significant(entry["p_adjusted"])
