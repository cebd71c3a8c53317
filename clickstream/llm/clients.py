"""Clients for any endpoint, sharing connections and what was learned about models: one `Clients` per process."""

from __future__ import annotations

import hashlib
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from clickstream.llm.client import Client
from clickstream.llm.dialect import Dialects
from clickstream.llm.endpoint import Endpoint
from clickstream.llm.models import Model
from clickstream.llm.transport import Deadlines, new_session

REMEMBERED_SECONDS = 3600.0
_MOST_REMEMBERED = 64


@dataclass(frozen=True)
class _List:
    models: tuple[Model, ...]
    at: float


class Clients:
    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._clock, self._sleep, self._deadlines = clock, sleep, deadlines
        self._http, self._dialects = new_session(), Dialects(clock)
        self._lists: OrderedDict[str, _List] = OrderedDict()
        self._lock = Lock()

    def at(self, endpoint: Endpoint) -> Client:
        return Client(
            endpoint,
            self._http,
            self._clock,
            self._sleep,
            random.Random(),
            deadlines=self._deadlines,
            dialects=self._dialects,
        )

    def known_models(self, endpoint: Endpoint) -> tuple[Model, ...] | None:
        """What `models` found within the last hour, without asking."""
        with self._lock:
            held = self._lists.get(_digest(_asked(endpoint)))
        return held.models if held and self._clock() - held.at < REMEMBERED_SECONDS else None

    def models(self, endpoint: Endpoint) -> tuple[Model, ...]:
        """What the provider offers, by id; asked again after an hour. Raises an LlmError."""
        known = self.known_models(endpoint)
        return known if known is not None else self._fetch(_asked(endpoint))

    def _fetch(self, endpoint: Endpoint) -> tuple[Model, ...]:
        models = tuple(self.at(endpoint).models())
        with self._lock:
            self._lists[_digest(endpoint)] = _List(models, self._clock())
            if len(self._lists) > _MOST_REMEMBERED:
                self._lists.popitem(last=False)
        return models


def _asked(endpoint: Endpoint) -> Endpoint:
    """OpenRouter's list is public and the same for everybody; elsewhere it belongs to the key."""
    return replace(endpoint, api_key="") if endpoint.kind == "openrouter" else endpoint


def _digest(endpoint: Endpoint) -> str:
    return hashlib.sha256(f"{endpoint.base_url} {endpoint.api_key}".encode()).hexdigest()
