"""Lines of the computed report: a sentence with slots, the section it stands in, and what is at stake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from clickstream.facts import FactSheet
from clickstream.insights.report import Chart, Direction
from clickstream.insights.slots import slots_of
from clickstream.languages import ENGLISH, joined, plural, translated

SUMMARY, INSIGHT, RECOMMEND, DECIDE = "executive_summary", "key_insights", "recommendations", "decisions"
ACT, RISK, USER = "next_best_actions", "risk_alerts", "recommendations_for_user"
PATTERNS, DIFFERENCES, DROP_OFFS = "patterns", "differences", "drop_offs"
SEARCHES, CARTS = "search_analysis", "cart_abandonment"
CHANGED, HELD, WHY, TO_DO, CARE = "what_changed", "what_held", "why_it_may_be", "what_to_do", "read_with_care"

FIRST_OF_ALL = float("inf")


@dataclass(frozen=True)
class Line:
    """`stake` ranks the line in its section, in sessions or what is worth as much as so many sessions.

    `message` is the sentence that it says, the same in every language.
    """

    section: str
    topic: str
    stake: float
    text: str
    message: str
    direction: Direction = "none"
    chart: Chart | None = None


def slot(fact_id: str) -> str:
    return f"{{{{{fact_id}}}}}"


def slots(prefix: str, *keys: str) -> tuple[str, ...]:
    """Slots of one group of facts.

    >>> slots("cart.left.1", "product", "sessions")
    ('{{cart.left.1.product}}', '{{cart.left.1.sessions}}')
    """
    return tuple(slot(f"{prefix}.{key}") for key in keys)


Say = Callable[..., Iterator[Line]]
"""`Speaker.say` with some parts given already."""


@dataclass(frozen=True)
class Speaker:
    """Says only what the sheet can back: a line that needs an unknown fact is never spoken.

    What it says are whole English sentences, looked up in the catalogs of `area` for another `language`.
    """

    sheet: FactSheet
    topic: str
    language: str = ENGLISH
    area: str = "insights"

    def about(self, topic: str) -> Speaker:
        return replace(self, topic=topic)

    def say(
        self,
        section: str,
        stake: float,
        message: str,
        direction: Direction = "none",
        chart: Chart | None = None,
        *,
        counting: str = "",
        **parts: str,
    ) -> Iterator[Line]:
        """The line, where every fact of it is known. `parts` fill `%(name)s`; `{{slots}}` stay.

        `counting` is the fact whose number the sentence agrees with, in languages where "1 session" and "2 sessions" take
        different verbs: their catalogs have a plural form of the whole sentence.
        """
        text = self.text(message, counting=counting, **parts)
        if all(fact_id in self.sheet for fact_id in slots_of(text)):
            yield Line(section, self.topic, stake, text[:1].upper() + text[1:], message, direction, chart)

    def text(self, message: str, *, counting: str = "", **parts: str) -> str:
        """The message in the speaker's language, with its parts in place."""
        if counting:
            return plural(self.language, self.area, message, message, number=self.number(counting)) % parts
        return translated(self.language, self.area, message) % parts

    def number(self, fact_id: str) -> float:
        """The value for weighing and choosing words; 0 where unknown."""
        return self.sheet.number(fact_id) or 0.0

    def counted(self, fact_id: str, singular: str, several: str | None = None, *, after: str = "") -> str:
        """A slot with its noun: `{{cart.open}} carts`, or `cart` where it is 1.

        `after` is the preposition it follows, where another language's noun depends on that.
        """
        one, many = f"%(n)s {singular}", f"%(n)s {several or f'{singular}s'}"
        noun = plural(self.language, self.area, one, many, number=self.number(fact_id), context=after)
        return noun % {"n": slot(fact_id)}

    def money(self, prefix: str) -> str:
        """Slots of every currency with an amount; empty where there is none: `{{r.eur}} and {{r.usd}}`."""
        found = [fact.id for fact in self.sheet.under(f"{prefix}.") if fact.kind == "money" and fact.value]
        return joined(self.language, [slot(fact_id) for fact_id in found])

    def worth(self, prefix: str) -> float:
        """An amount of money in sessions: how many average sessions bring as much. 0 where nothing sells."""
        per_session = {fact.currency: float(fact.value) for fact in self.sheet.under("overview.revenue_per_session.")}
        amounts = [fact for fact in self.sheet.under(f"{prefix}.") if fact.kind == "money"]
        return sum(float(fact.value) / per_session[fact.currency] for fact in amounts if per_session.get(fact.currency))
