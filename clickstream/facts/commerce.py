"""Facts of the funnel, the carts, the checkout and the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clickstream.facts.fact import Fact, Result, count, marked_extremes, money, name, ratio, seconds, share
from clickstream.facts.labels import clean_label, clean_query, slugs

SHOWN_PRODUCTS = 5
SHOWN_TERMS = 10
SHOWN_FAILING_TERMS = 5

CART_COUNTS = (
    ("created", "Carts", "Sessions with at least one add to cart"),
    ("transacted", "Carts bought", "Carts with a purchase at or after the first add"),
    ("open", "Open carts", "Carts whose session may still go on"),
    ("emptied", "Emptied carts", "Carts with nothing left in them"),
    ("abandoned", "Abandoned carts", "Carts neither bought, open nor emptied"),
    ("value_unknown", "Abandoned carts of unknown value", "Abandoned carts without a price"),
)
CHECKOUT_COUNTS = (
    ("sessions", "Checkout sessions", "Sessions that began a checkout"),
    ("completed", "Completed checkouts", "Checkouts followed by a purchase"),
    ("open", "Open checkouts", "Checkouts whose session may still go on"),
    ("abandoned", "Abandoned checkouts", "Checkouts neither completed nor open"),
)
SEARCH_RATES = (
    ("zero_result_rate", "Zero-result rate", "searches with no result / searches whose result count is known"),
    ("success_rate", "Search success rate", "searches followed by a product, a cart or a purchase / searches"),
    ("click_through_rate", "Search click-through rate", "searches whose next event opens a product / searches"),
    ("refinement_rate", "Search refinement rate", "searches whose next event is another query / searches"),
    ("exit_rate", "Search exit rate", "searches that end their session / searches"),
    ("conversion_successful", "Conversion with a successful search", "converting / sessions with a successful search"),
    ("conversion_zero", "Conversion with a zero-result search", "converting / sessions with a zero-result search"),
)
TERM_LABELS = {"searches": "Searches of the term", "zero": "Searches of the term that found nothing"}
TERM_SEARCHES = "Sessions that searched for it"
TERM_ZERO = "Sessions whose search for it found nothing"
AT_RISK = "zero-result searches x the conversion they lack x AOV: assumes that a found product would have sold as others do"


def funnel_facts(result: Result) -> Iterator[Fact]:
    """Per step, and the loss before it: `funnel.checkout.lost` left between the previous step and the checkout."""
    steps, who = result["steps"], f"{result['unit'].capitalize()}s"
    if result["outside"] is not None:
        outside = "Buying sessions that did not complete the ordered steps"
        yield count("funnel.outside", "Buyers outside the funnel", result["outside"], result["conversions"], outside)
    parts = slugs([step["name"] for step in steps])
    for part, step in zip(parts, steps, strict=True):
        yield from _step(f"funnel.{part}", step, who)
    pairs = list(zip(parts[1:], steps, steps[1:], strict=False))
    yield from marked_extremes([_lost(f"funnel.{part}", before, step, who) for part, before, step in pairs])
    yield from marked_extremes([fact for part, _, step in pairs for fact in _step_rate(f"funnel.{part}", step)])
    for part, before, step in pairs:
        n, lost, label = before["reached"], before["reached"] - step["reached"], _step_name(step)
        yield from name(f"funnel.{part}.previous", "Step before", _step_name(before), n, "Name of the step before")
        yield from share(f"funnel.{part}.loss_rate", f"Loss before {label}", lost, n, "lost / reached the step before")


def _lost(prefix: str, before: Result, step: Result, who: str) -> Fact:
    lost, label = before["reached"] - step["reached"], f"Lost before {_step_name(step)}"
    return count(f"{prefix}.lost", label, lost, before["reached"], f"{who} that reached the step before and not this one")


def _step_rate(prefix: str, step: Result) -> Iterator[Fact]:
    label = f"Step rate of {_step_name(step)}"
    return ratio(f"{prefix}.step_rate", label, step["step_rate"], "reached this step / reached the step before")


def _step(prefix: str, step: Result, who: str) -> Iterator[Fact]:
    label, n = _step_name(step), step["reached"]
    overall = f"reached this step / {who.lower()}"
    yield from name(f"{prefix}.name", "Step", label, n, "Name of the step")
    yield count(f"{prefix}.reached", f"Reached {label}", n, n, f"{who} that reached this step")
    yield from ratio(f"{prefix}.overall_rate", f"Overall rate of {label}", step["overall_rate"], overall)
    for key, words in (("seconds_median", "Median time to"), ("seconds_p90", "Long time to")):
        yield from seconds(f"{prefix}.{key}", f"{words} {label}", step[key], n, "Time since the step before")
    yield from money(
        f"{prefix}.revenue", f"Revenue after {label}", step["revenue"], n, "Revenue of those who went on to buy"
    )


def _step_name(step: Result) -> str:
    return clean_label(step["name"].replace("_", " "))


def cart_facts(result: Result, product_names: Mapping[str, str]) -> Iterator[Fact]:
    for key, label, definition in CART_COUNTS:
        yield count(f"cart.{key}", label, result[key], result["created"], definition)
    yield from ratio(
        "cart.abandonment_rate", "Cart abandonment rate", result["abandonment_rate"], "abandoned / (bought + abandoned)"
    )
    valued = result["abandoned"] - result["value_unknown"]
    yield from money(
        "cart.value_left",
        "Value left in carts",
        result["value_left"],
        valued,
        "Value of the abandoned carts whose value is known",
    )
    for i, row in enumerate(result["products_left"][:SHOWN_PRODUCTS], 1):
        label = clean_label(product_names.get(row["product_id"], row["product_id"]))
        n = row["sessions"]
        yield from name(
            f"cart.left.{i}.product", "Product left behind", label, n, "Product with pieces left in abandoned carts"
        )
        yield count(f"cart.left.{i}.quantity", "Pieces left behind", row["quantity"], n, "Pieces of it in abandoned carts")
        yield count(
            f"cart.left.{i}.sessions", "Carts it was left in", n, result["abandoned"], "Abandoned carts that hold it"
        )


def ids_left(result: Result) -> list[str]:
    return [row["product_id"] for row in result["products_left"][:SHOWN_PRODUCTS]]


def checkout_facts(result: Result) -> Iterator[Fact]:
    for key, label, definition in CHECKOUT_COUNTS:
        yield count(f"checkout.{key}", label, result[key], result["sessions"], definition)
    yield from ratio(
        "checkout.abandonment_rate",
        "Checkout abandonment rate",
        result["abandonment_rate"],
        "abandoned / checkouts that are not open",
    )


def search_facts(result: Result) -> Iterator[Fact]:
    searches = result["searches"]
    yield count(
        "search.searches", "Searches", searches, result["sessions"], "Searches, result pages after the first left out"
    )
    yield count(
        "search.sessions",
        "Sessions with a search",
        result["sessions"],
        result["sessions"],
        "Sessions with at least one search",
    )
    yield count(
        "search.zero", "Searches that found nothing", result["zero"], result["known"], "Searches with a result count of 0"
    )
    yield count(
        "search.unknown",
        "Searches of unknown outcome",
        searches - result["known"],
        searches,
        "Searches without a result count",
    )
    yield count("search.terms_total", "Search terms", result["terms_total"], searches, "Distinct queries")
    for key, label, definition in SEARCH_RATES:
        yield from ratio(f"search.{key}", label, result[key], definition)
    yield from money(
        "search.revenue_at_risk", "Revenue at risk in search", result["revenue_at_risk"], result["zero"], AT_RISK
    )
    yield from _terms(result)


def _terms(result: Result) -> Iterator[Fact]:
    """The most searched terms and those that fail most, numbered by their place among all (1 = most searched)."""
    rows = result["terms"]
    searches = [
        count(*_term_ids(i, "searches"), row["searches"], row["searches"], TERM_SEARCHES) for i, row in enumerate(rows, 1)
    ]
    zeros = [count(*_term_ids(i, "zero"), row["zero"], row["searches"], TERM_ZERO) for i, row in enumerate(rows, 1)]
    if len(rows) == result["terms_total"]:
        searches, zeros = marked_extremes(searches), marked_extremes(zeros)
    for place in _chosen_terms(rows):
        row, query = rows[place], clean_query(rows[place]["query"])
        if query:
            prefix = f"search.term.{place + 1}"
            yield from name(f"{prefix}.query", "Search term", query, row["searches"], "What was searched for")
            yield searches[place]
            yield zeros[place]
            yield from money(
                f"{prefix}.revenue_at_risk", "Revenue at risk of the term", row["revenue_at_risk"], row["zero"], AT_RISK
            )


def _term_ids(number: int, key: str) -> tuple[str, str]:
    return f"search.term.{number}.{key}", TERM_LABELS[key]


def _chosen_terms(rows: Sequence[Result]) -> list[int]:
    failing = sorted(
        (place for place, row in enumerate(rows) if row["zero"]), key=lambda place: (-rows[place]["zero"], place)
    )
    return sorted({*range(min(SHOWN_TERMS, len(rows))), *failing[:SHOWN_FAILING_TERMS]})
