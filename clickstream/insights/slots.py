"""The contract of every text about numbers: facts stand in `{{fact_id}}` slots, code inserts the values.

`check` refuses what could be wrong and still look fine; `render` inserts. The computed texts and a language model's pass
through here alike, and a claim with a flaw is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from clickstream.errors import ClickstreamError
from clickstream.facts import Fact
from clickstream.insights.flaws import Flaw, flaws_of
from clickstream.insights.formats import formatted
from clickstream.insights.reading import SLOT, read
from clickstream.insights.report import Chart, Claim, Direction, RenderedClaim
from clickstream.languages.locales import locale_named

QUOTES = frozenset("\"'“”‘’„«»")


class RefusedClaim(ClickstreamError):
    """A claim that is not shown; `flaws` say why."""

    code = "refused_claim"

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__("; ".join(flaw.message for flaw in flaws))
        self.flaws = flaws


def slots_of(text: str) -> list[str]:
    """The fact ids of a text's slots, each once, in order.

    >>> slots_of("{{a.b}} of {{ c }}, {{a.b}}")
    ['a.b', 'c']
    """
    return list(dict.fromkeys(SLOT.findall(text)))


def claim_of(text: str, direction: Direction = "none", chart: Chart | None = None) -> Claim:
    """A claim that cites exactly its slots."""
    return Claim(text, slots_of(text), direction, chart)


def check(claim: Claim, facts: Mapping[str, Fact], language: str = "en") -> list[Flaw]:
    """Everything wrong with a claim; empty when it may be shown."""
    return flaws_of(read(claim, facts, language))


def render(text: str, facts: Mapping[str, Fact], language: str = "en") -> str:
    """The text with every slot's value in place. Names come quoted; signs only where the text names no direction.

    Raises KeyError for a slot without a fact: `check` first.
    """
    locale = locale_named(language)
    with_sign = not read(claim_of(text), facts, language).says_which_way()

    def value(match: re.Match[str]) -> str:
        around = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        quoted = not all(mark and mark in QUOTES for mark in around)
        return formatted(facts[match.group(1)], locale, with_sign=with_sign, quoted=quoted)

    return SLOT.sub(value, text)


def accept(claim: Claim, facts: Mapping[str, Fact], language: str = "en") -> RenderedClaim:
    """The claim as it is shown. Raises RefusedClaim."""
    if flaws := check(claim, facts, language):
        raise RefusedClaim(flaws)
    return RenderedClaim(render(claim.text, facts, language), claim.text, claim.fact_ids, claim.direction, claim.chart)
