"""Labelled sentences in five languages (tests/claims): true ones are shown, misleading ones are refused for their reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from clickstream.errors import InvalidInput
from clickstream.insights.report import Claim, Direction
from clickstream.insights.slots import check, claim_of
from clickstream.insights.words import VOCABULARIES, is_number_word, vocabulary_of
from tests.test_slots import FACTS

TABLES = Path(__file__).parent / "claims"


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


@pytest.mark.parametrize("language", ["de", "fr", "es", "vi"])
def test_every_language_is_tried_by_enough_sentences(language: str) -> None:
    true = [one for one in ALL if one.language == language and one.wrong == "ok"]
    false = [one for one in ALL if one.language == language and one.wrong != "ok"]

    assert len(true) >= 25
    assert len(false) >= 40
    assert {one.wrong for one in false} >= {"number_word", "sign", "unit", "bound", "direction_word", "hedge", "rank"}


@pytest.mark.parametrize("language", VOCABULARIES)
def test_no_homograph_is_a_number_of_its_own_language(language: str) -> None:
    own = VOCABULARIES[language]

    assert not [word for word in own.homographs - own.numbers.words if is_number_word(word, language)]


def test_an_unknown_language_is_refused_by_naming_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as refused:
        vocabulary_of("xx")

    assert refused.value.fields == {"language": "one of en, de, fr, es, vi"}
