"""Proposals of each kind with their scores; docs/recommendations.md explains the scores in words.

A score is WEIGHTS[kind] times a strength from 0 to 1, so that a strong weak kind can come before a weak strong one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from clickstream.clock import iso
from clickstream.recommend.candidate import Candidate, Evidence, Kind
from clickstream.recommend.history import History, recency
from clickstream.recommend.performance import Performances
from clickstream.recommend.together import Uses

WEIGHTS: dict[Kind, float] = {
    "left_in_cart": 1.0,
    "bought_together": 0.9,
    "looked_at": 0.7,
    "viewed_together": 0.6,
    "category": 0.4,
    "performer": 0.2,
    "popular": 0.1,
}
MOST_CATEGORIES = 3
_GROUPS: dict[Kind, str] = {"left_in_cart": "own", "looked_at": "own"}
"""Kinds that fill a list together; every other kind is a group of its own."""


class Proposal(NamedTuple):
    product_id: str
    score: float
    evidence: Evidence


def from_history(history: History, now: datetime) -> Iterator[Proposal]:
    """Strength: recency where it was left in the cart, recency x (1 - 1 / 2^n) where it was looked at in n sessions."""
    for product, interest in history.interests.items():
        kind: Kind = "left_in_cart" if interest.left_in_cart else "looked_at"
        n = interest.left_in_cart or interest.looked
        if n:
            strength = recency(interest.touched, now) * (1 if interest.left_in_cart else 1 - 0.5**n)
            evidence = Evidence(kind=kind, n=n, sessions=len(history.looks), since=_iso(history.since))
            yield Proposal(product, WEIGHTS[kind] * strength, evidence)


def from_companions(
    kind: Kind, uses: Uses, anchors: Mapping[str, str], history: History, now: datetime
) -> Iterator[Proposal]:
    """Strength: 1 - 1 / (low end of lift), the share of the shared sessions that chance does not explain, x the recency
    of the anchor. `anchors`: names by id."""
    for (anchor, product), lift in uses.companions().items():
        evidence = Evidence(
            kind=kind,
            because=anchor,
            because_name=anchors[anchor],
            n=uses.together[anchor, product],
            sessions=uses.sessions,
            since=_iso(uses.since),
            lift=lift.value,
            low=lift.low,
            high=lift.high,
            counts={"with_because": uses.of[anchor], "with_product": uses.of[product]},
        )
        strength = (1 - 1 / lift.low) * recency(history.interests[anchor].touched, now)
        yield Proposal(product, WEIGHTS[kind] * strength, evidence)


@dataclass(frozen=True)
class Popularity:
    """Who is bought by most sessions, then who is viewed by most."""

    bought: Uses
    viewed: Uses

    def ranking(self) -> list[str]:
        """Everything that was bought or viewed, the most popular first."""
        return sorted(self.bought.of.keys() | self.viewed.of.keys(), key=lambda product: (-self.share(product), product))

    def share(self, product: str) -> float:
        """From 0 where nobody wanted it to under 1: sessions that bought it count, those that viewed it break ties."""
        most_bought, most_viewed = self._most
        tie = self.viewed.of.get(product, 0) / (most_viewed + 1)
        return (self.bought.of.get(product, 0) + tie) / (most_bought + 1)

    @cached_property
    def _most(self) -> tuple[int, int]:
        return max(self.bought.of.values(), default=0), max(self.viewed.of.values(), default=0)

    def evidence(self, product: str, kind: Kind, because: str | None = None, **counts: int) -> Evidence:
        act, uses = ("bought", self.bought) if self.bought.of.get(product) else ("viewed", self.viewed)
        n = uses.of[product]
        return Evidence(
            kind=kind,
            because=because,
            because_name=because,
            n=n,
            sessions=uses.sessions,
            since=_iso(uses.since),
            counts={**counts, act: n},
        )

    def proposal(self, product: str) -> Proposal:
        return Proposal(product, WEIGHTS["popular"] * self.share(product), self.evidence(product, "popular"))


def favourite_categories(history: History, categories: Mapping[str, str]) -> list[tuple[str, int]]:
    """The MOST_CATEGORIES categories (by product in `categories`) that most of the shopper's sessions looked at."""
    per_session = ({categories[product] for product in looked if product in categories} for looked in history.looks)
    found = Counter(category for named in per_session for category in named)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MOST_CATEGORIES]


def from_category(
    category: str, looked: int, members: Iterable[str], popularity: Popularity, history: History
) -> Iterator[Proposal]:
    """Strength: share of the shopper's sessions that looked at the category x popularity against the category's best.

    What the shopper has looked at already speaks for itself.
    """
    shares = {product: popularity.share(product) for product in members}
    best = max(shares.values(), default=0.0)
    own = len(history.looks)
    for product, share in shares.items():
        interest = history.interests.get(product)
        if share and not (interest and interest.looked):
            evidence = popularity.evidence(product, "category", category, looked=looked, own=own)
            yield Proposal(product, WEIGHTS["category"] * (looked / own) * (share / best), evidence)


def from_performances(performances: Performances) -> Iterator[Proposal]:
    """Strength: the low end of bought / looked."""
    for product, one in performances.sellers().items():
        counts = {"added": one.added, "bought": one.bought}
        sessions, since = performances.sessions, _iso(performances.since)
        evidence = Evidence(kind="performer", n=one.looked, sessions=sessions, since=since, counts=counts)
        yield Proposal(product, WEIGHTS["performer"] * one.strength, evidence)


def ranked(proposals: Iterable[Proposal]) -> list[Proposal]:
    """The best proposal of each product, the highest score first, then by product id."""
    best: dict[str, Proposal] = {}
    for proposal in proposals:
        known = best.get(proposal.product_id)
        if known is None or _place(proposal) < _place(known):
            best[proposal.product_id] = proposal
    return sorted(best.values(), key=_place)


def mixed(candidates: Sequence[Candidate], limit: int) -> list[Candidate]:
    """The first `limit` of a ranking, none of _GROUPS taking more than half of it while another has something to offer."""
    most = (limit + 1) // 2
    taken: Counter[str] = Counter()
    chosen: list[Candidate] = []
    waiting: list[Candidate] = []
    for candidate in candidates:
        group = _GROUPS.get(candidate.evidence.kind, candidate.evidence.kind)
        (chosen if taken[group] < most else waiting).append(candidate)
        taken[group] += 1
    return sorted((chosen + waiting)[:limit], key=lambda candidate: (-candidate.score, candidate.product.product_id))


def _place(proposal: Proposal) -> tuple[float, str, str, str]:
    evidence = proposal.evidence
    return (-proposal.score, proposal.product_id, evidence.kind, evidence.because or "")


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
