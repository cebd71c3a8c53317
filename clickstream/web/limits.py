"""How often one client may do something: token buckets in memory, bounded in number."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from threading import Lock

from clickstream.clock import Clock
from clickstream.errors import TooManyRequests


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Throttle:
    """`burst` tries at once, then one every `seconds_each`; the least recently used key is forgotten first."""

    def __init__(self, burst: int, seconds_each: float, clock: Clock, *, max_keys: int = 10_000) -> None:
        self._burst, self._seconds_each, self._clock, self._max_keys = burst, seconds_each, clock, max_keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> None:
        """Count one try; TooManyRequests, with the seconds to wait, when there is none left."""
        with self._lock:
            bucket = self._filled(key)
            if bucket.left < 1:
                wait = ceil((1 - bucket.left) * self._seconds_each)
                raise TooManyRequests(f"Too many tries; try again in {wait} s.", retry_after_seconds=wait)
            bucket.left -= 1

    def forgive(self, key: str) -> None:
        """Forget the tries of a key that has proved to be welcome."""
        with self._lock:
            self._buckets.pop(key, None)

    def _filled(self, key: str) -> _Bucket:
        now = self._clock().timestamp()
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        bucket.left = min(self._burst, bucket.left + max(0.0, now - bucket.at) / self._seconds_each)
        bucket.at = now
        return bucket


class Limits:
    """Every limit of the web layer."""

    def __init__(self, clock: Clock) -> None:
        self.login_by_user = Throttle(10, 10, clock)
        self.login_by_address = Throttle(60, 1, clock)
        self.signup_by_address = Throttle(30, 6, clock)
        self.share_by_address = Throttle(60, 1, clock)
        self.share_export_by_address = Throttle(10, 6, clock)
        self.reset_by_address = Throttle(10, 10, clock)
        self.provider_by_user = Throttle(10, 6, clock)
        self.replay_by_user = Throttle(10, 6, clock)
        self.pdf_by_user = Throttle(10, 6, clock)


def network_of(address: str) -> str:
    """The address a limit counts by: an IPv6 client owns its whole /64.

    >>> network_of("2001:db8::1"), network_of("192.0.2.7")
    ('2001:db8::/64', '192.0.2.7')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
