"""Products that may be recommended, as a model sees them: an alias, a name that only a slot may show, a counted reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from clickstream.facts import Fact
from clickstream.facts.labels import clean_label
from clickstream.languages import ENGLISH
from clickstream.recommend import Candidate, aliases, reason


@dataclass(frozen=True)
class Offer:
    """A candidate under its alias; the names in its evidence have been made harmless."""

    alias: str
    candidate: Candidate

    def why(self, language: str = ENGLISH) -> str:
        """Our own sentence about what was counted in favour of the product."""
        return reason(self.candidate.evidence, language)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What a reason may show of the offer: `product.p1.name` and so on."""
        return tuple(self._facts())

    def shown(self) -> dict[str, str]:
        """The offer as the model sees it."""
        return {"alias": self.alias, "category": clean_label(self.candidate.product.category), "why": self.why()}

    def _facts(self) -> Iterator[Fact]:
        prefix, product, evidence = f"product.{self.alias.lower()}", self.candidate.product, self.candidate.evidence
        name, n = clean_label(product.name) or clean_label(product.product_id) or "?", evidence.n
        yield Fact(f"{prefix}.name", f"Name of {self.alias}", name, "name", None, "Name of the product")
        label, definition = f"Sessions in favour of {self.alias}", "Sessions that were counted in favour of the product"
        yield Fact(f"{prefix}.sessions", label, n, "count", evidence.sessions, definition)
        if evidence.because_name:
            key = "category" if evidence.kind == "category" else "companion"
            yield Fact(
                f"{prefix}.{key}", f"The {key} of {self.alias}", evidence.because_name, "name", n, "What it goes with"
            )


def offers_of(candidates: Sequence[Candidate]) -> list[Offer]:
    """The candidates in their order."""
    return [Offer(alias, _harmless(candidate)) for alias, candidate in aliases(candidates).items()]


def _harmless(candidate: Candidate) -> Candidate:
    evidence = candidate.evidence
    named = clean_label(evidence.because_name) if evidence.because_name else None
    evidence = msgspec.structs.replace(evidence, because_name=named or evidence.because)
    return msgspec.structs.replace(candidate, evidence=evidence)
