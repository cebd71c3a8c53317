"""Experiments: every arm of one of them against its control, and whether the arms got the visitors they should have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clickstream.errors import InvalidInput
from clickstream.metrics.arms import PLACE, Arm, Seen, arms_of, by_visitor, experiments_of, first_arm, seen_arms, taking_part
from clickstream.metrics.behind import NOBODY, Asked, Found, Listed, Matching, Part, place_of
from clickstream.metrics.compared import Sample, adjust, money_difference, rate_difference
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.statistics import chi_square_p_value, is_significant, sessions_to_detect
from clickstream.metrics.values import average_orders, identity, money, money_per, rate, revenue_of
from clickstream.scope import Scope

FEWEST_SESSIONS = 30
FEWEST_EXPECTED = 5
MOST_ARMS = 20
MOST_EXPERIMENTS = 50
UNBALANCED = 0.001
CONTROLS = ("control", "original", "baseline", "a")
"""Names of the arm that the others are held against, the first of these that there is."""
HINT = (
    "No session of this window says which variant it saw. Send `variant`, and `experiment` where there is more than one, "
    "with the events of those who take part; docs/events.md shows how."
)


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """The control first, then the other arms by name; at most MOST_ARMS, of those with most sessions."""
    experiments = experiments_of(source, scope)
    name = options["experiment"] or (experiments[0]["experiment"] if experiments else None)
    arms = arms_of(source, scope, name) if name else []
    seen = seen_arms(source, scope, name) if name else Seen({}, 0, 0)
    control = options["control"] or _control([arm.name for arm in arms])
    shown = sorted(_largest(arms, control), key=lambda arm: (arm.name != control, arm.name))
    rows = _rows(shown, seen, control, options["detect"])
    ratio = _sample_ratio(rows, _weights(options["split"], shown))
    for row in rows:
        row["verdict"] = None if row["control"] else _verdict(row, rows[0], flagged=ratio["flagged"])
    sessions, visitors = sum(arm.sessions for arm in arms), sum(seen.visitors.values())
    result = {
        "experiment": name,
        "experiments": experiments[:MOST_EXPERIMENTS],
        "control": control,
        "sessions": sessions,
        "visitors": visitors,
        "mixed": {"visitors": seen.mixed_visitors, "sessions": seen.mixed_sessions},
        "minimum": FEWEST_SESSIONS,
        "detect": options["detect"],
        "sample_ratio": ratio,
        "arms": rows,
        "hidden": {"arms": len(arms) - len(shown), "sessions": sessions - sum(arm.sessions for arm in shown)},
        "hint": None if arms else _hint(name, experiments),
    }
    held = next((one["sessions"] for one in experiments if one["experiment"] == name), 0)
    return Measured(result, [identity("sessions over all arms = sessions of the experiment", sessions, held)], sessions)


def _hint(name: str | None, experiments: Sequence[Row]) -> str:
    if name is None or not experiments:
        return HINT
    known = ", ".join(row["experiment"] for row in experiments[:5])
    return f"No session of this window saw an arm of {name}. There is {known}."


def _control(names: Sequence[str]) -> str | None:
    ranked = sorted(names)
    named = (name for wanted in CONTROLS for name in ranked if name.casefold() == wanted)
    return next(named, ranked[0] if ranked else None)


def _largest(arms: Sequence[Arm], control: str | None) -> list[Arm]:
    return sorted(arms, key=lambda arm: (arm.name != control, -arm.sessions, arm.name))[:MOST_ARMS]


def _rows(arms: Sequence[Arm], seen: Seen, control: str | None, detect: int) -> list[Row]:
    base = arms[0] if arms and arms[0].name == control else None
    visitors = sum(seen.visitors.get(arm.name, 0) for arm in arms)
    needed = sessions_to_detect(base.conversions / base.sessions, detect / 100) if base else None
    rows = [_row(arm, base, seen.visitors.get(arm.name, 0), visitors, needed) for arm in arms]
    adjust(row["conversion_difference"] for row in rows)
    for name in ("aov_difference", "revenue_per_session_difference"):
        adjust(difference for row in rows for difference in row[name])
    return rows


def _row(arm: Arm, base: Arm | None, visitors: int, of: int, needed: int | None) -> Row:
    counts, revenue = arm.measures.counts, revenue_of(arm.measures)
    return {
        "arm": arm.name,
        "control": arm is base,
        "sessions": arm.sessions,
        "visitors": visitors,
        "share": rate(visitors, of),
        "conversions": arm.conversions,
        "conversion_rate": rate(arm.conversions, arm.sessions),
        "orders": counts["orders"],
        "revenue": money(revenue),
        "aov": average_orders(arm.measures),
        "revenue_per_session": money_per(revenue, arm.sessions),
        **_against(arm, base),
        "needed": None if arm is base else needed,
    }


def _against(arm: Arm, base: Arm | None) -> Row:
    """What differs from the control; nothing where that is missing, or one of the two too small."""
    if base is None or arm is base or min(arm.sessions, base.sessions) < FEWEST_SESSIONS:
        return {"conversion_difference": None, "aov_difference": [], "revenue_per_session_difference": []}
    return {
        "conversion_difference": rate_difference(arm.conversions, arm.sessions, base.conversions, base.sessions),
        "aov_difference": list(_differences(arm.measures.order_values, base.measures.order_values)),
        "revenue_per_session_difference": list(_differences(arm.values, base.values)),
    }


def _differences(own: Mapping[str, Counter[int]], control: Mapping[str, Counter[int]]) -> Iterator[Row]:
    for currency in sorted(own.keys() & control.keys()):
        found = money_difference(currency, Sample.of(own[currency]), Sample.of(control[currency]))
        if found:
            yield found


def _weights(split: str, arms: Sequence[Arm]) -> list[int]:
    """The shares the arms should have, in the order of the rows. Raises InvalidInput where they do not fit."""
    if not split or not arms:
        return [1] * len(arms)
    parts = [part.strip() for part in split.split(":")]
    weights = [int(part) if part.isdecimal() and len(part) < 7 else 0 for part in parts]
    if not all(weights):
        raise _refused("must be whole numbers above 0 such as 50:50")
    if len(weights) != len(arms):
        raise _refused(f"must name {len(arms)} shares, of {', '.join(arm.name for arm in arms)} in this order")
    return weights


def _refused(problem: str) -> InvalidInput:
    return InvalidInput("Experiments cannot be measured like this.", fields={"split": problem}, code="invalid_option")


def _sample_ratio(rows: Sequence[Row], weights: Sequence[int]) -> Row:
    """Pearson's chi-square of the visitors of each arm; no judgement where one of them should have fewer than five."""
    visitors, weight = sum(row["visitors"] for row in rows), sum(weights)
    expected = [visitors * one / weight for one in weights]
    judged = len(rows) > 1 and min(expected) >= FEWEST_EXPECTED
    statistic = sum((row["visitors"] - due) ** 2 / due for row, due in zip(rows, expected, strict=True)) if judged else None
    p_value = chi_square_p_value(statistic, len(rows) - 1) if statistic is not None else None
    return {
        "expected": [{"arm": row["arm"], "visitors": due} for row, due in zip(rows, expected, strict=True)],
        "statistic": statistic,
        "p_value": p_value,
        "flagged": p_value is not None and p_value < UNBALANCED,
    }


def _verdict(row: Row, control: Row, *, flagged: bool) -> str:
    """Of the conversion alone: what may be concluded so far."""
    difference = row["conversion_difference"]
    if flagged:
        return "unbalanced"
    if difference is None:
        return "too_few"
    if is_significant(difference["p_adjusted"]):
        return "better" if difference["difference"] > 0 else "worse"
    enough = row["needed"] is not None and min(row["sessions"], control["sessions"]) >= row["needed"]
    return "no_difference" if enough else "undecided"


# The sessions behind


def _chosen(asked: Asked) -> str | None:
    if asked.options["experiment"]:
        return str(asked.options["experiment"])
    experiments = experiments_of(asked.source, asked.scope)
    return experiments[0]["experiment"] if experiments else None


def _of_arm(asked: Asked, **more: Any) -> Found:
    experiment = _chosen(asked)
    if experiment is None:
        return NOBODY
    wanted = {"$expr": {"$eq": [first_arm(experiment), {"$literal": asked.value}]}}
    return Matching({**taking_part(experiment), **wanted, **more})


def _bought(asked: Asked) -> Found:
    return _of_arm(asked, **{"counts.conversions": {"$gte": 1}})


def _mixed(asked: Asked) -> Found:
    experiment = _chosen(asked)
    if experiment is None:
        return NOBODY
    rows = asked.source.stream([
        *by_visitor(asked.scope, experiment, places={"$push": PLACE}),
        {"$match": {"$expr": {"$ne": ["$least", "$last"]}}},
        {"$unwind": "$places"},
        {"$replaceRoot": {"newRoot": "$places"}},
    ])  # fmt: skip
    return Listed([place_of(row) for row in rows])


VARIANTS = Metric(
    id="variants",
    title="Experiments",
    definition=(
        "Every arm of an A/B test against its control: conversion, AOV and revenue per session, each difference with a 95 % "
        "interval (Newcombe for conversion, Welch for money) and a p-value corrected for the number of arms "
        "(Benjamini-Hochberg). A session counts for the first arm of the experiment it saw, whatever its visitor saw "
        "elsewhere. Sessions are what is compared; where visitors come back, theirs resemble each other, and intervals are "
        "a little too narrow. P-values hold for a test whose length was decided before: who looks every day and stops at "
        "the first p below 0.05 finds differences where there are none."
    ),
    fields={
        "visitors": "Visitors whose first session of the window in this experiment saw this arm; each counts once.",
        "share": "Visitors of this arm / visitors of the arms shown.",
        "conversion_difference": "Conversion rate of this arm less that of the control.",
        "aov_difference": "Average order of this arm less that of the control, per currency.",
        "revenue_per_session": "Revenue / sessions, of all sessions of the arm.",
        "revenue_per_session_difference": "Revenue per session of this arm less that of the control, per currency.",
        "p_adjusted": "Chance of a difference at least this large were there none, corrected for the number of arms.",
        "mixed": (
            "Visitors who saw more than one arm, and their sessions. They stay in: each session counts for the arm it saw "
            "first. That blurs the difference and makes none up."
        ),
        "sample_ratio": (
            "Chi-square of the visitors of each arm against the shares they should have. Below p = 0.001 it is flagged: the "
            "arms did not get the visitors they should have, so something decides who is counted besides chance, and no "
            "difference between them can be trusted until that is found."
        ),
        "needed": (
            "Sessions that this arm and the control each need to find a relative change of `detect` % of the control's "
            "conversion rate four times out of five, at a two-sided 5 %."
        ),
        "verdict": (
            "Of the conversion: better or worse (corrected p below 0.05), no_difference (above, with the sessions needed), "
            "undecided (fewer), too_few (under 30 sessions on a side), unbalanced (the sample ratio is flagged)."
        ),
    },
    options=(
        Option("experiment", "", "which experiment; the one with most sessions unless told", longest=200),
        Option("control", "", "the arm to compare with: control, original, baseline or A, else the first", longest=200),
        Option("split", "", "the shares the arms should have, the control's first: 50:50; equal unless told", longest=200),
        Option("detect", 10, "the relative change of the conversion rate, in per cent, that should be found", largest=100),
    ),
    measure=measure,
    parts=(
        Part("arm", "sessions of this arm", _of_arm, value=True),
        Part("conversions", "sessions of this arm that buy", _bought, value=True),
        Part("mixed", "sessions of visitors who saw more than one arm", _mixed),
    ),
)  # fmt: skip
