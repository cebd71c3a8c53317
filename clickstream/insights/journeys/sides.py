"""How sessions that buy differ from those that leave a cart, where it is more than chance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clickstream.facts import Fact
from clickstream.facts.fact import MINIMUM_SAMPLE
from clickstream.insights.formats import direction_of
from clickstream.insights.speech import DIFFERENCES, FIRST_OF_ALL, RECOMMEND, Line, Speaker, slot, slots
from clickstream.languages import message

DID = {
    "device": message(
        "Of sessions that bought, %(buyers)s came on %(name)s; of those that left a cart, %(others)s did (%(gap)s)."
    ),
    "country": message(
        "Of sessions that bought, %(buyers)s came from %(name)s; of those that left a cart, %(others)s did (%(gap)s)."
    ),
    "channel": message(
        "Of sessions that bought, %(buyers)s came by the channel %(name)s; of those that left a cart, %(others)s did "
        "(%(gap)s)."
    ),
    "variant": message(
        "Of sessions that bought, %(buyers)s saw the variant %(name)s; of those that left a cart, %(others)s did (%(gap)s)."
    ),
    "visitor": message(
        "Of sessions that bought, %(buyers)s were %(name)s visitors; of those that left a cart, %(others)s did (%(gap)s)."
    ),
    "day_part": message(
        "Of sessions that bought, %(buyers)s began in the %(name)s; of those that left a cart, %(others)s did (%(gap)s)."
    ),
    "searched": message(
        "Of sessions that bought, %(buyers)s used the search; of those that left a cart, %(others)s did (%(gap)s)."
    ),
    "found_nothing": message(
        "Of sessions that bought, %(buyers)s met a search that found nothing; of those that left a cart, %(others)s did "
        "(%(gap)s)."
    ),
    "stumbled": message(
        "Of sessions that bought, %(buyers)s met an error at the checkout; of those that left a cart, %(others)s did "
        "(%(gap)s)."
    ),
    "weekend": message(
        "Of sessions that bought, %(buyers)s began at the weekend; of those that left a cart, %(others)s did (%(gap)s)."
    ),
}
HAD = {
    "duration": message("Sessions that bought lasted %(buyers)s, those that left a cart %(others)s (%(gap)s between them)."),
    "pageviews": message(
        "Sessions that bought saw %(buyers)s pages, those that left a cart %(others)s (%(gap)s between them)."
    ),
    "searches": message(
        "Sessions that bought searched %(buyers)s times, those that left a cart %(others)s (%(gap)s between them)."
    ),
    "products_viewed": message(
        "Sessions that bought looked at %(buyers)s products, those that left a cart %(others)s (%(gap)s between them)."
    ),
    "products_added": message(
        "Sessions that bought put %(buyers)s products into the cart, those that left a cart %(others)s (%(gap)s between "
        "them)."
    ),
    "price_seen": message(
        "Sessions that bought looked at products of %(buyers)s on average, those that left a cart %(others)s (%(gap)s "
        "between them)."
    ),
}
ADVICE = {
    "device": message(
        "Walk through the cart on %(name)s yourself, as its share differs between buyers and abandoners: %(buyers)s against "
        "%(others)s."
    ),
    "found_nothing": message(
        "Help those whose search finds nothing, with synonyms and near misses: %(buyers)s against %(others)s."
    ),
    "stumbled": message(
        "Look into the errors at the checkout, which buyers and abandoners meet in different shares: %(buyers)s against "
        "%(others)s."
    ),
    "duration": message(
        "Keep the way to a purchase short, and read sessions of either side to see what takes their time: %(buyers)s "
        "against %(others)s."
    ),
    "products_viewed": message(
        "Make comparing easier, as buyers and abandoners look at different numbers of products: %(buyers)s against "
        "%(others)s."
    ),
    "price_seen": message(
        "Show what a low price and a fair delivery mean early, as buyers and abandoners look at different prices: "
        "%(buyers)s against %(others)s."
    ),
}


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("sides")
    found = [fact for fact in speaker.sheet.under("side.") if fact.signed]
    for place, fact in enumerate(found):
        yield from _difference(speaker, fact, 100.0 - place)
    if not found and speaker.number("side.buyers") and speaker.number("side.others"):
        enough = min(speaker.number("side.buyers"), speaker.number("side.others")) >= MINIMUM_SAMPLE
        yield from speaker.say(
            DIFFERENCES,
            FIRST_OF_ALL,
            "Nothing that was measured tells %(sessions)s that bought and {{side.others}} that left a cart apart beyond "
            "chance."
            if enough
            else "Too few to compare are %(sessions)s that bought and {{side.others}} that left a cart.",
            chart="differences",
            counting="side.buyers",
            sessions=speaker.counted("side.buyers", "session"),
        )


def _difference(speaker: Speaker, fact: Fact, stake: float) -> Iterator[Line]:
    prefix, _, kind = fact.id.rpartition(".")
    measure = prefix.split(".")[1]
    text = DID.get(measure) if kind == "difference" else HAD.get(measure)
    if text is None:
        return
    name, buyers, others = slots(prefix, "name", "buyers", "others")
    say = partial(speaker.say, chart="differences", name=name, buyers=buyers, others=others)
    yield from say(DIFFERENCES, stake, text, direction_of(fact), gap=slot(fact.id))
    if measure in ADVICE:
        yield from say(RECOMMEND, stake / 10, ADVICE[measure])
