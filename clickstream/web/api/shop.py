"""The tracker for shops, and a demo shop that uses it."""

from __future__ import annotations

from msgspec import Struct

from clickstream.scope import LIVE
from clickstream.simulate import sample_products
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route
from clickstream.web.write_keys import Wanted, key_name

_TRACKER_SECONDS = 3600
_LABEL = "Demo shop"


class DemoShop(Struct):
    """`key` is the browser's write key its pages send with; null while the shop is closed."""

    key: str | None


def tracker(request: Request, deps: Deps) -> Response:
    """Pages of other sites load it, each visitor once an hour at most."""
    response = Response.file(deps.static_dir / "tracker.js")
    response.headers["cache-control"] = f"public, max-age={_TRACKER_SECONDS}"
    response.headers["cross-origin-resource-policy"] = "cross-origin"
    return response


def shop_front(request: Request, deps: Deps) -> Response:
    return Response.file(deps.static_dir / "shop.html")


def shop_page(request: Request, deps: Deps) -> Response:
    """All are one document, whose script draws what the path names."""
    return shop_front(request, deps)


def shop_thing(request: Request, deps: Deps) -> Response:
    return shop_front(request, deps)


def show_shop(request: Request, deps: Deps) -> Response:
    return Response.json(DemoShop(deps.write_keys.kept()))


def open_shop(request: Request, deps: Deps) -> Response:
    """The key is kept, encrypted, as its pages need it on every visit; it may be sent from this server's pages only."""
    if deps.store.products.count() == 0:
        deps.store.products.upsert(sample_products(deps.settings.currency))
    text = deps.write_keys.kept()
    if text is None:
        text, key = deps.write_keys.create(Wanted(_LABEL, LIVE), request.username, keep=True)
        deps.audit.record("write_key_created", request.actor, key_name(key), mode=key.mode, server=key.server)
    return Response.json(DemoShop(text))


ROUTES = (
    Route(
        "GET", "/tracker.js", tracker, access="anyone", returns="text/javascript", any_query=True,
        summary="The script a shop's pages send their events with; docs/shop-developers.md says how.",
    ),
    Route(
        "GET", "/shop", shop_front, access="anyone", returns="text/html", any_query=True,
        summary="The demo shop, whose visitors are counted like any other shop's.",
    ),
    Route(
        "GET", "/shop/{page}", shop_page, access="anyone", returns="text/html", any_query=True,
        summary="The demo shop's search, cart, checkout, payment and order.",
    ),
    Route(
        "GET", "/shop/{page}/{id}", shop_thing, access="anyone", returns="text/html", any_query=True,
        summary="A product of the demo shop.",
    ),
    Route(
        "GET", "/api/demo-shop", show_shop, access="anyone", returns=DemoShop,
        summary="Whether the demo shop is open, and the write key its pages send with.",
    ),
    Route(
        "POST", "/api/demo-shop", open_shop, access="owner", returns=DemoShop, errors=(409,),
        summary="Open the demo shop: make its write key, and fill an empty catalogue with the sample products. "
        "Revoking the key closes it.",
    ),
)  # fmt: skip
