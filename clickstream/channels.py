"""Which channel brought a session: the printed table of docs/definitions.md ("Channel") as data."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

CHANNELS = ("paid", "organic", "social", "email", "affiliate", "referral", "direct")

MEDIUM_CHANNEL = {
    **dict.fromkeys(
        ("cpc", "ppc", "cpm", "cpv", "cpa", "paid", "paidsearch", "paid_search", "paidsocial", "paid_social", "display",
         "banner", "retargeting", "remarketing", "shopping"), "paid"),
    **dict.fromkeys(("email", "e-mail", "newsletter", "mail"), "email"),
    **dict.fromkeys(("affiliate", "affiliates", "partner"), "affiliate"),
    **dict.fromkeys(("social", "social-network", "social_network", "social-media", "social_media", "sm"), "social"),
    "organic": "organic",
    "referral": "referral",
}  # fmt: skip
EMAIL_SOURCES = frozenset(("email", "newsletter"))
SITE_CHANNEL = {
    **dict.fromkeys(
        ("google", "bing", "duckduckgo", "yahoo", "ecosia", "baidu", "yandex", "qwant", "startpage", "brave"), "organic"),
    **dict.fromkeys(
        ("facebook", "instagram", "twitter", "x", "t", "pinterest", "tiktok", "linkedin", "reddit", "youtube", "snapchat",
         "threads", "whatsapp", "telegram"), "social"),
}  # fmt: skip
_FRONT_LABELS = ("www.", "m.", "l.", "lm.", "out.", "search.", "mail.")


def channel_of(properties: dict[str, Any]) -> str:
    """The channel of a session, from its first event's `utm`, `referrer` and `url`.

    >>> channel_of({"utm": {"source": "google", "medium": "cpc"}}), channel_of({"referrer": "https://www.google.co.uk/"})
    ('paid', 'organic')
    >>> channel_of({"referrer": "https://shop.example/p/1", "url": "https://shop.example/p/2"}), channel_of({})
    ('direct', 'direct')
    """
    utm = properties.get("utm")
    source, medium = (_word(utm.get("source")), _word(utm.get("medium"))) if isinstance(utm, dict) else ("", "")
    if MEDIUM_CHANNEL.get(medium) == "paid":
        return "paid"
    if source in EMAIL_SOURCES:
        return "email"
    if medium in MEDIUM_CHANNEL:
        return MEDIUM_CHANNEL[medium]
    if source or medium:
        return SITE_CHANNEL.get(_site_name(source) if "." in source else source, "referral")
    return _of_referrer(_host(properties.get("referrer")), _host(properties.get("url")))


def _of_referrer(host: str, own_host: str) -> str:
    if not host or host == own_host:
        return "direct"
    return SITE_CHANNEL.get(_site_name(host), "referral")


def _word(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _host(address: object) -> str:
    if not isinstance(address, str) or "//" not in address:
        return ""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _site_name(host: str) -> str:
    for label in _FRONT_LABELS:
        if host.startswith(label) and host.count(".") > 1:
            host = host.removeprefix(label)
            break
    return host.split(".", 1)[0]
