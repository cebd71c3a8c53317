"""Looking around the shop: where a visitor lands, which lists, products and searches follow."""

from __future__ import annotations

from math import log
from random import Random
from typing import Any

from clickstream.simulate.personas import Outcome
from clickstream.simulate.shelf import Shelf, misspelt, slug
from clickstream.simulate.trail import Trail
from clickstream.simulate.visits import Visit

INFO_PAGES = {
    "/help/shipping": "Shipping & returns",
    "/about": "About us",
    "/journal/care-for-linen": "How to care for linen",
    "/journal/pack-light": "Pack light, travel far",
    "/sale": "Sale",
    "/new": "New arrivals",
    "/gift-ideas": "Gift ideas",
    "/account": "Your account",
}
_INFO = tuple(INFO_PAGES)
_SORTS = ("price", "new", "popular")
_REFERRERS = {
    "organic": ("https://www.google.com/", "https://www.google.com/", "https://www.bing.com/", "https://duckduckgo.com/"),
    "social": ("https://www.instagram.com/", "https://www.pinterest.com/", "https://www.facebook.com/"),
    "referral": ("https://homestories.example/", "https://slow-travel.example/packing/", "https://giftguide.example/"),
}
_CAMPAIGNS = {
    "paid": (
        {"source": "google", "medium": "cpc", "campaign": "brand"},
        {"source": "google", "medium": "cpc", "campaign": "bestsellers"},
        {"source": "bing", "medium": "cpc", "campaign": "bestsellers"},
        {"source": "instagram", "medium": "paid_social", "campaign": "new-season"},
    ),
    "email": (
        {"source": "newsletter", "medium": "email", "campaign": "weekly"},
        {"source": "newsletter", "medium": "email", "campaign": "back-in-stock"},
    ),
    "social": ({"source": "instagram", "medium": "social", "campaign": "stories"},),
    "affiliate": ({"source": "couponclub", "medium": "affiliate", "campaign": "partners"},),
}
_DOOR_SHIFT = {"direct": -0.25, "email": -0.1, "paid": 0.22, "organic": 0.08}


class Browsing:
    """`seen` lists the products viewed, the latest last; `category` is what the visitor is after."""

    def __init__(self, visit: Visit, shelf: Shelf, trail: Trail, rng: Random) -> None:
        self.seen: list[int] = []
        self._visit, self._shelf, self._trail, self._rng = visit, shelf, trail, rng
        self.taste = visit.visitor.persona.taste
        self.category = self._focus()
        self._gave_up = False

    def land(self) -> None:
        """The first event carries where the visitor came from."""
        came_from = self._origin(self._visit.channel.name)
        door = self._rng.random() + _DOOR_SHIFT.get(self._visit.channel.name, 0)
        if door < 0.35:
            self._trail.tell("pageview", "/", {"title": "Home", **came_from})
        elif door < 0.5:
            self._read(came_from)
        elif door < 0.75:
            self._open_category(came_from)
        else:
            self.view(self._shelf.pick(self._rng, self.category, self.taste), came_from)

    def explore(self, events: int) -> None:
        """Look around until about this many events have passed, or until a search has found nothing."""
        until = len(self._trail) + events
        searching = self._visit.visitor.persona.search * 0.6
        while len(self._trail) < until and not self._gave_up:
            step = self._rng.random() - searching
            if step < 0:
                self._search()
            elif step < 0.2:
                self._open_list()
            elif step < 0.27:
                self._read({})
            else:
                self._look()

    def view(self, index: int, came_from: dict[str, Any]) -> None:
        self.seen.append(index)
        properties = self._shelf.views[index]
        self._trail.tell("product_view", f"/product/{properties['product_id']}", {**properties, **came_from})

    def _focus(self) -> int:
        favourites = self._visit.visitor.favourites
        if favourites and self._rng.random() < 0.7:
            return favourites[int(self._rng.random() * len(favourites))]
        return self._shelf.pick_category(self._rng)

    def _origin(self, channel: str) -> dict[str, Any]:
        campaigns, referrers = _CAMPAIGNS.get(channel), _REFERRERS.get(channel)
        if campaigns and (not referrers or self._rng.random() < 0.4):
            return {"utm": dict(campaigns[int(self._rng.random() * len(campaigns))])}
        return {"referrer": referrers[int(self._rng.random() * len(referrers))]} if referrers else {}

    def _read(self, came_from: dict[str, Any]) -> None:
        page = _INFO[int(self._rng.random() * len(_INFO))]
        self._trail.tell("pageview", page, {"title": INFO_PAGES[page], **came_from})

    def _look(self) -> None:
        self.view(self._shelf.pick(self._rng, self.category, self.taste), {})
        if self._rng.random() < 0.14:
            self._trail.engage()

    def _open_category(self, came_from: dict[str, Any]) -> None:
        name = self._shelf.categories[self.category]
        self._trail.tell("pageview", f"/category/{slug(name)}", {"title": name, "category": name, **came_from})

    def _open_list(self) -> None:
        if self._rng.random() < 0.3:
            self.category = self._shelf.pick_category(self._rng)
        self._open_category({})
        name = self._shelf.categories[self.category]
        if self._rng.random() < 0.5:
            self._trail.tell("list_view", f"/category/{slug(name)}", {"category": name, "page_no": 1})
        if self._rng.random() < 0.2:
            sort = _SORTS[int(self._rng.random() * len(_SORTS))]
            self._trail.tell("list_filter", f"/category/{slug(name)}", {"category": name, "sort": sort})

    def _search(self) -> None:
        """A query for something on the shelf, misspelt, or for something the shop lacks; sometimes tried again."""
        wanted = self._shelf.pick(self._rng, self.category, self.taste)
        query = self._shelf.query_for(self._rng, wanted)
        found = self._ask(self._typed(query))
        if not found and self._rng.random() < 0.45:
            found = self._ask(query)
        elif found and self._rng.random() < 0.1:
            query = self._shelf.query_for(self._rng, wanted)
            found = self._ask(query)
        if found:
            self._use_results(query, found)
        elif self._visit.outcome is Outcome.BROWSE and self._rng.random() < 0.5:
            self._gave_up = True

    def _typed(self, query: str) -> str:
        """What really goes into the search box of someone who means `query`."""
        kind = self._rng.random() * (2 if self._visit.outcome is Outcome.ORDER else 1)
        lacking = self._shelf.lacking
        if kind < 0.10 and lacking:
            return lacking[int(self._rng.random() * len(lacking))]
        return misspelt(query) if kind < 0.17 else query

    def _ask(self, query: str) -> tuple[int, ...]:
        found = self._shelf.find(query)
        self._trail.tell("search", "/search", {"query": query, "results_count": len(found)})
        return found

    def _use_results(self, query: str, found: tuple[int, ...]) -> None:
        choice = self._rng.random()
        if choice > 0.78:
            return
        if choice < 0.08 and len(found) > 9:
            self._trail.tell("search", "/search", {"query": query, "results_count": len(found), "page_no": 2})
        place = min(int(-log(1.0 - self._rng.random()) * 2.5), len(found) - 1)
        if choice < 0.6:
            product_id = self._shelf.views[found[place]]["product_id"]
            self._trail.tell("search_click", "/search", {"query": query, "product_id": product_id, "position": place + 1})
        self.view(found[place], {})
