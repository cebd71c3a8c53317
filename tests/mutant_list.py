"""The mutants: what is wrong, in which file of the product, the text and what it becomes, and which metrics must notice."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    file: str
    old: str
    new: str
    metrics: tuple[str, ...]
    malls: tuple[int, ...] = (0, 2)


MUTANTS = [
    # Order, cut, sessions
    Mutant(
        "a pause of exactly the gap cuts", "sessions.py",
        "event.timestamp - group[-1].timestamp > gap", "event.timestamp - group[-1].timestamp >= gap", ("overview",),
    ),
    Mutant(
        "a tie goes by arrival in the wrong direction", "events.py",
        "return (self.timestamp, self.received_at, self.position, self.event_id)",
        "return (self.timestamp, self.received_at, -self.position, self.event_id)", ("paths", "funnel", "pages"),
    ),
    Mutant(
        "engagement counts against a bounce", "sessions.py",
        'bounces=len(events) - types["engagement"] == 1', "bounces=len(events) == 1", ("overview",),
    ),
    Mutant(
        "ten seconds are not engaged", "sessions.py",
        "seconds >= ENGAGED_SECONDS", "seconds > ENGAGED_SECONDS", ("overview",), (0, 2, 5, 10),
    ),
    Mutant(
        "ties go by id, not by arrival", "rollup/rebuild.py",
        "events.sort(key=lambda event: event.order)", "events.sort(key=lambda event: (event.timestamp, event.event_id))",
        ("overview", "paths"),
    ),
    Mutant(
        "a tag is no noise", "events.py",
        "if self.tagged:\n            return True", "if not self.flag and self.tagged:\n            return True",
        ("overview",), (0, 2, 5),
    ),
    Mutant(
        "the clean view's orders know noise", "rollup/rebuild.py",
        "clean = OrderBook([event for event in orders if not event.noisy], self._currency) if noisy else everything",
        "clean = everything", ("overview", "rfm"), (0, 2, 5),
    ),
    Mutant(
        "days are those of Greenwich", "localtime.py",
        "return local.date().isoformat(), start", "return moment.date().isoformat(), start", ("series", "retention"),
    ),
    Mutant(
        "a second session is new again", "links.py",
        "links[visit.id][view] = Link(previous is None, previous, previous_buying)",
        "links[visit.id][view] = Link(previous != visit.day, previous, previous_buying)", ("overview", "channels"),
    ),
    Mutant(
        "a referrer of one's own is a channel", "channels.py",
        "if not host or host == own_host:", "if not host:", ("channels", "segments"),
    ),
    Mutant(
        "the window holds its end", "scope.py",
        'bounds = {"$gte": self.since, "$lt": self.until}', 'bounds = {"$gt": self.since, "$lt": self.until}',
        ("overview", "series", "pages", "funnel"), (0, 2, 3, 4),
    ),
    # Money
    Mutant(
        "refunds are not capped", "orders.py",
        "return min(revenue, sum(units(amount) for amount in named if amount is not None))",
        "return sum(units(amount) for amount in named if amount is not None)", ("overview",),
    ),
    Mutant(
        "an order reported twice counts twice", "orders.py",
        "if order_id and self._first[order_id].event_id != purchase.event_id:", "if order_id is purchase:",
        ("overview", "rfm"),
    ),
    Mutant(
        "a refund in another currency is taken off", "orders.py",
        'return refund.properties.get("currency") in (None, currency)', "return True", ("overview",),
    ),
    Mutant(
        "an even median takes the lower value", "metrics/statistics.py",
        "_value_at(histogram, total // 2 + 1)) / 2", "_value_at(histogram, (total + 1) // 2)) / 2", ("overview", "funnel"),
    ),
    Mutant(
        "the ninetieth percentile is one rank low", "metrics/statistics.py",
        "max(1, math.ceil(quantile * total * (1 - 1e-12)))", "max(1, math.floor(quantile * total))", ("overview", "funnel"),
    ),
    # Carts, checkouts, searches, segments
    Mutant(
        "a purchase in the same millisecond is before the cart", "carts.py",
        "event.timestamp >= first_add", "event.timestamp > first_add", ("cart",), (0, 2, 5, 10),
    ),
    Mutant(
        "quantities fall below nothing", "carts.py",
        "max(0, quantity) for product, quantity in net.items()", "quantity for product, quantity in net.items()", ("cart",),
        (0, 2, 5, 10),
    ),
    Mutant(
        "open carts are abandoned", "metrics/cart.py",
        '"abandoned": counts["carts_left"] - ongoing["carts_left"]', '"abandoned": counts["carts_left"]',
        ("cart", "segments", "trends"), (0, 2, 5, 10),
    ),
    Mutant(
        "a step is completed before it is taken", "checkouts.py",
        "int(_bought_since(first, bought))) for name", "int(bought is not None)) for name", ("checkout",),
    ),
    Mutant(
        "the first number of a step is its order", "checkouts.py",
        "min(smallest, smallest if number is None else number)", "smallest", ("checkout",), (0, 2, 5, 10),
    ),
    Mutant(
        "a search succeeds by what follows the next one", "searches.py",
        "events[position + 1 : until]", "events[position + 1 :]", ("search",),
    ),
    Mutant(
        "friction is held against all checkouts", "metrics/friction.py",
        'counts["checkouts"] - one["checked_out"]', 'counts["checkouts"]', ("friction",),
    ),
    Mutant(
        "thirty sessions are hidden", "metrics/segments.py",
        'one.counts["sessions"] >= FEWEST_SESSIONS]', 'one.counts["sessions"] > FEWEST_SESSIONS]', ("segments",),
        (0, 2, 5, 10),
    ),
    # Funnels
    Mutant(
        "the window ends before its last millisecond", "metrics/funnels/reach.py",
        "end = bisect_right(times, at(times, begin) + plan.window_ms)",
        "end = bisect_right(times, at(times, begin) + plan.window_ms - 1)", ("funnel",), (0, 1, 2, 3, 5, 10),
    ),
    Mutant(
        "one event reaches two steps", "metrics/funnels/reach.py",
        "for position in range(begin + 1, end):", "for position in range(max(begin, 0), end):", ("funnel",), (0, 2, 5),
    ),
    Mutant(
        "of equal starts the last counts", "metrics/funnels/reach.py",
        "if len(found) > len(best):", "if len(found) >= len(best):", ("funnel",), (0, 2, 5),
    ),
    Mutant(
        "any order takes an event twice", "metrics/funnels/reach.py",
        "if position not in events), None)", "if True), None)", ("funnel",), (0, 2, 5, 10),
    ),
    Mutant(
        "exclusions are not looked at", "metrics/funnels/reach.py",
        "return (end, False) if excluded is None else (excluded, True)", "return end, False", ("funnel",), (0, 2, 5),
    ),
    Mutant(
        "a bar ends before its bound", "metrics/funnels/tally.py",
        "if bound is None or value <= bound", "if bound is None or value < bound", ("funnel",), (0, 2, 5, 10),
    ),
    Mutant(
        "step rates divide by the first step", "metrics/funnels/tally.py",
        '"step_rate": rate(n, reached[step - 1] if step else n)', '"step_rate": rate(n, reached[0])', ("funnel",),
    ),
    Mutant(
        "a held product is any product", "metrics/funnels/by_event.py",
        "products = asking.fitting.by_product(event) if asking.hold else None", "products = None", ("funnel",), (0, 2, 5),
    ),
    # Paths
    Mutant(
        "repeats are steps of their own", "metrics/nodes.py",
        "codes = (code for code, _ in groupby(types.replace(_ENGAGEMENT, \"\")))",
        "codes = types.replace(_ENGAGEMENT, \"\")", ("paths",),
    ),
    Mutant(
        "an end is the first of its kind", "metrics/paths.py",
        "return nodes[nodes.index(wanted) :] if wanted in nodes else ()",
        "return nodes[len(nodes) - 1 - nodes[::-1].index(wanted) :] if wanted in nodes else ()", ("paths",), (0, 2, 5),
    ),
    Mutant(
        "nodes rank by name alone", "metrics/paths.py",
        "sorted(nodes.items(), key=lambda item: (-item[1], item[0]))[:MOST_NODES]",
        "sorted(nodes.items())[:MOST_NODES]", ("paths",),
    ),
    # Products
    Mutant(
        "view to cart divides by views", "metrics/products.py",
        'rate(row["added"], row["looked"])', 'rate(row["added"], row["viewed"])', ("products",),
    ),
    Mutant(
        "each unit of a line is rounded", "wares.py",
        'units(str(Decimal(str(line["price"])) * quantity))', 'units(line["price"]) * quantity', ("products",),
        (0, 2, 5, 10),
    ),
    Mutant(
        "a repeated purchase buys again", "sessions.py",
        "product_uses(events, {events[n].event_id for n, _ in sales})",
        "product_uses(events, {event.event_id for event in events})",
        ("products", "bought_together"), (0, 2, 5),
    ),
    Mutant(
        "five sessions are not enough for a pair", "metrics/lift.py",
        "SMALLEST_SUPPORT = 5", "SMALLEST_SUPPORT = 6", ("bought_together",), (0, 2, 5),
    ),
    Mutant(
        "lift's interval forgets how many there are", "metrics/lift.py",
        "+ 2 * both / (a * b) - 1 / sessions", "+ 2 * both / (a * b)", ("bought_together",), (0, 2, 5),
    ),
    # Visitors
    Mutant(
        "weeks begin on Sunday", "metrics/weeks.py",
        '"startOfWeek": "monday"', '"startOfWeek": "sunday"', ("retention",),
    ),
    Mutant(
        "immature cells are in the means", "metrics/retention.py",
        'if not cell["immature"]:', "if cell:", ("retention",),
    ),
    Mutant(
        "unbounded stops a week early", "metrics/retention.py",
        'for reached in range(1, week + 1) if mode == "unbounded"', 'for reached in range(1, week) if mode == "unbounded"',
        ("retention",),
    ),
    Mutant(
        "equals do not share a score", "metrics/rfm.py",
        "found[value] = 1 + 5 * lower // total\n        lower += histogram[value]",
        "lower += histogram[value]\n        found[value] = 1 + 5 * (lower - 1) // total", ("rfm",),
    ),
    Mutant(
        "the longest ago is the most recent", "metrics/rfm.py",
        "{-negative: score for negative", "{-negative: 6 - score for negative", ("rfm",),
    ),
    Mutant(
        "the first touch is any touch", "metrics/attribution.py",
        'f"links.{scope.view}.new": True', '"kind": "session"', ("channels",),
    ),
    Mutant(
        "Fridays are weekend", "metrics/differences.py",
        "moment.isoweekday() > 5", "moment.isoweekday() >= 5", ("differences",), (0, 2, 5),
    ),
    # Experiments
    Mutant(
        "an arm is the last one seen", "metrics/arms.py",
        'return {"$arrayElemAt": [_own(experiment), 0]}', 'return {"$arrayElemAt": [_own(experiment), -1]}', ("variants",),
    ),
    Mutant(
        "arms of all experiments are one", "metrics/arms.py", '"as": "pair", "cond": named}', '"as": "pair", "cond": True}',
        ("variants",),
    ),
    Mutant(
        "an experiment without a name is another one's", "experiments.py",
        "or UNNAMED, str(variant)", 'or "button", str(variant)', ("variants",),
    ),
    Mutant(
        "revenue per session is that of buyers", "metrics/arms.py",
        'return values + Counter({0: measures.counts["sessions"] - values.total()})', "return values", ("variants",),
        (0, 2, 5),
    ),
    Mutant(
        "visitors count for the arm they saw last", "metrics/arms.py",
        '"first": {"$min": {**PLACE', '"first": {"$max": {**PLACE', ("variants",),
    ),
    Mutant(
        "who saw two arms at once saw one", "metrics/arms.py",
        '"least": {"$min": {"$min": "$own"}}', '"least": {"$min": {"$max": "$own"}}', ("variants",), (0, 2, 5),
    ),
    Mutant(
        "a sample ratio has a degree of freedom more", "metrics/variants.py",
        "chi_square_p_value(statistic, len(rows) - 1)", "chi_square_p_value(statistic, len(rows))", ("variants",), (0, 2, 5),
    ),
    Mutant(
        "a test needs no power", "metrics/statistics.py", "(Z_95 + Z_80) ** 2", "(Z_95) ** 2", ("variants",),
    ),
    # Means and their spread
    Mutant(
        "sessions that bought nothing are left out of the mean", "metrics/spread.py",
        "Counter({0: sessions - bought[currency].total()})", "Counter({0: 0})", ("spread",),
    ),
    Mutant(
        "the interval of a mean has a freedom too many", "metrics/spread.py",
        "t_quantile_975(found.n - 1)", "t_quantile_975(found.n)", ("spread",),
    ),
    # Trends
    Mutant(
        "the window before begins a day off", "scope.py",
        "shift = math.ceil(days / DAYS_A_WEEK) * DAYS_A_WEEK", "shift = days", ("trends",),
    ),
    Mutant(
        "change is against now", "metrics/trends.py",
        '"value": (now - before) / before if before else None', '"value": (now - before) / now if before and now else None',
        ("trends",),
    ),
    Mutant(
        "seven weeks make a usual day", "metrics/anomalies.py", "WEEKS_BEFORE = 8", "WEEKS_BEFORE = 7", ("trends",),
    ),
    Mutant(
        "the standard deviation is the population's", "metrics/anomalies.py",
        "sd = math.sqrt(spread / (n * (n - 1)))", "sd = math.sqrt(spread / (n * n))", ("trends",),
    ),
]  # fmt: skip
