"""What of a model's answer may be shown: each part passes whole, or has problems that say why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clickstream.facts import Fact, bare_id
from clickstream.insights.answer import PRODUCTS, Parts, WrittenClaim, WrittenProduct
from clickstream.insights.flaws import Flaw
from clickstream.insights.offers import Offer
from clickstream.insights.prompt import Prompt
from clickstream.insights.reading import MASK, SLOT
from clickstream.insights.report import Claim
from clickstream.insights.slots import check
from clickstream.languages import ENGLISH, message, translated

MAX_CLAIMS = 8
MAX_PRODUCTS = 8
MAX_PROBLEMS = 10
MAX_PROBLEM = 200
REPEATED_WORDS = 7

_WORD = re.compile(r"\w+")

ENTITIES = {
    *(("product", "name"), ("product", "companion"), ("products", "name"), ("cart", "product")),
    *(("bought_together", "a"), ("bought_together", "b"), ("search", "query"), ("friction", "name")),
}
"""Where names that anybody could have typed stand: first and last part of the fact's id."""

RULES = {
    "length": message("a text that is too long or empty"),
    "unseen": message("invisible characters"),
    "slot": message("a fact that does not exist"),
    "fact_ids": message("facts that were not named"),
    "digit": message("a number of its own"),
    "number_word": message("a number of its own"),
    "sign": message("a number of its own"),
    "disguise": message("a disguised word"),
    "markup": message("a link or markup"),
    "unit": message("a wrong unit"),
    "bound": message("a vague number"),
    "direction": message("a direction that the facts do not have"),
    "direction_word": message("a direction that the facts do not have"),
    "judgement": message("a judgement that the facts do not back"),
    "hedge": message("a forecast"),
    "cause": message("a cause that nobody measured"),
    "rank": message("a rank that the facts do not have"),
    "unfounded": message("a claim without facts"),
    "name": message("a name outside its fact"),
    "instructions": message("words of its instructions"),
    "empty": message("no text"),
    "product": message("a product that was not among the candidates"),
    "missing": message("no answer that could be read"),
}
"""What a refused part had, for people, by the code of its flaws: never the model's own words."""


class Pick(NamedTuple):
    """A product the model chose, with a reason that may be shown."""

    offer: Offer
    reason: Claim


@dataclass(frozen=True)
class Verdict:
    """`claims` of the sections that passed, `picks` where the products did, and the `problems` of all other parts."""

    claims: Mapping[str, list[Claim]]
    picks: list[Pick] | None
    problems: Mapping[str, list[Flaw]]


def judge(parts: Parts, prompt: Prompt) -> Verdict:
    """Which parts pass. A text may use the facts that its prompt shows, and choose among the products there."""
    claims: dict[str, list[Claim]] = {}
    picks: list[Pick] | None = None
    problems: dict[str, list[Flaw]] = {}
    for part, written in parts.items():
        if part == PRODUCTS:
            chosen = _first_of_each([entry for entry in written if isinstance(entry, WrittenProduct)])
            found = list(_products_problems(chosen, prompt))
            picks = None if found else [Pick(prompt.offers[entry.product], entry.claim()) for entry in chosen]
        else:
            said = [entry.claim() for entry in written[:MAX_CLAIMS] if isinstance(entry, WrittenClaim)]
            found = list(_section_problems(said, prompt))
            claims |= {} if found else {part: said}
        if found:
            problems[part] = found[:MAX_PROBLEMS]
    return Verdict(claims, picks, problems)


def messages_of(problems: Iterable[Flaw]) -> list[str]:
    """Problems as the model is told them."""
    return [problem.message[:MAX_PROBLEM] for problem in problems]


def sentence_of(problems: Sequence[Flaw], language: str = ENGLISH) -> str:
    """Why a part shows computed text, for people."""
    broken = dict.fromkeys(translated(language, "insights", RULES[problem.code]) for problem in problems)
    return translated(language, "insights", "The model's text was refused: it had %(problems)s.") % {
        "problems": ", ".join(broken)
    }


def _section_problems(claims: Sequence[Claim], prompt: Prompt) -> Iterator[Flaw]:
    if not claims:
        yield Flaw("empty", "the section is empty")
    for place, claim in enumerate(claims, 1):
        for flaw in _flaws(claim, prompt):
            yield Flaw(flaw.code, f"text {place}: {flaw.message}")


def _products_problems(chosen: Sequence[WrittenProduct], prompt: Prompt) -> Iterator[Flaw]:
    if prompt.offers and not chosen:
        yield Flaw("empty", "no product is recommended")
    for place, entry in enumerate(chosen, 1):
        if entry.product not in prompt.offers:
            yield Flaw("product", f"product {place}: no candidate is called {entry.product}")
        for flaw in _flaws(entry.claim(), prompt):
            yield Flaw(flaw.code, f"product {place}: {flaw.message}")


def _first_of_each(written: Iterable[WrittenProduct]) -> list[WrittenProduct]:
    chosen: dict[str, WrittenProduct] = {}
    for entry in written:
        chosen.setdefault(entry.product, entry)
    return list(chosen.values())[:MAX_PRODUCTS]


def _flaws(claim: Claim, prompt: Prompt) -> Iterator[Flaw]:
    return flaws_of_written(claim, prompt.facts, prompt.language, prompt.instructions)


def flaws_of_written(
    claim: Claim, facts: Mapping[str, Fact], language: str = ENGLISH, instructions: str = ""
) -> Iterator[Flaw]:
    """What the contract of every text refuses, and what only a model does."""
    yield from check(claim, facts, language)
    if not any(fact_id in facts for fact_id in claim.fact_ids):
        yield Flaw("unfounded", "the text rests on no fact")
    said = _plain(SLOT.sub(MASK, claim.text))
    for fact in facts.values():
        if _is_entity(fact) and _names(str(fact.value), said):
            yield Flaw("name", f"a name stands outside its slot: use {{{{{fact.id}}}}}")
    if _repeats(said, _plain(instructions)):
        yield Flaw("instructions", "the text repeats the instructions")


def _is_entity(fact: Fact) -> bool:
    """The name of a product or the words of a search, unlike that of a device, a step or a category."""
    fact_id = bare_id(fact.id)
    return (fact_id.partition(".")[0], fact_id.rpartition(".")[2]) in ENTITIES


def _names(label: str, said: str) -> bool:
    """Single words are left alone: a search for "shoes" makes nobody stop talking about shoes."""
    plain = _plain(label)
    return " " in plain and re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", said) is not None


def _repeats(said: str, instructions: str) -> bool:
    """So many words in a row are no coincidence."""
    words, told = _WORD.findall(said), " ".join(_WORD.findall(instructions))
    return any(" ".join(words[at : at + REPEATED_WORDS]) in told for at in range(len(words) - REPEATED_WORDS + 1))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
