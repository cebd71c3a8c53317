"""Two scopes side by side: what differs beyond chance, what does not, where to look, and what the numbers cannot say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from clickstream.comparison import LABELS, NOTES
from clickstream.facts import Fact
from clickstream.facts.comparison import BEYOND, WITHIN
from clickstream.insights.formats import direction_of
from clickstream.insights.report import Chart, Direction
from clickstream.insights.speech import CARE, CHANGED, FIRST_OF_ALL, HELD, TO_DO, WHY, Line, Speaker, slot, slots
from clickstream.languages import message

NO_DATA = message("There is nothing to compare.")
NOTHING_STANDS_OUT = {
    CHANGED: message("Nothing that was tested differs beyond chance between side A and side B."),
    HELD: message("Nothing was tested and found within chance."),
    WHY: message("No mix of visits and no step on the way to a purchase differs beyond chance, so no place stands out."),
    TO_DO: message("Keep watching both sides: nothing that was tested asks for a change yet."),
    CARE: message("Compare again when more visits have come."),
}
SIDES = message(
    "Side A has %(a)s from {{compare.a.since}} to {{compare.a.until}}, side B has %(b)s from {{compare.b.since}} to "
    "{{compare.b.until}}."
)
UP = message("%(measure)s: %(a)s on side A and %(b)s on side B, up by %(change)s.")
DOWN = message("%(measure)s: %(a)s on side A and %(b)s on side B, down by %(change)s.")
UNJUDGED = message("%(measure)s: %(a)s on side A and %(b)s on side B, without a verdict.")
ALIKE = message("%(measure)s: %(a)s on side A and %(b)s on side B, a difference within what chance brings.")
MIX = message(
    "%(measure)s: %(a)s on side A and %(b)s on side B. Such a shift goes along with the rest; it is no proof of a reason."
)
STEP = message("%(measure)s: %(a)s on side A and %(b)s on side B. Look at this step before any other.")
VERDICTS = message(
    "Of {{compare.tested}} rates and means that were tested, {{compare.significant}} differ beyond chance. A difference "
    "is no proof of a reason: the sides may differ in things that nobody measured."
)
MINIMUM = message(
    "A verdict needs a sample of {{compare.minimum}} on either side; what rests on less is shown and not judged."
)
ADVICE = {
    ("overview", "conversion_rate"): message(
        "Compare channels and devices of both sides before acting on the conversion rate: %(a)s against %(b)s."
    ),
    ("overview", "bounce_rate"): message("Look at the pages where visits of either side begin: %(a)s against %(b)s bounce."),
    ("money", "aov"): message("Compare which products sell on either side: an order brings %(a)s against %(b)s."),
    ("money", "revenue_per_session"): message(
        "Find out which products and visits bring the difference in revenue: %(a)s against %(b)s a visit."
    ),
    ("funnel", "step_rate"): message("Walk the way to %(name)s on both sides yourself: %(a)s against %(b)s get there."),
    ("cart", "abandonment_rate"): message("Read abandoned carts of both sides: %(a)s against %(b)s are left behind."),
    ("checkout", "abandonment_rate"): message(
        "Compare errors at the checkout of both sides: %(a)s against %(b)s break it off."
    ),
    ("search", "zero_result_rate"): message("Compare what is searched for in vain on both sides: %(a)s against %(b)s."),
    ("search", "success_rate"): message(
        "Compare what the search shows on both sides: %(a)s against %(b)s of searches succeed."
    ),
}
"""By topic and name of the row."""


_SECOND = 1e12
"""More than is at stake in any row."""


class _Row(NamedTuple):
    """A row of the comparison, by the prefix of its facts; `verdict` None where a side has no value."""

    prefix: str
    topic: str
    name: str
    verdict: str

    @property
    def chart(self) -> Chart:
        return "comparison_funnel" if self.topic == "funnel" else "comparison"


def lines(speaker: Speaker) -> Iterator[Line]:
    yield from _sides(speaker)
    for row in _rows(speaker):
        told = speaker.about(row.topic)
        yield from _changed(told, row)
        if row.verdict == WITHIN:
            weight = _MIX_WEIGHS if row.topic.startswith("by_") else 1
            yield from _told(told, row, HELD, ALIKE, stake=weight * _size(told, row))
        if row.verdict == BEYOND:
            yield from _reasons(told, row)
            yield from _advice(told, row)
    yield from _care(speaker)


def lines_of(speaker: Speaker, wanted: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Each of these rows (topic and name) that both sides have, in this order, with its verdict or without one."""
    rows = list(_rows(speaker))
    for key in wanted:
        for row in rows:
            if (row.topic, row.name) == key:
                told = speaker.about(row.topic)
                held = ALIKE if row.verdict == WITHIN else UNJUDGED
                yield from list(_moving(told, row)) or _told(told, row, HELD, held)


def _sides(speaker: Speaker) -> Iterator[Line]:
    a, b = (speaker.counted(f"compare.{side}.sessions", "session") for side in "ab")
    speaker = speaker.about("sides")
    yield from speaker.say(CHANGED, FIRST_OF_ALL, SIDES, chart="comparison_series", a=a, b=b)
    if not speaker.number("compare.significant"):
        yield from speaker.say(CHANGED, _SECOND, NOTHING_STANDS_OUT[CHANGED])


def _rows(speaker: Speaker) -> Iterator[_Row]:
    for fact in speaker.sheet.under("compare."):
        prefix, _, last = fact.id.rpartition(".")
        if last == "verdict":
            _, topic, name, *_ = prefix.split(".")
            yield _Row(prefix, topic, name, str(fact.value))


def _changed(speaker: Speaker, row: _Row) -> Iterator[Line]:
    if row.verdict == BEYOND or (row.topic, row.name) in _COUNTED:
        yield from _moving(speaker, row)


def _moving(speaker: Speaker, row: _Row) -> Iterator[Line]:
    signed = _signed(speaker, row)
    direction = direction_of(signed) if signed else "flat"
    if signed is None or direction == "flat":
        return
    text, chart = UP if direction == "up" else DOWN, row.chart if row.verdict == BEYOND else "comparison_series"
    stake = _moved(speaker, row, signed) * (1 if row.verdict == BEYOND else _COUNTED_WEIGHS)
    yield from _told(speaker, row, CHANGED, text, stake=stake, direction=direction, chart=chart, change=slot(signed.id))


_COUNTED = {("overview", "sessions"), ("overview", "visitors"), ("money", "orders"), ("money", "revenue")}
"""What is merely counted is only told of these, behind what was tested: the rest follows from how many came."""
_COUNTED_WEIGHS = 0.1
_MIX_WEIGHS = 0.1
"""Of what held, shares and conversions of segments stand behind the shop's own."""


def _reasons(speaker: Speaker, row: _Row) -> Iterator[Line]:
    text = MIX if row.topic.startswith("by_") else STEP if row.topic == "funnel" else None
    if text:
        yield from _told(speaker, row, WHY, text)


def _advice(speaker: Speaker, row: _Row) -> Iterator[Line]:
    text = ADVICE.get((row.topic, row.name))
    if text:
        yield from _told(speaker, row, TO_DO, text)


def _care(speaker: Speaker) -> Iterator[Line]:
    yield from speaker.say(CARE, FIRST_OF_ALL, VERDICTS)
    yield from speaker.say(CARE, 0, MINIMUM)
    for place, (code, note) in enumerate(NOTES.items()):
        if f"compare.care.{code}" in speaker.sheet:
            yield from speaker.say(CARE, 100 - place, note)


def _signed(speaker: Speaker, row: _Row) -> Fact | None:
    found = (speaker.sheet.get(f"{row.prefix}.{kind}") for kind in ("points", "change", "difference"))
    return next((fact for fact in found if fact), None)


def _told(
    speaker: Speaker,
    row: _Row,
    section: str,
    text: str,
    *,
    stake: float | None = None,
    direction: Direction = "none",
    chart: Chart | None = None,
    change: str = "",
) -> Iterator[Line]:
    """The text about a row: `%(measure)s` is what it is called, `%(name)s` what it is of, `%(a)s` and `%(b)s` its values."""
    name, a, b = slots(row.prefix, "name", "a", "b")
    measure = speaker.text(LABELS[row.topic, row.name], name=name)
    chart = chart or row.chart
    stake = _size(speaker, row) if stake is None else stake
    return speaker.say(section, stake, text, direction, chart, measure=measure, name=name, a=a, b=b, change=change)


def _size(speaker: Speaker, row: _Row) -> float:
    """The smaller of the two samples."""
    facts = (speaker.sheet.get(f"{row.prefix}.{side}") for side in "ab")
    return float(min((fact.n or 0) if fact else 0 for fact in facts))


def _moved(speaker: Speaker, row: _Row, signed: Fact) -> float:
    """How many of the sample the difference is about."""
    before = speaker.number(f"{row.prefix}.a")
    value = float(signed.value)
    return _size(speaker, row) * abs(value / before if signed.kind == "difference" and before else value)
