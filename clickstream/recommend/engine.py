"""From what was read to a list: proposals, and of these only what exists, is in stock and was not just bought."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain

from clickstream.catalog import Product
from clickstream.recommend.candidate import Candidate
from clickstream.recommend.history import History
from clickstream.recommend.reading import Visits
from clickstream.recommend.scoring import (
    Popularity,
    Proposal,
    favourite_categories,
    from_category,
    from_companions,
    from_history,
    from_performances,
    mixed,
    ranked,
)
from clickstream.store import Store
from clickstream.store.products import Wanted

MOST_ANCHORS = 10
MOST_INTERESTS = 200
MOST_MEMBERS = 500
MOST_PROPOSALS = 500


def candidates(store: Store, dataset: str, user_id: str | None, limit: int, *, now: datetime) -> list[Candidate]:
    """At most `limit` products for this shopper, or to feature for everybody where `user_id` is None, the best first.

    Each exists, is in stock, was not bought by the shopper within JUST_BOUGHT, and is there once. Popular products take
    the places for which there is no better reason. The same data give the same list.
    """
    visits = Visits(store, dataset, now)
    if user_id is None:
        return _to_feature(store, visits, limit)
    return _for_shopper(store, visits, visits.of_shopper(user_id), limit, now)


def _to_feature(store: Store, visits: Visits, limit: int) -> list[Candidate]:
    found = _available(store, ranked(from_performances(visits.performances())))[:limit]
    popularity = Popularity(visits.uses("bought"), visits.uses("viewed"))
    return [*found, *_popular(store, popularity, {one.product.product_id for one in found}, limit - len(found))]


def _for_shopper(store: Store, visits: Visits, history: History, limit: int, now: datetime) -> list[Candidate]:
    known = _known(store, history)
    wanted = [product for product in known if history.interests[product].bought or history.interests[product].left_in_cart]
    looked = [product for product in known if history.interests[product].looked]
    popularity = Popularity(
        bought=visits.uses("bought", history.latest(wanted, MOST_ANCHORS)),
        viewed=visits.uses("viewed", history.latest(looked, MOST_ANCHORS)),
    )
    names = {product_id: product.name for product_id, product in known.items()}
    proposals = chain(
        from_history(history, now),
        from_companions("bought_together", popularity.bought, names, history, now),
        from_companions("viewed_together", popularity.viewed, names, history, now),
        _from_categories(store, history, known, popularity),
    )
    refused = history.just_bought(now)
    allowed = ranked(proposal for proposal in proposals if proposal.product_id not in refused)
    found = mixed(_available(store, allowed), limit)
    taken = refused | {one.product.product_id for one in found}
    return [*found, *_popular(store, popularity, taken, limit - len(found))]


def _known(store: Store, history: History) -> dict[str, Product]:
    """The latest products of the shopper's interest that are in the catalogue."""
    latest = history.latest(history.interests, MOST_INTERESTS)
    return {product.product_id: product for product in store.products.get(latest)}


def _from_categories(
    store: Store, history: History, known: dict[str, Product], popularity: Popularity
) -> Iterator[Proposal]:
    categories = {product_id: product.category for product_id, product in known.items()}
    for category, looked in favourite_categories(history, categories):
        members = store.products.page(Wanted(category=category, in_stock=True), limit=MOST_MEMBERS)
        yield from from_category(category, looked, [product.product_id for product in members], popularity, history)


def _popular(store: Store, popularity: Popularity, taken: Collection[str], limit: int) -> list[Candidate]:
    """The `limit` most popular products that are not taken."""
    found: list[Candidate] = []
    ranking = [product for product in popularity.ranking() if product not in taken]
    for start in range(0, len(ranking), MOST_PROPOSALS):
        if len(found) >= limit:
            break
        chunk = ranking[start : start + MOST_PROPOSALS]
        found += _available(store, [popularity.proposal(product) for product in chunk])
    return found[: max(0, limit)]


def _available(store: Store, proposals: Sequence[Proposal]) -> list[Candidate]:
    """The first MOST_PROPOSALS of these that are in the catalogue and in stock."""
    first = proposals[:MOST_PROPOSALS]
    products = {product.product_id: product for product in store.products.get([proposal.product_id for proposal in first])}
    return [
        Candidate(product=product, score=proposal.score, evidence=proposal.evidence)
        for proposal in first
        if (product := products.get(proposal.product_id)) and product.in_stock
    ]
