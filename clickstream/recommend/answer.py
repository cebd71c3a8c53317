"""What is shown to a shopper or an analyst: the latest saved set with today's details, else a list computed now."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from clickstream.catalog import Product
from clickstream.languages import ENGLISH, message
from clickstream.recommend.candidate import Candidate, Evidence
from clickstream.recommend.engine import candidates
from clickstream.recommend.reading import WINDOW
from clickstream.recommend.wording import price, reason, say
from clickstream.store import Store
from clickstream.store.products import Wanted
from clickstream.store.profiles import RecommendationSet

NOT_LOOKED_AT = message("In the last %(days)s days nobody has looked at a product of the catalogue that is in stock.")
NOT_LOOKED_AT_OR_BOUGHT = message(
    "In the last %(days)s days nobody has looked at a product of the catalogue that is in stock and that this shopper has "
    "not just bought."
)

Source = Literal["llm", "computed", "popular"]


class Item(Struct, kw_only=True):
    """A recommended product as it is now. `note` says what has changed since it was recommended."""

    product_id: str
    name: str
    category: str
    price: float
    currency: str
    tags: list[str]
    in_stock: bool
    reason: str
    evidence: Evidence
    note: str | UnsetType = UNSET


class Recommendations(Struct, kw_only=True):
    """`source`: llm (a model chose among computed candidates), computed (from this shopper's behaviour; without a
    shopper, from how products perform) or popular (nothing to go by but everybody's favourites). `analysis_id` is null
    for a list computed now. `why_empty` is there when there are no items.
    """

    user_id: str | None
    source: Source
    analysis_id: str | None
    items: list[Item]
    why_empty: str | UnsetType = UNSET


def latest(
    store: Store, dataset: str, user_id: str | None, limit: int, *, now: datetime, language: str = ENGLISH
) -> Recommendations:
    """The latest set that an analysis saved for this shopper (None: products to feature), else a list computed now."""
    saved = store.profiles.latest(dataset, user_id)
    if saved and saved.items:
        return _current(store, user_id, saved, limit, language)
    return computed(store, dataset, user_id, limit, now=now, language=language)


def computed(
    store: Store, dataset: str, user_id: str | None, limit: int, *, now: datetime, language: str = ENGLISH
) -> Recommendations:
    """A list computed now, with counted reasons."""
    found = candidates(store, dataset, user_id, limit, now=now)
    return Recommendations(
        user_id=user_id,
        source=source_of(found),
        analysis_id=None,
        items=[item(candidate, reason(candidate.evidence, language)) for candidate in found],
        why_empty=UNSET if found else why_none(store, dataset, user_id, language),
    )


def source_of(found: list[Candidate]) -> Source:
    return "computed" if any(candidate.evidence.kind != "popular" for candidate in found) else "popular"


def item(candidate: Candidate, reason: str) -> Item:
    """The candidate as it is shown and saved."""
    product = candidate.product
    return Item(
        product_id=product.product_id,
        name=product.name,
        category=product.category,
        price=product.price,
        currency=product.currency,
        tags=product.tags,
        in_stock=product.in_stock,
        reason=reason,
        evidence=candidate.evidence,
    )


def why_none(store: Store, dataset: str, user_id: str | None, language: str) -> str:
    """Why there is nothing to recommend, as one sentence."""
    if not store.products.count():
        return say("The catalogue is empty: fill it, and recommendations will choose from it.", language)
    if not store.products.page(Wanted(in_stock=True), limit=1):
        return say("Every product of the catalogue is sold out.", language)
    served = store.state.find_dataset(dataset)
    if served is None or store.sessions.range(dataset, served.generation, "clean") is None:
        return say("Nobody has visited the shop yet, so there is nothing to go by.", language)
    return say(NOT_LOOKED_AT_OR_BOUGHT if user_id else NOT_LOOKED_AT, language, days=str(WINDOW.days))


def _current(store: Store, user_id: str | None, saved: RecommendationSet, limit: int, language: str) -> Recommendations:
    items = msgspec.convert(saved.items[:limit], list[Item])
    if saved.source != "llm":
        items = [msgspec.structs.replace(one, reason=reason(one.evidence, language)) for one in items]
    products = {product.product_id: product for product in store.products.get([one.product_id for one in items])}
    return Recommendations(
        user_id=user_id,
        source=msgspec.convert(saved.source, Source),
        analysis_id=saved.analysis_id,
        items=[_enriched(one, products.get(one.product_id), language) for one in items],
    )


def _enriched(saved: Item, product: Product | None, language: str) -> Item:
    """The saved item with the product's details of now, saying what has changed."""
    if product is None:
        gone = say("It is no longer in the catalogue.", language)
        return msgspec.structs.replace(saved, in_stock=False, note=gone)
    changes = []
    if (product.price, product.currency) != (saved.price, saved.currency):
        was = price(saved.price, saved.currency, language)
        changes.append(say("Its price was %(price)s when it was recommended.", language, price=was))
    if saved.in_stock and not product.in_stock:
        changes.append(say("It has sold out since it was recommended.", language))
    return msgspec.structs.replace(
        saved,
        name=product.name,
        category=product.category,
        price=product.price,
        currency=product.currency,
        tags=product.tags,
        in_stock=product.in_stock,
        note=" ".join(changes) or UNSET,
    )
