"""Words that state a number, a direction or a rank, and so must be backed by a fact; one module a language.

A model mixes languages. So a text is read with the words of its own language and the English ones, and number words are
refused in any of the five, apart from those that are plain words of the text's own language.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache, reduce
from operator import or_

from clickstream.insights.words import de, en, es, fr, vi
from clickstream.insights.words.vocabulary import SLOT, Said, Terms, Vocabulary
from clickstream.languages import known_language

__all__ = ["SLOT", "VOCABULARIES", "Said", "Terms", "Vocabulary", "is_number_word", "vocabulary_of"]

VOCABULARIES = {module.VOCABULARY.language: module.VOCABULARY for module in (en, de, fr, es, vi)}


@cache
def vocabulary_of(language: str) -> Vocabulary:
    """What is read in a text of this language. Raises InvalidInput."""
    own = VOCABULARIES[known_language(language)]
    both = {
        name: getattr(own, name) | getattr(en.VOCABULARY, name).without(own.homographs)
        for name in (field.name for field in fields(Vocabulary))
        if isinstance(getattr(own, name), Terms)
    }
    numbers = reduce(or_, (other.numbers.without(own.homographs) for other in VOCABULARIES.values()), own.numbers)
    neutral = {**en.VOCABULARY.neutral, **own.neutral}
    merged: Vocabulary = replace(own, **{**both, "numbers": numbers}, neutral=neutral)
    return merged


def is_number_word(word: str, language: str = "en") -> bool:
    """Of one lower-case word: does it state a number?

    >>> is_number_word("twentyfive"), is_number_word("funfundzwanzig"), is_number_word("often")
    (True, True, False)
    """
    own = vocabulary_of(language)
    if word in own.numbers.words:
        return True
    return word not in own.homographs and any(one.compounds.fullmatch(word) for one in VOCABULARIES.values())
