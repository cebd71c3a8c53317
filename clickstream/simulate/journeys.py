"""One visit walked through the shop, event by event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import log
from random import Random
from typing import Any, NamedTuple

from clickstream.clock import iso
from clickstream.simulate.basket import COUPON_CODES, PAYMENT_METHODS, Basket, aftermath, place_order
from clickstream.simulate.personas import Outcome
from clickstream.simulate.shelf import Shelf, misspelt, slug
from clickstream.simulate.visits import Visit

Event = dict[str, Any]

DWELL_SECONDS = {"product_view": 34, "pageview": 20, "engagement": 10, "search": 13, "list_view": 22, "checkout_step": 38}
_OTHER_DWELL_SECONDS = 11
_LONGEST_PAUSE_MS = 20 * 60_000
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
CHECKOUT_STEPS = ("address", "delivery", "payment")
PAYMENT_ERRORS = ("card_declined", "card_expired", "3ds_failed", "provider_timeout")
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


class Timed(NamedTuple):
    at_ms: int
    event: Event


class Journey:
    """Walks a visit; `timed` fills with its events in order, refunds of later days last."""

    def __init__(self, visit: Visit, shelf: Shelf, browsing_events: float, source: str) -> None:
        self.timed: list[Timed] = []
        self._visit, self._shelf, self._source = visit, shelf, source
        self._rng = rng = Random(visit.seed)
        self._now_ms = visit.start_ms
        self._basket = Basket(shelf)
        visitor = visit.visitor
        self._taste = visitor.persona.taste
        self._base = {"source": source, "device": visit.device.name, "country": visitor.country}
        if visitor.variant:
            self._base["variant"] = visitor.variant
        self._identity: dict[str, str] = {"client_id": visit.client_id}
        if visit.has_session_id:
            self._identity["session_id"] = f"s-{visit.number}"
        if visit.login == "start":
            self._identity["user_id"] = visitor.username
        self._budget = int(-log(1.0 - rng.random()) * browsing_events * visitor.persona.length + rng.random())
        self._category = self._focus()
        self._seen: list[int] = []

    def walk(self) -> list[Timed]:
        self._land()
        _ENDINGS[self._visit.outcome](self)
        return self.timed

    def bounce(self) -> None:
        if self._rng.random() < 0.3:
            self._engage()

    def browse(self) -> None:
        self._log_in(chance=0.5)
        self._explore(max(1, self._budget))

    def leave_cart(self) -> None:
        self._fill_cart()
        if self._rng.random() < 0.5:
            self._look_at_cart()
        self._explore(self._budget // 3)

    def empty_cart(self) -> None:
        self._fill_cart()
        self._look_at_cart()
        for index in list(self._basket.quantities):
            self._tell("remove_from_cart", "/cart", self._basket.remove(index))

    def leave_checkout(self) -> None:
        self._begin_checkout()
        reached = 1 + int(self._rng.random() * len(CHECKOUT_STEPS))
        self._checkout_steps(reached)
        if reached == len(CHECKOUT_STEPS) and self._rng.random() < 0.5:
            self._payment_fails()

    def order(self) -> None:
        self._begin_checkout()
        self._checkout_steps(len(CHECKOUT_STEPS))
        if self._rng.random() < 0.12:
            self._payment_fails()
        order = place_order(self._basket, f"o-{self._visit.number}", self._one_of(PAYMENT_METHODS))
        self._tell("purchase", "/checkout/done", order.properties)
        if self._rng.random() < 0.7:
            self._tell("pageview", "/order/thank-you", {"title": "Thank you"})
        if later := aftermath(order, self._shelf, self._rng):
            self._tell_later(later.after_ms, later.event_type, later.properties)

    def _focus(self) -> int:
        favourites = self._visit.visitor.favourites
        if favourites and self._rng.random() < 0.7:
            return favourites[int(self._rng.random() * len(favourites))]
        return int(self._rng.random() * len(self._shelf.categories))

    def _one_of(self, choices: tuple[str, ...]) -> str:
        return choices[int(self._rng.random() * len(choices))]

    def _tell(self, event_type: str, page: str, properties: dict[str, Any]) -> None:
        event = {
            "event_id": f"{self._visit.number}-{len(self.timed):03d}",
            "event_type": event_type,
            "timestamp": iso(datetime.fromtimestamp(self._now_ms / 1000, UTC)),
            **self._identity,
            "page": page,
            "properties": {**self._base, **properties},
        }
        self.timed.append(Timed(self._now_ms, event))
        pause = 800 - log(1.0 - self._rng.random()) * 1000 * DWELL_SECONDS.get(event_type, _OTHER_DWELL_SECONDS)
        self._now_ms += int(min(pause, _LONGEST_PAUSE_MS))

    def _tell_later(self, after_ms: int, event_type: str, properties: dict[str, Any]) -> None:
        """The shop's own note about an order: it belongs to the buyer, but to no visit."""
        at_ms = self._now_ms + after_ms
        event = {
            "event_id": f"{self._visit.number}-{event_type}",
            "event_type": event_type,
            "timestamp": iso(datetime.fromtimestamp(at_ms / 1000, UTC)),
            **{name: value for name, value in self._identity.items() if name != "session_id"},
            "properties": {"source": self._source, **properties},
        }
        self.timed.append(Timed(at_ms, event))

    def _engage(self) -> None:
        page = self.timed[-1].event["page"]
        self._now_ms += int(5_000 + self._rng.random() * 25_000)
        self._tell("engagement", page, {"engaged_ms": self._now_ms - self.timed[-1].at_ms})

    def _log_in(self, chance: float) -> None:
        if self._visit.login == "later" and "user_id" not in self._identity and self._rng.random() < chance:
            self._identity["user_id"] = self._visit.visitor.username
            self._tell("login", "/account/login", {})

    def _land(self) -> None:
        """The first event carries where the visitor came from."""
        came_from = self._origin(self._visit.channel.name)
        door = self._rng.random() + _DOOR_SHIFT.get(self._visit.channel.name, 0)
        if door < 0.35:
            self._tell("pageview", "/", {"title": "Home", **came_from})
        elif door < 0.5:
            page = self._one_of(_INFO)
            self._tell("pageview", page, {"title": INFO_PAGES[page], **came_from})
        elif door < 0.75:
            self._open_category(came_from)
        else:
            self._view(self._shelf.pick(self._rng, self._category, self._taste), came_from)

    def _origin(self, channel: str) -> dict[str, Any]:
        campaigns, referrers = _CAMPAIGNS.get(channel), _REFERRERS.get(channel)
        if campaigns and (not referrers or self._rng.random() < 0.4):
            return {"utm": dict(campaigns[int(self._rng.random() * len(campaigns))])}
        return {"referrer": self._one_of(referrers)} if referrers else {}

    def _explore(self, events: int) -> None:
        """Look around until about this many events have passed."""
        until = len(self.timed) + events
        persona = self._visit.visitor.persona
        while len(self.timed) < until:
            step = self._rng.random()
            if step < persona.search * 0.6:
                self._search()
            elif step < persona.search * 0.6 + 0.2:
                self._open_list()
            elif step < persona.search * 0.6 + 0.27:
                page = self._one_of(_INFO)
                self._tell("pageview", page, {"title": INFO_PAGES[page]})
            else:
                self._view(self._shelf.pick(self._rng, self._category, self._taste), {})
                if self._rng.random() < 0.14:
                    self._engage()

    def _view(self, index: int, came_from: dict[str, Any]) -> None:
        self._seen.append(index)
        properties = self._shelf.views[index]
        self._tell("product_view", f"/product/{properties['product_id']}", {**properties, **came_from})

    def _open_category(self, came_from: dict[str, Any]) -> None:
        name = self._shelf.categories[self._category]
        self._tell("pageview", f"/category/{slug(name)}", {"title": name, "category": name, **came_from})

    def _open_list(self) -> None:
        if self._rng.random() < 0.3:
            self._category = int(self._rng.random() * len(self._shelf.categories))
        self._open_category({})
        name = self._shelf.categories[self._category]
        if self._rng.random() < 0.5:
            self._tell("list_view", f"/category/{slug(name)}", {"category": name, "page_no": 1})
        if self._rng.random() < 0.2:
            self._tell("list_filter", f"/category/{slug(name)}", {"category": name, "sort": self._one_of(("price", "new", "popular"))})

    def _search(self) -> None:
        """A query for something on the shelf, misspelt, or for something the shop lacks; sometimes tried again."""
        wanted = self._shelf.pick(self._rng, self._category, self._taste)
        query, kind = self._shelf.query_for(self._rng, wanted), self._rng.random()
        buys = self._visit.outcome is Outcome.ORDER
        if kind < (0.05 if buys else 0.10) and self._shelf.lacking:
            found = self._ask(self._one_of(self._shelf.lacking))
        elif kind < (0.09 if buys else 0.17):
            found = self._ask(misspelt(query))
        else:
            found = self._ask(query)
        if not found and self._rng.random() < 0.45:
            found = self._ask(query)
        elif found and self._rng.random() < 0.1:
            found = self._ask(self._shelf.query_for(self._rng, wanted))
        if found:
            self._use_results(query, found)

    def _ask(self, query: str) -> tuple[int, ...]:
        found = self._shelf.find(query)
        self._tell("search", "/search", {"query": query, "results_count": len(found)})
        return found

    def _use_results(self, query: str, found: tuple[int, ...]) -> None:
        choice = self._rng.random()
        if choice < 0.08 and len(found) > 12:
            self._tell("search", "/search", {"query": query, "results_count": len(found), "page_no": 2})
        if choice > 0.78:
            return
        place = min(int(-log(1.0 - self._rng.random()) * 2.5), len(found) - 1)
        if choice < 0.6:
            properties = {"query": query, "product_id": self._shelf.views[found[place]]["product_id"], "position": place + 1}
            self._tell("search_click", "/search", properties)
        self._view(found[place], {})

    def _fill_cart(self) -> None:
        self._explore(self._budget // 2)
        self._add(self._wanted())
        while self._rng.random() < 0.36:
            partner = self._shelf.partner(self._seen[-1])
            together = partner is not None and self._rng.random() < 0.55
            self._add(partner if together and partner is not None else self._wanted())

    def _wanted(self) -> int:
        """Something seen on the way that can be bought, else something new."""
        seen = [index for index in self._seen if self._shelf.products[index].in_stock]
        if seen and self._rng.random() < 0.6:
            return seen[-1]
        return self._shelf.pick_in_stock(self._rng, self._category, self._taste)

    def _add(self, index: int) -> None:
        if not self._seen or self._seen[-1] != index:
            self._view(index, {})
        quantity = 1 if self._rng.random() < 0.86 else 2
        self._tell("add_to_cart", f"/product/{self._shelf.products[index].product_id}", self._basket.add(index, quantity))

    def _look_at_cart(self) -> None:
        self._tell("cart_view", "/cart", self._basket.contents())
        if self._rng.random() < 0.1 and len(self._basket.quantities) > 1:
            last = next(reversed(self._basket.quantities))
            self._tell("remove_from_cart", "/cart", self._basket.remove(last))

    def _begin_checkout(self) -> None:
        self._fill_cart()
        self._explore(self._budget // 3)
        if self._rng.random() < 0.8:
            self._look_at_cart()
        self._log_in(chance=0.9)
        if self._rng.random() < self._visit.visitor.persona.coupon:
            self._try_coupon()
        self._tell("checkout", "/checkout", self._basket.contents())

    def _try_coupon(self) -> None:
        if self._rng.random() < 0.25:
            self._tell("coupon", "/cart", {"action": "denied", "coupon": "SPRING20", "reason": "expired"})
            return
        self._basket.coupon = self._one_of(COUPON_CODES)
        contents = self._basket.contents()
        self._tell("coupon", "/cart", {"action": "applied", **{name: contents[name] for name in ("coupon", "discount", "currency")}})

    def _checkout_steps(self, count: int) -> None:
        for place, name in enumerate(CHECKOUT_STEPS[:count], start=1):
            self._tell("checkout_step", f"/checkout/{name}", {"step": place, "step_name": name})

    def _payment_fails(self) -> None:
        reason = self._one_of(PAYMENT_ERRORS)
        self._tell("payment_error", "/checkout/payment", {"reason": reason, "payment_method": self._one_of(PAYMENT_METHODS)})


_DOOR_SHIFT = {"direct": -0.25, "email": -0.1, "paid": 0.22, "organic": 0.08}
_ENDINGS: dict[Outcome, Callable[[Journey], None]] = {
    Outcome.ORDER: Journey.order,
    Outcome.CHECKOUT_LEFT: Journey.leave_checkout,
    Outcome.CART_LEFT: Journey.leave_cart,
    Outcome.EMPTIED: Journey.empty_cart,
    Outcome.BOUNCE: Journey.bounce,
    Outcome.BROWSE: Journey.browse,
}
