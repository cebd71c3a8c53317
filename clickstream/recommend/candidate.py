"""A product that may be recommended, and the counted evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
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


def aliases(candidates: Sequence[Candidate]) -> dict[str, Candidate]:
    """P1, P2, ... by position: the names by which a model chooses, so that it can choose nothing else."""
    return {f"P{place}": candidate for place, candidate in enumerate(candidates, 1)}
