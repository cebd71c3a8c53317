"""Every message in every catalog, whole; the right plural for every number; whole reports that say the same in each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clickstream.errors import InvalidInput
from clickstream.facts import FactSheet, Measured, build
from clickstream.insights import computed
from clickstream.insights.reading import SLOT
from clickstream.insights.report import JOURNEY, STORE, Kind
from clickstream.insights.slots import accept, check, claim_of, slots_of
from clickstream.languages import LANGUAGES, joined, known_language, plural, preferred_language, translated
from clickstream.recommend import Evidence, reason
from tests import journey_results as journey
from tests import shop_results as shop
from tests.messages import AREAS, catalog_of, messages_of

FOREIGN = [code for code in LANGUAGES if code != "en"]
PARTS = re.compile(r"%\(\w+\)s")
ONE_FORM = {"vi"}


def marks(text: str) -> list[str]:
    return sorted(set(SLOT.findall(text)) | set(PARTS.findall(text)))


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", FOREIGN)
def test_a_catalog_has_exactly_the_messages_of_its_area(language: str, area: str) -> None:
    said, found = messages_of(area), catalog_of(language, area)
    translations = {(one.id if isinstance(one.id, str) else one.id[0], one.context or "") for one in found if one.id}
    assert sorted(said.keys() - translations) == [], "not translated"
    assert sorted(translations - said.keys()) == [], "said nowhere"
    assert not found.obsolete


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", FOREIGN)
def test_a_translation_keeps_the_slots_and_parts_of_its_message(language: str, area: str) -> None:
    said = messages_of(area)
    for one in catalog_of(language, area):
        if one.id:
            text = one.id if isinstance(one.id, str) else one.id[0]
            forms = [one.string] if isinstance(one.string, str) else list(one.string or ())
            assert not one.fuzzy and forms and all(forms), text
            assert [marks(form) for form in forms] == [marks(text)] * len(forms), text
            assert isinstance(one.id, str) or said[text, one.context or ""].varies, f"{text} counts nothing"
            assert not said[text, one.context or ""].noun or language in ONE_FORM or len(forms) > 1, f"{text} has one form"


OF_THE_WORDS = {"digit", "number_word", "sign", "disguise", "markup", "unseen", "hedge"}
"""Flaws that a sentence has whatever its facts are."""


@pytest.mark.parametrize("language", FOREIGN)
def test_no_translation_says_a_number_or_a_forecast_of_its_own(language: str) -> None:
    for one in [message for message in catalog_of(language, "insights") if message.id]:
        for form in [one.string] if isinstance(one.string, str) else one.string or ():
            codes = {flaw.code for flaw in check(claim_of(PARTS.sub("{{x}}", form)), {}, language)}
            assert not codes & OF_THE_WORDS, form


PLURALS = [
    ("en", {0: "0 carts", 1: "1 cart", 2: "2 carts", 21: "21 carts"}),
    ("de", {0: "0 Warenkörbe", 1: "1 Warenkorb", 2: "2 Warenkörbe", 21: "21 Warenkörbe"}),
    ("fr", {0: "0 panier", 1: "1 panier", 2: "2 paniers", 21: "21 paniers"}),
    ("es", {0: "0 carritos", 1: "1 carrito", 2: "2 carritos", 21: "21 carritos"}),
    ("vi", {0: "0 giỏ hàng", 1: "1 giỏ hàng", 2: "2 giỏ hàng", 21: "21 giỏ hàng"}),
]


@pytest.mark.parametrize(("language", "said"), PLURALS)
def test_a_noun_takes_the_plural_of_its_language(language: str, said: dict[int, str]) -> None:
    for number, phrase in said.items():
        assert plural(language, "insights", "%(n)s cart", "%(n)s carts", number=number) % {"n": number} == phrase


def test_a_noun_bends_after_a_preposition_and_the_verb_goes_with_the_number() -> None:
    assert plural("de", "insights", "%(n)s visitor", "%(n)s visitors", number=3, context="from") == "%(n)s Besuchern"
    one, many = (shop.overview(1_000, bounces=n) for n in (1, 2))
    said = [rendered(build(Measured(results={"overview": each})), "de") for each in (one, many)]
    assert "1 Sitzung (25,0\u00a0%) endete gleich nach" in said[0]
    assert "2 Sitzungen (25,0\u00a0%) endeten gleich nach" in said[1]


def test_what_no_catalog_has_is_said_in_english() -> None:
    assert translated("de", "insights", "Nobody wrote this.") == "Nobody wrote this."
    assert plural("fr", "nowhere", "%(n)s yak", "%(n)s yaks", number=2) == "%(n)s yaks"
    assert [joined(language, ["a", "b", "c"]) for language in ("en", "es")] == ["a, b, and c", "a, b y c"]


@pytest.mark.parametrize("code", ["xx", "", "EN", "de-AT", "../de", "e" * 500])
def test_an_unknown_language_is_refused_naming_the_field_and_the_known_ones(code: str) -> None:
    with pytest.raises(InvalidInput, match="Texts are written in en, de, fr, es, vi") as refused:
        known_language(code)
    assert refused.value.fields == {"language": "one of en, de, fr, es, vi"}
    with pytest.raises(InvalidInput):
        computed.report(FULL, language=code)


BROWSERS = [
    ("", "en"),
    ("de-AT,de;q=0.9,en;q=0.8", "de"),
    ("pt-BR,pt;q=0.9,es;q=0.8,en;q=0.7", "es"),
    ("en;q=0.1, vi;q=0.9", "vi"),
    ("fr;q=0, en", "en"),
    ("xx, *", "en"),
    (";;;q=q,,", "en"),
]


@pytest.mark.parametrize(("accept_language", "language"), BROWSERS)
def test_a_browser_is_offered_the_first_of_its_languages_that_we_have(accept_language: str, language: str) -> None:
    assert preferred_language(accept_language) == language


def sheet(sessions: int = 1_000, **changed: object) -> FactSheet:
    """Of a shop with everything to tell, twice: with its past and with what journeys do."""
    results = {**shop.shop(), **journey.EVERYTHING, "overview": shop.overview(sessions, noisy_events=7), **changed}
    before = {"overview": shop.overview(1_300), "cart": shop.cart(10, 20), "search": shop.search([("x", 500, 4)])}
    strange = shop.strange_day("sessions", "2026-03-01", 90, 9), shop.strange_day("orders", "2026-03-02", 0, 9)
    results["trends"] = shop.trends(results, before, strange)
    return build(Measured(results=results, days=("2026-03-01", "2026-03-02"), failed=frozenset({"pages"})))


FULL = sheet()
SHEETS = {
    "full": FULL,
    "tiny": sheet(1, funnel=shop.funnel(1, 1, 1, 1, 0), cart=shop.cart(0, 1, 0, 0), checkout=shop.checkout(0, 1)),
    "quiet": build(Measured(results={"overview": shop.overview(2_000, orders=0, conversions=0, revenue=[])})),
    "empty": build(Measured(results={"overview": shop.overview(0)}, available=("2019-10-01", "2019-10-31"))),
}
ENGLISH = re.compile(r"\b(?:the|of|and|with|from|that|this|which|were|their|between|worth|sessions|to|is)\b", re.IGNORECASE)
ALSO_THEIRS = {"fr": {"sessions"}, "vi": {"to"}}


def rendered(facts: FactSheet, language: str, kind: Kind = STORE, *, about_shopper: bool = False) -> str:
    """The report as it is shown: what its language's checks refuse is missing."""
    report = computed.report(facts, kind=kind, about_shopper=about_shopper, language=language)
    return "\n".join(accept(claim, facts, language).text for section in report.values() for claim in section.claims)


@pytest.mark.parametrize("facts", SHEETS.values(), ids=SHEETS)
@pytest.mark.parametrize("about", ["shop", "shopper", "journeys"])
@pytest.mark.parametrize("language", FOREIGN)
def test_a_report_says_the_same_in_every_language(language: str, about: str, facts: FactSheet) -> None:
    kind, about_shopper = JOURNEY if about == "journeys" else STORE, about == "shopper"
    english, other = (
        computed.report(facts, kind=kind, about_shopper=about_shopper, language=code) for code in ("en", language)
    )
    for section in kind.sections:
        said, meant = other[section].claims, english[section].claims
        assert [sorted(slots_of(claim.text)) for claim in said] == [sorted(slots_of(claim.text)) for claim in meant]
        assert [(claim.direction, claim.chart) for claim in said] == [(claim.direction, claim.chart) for claim in meant]
    text = rendered(facts, language, kind, about_shopper=about_shopper)
    assert {word.lower() for word in ENGLISH.findall(text)} <= ALSO_THEIRS.get(language, set()), text
    assert "{{" not in text and "%(" not in text


def test_the_page_offers_exactly_these_languages() -> None:
    table = re.search(r"LANGUAGES = \{(.*)\}", (Path(__file__).parent.parent / "static/js/languages.js").read_text())
    assert table
    assert dict(re.findall(r'(\w+): "([^"]+)"', table[1])) == LANGUAGES


@pytest.mark.parametrize("kind", [STORE, JOURNEY], ids=lambda kind: kind.id)
@pytest.mark.parametrize("language", FOREIGN)
def test_every_section_has_a_title_in_every_language(language: str, kind: Kind) -> None:
    titles = kind.titles_in(language)
    assert list(titles) == list(kind.sections)
    assert all(titles.values())
    assert list(titles.values()) != list(kind.titles.values())


def test_reasons_are_counted_in_the_readers_hand() -> None:
    evidence = Evidence(kind="bought_together", because_name="Zelt", n=1_234, sessions=9_000, lift=12.34)
    assert reason(evidence, "de") == "In 1.234 Sitzungen zusammen mit Zelt gekauft, 12,3-mal so oft wie durch Zufall."
