"""A product that may be recommended, the counted evidence for it, and the sentence that evidence makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from clickstream.catalog import Product

Kind = Literal["left_in_cart", "bought_together", "looked_at", "viewed_together", "category", "performer", "popular"]


class Evidence(Struct, frozen=True, kw_only=True):
    """Why a product is recommended: `n` of `sessions`, the first of which began at `since`.

    - left_in_cart, looked_at: `n` of the shopper's own sessions left it in the cart, or looked at it, and none since bought
      it.
    - bought_together, viewed_together: `n` sessions bought (viewed) it and `because`; `lift` with its 95 % interval;
      `counts`: sessions `with_because` and `with_product`, of all `sessions` that bought (viewed) anything.
    - category: `because` is a category, `counts`: `looked` of the shopper's `own` sessions looked at it; `n` sessions
      `bought` the product (`viewed` it, where none bought it).
    - performer: `n` sessions looked at it; `counts`: those that `added` it to the cart, and those that `bought` it too.
    - popular: `n` sessions `bought` it (`viewed` it, where none bought it).
    """

    kind: Kind
    because: str | None = None
    because_name: str | None = None
    n: int
    sessions: int
    since: str | None = None
    lift: float | None = None
    low: float | None = None
    high: float | None = None
    counts: dict[str, int] = {}


class Candidate(Struct, frozen=True, kw_only=True):
    """`score` orders the candidates of one list; scores of two lists do not compare."""

    product: Product
    score: float
    evidence: Evidence

    @property
    def reason(self) -> str:
        return reason(self.evidence)


def aliases(candidates: Sequence[Candidate]) -> dict[str, Candidate]:
    """P1, P2, ... by position: the names by which a model chooses, so that it can choose nothing else."""
    return {f"P{place}": candidate for place, candidate in enumerate(candidates, 1)}


def reason(evidence: Evidence) -> str:
    """The evidence as one sentence; every number in it is one of the evidence's."""
    return _SENTENCES[evidence.kind](evidence)


def _together(did: str) -> Callable[[Evidence], str]:
    def sentence(found: Evidence) -> str:
        assert found.lift is not None
        times = f"{found.lift:,.2f} times" if found.lift < 2 else f"{found.lift:,.1f} times"
        return f"{did} together with {found.because_name} in {_sessions(found.n)}, {times} as often as by chance."

    return sentence


def _category(found: Evidence) -> str:
    own = f"{found.counts['looked']:,} of this shopper's {_sessions(found.counts['own'])}"
    return f"From {found.because_name}, which {own} looked at; {_popularity(found)} by all shoppers."


def _performer(found: Evidence) -> str:
    added, bought = found.counts["added"], found.counts["bought"]
    return f"Looked at in {_sessions(found.n)}, put into the cart in {added:,} of them and bought in {bought:,}."


def _popular(found: Evidence) -> str:
    return f"{_popularity(found).capitalize()} by all shoppers."


def _popularity(found: Evidence) -> str:
    return f"{'bought' if 'bought' in found.counts else 'viewed'} in {_sessions(found.n)}"


_SENTENCES: dict[Kind, Callable[[Evidence], str]] = {
    "left_in_cart": lambda found: f"This shopper left it in the cart in {_sessions(found.n)} and has not bought it since.",
    "bought_together": _together("Bought"),
    "looked_at": lambda found: f"This shopper looked at it in {_sessions(found.n)} and has not bought it since.",
    "viewed_together": _together("Viewed"),
    "category": _category,
    "performer": _performer,
    "popular": _popular,
}


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count:,} sessions"
