"""What can be asked: a row a question, with what is measured for its answer; words/patterns.toml recognises it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clickstream.languages import message

Measure = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Intent:
    """`question` is how it is suggested, `measures` the metrics with their options.

    Without a fact `known` (one that is not 0; all that begin so where it ends in a dot) the answer is `lacking`: what would
    have to be sent. `needs` is such a fact of an analysis, for suggesting the question, where that is another one.
    """

    name: str
    question: str
    measures: tuple[Measure, ...]
    known: str
    lacking: str
    follow_ups: tuple[str, ...]
    needs: str = ""


def _measured(*metric_ids: str, **options: Any) -> tuple[Measure, ...]:
    return tuple((metric_id, options) for metric_id in metric_ids)


OVERVIEW = _measured("overview")
ALL_PAGES: tuple[Measure, ...] = (("pages", {"limit": 1_000}), ("overview", {}))
PATHS: tuple[Measure, ...] = tuple(("paths", {"who": who}) for who in ("all", "buyers", "abandoners"))
RETENTION: tuple[Measure, ...] = (("retention", {}), ("retention", {"first": "purchase"}))
CHANGES = _measured("trends", "overview", "cart", "checkout", "search")
NO_SESSIONS = message("There are no sessions in this selection, so this is not in the data: choose other dates or filters.")
NO_CARTS = message("This is not in the data: no cart was reported. Send add_to_cart events with product and price.")
NO_PRODUCTS = message("This is not in the data: no product was reported. Send the product with views, carts and purchases.")
NO_PURCHASES = message(
    "This is not in the data: no purchase was reported. Send purchase events with order, revenue and currency."
)
NO_SEARCHES = message("This is not in the data: no search was reported. Send search events with query and result count.")
NO_CHECKOUTS = message("This is not in the data: no checkout was reported. Send checkout events when a checkout begins.")
NO_PAGES = message("This is not in the data: no page was reported. Send the page with every view.")
NO_DEVICES = message("This is not in the data: devices are unknown or too few to compare. Send the device with every event.")
NO_COUNTRIES = message(
    "This is not in the data: countries are unknown or too few to compare. Send the country with every event."
)
NO_CHANNELS = message("This is not in the data: channels need orders, and the address or referrer that a visit begins with.")
NO_VARIANTS = message("This is not in the data: no experiment was reported. Send its variant with every event.")
NO_KINDS = message("This is not in the data: it takes enough sessions of new and of returning visitors to compare them.")
NO_SIDES = message("This is not in the data: it takes sessions that bought, and others that left a cart.")
NO_PERIOD_BEFORE = message("This is not in the data: it does not reach back to the period before. Choose a shorter window.")
NO_DAYS = message("This is not in the data: it takes several days to compare them. Choose a longer window.")


INTENTS: tuple[Intent, ...] = (
    Intent(
        "carts",
        message("Why do users abandon carts?"),
        (("cart", {}), ("checkout", {}), ("funnel", {}), ("friction", {}), ("overview", {})),
        "cart.created",
        NO_CARTS,
        ("checkout", "funnel", "by_device"),
    ),
    Intent(
        "product_pages",
        message("How can we improve product page conversions?"),
        _measured("funnel", "products", "overview"),
        "funnel.product_view.reached",
        NO_PRODUCTS,
        ("viewed_not_bought", "funnel", "best_sellers"),
    ),
    Intent(
        "conversion",
        message("What is our conversion rate?"),
        OVERVIEW,
        "overview.sessions",
        NO_SESSIONS,
        ("funnel", "by_device", "changes"),
    ),
    Intent(
        "revenue",
        message("How much revenue did we make?"),
        OVERVIEW,
        "overview.orders",
        NO_PURCHASES,
        ("order_value", "busiest_day", "channels"),
    ),
    Intent(
        "orders",
        message("How many orders did we have?"),
        OVERVIEW,
        "overview.orders",
        NO_PURCHASES,
        ("order_value", "conversion", "changes"),
    ),
    Intent(
        "traffic",
        message("How many people visited?"),
        OVERVIEW,
        "overview.sessions",
        NO_SESSIONS,
        ("by_visitor", "channels", "busiest_day"),
    ),
    Intent(
        "order_value",
        message("What is the average order value?"),
        OVERVIEW,
        "overview.orders",
        NO_PURCHASES,
        ("revenue", "together", "by_device"),
    ),
    Intent(
        "busiest_day",
        message("Which day was the busiest?"),
        (("series", {"interval": "day"}), ("overview", {})),
        "series.days",
        NO_DAYS,
        ("traffic", "changes", "unusual_days"),
        needs="series.peak.sessions",
    ),
    Intent(
        "funnel",
        message("Where do people drop out of the funnel?"),
        _measured("funnel", "overview"),
        "funnel.session.reached",
        NO_SESSIONS,
        ("carts", "checkout", "product_pages"),
    ),
    Intent(
        "failing_searches",
        message("Which searches find nothing?"),
        (("search", {}), ("overview", {})),
        "search.searches",
        NO_SEARCHES,
        ("search", "search_terms", "viewed_not_bought"),
        needs="search.zero",
    ),
    Intent(
        "search",
        message("How well does our search work?"),
        (("search", {}), ("overview", {})),
        "search.searches",
        NO_SEARCHES,
        ("failing_searches", "search_terms", "funnel"),
    ),
    Intent(
        "search_terms",
        message("What do people search for most?"),
        (("search", {}), ("overview", {})),
        "search.searches",
        NO_SEARCHES,
        ("failing_searches", "search", "best_sellers"),
    ),
    Intent(
        "by_device",
        message("How do mobile and desktop compare?"),
        (("segments", {"dimension": "device"}), ("overview", {})),
        "segments.device.",
        NO_DEVICES,
        ("conversion", "carts", "buyers"),
    ),
    Intent(
        "by_country",
        message("Which country converts best?"),
        (("segments", {"dimension": "country"}), ("overview", {})),
        "segments.country.",
        NO_COUNTRIES,
        ("channels", "by_device", "revenue"),
    ),
    Intent(
        "channels",
        message("Which channel brings the most revenue?"),
        (("channels", {}), ("segments", {"dimension": "channel"}), ("overview", {})),
        "channels.orders",
        NO_CHANNELS,
        ("by_visitor", "by_country", "conversion"),
    ),
    Intent(
        "by_visitor",
        message("Do new or returning visitors buy more?"),
        (("segments", {"dimension": "visitor"}), ("overview", {})),
        "segments.visitor.",
        NO_KINDS,
        ("returning", "best_customers", "conversion"),
    ),
    Intent(
        "by_variant",
        message("Which variant converts best?"),
        (("variants", {}), ("overview", {})),
        "variants.arm.",
        NO_VARIANTS,
        ("conversion", "by_device", "order_value"),
    ),
    Intent(
        "best_sellers",
        message("What are our best-selling products?"),
        (("products", {}), ("overview", {})),
        "products.quantity",
        NO_PURCHASES,
        ("viewed_not_bought", "together", "carts"),
    ),
    Intent(
        "viewed_not_bought",
        message("Which products are viewed but not bought?"),
        (("products", {"sort": "viewed"}), ("overview", {})),
        "products.total",
        NO_PRODUCTS,
        ("best_sellers", "product_pages", "together"),
        needs="products.left.total",
    ),
    Intent(
        "together",
        message("What is bought together?"),
        (("bought_together", {}), ("products", {})),
        "bought_together.sessions",
        NO_PURCHASES,
        ("best_sellers", "order_value", "viewed_not_bought"),
        needs="bought_together.total",
    ),
    Intent(
        "returning",
        message("How many people come back?"),
        (*RETENTION, ("overview", {})),
        "retention.session.visitors",
        NO_SESSIONS,
        ("by_visitor", "best_customers", "changes"),
    ),
    Intent(
        "best_customers",
        message("Who are our best customers?"),
        _measured("rfm", "overview"),
        "rfm.buyers",
        NO_PURCHASES,
        ("returning", "by_visitor", "order_value"),
    ),
    Intent(
        "buyers",
        message("What do buyers do differently?"),
        (("differences", {}), ("overview", {})),
        "side.",
        NO_SIDES,
        ("paths", "by_device", "carts"),
        needs="overview.conversions",
    ),
    Intent(
        "paths",
        message("What are the most common paths?"),
        (*PATHS, ("overview", {})),
        "path.all.sessions",
        NO_SESSIONS,
        ("funnel", "buyers", "exits"),
        needs="overview.sessions",
    ),
    Intent(
        "changes",
        message("What changed compared with the period before?"),
        CHANGES,
        "trend.sessions.before",
        NO_PERIOD_BEFORE,
        ("unusual_days", "channels", "busiest_day"),
        needs="trend.sessions.before",
    ),
    Intent(
        "unusual_days",
        message("Were there unusual days?"),
        (("trends", {}), ("series", {"interval": "day"}), ("overview", {})),
        "overview.sessions",
        NO_SESSIONS,
        ("busiest_day", "changes", "traffic"),
        needs="anomaly.",
    ),
    Intent(
        "duration",
        message("How long do people stay?"),
        OVERVIEW,
        "overview.sessions",
        NO_SESSIONS,
        ("bounces", "paths", "exits"),
    ),
    Intent(
        "bounces",
        message("How many visits end right away?"),
        _measured("overview", "pages"),
        "overview.sessions",
        NO_SESSIONS,
        ("landing_pages", "exits", "channels"),
    ),
    Intent(
        "exits",
        message("Which pages do people leave from?"),
        ALL_PAGES,
        "pages.",
        NO_PAGES,
        ("funnel", "landing_pages", "paths"),
    ),
    Intent(
        "landing_pages",
        message("Where do visits begin?"),
        ALL_PAGES,
        "pages.",
        NO_PAGES,
        ("bounces", "exits", "channels"),
    ),
    Intent(
        "pages",
        message("Which pages are viewed most?"),
        ALL_PAGES,
        "pages.",
        NO_PAGES,
        ("exits", "landing_pages", "paths"),
    ),
    Intent(
        "checkout",
        message("What stands in the way at the checkout?"),
        _measured("checkout", "friction", "funnel", "overview"),
        "checkout.sessions",
        NO_CHECKOUTS,
        ("carts", "funnel", "by_device"),
    ),
    Intent(
        "refunds",
        message("How much was refunded?"),
        OVERVIEW,
        "overview.orders",
        NO_PURCHASES,
        ("revenue", "order_value", "orders"),
    ),
    Intent(
        "trust",
        message("How far can these numbers be trusted?"),
        OVERVIEW,
        "overview.sessions",
        NO_SESSIONS,
        ("summary", "changes", "traffic"),
    ),
    Intent(
        "summary",
        message("How is the shop doing?"),
        _measured("overview", "trends", "cart", "search"),
        "overview.sessions",
        NO_SESSIONS,
        ("changes", "conversion", "funnel"),
    ),
)
BY_NAME = {intent.name: intent for intent in INTENTS}
