"""Products recommended to a shopper, or to feature for everybody."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from clickstream import recommend
from clickstream.errors import Forbidden
from clickstream.recommend import Recommendations
from clickstream.scope import LIVE, MAX_FILTER
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

MOST_ITEMS = 50
_WHOSE = "a shopper (for a shopper: oneself); without it oneself, for analysts the products to feature for everybody"


class RecommendationsQuery(Struct):
    user_id: Annotated[str, Meta(max_length=MAX_FILTER, description=_WHOSE)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_ITEMS)] = 10


def recommendations(request: Request, deps: Deps) -> Response:
    query = request.query_as(RecommendationsQuery)
    account = request.signed_in
    user_id = _shopper(query.user_id, account)
    found = recommend.latest(deps.store, LIVE, user_id, query.limit, now=deps.clock(), language=account.language)
    return Response.json(found)


def _shopper(asked: str | None, account: Account) -> str | None:
    """Whose recommendations; raises Forbidden for another person's."""
    if account.reads_all:
        return asked
    if asked not in (None, account.username):
        raise Forbidden(f"A {account.role} can see only its own recommendations.")
    return account.username


ROUTES = (
    Route(
        "GET", "/api/recommendations", recommendations, access="shopper", query=RecommendationsQuery,
        returns=Recommendations,
        summary="Recommended products with counted reasons: the latest that were saved, else computed now.",
    ),
)  # fmt: skip
