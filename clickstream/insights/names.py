"""Names that this program gives (steps, devices, parts of the day) in the language read; all others stay as they are."""

from __future__ import annotations

import re

from clickstream.facts import Fact
from clickstream.languages import message, translated

_OURS = re.compile(
    r"funnel\.\w+\.(?:name|previous)|path\.\w+\.\d+\.(?:sequence|name)|"
    r"segments\.(?:device|channel|visitor|country)\.\w+\.name|channels\.\w+\.name|"
    r"side\.(?:device|channel|visitor|country|day_part)\.\w+\.name|anomaly\.\d+\.measure|quality\.withheld\.\d+"
)
"""Ids of facts whose value may be such a name."""

NAMES = (
    message("session"), message("product view"), message("add to cart"), message("checkout"), message("purchase"),
    message("pageview"), message("search"), message("search click"), message("list filter"), message("remove from cart"),
    message("cart view"), message("checkout step"), message("payment error"), message("coupon"), message("refund"),
    message("order cancel"), message("engagement"),
    message("mobile"), message("desktop"), message("tablet"), message("unknown"), message("(other)"),
    message("new"), message("returning"),
    message("paid"), message("organic"), message("social"), message("email"), message("affiliate"), message("referral"),
    message("direct"),
    message("night"), message("morning"), message("afternoon"), message("evening"),
    message("Sessions"), message("Orders"),
    message("overview"), message("trends"), message("series"), message("funnel"), message("cart"),
    message("segments"), message("segments device"), message("segments channel"), message("segments visitor"),
    message("segments country"), message("segments variant"), message("spread"), message("variants"),
    message("products"), message("bought together"), message("channels"),
    message("retention"), message("retention purchase"), message("rfm"), message("pages"), message("event types"),
    message("paths"), message("paths buyers"), message("paths abandoners"), message("differences"), message("friction"),
)  # fmt: skip
_ARROW = " → "


def own_name(fact: Fact, language: str) -> str:
    """The value of a fact of kind `name`; the steps of a way are named one by one."""
    value = str(fact.value)
    if not _OURS.search(fact.id):
        return value
    return _ARROW.join(translated(language, "insights", name) if name in NAMES else name for name in value.split(_ARROW))
