"""What can be wrong with a claim: one function a kind of flaw, all of them in CHECKS."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from clickstream.facts import Fact, bare_id
from clickstream.insights.formats import direction_of
from clickstream.insights.reading import MASK, SLOT, Reading
from clickstream.insights.words import Terms, is_number_word
from clickstream.insights.words.vocabulary import terms

MAX_TEXT = 600
PERCENT_SIGNS = frozenset("%‰‱٪")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzæœđ")
"""Of the five languages, in lower case and without accents."""
ROMAN_NUMERALS = terms("II III IV VI VII VIII IX XI XII XIII XIV XV XVI XVII XVIII XIX XX XXX XL XC MM MMXX").words
LOWER_IS_BETTER = ("abandon", "bounce", "zero", "exit", "refund", "lost", "loss", "refinement", "noise")
"""Parts of fact ids: for these an improvement means down."""
COMPARED = "compare."
"""Begins the ids of facts about two sides."""
UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")

_MARKUP = re.compile(r"[<>`]|\]\(|://|\bwww\.|&#|&[a-z]+;", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_SPELLED_OUT = re.compile(r"(?:\b[^\W\d_][\s._·-]+){3,}")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_AFTER_SLOT = re.compile(rf"{MASK}[ -]?([^\W\d_]+)")


class Flaw(NamedTuple):
    code: str
    message: str


def flaws_of(reading: Reading) -> list[Flaw]:
    return [Flaw(code, message) for code, find in CHECKS for message in find(reading)]


def _length(reading: Reading) -> Iterator[str]:
    if not reading.claim.text.strip():
        yield "the text is empty"
    if len(reading.claim.text) > MAX_TEXT:
        yield f"the text is longer than {MAX_TEXT} characters"


def _unseen(reading: Reading) -> Iterator[str]:
    if any(unicodedata.category(char) in UNSEEN or char == MASK for char in reading.claim.text):
        yield "the text has line breaks, control or invisible characters"


def _slots(reading: Reading) -> Iterator[str]:
    for slot in dict.fromkeys(reading.slots):
        if slot not in reading.facts:
            yield f"no fact is called {slot}"
    rest = SLOT.sub("", reading.claim.text)
    if "{" in rest or "}" in rest:
        yield "a slot is broken: write {{fact_id}}"


def _fact_ids(reading: Reading) -> Iterator[str]:
    listed = set(reading.claim.fact_ids)
    for fact_id in reading.claim.fact_ids:
        if fact_id not in reading.facts and fact_id not in reading.slots:
            yield f"no fact is called {fact_id}"
    for slot in dict.fromkeys(reading.slots):
        if slot not in listed:
            yield f"fact_ids lacks {slot}"


def _digits(reading: Reading) -> Iterator[str]:
    text = SLOT.sub("", reading.claim.text)
    stray = [char for char in text if unicodedata.numeric(char, None) is not None or unicodedata.category(char)[0] == "N"]
    if stray:
        yield f"a number stands outside a slot: {''.join(stray[:10])}"
    if roman := ROMAN_NUMERALS.intersection(_CAPITALS.findall(text)):
        yield f"a Roman numeral stands outside a slot: {', '.join(sorted(roman))}"


def _number_words(reading: Reading) -> Iterator[str]:
    vocabulary = reading.vocabulary
    single = (word for word in sorted(reading.said.words) if is_number_word(word, vocabulary.language))
    found = dict.fromkeys([*single, *(match.group() for _, match in vocabulary.numbers.matches(reading.said))])
    if found:
        yield f"a number word stands outside a slot: {', '.join(list(found)[:5])}"
    if reading.says(vocabulary.multiples):
        yield "a value is used as a multiple"


def _signs(reading: Reading) -> Iterator[str]:
    if any(char in PERCENT_SIGNS for char in reading.masked) or reading.says(reading.vocabulary.percent):
        yield "a percent sign or word stands outside a slot"
    if any(unicodedata.category(char) == "Sc" for char in reading.masked) or reading.says(reading.vocabulary.currencies):
        yield "a currency stands outside a slot"


def _disguise(reading: Reading) -> Iterator[str]:
    if any(not LETTERS.issuperset(word) for word in reading.bare_words):
        yield "a word has letters of another alphabet"
    for spelled in _SPELLED_OUT.findall(reading.masked):
        if not set(_LETTER.findall(spelled)) <= set(reading.vocabulary.letters):
            yield "a word is spelled out letter by letter"


def _markup(reading: Reading) -> Iterator[str]:
    if _MARKUP.search(SLOT.sub("", reading.claim.text)):
        yield "the text has markup or a link"


def _units(reading: Reading) -> Iterator[str]:
    vocabulary, text = reading.vocabulary, reading.said.plain
    countable = ("count", "number", "name", "day", *(["rate", "change"] if vocabulary.share_takes_noun else []))
    for match in _AFTER_SLOT.finditer(text):
        fact, word = reading.slot_before(text, match.end()), match.group(1)
        if fact and fact.kind not in ("name", "day") and word in vocabulary.time_units.words:
            yield f"{fact.id} brings its own unit, not {word}"
        if fact and fact.kind not in countable and word in vocabulary.counted_nouns.words:
            yield f"{fact.id} is no number of {word}"


def _bounds(reading: Reading) -> Iterator[str]:
    for text, match in reading.vocabulary.bounds.matches(reading.said):
        fact = reading.slot_before(text, match.end())
        if fact and fact.kind not in ("name", "day"):
            yield f"{fact.id} is exact, not a bound: {match.group().replace(MASK, '').strip()}"


def _direction(reading: Reading) -> Iterator[str]:
    signs = {direction_of(fact) for fact in reading.signed}
    claimed = reading.claim.direction
    if len(signs) > 1:
        yield "the claim cites changes of different directions: make it several claims"
    elif signs and claimed not in signs:
        yield f"the direction is {claimed} and the fact says {signs.pop()}"
    elif not signs and claimed != "none":
        yield f"the direction is {claimed} and no change is cited"


def _direction_words(reading: Reading) -> Iterator[str]:
    signs, vocabulary = {direction_of(fact) for fact in reading.signed}, reading.vocabulary
    for said, moving in (("up", vocabulary.up), ("down", vocabulary.down)):
        if reading.says(moving) and not signs:
            yield f"the text says {said} and cites no change"
        elif reading.says(moving) and signs != {said}:
            yield f"the text says {said} and the fact says {' and '.join(sorted(signs))}"
    if reading.says(vocabulary.flat) and signs and signs != {"flat"}:
        yield "the text says unchanged and the fact does not"
    if reading.says(vocabulary.compared) and not signs:
        yield "the text compares and cites no difference"


def _judgement(reading: Reading) -> Iterator[str]:
    """Better or worse than before: up or down, depending on what is measured."""
    improved = [better for fact in reading.signed if (better := _improved(fact)) is not None]
    for judging, wanted in ((reading.vocabulary.better, True), (reading.vocabulary.worse, False)):
        if not reading.says(judging):
            continue
        if not improved:
            yield "the text judges a change and cites none"
        elif wanted not in improved:
            yield f"the text says {'better' if wanted else 'worse'} and the fact says otherwise"


def _hedges(reading: Reading) -> Iterator[str]:
    vocabulary = reading.vocabulary
    for hedging, what in ((vocabulary.denials, "denies a change"), (vocabulary.forecasts, "predicts")):
        for found in dict.fromkeys(hedging.found_in(reading.said)):
            yield f"the text {what}, which no fact backs: {found}"


def _causes(reading: Reading) -> Iterator[str]:
    """A difference between two sides, however significant, says nothing of what brought it about."""
    if any(bare_id(fact.id).startswith(COMPARED) for fact in reading.cited):
        for found in dict.fromkeys(reading.vocabulary.causes.found_in(reading.said)):
            yield f"the text names a cause, which nobody measured: {found}"


def _ranks(reading: Reading) -> Iterator[str]:
    extremes = {fact.extreme for fact in reading.cited} - {""}
    rates = [fact.value for fact in reading.cited if fact.kind == "rate" and not isinstance(fact.value, str)]
    vocabulary = reading.vocabulary
    backed: dict[str, tuple[Terms, bool]] = {
        "leads": (vocabulary.highest, "highest" in extremes),
        "comes last": (vocabulary.lowest, "lowest" in extremes),
        "leads or comes last": (vocabulary.leading, bool(extremes)),
        "is a majority": (vocabulary.majority, any(rate > 0.5 for rate in rates) or "highest" in extremes),
        "is a minority": (vocabulary.minority, any(rate < 0.5 for rate in rates)),
    }
    for what, (ranking, holds) in backed.items():
        if reading.says(ranking) and not holds:
            yield f"the text says that something {what} and cites no fact that does"


def _improved(fact: Fact) -> bool | None:
    sign = direction_of(fact)
    if sign == "flat":
        return None
    return (sign == "down") == any(part in fact.id for part in LOWER_IS_BETTER)


CHECKS: tuple[tuple[str, Callable[[Reading], Iterator[str]]], ...] = (
    ("length", _length),
    ("unseen", _unseen),
    ("slot", _slots),
    ("fact_ids", _fact_ids),
    ("digit", _digits),
    ("number_word", _number_words),
    ("sign", _signs),
    ("disguise", _disguise),
    ("markup", _markup),
    ("unit", _units),
    ("bound", _bounds),
    ("direction", _direction),
    ("direction_word", _direction_words),
    ("judgement", _judgement),
    ("hedge", _hedges),
    ("cause", _causes),
    ("rank", _ranks),
)
