"""How the oracle reads one raw event: its time, its money, its channel. Shares nothing with the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

JsonDict = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOISY_SOURCES = ("simulation", "basic_sim", "seed_demo")

PAID = [
    "cpc",
    "ppc",
    "cpm",
    "cpv",
    "cpa",
    "paid",
    "paidsearch",
    "paid_search",
    "paidsocial",
    "paid_social",
    "display",
    "banner",
    "retargeting",
    "remarketing",
    "shopping",
]
EMAIL = ["email", "e-mail", "newsletter", "mail"]
EMAIL_SOURCES = ["email", "newsletter"]
AFFILIATE = ["affiliate", "affiliates", "partner"]
SOCIAL = ["social", "social-network", "social_network", "social-media", "social_media", "sm"]
SEARCH_SITES = ["google", "bing", "duckduckgo", "yahoo", "ecosia", "baidu", "yandex", "qwant", "startpage", "brave"]
SOCIAL_SITES = [
    "facebook",
    "instagram",
    "twitter",
    "x",
    "t",
    "pinterest",
    "tiktok",
    "linkedin",
    "reddit",
    "youtube",
    "snapchat",
    "threads",
    "whatsapp",
    "telegram",
]
HOST_PREFIXES = ["www.", "m.", "l.", "lm.", "out.", "search.", "mail."]


def normalise(event: Mapping[str, Any]) -> JsonDict:
    """The fields the oracle uses, times floored to the millisecond."""
    properties = dict(event.get("properties") or {})
    flag = event.get("flag") or {}
    ms = milliseconds(event["timestamp"])
    return {
        "event_id": event["event_id"],
        "event_type": event["event_type"],
        "ms": ms,
        "timestamp": EPOCH + timedelta(milliseconds=ms),
        "received_ms": milliseconds(event["received_at"]),
        "position": event["position"],
        "client_id": event.get("client_id") or "",
        "user_id": event.get("user_id") or "",
        "session_id": event.get("session_id") or "",
        "page": event.get("page") or "",
        "properties": properties,
        "noisy": bool(flag.get("noisy")) or properties.get("source") in NOISY_SOURCES,
    }


def milliseconds(moment: datetime | str) -> int:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return (moment - EPOCH) // timedelta(milliseconds=1)


def in_order(events: Iterable[JsonDict]) -> list[JsonDict]:
    return sorted(events, key=lambda e: (e["ms"], e["received_ms"], e["position"], e["event_id"]))


def is_loose_type(event_type: str) -> bool:
    return event_type in ("engagement", "refund") or event_type.startswith("order_")


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def shortest(number: float) -> str:
    """A number as text: `5`, `7.5`; 5.0 is `5`."""
    exact = Decimal(str(number))
    return str(int(exact)) if exact == int(exact) else format(exact.normalize(), "f")


def label_of(value: object) -> str:
    """The name of a step or an error: text or a number, cut at 100 characters."""
    if isinstance(value, str):
        return value.strip()[:100]
    return shortest(value)[:100] if isinstance(value, int | float) and not isinstance(value, bool) else ""


# Money


def decimal_of(value: object) -> Decimal | None:
    """The number as it is written, or None where there is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def rounded(amount: Decimal) -> int:
    """Integer of 1/10,000, half to even."""
    return int((amount * 10_000).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def units_of(value: object) -> int | None:
    amount = decimal_of(value)
    return None if amount is None else rounded(amount)


def lines_of(properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An event's lines: its items, else itself."""
    items = properties.get("items")
    return items if items and isinstance(items, list) else [properties]


def quantity_of(line: Mapping[str, Any]) -> int:
    quantity = line.get("quantity")
    return 1 if quantity is None else int(quantity)


def line_revenue(properties: Mapping[str, Any]) -> int | None:
    """Revenue of an order from its purchase: the first basis that is fully known, rounded once, at least 0."""

    def known(*names: str) -> Decimal | None:
        return next((value for name in names if (value := decimal_of(properties.get(name))) is not None), None)

    def remainder() -> Decimal | None:
        total, tax, shipping = known("total"), known("tax"), known("shipping")
        if total is None or tax is None or shipping is None:
            return None
        return total - tax - shipping

    def items() -> Decimal | None:
        amount = Decimal(0)
        for line in lines_of(properties):
            price = decimal_of(line.get("price"))
            if price is None:
                return None
            amount += price * quantity_of(line)
        return amount

    bases = (known("revenue"), known("subtotal"), remainder(), known("total", "total_amount", "value"), items())
    basis = next((amount for amount in bases if amount is not None), None)
    return None if basis is None else max(0, rounded(basis))


# Channel


def site_name(host: str) -> str:
    prefix = next((prefix for prefix in HOST_PREFIXES if host.startswith(prefix) and host.count(".") > 1), "")
    return host[len(prefix) :].split(".", maxsplit=1)[0]


def host_of(address: object) -> str:
    return (urlsplit(text_of(address).strip().lower()).hostname) or ""


def channel_of(event: Mapping[str, Any]) -> str:
    properties = event["properties"]
    utm = properties.get("utm") or {}
    medium = text_of(utm.get("medium")).strip().lower()
    source = text_of(utm.get("source")).strip().lower()
    referrer = host_of(properties.get("referrer"))
    own_host = host_of(properties.get("url"))
    site = ""
    if source:
        site = site_name(source) if "." in source else source
    elif not medium and referrer:
        site = site_name(referrer)
    rules = (
        (medium in PAID, "paid"),
        (medium in EMAIL or source in EMAIL_SOURCES, "email"),
        (medium in AFFILIATE, "affiliate"),
        (medium in SOCIAL, "social"),
        (medium == "organic", "organic"),
        (medium == "referral", "referral"),
        (site in SEARCH_SITES, "organic"),
        (site in SOCIAL_SITES, "social"),
        (source or medium, "referral"),
        (referrer and referrer != own_host, "referral"),
    )
    return next((channel for fits, channel in rules if fits), "direct")
