"""What recommendations say: the sentence that counted evidence makes, why there are none, what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clickstream.languages import ENGLISH, message, plural, translated
from clickstream.languages.locales import locale_named
from clickstream.recommend.candidate import Evidence

Parts = Mapping[str, str]
Sentence = tuple[str, Callable[[Evidence, str], Parts]]
AREA = "recommend"


def say(text: str, language: str, **parts: str) -> str:
    return translated(language, AREA, text) % parts


def reason(evidence: Evidence, language: str = ENGLISH) -> str:
    """The evidence as one sentence; every number in it is one of the evidence's."""
    kind: str = evidence.kind
    if kind in ("category", "popular"):
        kind += "_bought" if "bought" in evidence.counts else "_viewed"
    text, parts = _SENTENCES[kind]
    return say(text, language, sessions=_sessions(evidence.n, language), **parts(evidence, language))


def price(amount: float, currency: str, language: str) -> str:
    """With two decimals, or with as many as it takes."""
    return f"{locale_named(language).number(amount, 2 if amount == round(amount, 2) else 4)} {currency}"


def _nothing_else(evidence: Evidence, language: str) -> Parts:
    return {}


def _together(evidence: Evidence, language: str) -> Parts:
    assert evidence.lift is not None
    lift = locale_named(language).number(evidence.lift, 2 if evidence.lift < 2 else 1)
    return {"name": str(evidence.because_name), "lift": lift}


def _category(evidence: Evidence, language: str) -> Parts:
    looked, own = evidence.counts["looked"], evidence.counts["own"]
    number = locale_named(language).number
    return {"category": str(evidence.because_name), "looked": number(looked), "own": _sessions(own, language)}


def _performer(evidence: Evidence, language: str) -> Parts:
    number = locale_named(language).number
    return {name: number(evidence.counts[name]) for name in ("added", "bought")}


_SENTENCES: dict[str, Sentence] = {
    "left_in_cart": (
        message("This shopper left it in the cart in %(sessions)s and has not bought it since."),
        _nothing_else,
    ),
    "looked_at": (message("This shopper looked at it in %(sessions)s and has not bought it since."), _nothing_else),
    "bought_together": (
        message("Bought together with %(name)s in %(sessions)s, %(lift)s times as often as by chance."),
        _together,
    ),
    "viewed_together": (
        message("Viewed together with %(name)s in %(sessions)s, %(lift)s times as often as by chance."),
        _together,
    ),
    "category_bought": (
        message(
            "From %(category)s, which %(looked)s of this shopper's %(own)s looked at; bought in %(sessions)s by all "
            "shoppers."
        ),
        _category,
    ),
    "category_viewed": (
        message(
            "From %(category)s, which %(looked)s of this shopper's %(own)s looked at; viewed in %(sessions)s by all "
            "shoppers."
        ),
        _category,
    ),
    "performer": (
        message("Looked at in %(sessions)s, put into the cart in %(added)s of them and bought in %(bought)s."),
        _performer,
    ),
    "popular_bought": (message("Bought in %(sessions)s by all shoppers."), _nothing_else),
    "popular_viewed": (message("Viewed in %(sessions)s by all shoppers."), _nothing_else),
}
"""By the kind of evidence, with what the sentence has beside the number of sessions."""


def _sessions(count: int, language: str) -> str:
    number = locale_named(language).number(count)
    return plural(language, AREA, "%(n)s session", "%(n)s sessions", number=count) % {"n": number}
