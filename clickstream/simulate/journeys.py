"""One visit walked through the shop, from landing to its planned outcome."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from random import Random

from clickstream.simulate.basket import COUPON_CODES, PAYMENT_METHODS, Basket, aftermath, place_order
from clickstream.simulate.browsing import Browsing
from clickstream.simulate.personas import Outcome
from clickstream.simulate.shelf import Shelf
from clickstream.simulate.trail import Timed, Trail
from clickstream.simulate.visits import Visit

CHECKOUT_STEPS = ("address", "delivery", "payment")
_EXPRESS_CHANCE = 0.04  # one tap on the product page, without a checkout
PAYMENT_ERRORS = ("card_declined", "card_expired", "authentication_failed", "provider_timeout")


def walk(visit: Visit, shelf: Shelf, browsing_events: float, source: str) -> list[Timed]:
    """The visit's events in order of time, those of later days (refunds) last."""
    rng = Random(visit.seed)
    trail = Trail(visit, rng, source)
    length = browsing_events * visit.visitor.persona.length
    budget = int(-log(1.0 - rng.random()) * length + rng.random())
    journey = Journey(visit, shelf, trail, rng, budget)
    _ENDINGS[visit.outcome](journey)
    return trail.timed


class Journey:
    """`budget` is how many events of mere browsing there will be, more or less."""

    def __init__(self, visit: Visit, shelf: Shelf, trail: Trail, rng: Random, budget: int) -> None:
        self._visit, self._shelf, self._trail, self._rng, self._budget = visit, shelf, trail, rng, budget
        self._basket = Basket(shelf)
        self._browsing = Browsing(visit, shelf, trail, rng)
        self._browsing.land()

    def bounce(self) -> None:
        if self._happens(0.3):
            self._trail.engage()

    def browse(self) -> None:
        if self._happens(0.5):
            self._trail.log_in()
        self._browsing.explore(max(1, self._budget))

    def leave_cart(self) -> None:
        self._fill_cart()
        if self._happens(0.5):
            self._look_at_cart()
        self._browsing.explore(self._budget // 3)

    def empty_cart(self) -> None:
        self._fill_cart()
        self._look_at_cart()
        for index in list(self._basket.quantities):
            self._trail.tell("remove_from_cart", "/cart", self._basket.remove(index))

    def leave_checkout(self) -> None:
        self._begin_checkout()
        reached = 1 + int(self._rng.random() * len(CHECKOUT_STEPS))
        self._checkout_steps(reached)
        if reached == len(CHECKOUT_STEPS) and self._happens(0.5):
            self._payment_fails()

    def order(self) -> None:
        if self._happens(_EXPRESS_CHANCE):
            self._fill_cart()
        else:
            self._go_through_checkout()
        order = place_order(self._basket, f"o-{self._visit.number}", self._one_of(PAYMENT_METHODS))
        self._trail.tell("purchase", "/checkout/done", order.properties)
        if self._happens(0.7):
            self._trail.tell("pageview", "/order/thank-you", {"title": "Thank you"})
        if later := aftermath(order, self._shelf, self._rng):
            self._trail.tell_later(later.after_ms, later.event_type, later.properties)

    def _happens(self, chance: float) -> bool:
        return self._rng.random() < chance

    def _one_of(self, choices: tuple[str, ...]) -> str:
        return choices[int(self._rng.random() * len(choices))]

    def _fill_cart(self) -> None:
        self._browsing.explore(self._budget // 2)
        self._add(self._wanted())
        while self._happens(0.36):
            partner = self._shelf.partner(self._browsing.seen[-1])
            self._add(self._wanted() if partner is None or self._happens(0.45) else partner)

    def _wanted(self) -> int:
        """The last thing seen that can be bought, else something new."""
        seen = [index for index in self._browsing.seen if self._shelf.products[index].in_stock]
        if seen and self._happens(0.6):
            return seen[-1]
        return self._shelf.pick_in_stock(self._rng, self._browsing.category, self._browsing.taste)

    def _add(self, index: int) -> None:
        if self._browsing.seen[-1:] != [index]:
            self._browsing.view(index, {})
        quantity = 1 if self._happens(0.86) else 2
        page = f"/product/{self._shelf.products[index].product_id}"
        self._trail.tell("add_to_cart", page, self._basket.add(index, quantity))

    def _look_at_cart(self) -> None:
        self._trail.tell("cart_view", "/cart", self._basket.contents())
        if len(self._basket.quantities) > 1 and self._happens(0.1):
            last = next(reversed(self._basket.quantities))
            self._trail.tell("remove_from_cart", "/cart", self._basket.remove(last))

    def _begin_checkout(self) -> None:
        self._fill_cart()
        self._browsing.explore(self._budget // 3)
        if self._happens(0.8):
            self._look_at_cart()
        if self._happens(0.9):
            self._trail.log_in()
        if self._happens(self._visit.visitor.persona.coupon):
            self._try_coupon()
        self._trail.tell("checkout", "/checkout", self._basket.contents())

    def _go_through_checkout(self) -> None:
        self._begin_checkout()
        self._checkout_steps(len(CHECKOUT_STEPS))
        if self._happens(0.12):
            self._payment_fails()

    def _try_coupon(self) -> None:
        if self._happens(0.25):
            self._trail.tell("coupon", "/cart", {"action": "denied", "coupon": "SPRING20", "reason": "expired"})
            return
        self._basket.coupon = self._one_of(COUPON_CODES)
        contents = self._basket.contents()
        applied = {name: contents[name] for name in ("coupon", "discount", "currency")}
        self._trail.tell("coupon", "/cart", {"action": "applied", **applied})

    def _checkout_steps(self, count: int) -> None:
        for place, name in enumerate(CHECKOUT_STEPS[:count], start=1):
            self._trail.tell("checkout_step", f"/checkout/{name}", {"step": place, "step_name": name})

    def _payment_fails(self) -> None:
        properties = {"reason": self._one_of(PAYMENT_ERRORS), "payment_method": self._one_of(PAYMENT_METHODS)}
        self._trail.tell("payment_error", "/checkout/payment", properties)


_ENDINGS: dict[Outcome, Callable[[Journey], None]] = {
    Outcome.ORDER: Journey.order,
    Outcome.CHECKOUT_LEFT: Journey.leave_checkout,
    Outcome.CART_LEFT: Journey.leave_cart,
    Outcome.EMPTIED: Journey.empty_cart,
    Outcome.BOUNCE: Journey.bounce,
    Outcome.BROWSE: Journey.browse,
}
