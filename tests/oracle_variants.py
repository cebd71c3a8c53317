"""The oracle's experiments: who saw which arm, each arm against the control, and whether the arms are balanced."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

from oracle_events import label_of, text_of
from oracle_maths import chi_square_p_value
from oracle_measures import Scope, aov, money, order_values, per, rate, revenue_of, total
from oracle_tables import adjust, aov_differences, conversion_difference

JsonDict = dict[str, Any]

SHOWN_FROM, MOST_ARMS = 30, 20


def pairs_of(session: JsonDict) -> list[tuple[str, str]]:
    """Every (experiment, arm) an event of the session names, in order."""
    return [
        (label_of(event["properties"].get("experiment")) or "(unnamed)", arm[:100])
        for event in session["log"]
        if (arm := text_of(event["properties"].get("variant")))
    ]


def arms_of(session: JsonDict, experiment: str) -> list[str]:
    return [arm for name, arm in pairs_of(session) if name == experiment]


def experiments(scope: Scope) -> list[JsonDict]:
    counted = Counter(name for session in scope.sessions for name in {name for name, _ in pairs_of(session)})
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [{"experiment": name, "sessions": n} for name, n in ranked]


def chosen(scope: Scope, options: JsonDict) -> str | None:
    found = experiments(scope)
    return options.get("experiment") or (found[0]["experiment"] if found else None)


def control_among(arms: list[str]) -> str | None:
    for wanted in ("control", "original", "baseline", "a"):
        for arm in sorted(arms):
            if arm.casefold() == wanted:
                return arm
    return min(arms, default=None)


def by_arm(scope: Scope, experiment: str | None) -> dict[str, list[JsonDict]]:
    members: dict[str, list[JsonDict]] = defaultdict(list)
    for session in scope.sessions:
        seen = arms_of(session, experiment) if experiment else []
        if seen:
            members[seen[0]].append(session)
    return members


def by_visitor(scope: Scope, experiment: str | None) -> dict[Any, list[JsonDict]]:
    visitors: dict[Any, list[JsonDict]] = defaultdict(list)
    for session in sorted(scope.sessions, key=lambda one: (one["start"], one["session_id"], one["group"])):
        if experiment and arms_of(session, experiment):
            visitors[session["visitor"]].append(session)
    return visitors


def saw_several(sessions: list[JsonDict], experiment: str) -> bool:
    return len({arm for session in sessions for arm in arms_of(session, experiment)}) > 1


def session_values(sessions: list[JsonDict], currency: str) -> list[int]:
    return [sum(order_values([session]).get(currency, [])) for session in sessions]


def needed(converted: int, sessions: int, percent: int) -> int | None:
    """Sessions a side for 80 % power at a two-sided 5 %: quantiles 1.959963985 and 0.841621234."""
    p = Fraction(converted, sessions)
    q = p * (100 + percent) / 100
    if p in {0, 1} or q >= 1:
        return None
    spread = p * (1 - p) + q * (1 - q)
    return math.ceil((1.959963984540054 + 0.8416212335729143) ** 2 * float(spread / (q - p) ** 2))


def variants(scope: Scope, options: JsonDict) -> JsonDict:
    name = chosen(scope, options)
    members, visitors = by_arm(scope, name), by_visitor(scope, name)
    control = options.get("control") or control_among(list(members))
    by_size = sorted(members, key=lambda arm: (arm != control, -len(members[arm]), arm))
    shown = sorted(by_size[:MOST_ARMS], key=lambda arm: (arm != control, arm))
    first = Counter(arms_of(sessions[0], name or "")[0] for sessions in visitors.values())
    mixed = [sessions for sessions in visitors.values() if saw_several(sessions, name or "")]
    base = members.get(control or "", [])
    currencies = sorted({currency for sessions in members.values() for currency in revenue_of(sessions)})
    rows = []
    for arm in shown:
        rows.append(arm_row(members[arm], base, currencies, compared=arm != control))
        rows[-1] |= {"arm": arm, "control": arm == control, "visitors": first[arm]}
        rows[-1]["share"] = rate(first[arm], sum(first[one] for one in shown))
        enough = needed(total(base, "converted"), len(base), options.get("detect", 10)) if base else None
        rows[-1]["needed"] = None if arm == control else enough
    correct(rows)
    ratio = sample_ratio([first[arm] for arm in shown], options.get("split", ""))
    for row in rows:
        row["verdict"] = None if row["control"] else verdict(row, len(base), ratio["flagged"])
    return {
        "experiment": name,
        "experiments": experiments(scope)[:50],
        "control": control,
        "sessions": sum(len(sessions) for sessions in members.values()),
        "visitors": len(visitors),
        "mixed": {"visitors": len(mixed), "sessions": sum(len(sessions) for sessions in mixed)},
        "sample_ratio": ratio,
        "arms": rows,
        "hidden": {
            "arms": len(members) - len(shown),
            "sessions": sum(len(sessions) for arm, sessions in members.items() if arm not in shown),
        },
    }


def arm_row(sessions: list[JsonDict], base: list[JsonDict], currencies: list[str], *, compared: bool) -> JsonDict:
    judged = compared and len(sessions) >= SHOWN_FROM and len(base) >= SHOWN_FROM
    own = {currency: session_values(sessions, currency) for currency in currencies}
    other = {currency: session_values(base, currency) for currency in currencies}
    return {
        "sessions": len(sessions),
        "conversions": total(sessions, "converted"),
        "conversion_rate": rate(total(sessions, "converted"), len(sessions)),
        "orders": sum(len(session["orders"]) for session in sessions),
        "revenue": money(revenue_of(sessions)),
        "aov": aov(sessions),
        "revenue_per_session": per(revenue_of(sessions), len(sessions)),
        "conversion_difference": conversion_difference(sessions, base) if judged else None,
        "aov_difference": aov_differences(order_values(sessions), order_values(base)) if judged else [],
        "revenue_per_session_difference": aov_differences(own, other) if judged else [],
    }


def correct(rows: list[JsonDict]) -> None:
    adjust([row["conversion_difference"] for row in rows if row["conversion_difference"]])
    for name in ("aov_difference", "revenue_per_session_difference"):
        for currency in {one["currency"] for row in rows for one in row[name]}:
            adjust([one for row in rows for one in row[name] if one["currency"] == currency])


def sample_ratio(visitors: list[int], split: str) -> JsonDict:
    weights = [int(part) for part in split.split(":")] if split and visitors else [1] * len(visitors)
    due = [Fraction(sum(visitors) * weight, sum(weights)) for weight in weights]
    if len(visitors) < 2 or min(due) < 5:
        return {"statistic": None, "p_value": None, "flagged": False}
    statistic = float(sum((seen - wanted) ** 2 / wanted for seen, wanted in zip(visitors, due, strict=True)))
    p_value = chi_square_p_value(statistic, len(visitors) - 1)
    return {"statistic": statistic, "p_value": p_value, "flagged": p_value < 0.001}


def verdict(row: JsonDict, base: int, flagged: bool) -> str:
    difference = row["conversion_difference"]
    if flagged:
        return "unbalanced"
    if difference is None:
        return "too_few"
    if difference["p_adjusted"] < 0.05:
        return "better" if difference["difference"] > 0 else "worse"
    return "no_difference" if row["needed"] and min(row["sessions"], base) >= row["needed"] else "undecided"


# The sessions behind


def behind_arm(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    return by_arm(scope, chosen(scope, options)).get(value, [])


def behind_conversions(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    return [session for session in behind_arm(scope, options, value) if session["converted"]]


def behind_mixed(scope: Scope, options: JsonDict, _value: str) -> list[JsonDict]:
    name = chosen(scope, options) or ""
    visits = by_visitor(scope, name).values()
    return [session for sessions in visits if saw_several(sessions, name) for session in sessions]
