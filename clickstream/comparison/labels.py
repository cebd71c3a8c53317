"""What the sections and rows of a comparison are called; `%(name)s` is the value, step, term or product that a row is of."""

from __future__ import annotations

from clickstream.languages import message

TITLES = {
    "what_changed": message("What differs"),
    "what_held": message("What held"),
    "why_it_may_be": message("Where to look for reasons"),
    "what_to_do": message("What to do"),
    "read_with_care": message("Read with care"),
}
"""Of the sections of the report, by their ids."""

_SHARE, _CONVERSION = message("Share of %(name)s"), message("Conversion of %(name)s")

LABELS = {
    ("overview", "sessions"): message("Sessions"),
    ("overview", "visitors"): message("Visitors"),
    ("overview", "pageviews"): message("Page views"),
    ("overview", "events"): message("Events"),
    ("overview", "conversion_rate"): message("Conversion rate"),
    ("overview", "bounce_rate"): message("Bounce rate"),
    ("overview", "engagement_rate"): message("Engagement rate"),
    ("overview", "buyer_rate"): message("Buyer rate"),
    ("overview", "duration"): message("Mean session duration"),
    ("overview", "pages_per_session"): message("Pages per session"),
    ("money", "orders"): message("Orders"),
    ("money", "conversions"): message("Buying sessions"),
    ("money", "revenue"): message("Revenue"),
    ("money", "aov"): message("Average order value"),
    ("money", "revenue_per_session"): message("Revenue per session"),
    ("funnel", "step_rate"): message("Going on to %(name)s"),
    ("cart", "created"): message("Carts"),
    ("cart", "abandonment_rate"): message("Cart abandonment rate"),
    ("checkout", "sessions"): message("Checkouts"),
    ("checkout", "abandonment_rate"): message("Checkout abandonment rate"),
    ("search", "searches"): message("Searches"),
    ("search", "success_rate"): message("Search success rate"),
    ("search", "zero_result_rate"): message("Searches without results"),
    ("search", "click_through_rate"): message("Search click-through rate"),
    ("search", "refinement_rate"): message("Search refinement rate"),
    ("search", "exit_rate"): message("Search exit rate"),
    ("terms", "success_rate"): message("Success of searches for %(name)s"),
    ("products", "view_to_buy"): message("Buying after a view of %(name)s"),
    **{(f"by_{name}", "share"): _SHARE for name in ("device", "country", "channel", "variant", "visitor")},
    **{(f"by_{name}", "conversion_rate"): _CONVERSION for name in ("device", "country", "channel", "variant", "visitor")},
}
"""By topic and name of the row."""

NOTES = {
    "overlap": message("Both sides may hold the same sessions, so that chance cannot be told from a difference."),
    "versions": message("Both sides are versions of the same log, so that chance cannot be told from a difference."),
    "lengths": message("The windows are not equally long, so that what was counted is compared per day."),
    "currencies": message("The sides sell in different currencies; money is never converted, and not compared across them."),
    "time_zones": message("Days are cut in different time zones on either side."),
    "as_of": message("The sides are looked at as of different moments, which decides what is still open."),
    "views": message("Noisy events count on either side A or side B, and are left out on the other."),
    "open_carts": message("Some carts are still open and may yet be bought; they count as neither bought nor left."),
}
"""What to mind in reading a comparison, by code."""
