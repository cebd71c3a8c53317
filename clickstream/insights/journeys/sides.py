"""How sessions that buy differ from those that leave a cart, where it is more than chance."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.facts import Fact
from clickstream.facts.fact import MINIMUM_SAMPLE
from clickstream.insights.formats import direction_of
from clickstream.insights.speech import DIFFERENCES, FIRST_OF_ALL, RECOMMEND, Line, Speaker, slot

DID = {
    "device": "came on {name}",
    "country": "came from {name}",
    "channel": "came by the channel {name}",
    "variant": "saw the variant {name}",
    "visitor": "were {name} visitors",
    "day_part": "began in the {name}",
    "searched": "used the search",
    "found_nothing": "met a search that found nothing",
    "stumbled": "met an error at the checkout",
    "weekend": "began at the weekend",
}
HAD = {
    "duration": ("lasted", ""),
    "pageviews": ("saw", " pages"),
    "searches": ("searched", " times"),
    "products_viewed": ("looked at", " products"),
    "products_added": ("put", " products into the cart"),
    "price_seen": ("looked at products of", " on average"),
}
ADVICE = {
    "device": "Walk through the cart on {name} yourself, as its share differs between buyers and abandoners",
    "found_nothing": "Help those whose search finds nothing, with synonyms and near misses",
    "stumbled": "Look into the errors at the checkout, which buyers and abandoners meet in different shares",
    "duration": "Keep the way to a purchase short, and read sessions of either side to see what takes their time",
    "products_viewed": "Make comparing easier, as buyers and abandoners look at different numbers of products",
    "price_seen": "Show what a low price and a fair delivery mean early, as buyers and abandoners look at different prices",
}


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("sides")
    found = [fact for fact in speaker.sheet.under("side.") if fact.signed]
    for place, fact in enumerate(found):
        yield from _difference(speaker, fact, 100.0 - place)
    if not found and speaker.number("side.buyers") and speaker.number("side.others"):
        compared = f"{speaker.counted('side.buyers', 'session')} that bought and {slot('side.others')} that left a cart"
        enough = min(speaker.number("side.buyers"), speaker.number("side.others")) >= MINIMUM_SAMPLE
        verdict = "Nothing that was measured tells {} apart beyond chance." if enough else "Too few to compare are {}."
        text = verdict.format(compared)
        yield from speaker.say(DIFFERENCES, FIRST_OF_ALL, text, chart="differences")


def _difference(speaker: Speaker, fact: Fact, stake: float) -> Iterator[Line]:
    prefix, _, kind = fact.id.rpartition(".")
    measure = prefix.split(".")[1]
    buyers, others, signed = slot(f"{prefix}.buyers"), slot(f"{prefix}.others"), slot(fact.id)
    name = slot(f"{prefix}.name")
    if kind == "difference" and measure in DID:
        did = DID[measure].format(name=name)
        text = f"Of sessions that bought, {buyers} {did}; of those that left a cart, {others} did ({signed})."
    elif measure in HAD:
        verb, noun = HAD[measure]
        text = f"Sessions that bought {verb} {buyers}{noun}, those that left a cart {others} ({signed} between them)."
    else:
        return
    direction = direction_of(fact)
    yield from speaker.say(DIFFERENCES, stake, text, direction, chart="differences")
    if measure in ADVICE:
        advice = f"{ADVICE[measure].format(name=name)}: {buyers} against {others}."
        yield from speaker.say(RECOMMEND, stake / 10, advice, chart="differences")
