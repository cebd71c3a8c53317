"""How much of the installation's AI key those may spend who only look after themselves: anyone may sign up as a shopper."""

from __future__ import annotations

from clickstream.analysis.advice import Advisor, Wish
from clickstream.clock import Clock
from clickstream.errors import QuotaUsed
from clickstream.localtime import LocalTime
from clickstream.settings import Settings
from clickstream.store import Store


class Allowance:
    """Counted per account and day of the shop, and at the start: deleting an analysis gives nothing back."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, advisor: Advisor) -> None:
        self._store, self._settings, self._clock, self._advisor = store, settings, clock, advisor

    def take(self, wish: Wish) -> None:
        """Count an analysis or a question that is about to ask a model at the installation's expense. Raises QuotaUsed."""
        if not self._advisor.is_at_the_shops_expense(wish):
            return
        a_day, local, now = self._settings.shopper_analyses_per_day, LocalTime(self._settings.time_zone), self._clock()
        day = local.day(now)
        tomorrow = local.next_day_start(day)
        if not self._store.quotas.take(f"analyses {day} {wish.username}", a_day, tomorrow):
            raise QuotaUsed(_sentence(a_day), retry_after_seconds=int((tomorrow - now).total_seconds()) + 1)


def _sentence(a_day: int) -> str:
    own = 'save a key of your own, or name "none" as the model for computed texts.'
    if not a_day:
        return f"The shop's AI key is not for shoppers: {own}"
    return f"No analysis or question with the shop's AI key is left today (of {a_day}): come back tomorrow, {own}"
