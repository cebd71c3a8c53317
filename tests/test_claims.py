"""Labelled sentences in five languages (tests/claims): true ones are shown, misleading ones are refused for their reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from babel import Locale

from clickstream.errors import InvalidInput
from clickstream.facts import Fact
from clickstream.insights.judging import RULES
from clickstream.insights.report import Claim, Direction
from clickstream.insights.slots import check, claim_of, slots_of
from clickstream.insights.words import VOCABULARIES, is_number_word, vocabulary_of
from tests.messages import AREAS, catalog_of
from tests.test_slots import FACTS

TABLES = Path(__file__).parent / "claims"
DOCUMENTATION = Path(__file__).parent.parent / "docs" / "languages.md"
PART = re.compile(r"%\((\w+)\)s")


class Sentence(NamedTuple):
    language: str
    wrong: str
    """The code of its flaw, `ok` where it has none."""
    claim: Claim


def sentences(language: str) -> Iterator[Sentence]:
    directions: dict[str, Direction] = {"up": "up", "down": "down", "flat": "flat", "none": "none"}
    for line in (TABLES / f"{language}.txt").read_text().splitlines():
        wrong, direction, text = (part.strip() for part in line.split("|"))
        yield Sentence(language, wrong, claim_of(text, directions[direction]))


ALL = [sentence for language in VOCABULARIES for sentence in sentences(language)]


@pytest.mark.parametrize("sentence", ALL, ids=[f"{one.language}: {one.claim.text}" for one in ALL])
def test_a_true_sentence_is_accepted_and_a_misleading_one_refused(sentence: Sentence) -> None:
    codes = {flaw.code for flaw in check(sentence.claim, FACTS, sentence.language)}

    assert codes == set() if sentence.wrong == "ok" else sentence.wrong in codes


@pytest.mark.parametrize("language", VOCABULARIES)
def test_the_documentation_says_how_many_sentences_that_are(language: str) -> None:
    wrong = [one.wrong for one in ALL if one.language == language]
    true, false = wrong.count("ok"), len(wrong) - wrong.count("ok")
    name = Locale(language).get_display_name("en")

    assert f"| {name} | {true} of {true} | {false} of {false}" in DOCUMENTATION.read_text()


@pytest.mark.parametrize("language", ["de", "fr", "es", "vi"])
def test_every_kind_of_flaw_is_tried_in_every_language(language: str) -> None:
    wrong = {one.wrong for one in ALL if one.language == language}

    assert wrong >= {"number_word", "sign", "unit", "bound", "direction_word", "judgement", "hedge", "rank", "disguise"}


WAYS = {"says up", "says down"}


def stated(text: str, language: str) -> set[str]:
    """What a message says about numbers, whatever they are; its parts are slots."""
    text = PART.sub(r"{{part.\1}}", text)
    facts = {name: Fact(name, "", 5, "count", 5, "") for name in slots_of(text)}
    flaws = check(claim_of(text), facts, language)
    return {next((said for said in WAYS if said in flaw.message), RULES[flaw.code]) for flaw in flaws}


def translations(language: str, area: str) -> Iterator[tuple[str, str]]:
    """Each message with each of its forms."""
    for one in catalog_of(language, area):
        message = one.id if isinstance(one.id, str) else one.id[0]
        for form in [one.string] if isinstance(one.string, str) else one.string or ():
            if message:
                yield message, form


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", ["de", "fr", "es", "vi"])
def test_a_translation_states_no_more_than_its_message(language: str, area: str) -> None:
    """Questions state nothing."""
    for message, form in translations(language, area):
        if not message.endswith("?"):
            said, found = stated(message, "en"), stated(form, language)
            assert found - said <= WAYS, f"{form} states more"
            assert said & WAYS <= found, f"{form} shows a sign beside the word for it"
            assert len(WAYS & (said | found)) < 2, f"{form} goes the other way"


@pytest.mark.parametrize("language", VOCABULARIES)
def test_no_homograph_is_a_number_of_its_own_language(language: str) -> None:
    own = VOCABULARIES[language]

    assert not [word for word in own.homographs - own.numbers.words if is_number_word(word, language)]


def test_an_unknown_language_is_refused_by_naming_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as refused:
        vocabulary_of("xx")

    assert refused.value.fields == {"language": "one of en, de, fr, es, vi"}
