"""English words that state a number, a direction or a rank, and so must be backed by a fact."""

from __future__ import annotations

import re

SLOT = "\ufffc"
"""Stands for a slot in the texts that these patterns are matched against."""


def vocabulary(*texts: str) -> frozenset[str]:
    return frozenset(" ".join(texts).split())


_NUMBERS = vocabulary(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
    "eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety hundred thousand million billion",
    "trillion second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth",
    "sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth",
    "ninetieth hundredth thousandth millionth half halves halved halving halfway quarter twice thrice double doubled",
    "doubling triple tripled tripling treble trebled quadruple quadrupled quintuple dozen couple pair trio duo single sole",
    "nil nought naught century decade fortnight",
)
NUMBER_WORDS = (
    _NUMBERS | {f"{word}s" for word in _NUMBERS} | vocabulary("sixes twenties thirties forties fifties nineties manifold")
)
"""`first`, `last`, `once` and vague words such as `several` state no number."""

_COMPOUND = re.compile(f"(?:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}){{2,}}(?:s|th|ths|fold|percent)?")
_FOLD = re.compile(r"\w+fold")
_NO_FOLD = vocabulary("scaffold unfold blindfold enfold refold billfold")

PERCENT_WORDS = vocabulary("percent percents percentage percentages percentile pct permille pp bps ppt")
CURRENCY_WORDS = vocabulary(
    "dollar dollars euro euros pound pounds sterling yen yuan renminbi rupee rupees franc francs krona kronor krone kroner",
    "peso pesos reais dong zloty ruble rubles rouble roubles lira shekel baht cent cents pence penny bucks usd eur gbp",
    "jpy cny inr chf sek nok dkk mxn brl krw vnd pln ils thb aud cad nzd hkd sgd zar",
)
TIME_WORDS = vocabulary(
    "second seconds minute minutes hour hours millisecond milliseconds day days week weeks month months year years"
)
COUNTED_NOUNS = vocabulary(
    "session sessions visitor visitors order orders search searches cart carts event events pageview pageviews buyer buyers",
    "shopper shoppers checkout checkouts purchase purchases",
)

UP_WORDS = vocabulary(
    "rose rises risen rising grew grows grown growing increased increases increasing climbed climbs climbing gained gains",
    "gaining surged surges surging soared soars soaring jumped jumps jumping expanded expands expanding rebounded",
)
DOWN_WORDS = vocabulary(
    "fell falls fallen falling decreased decreases decreasing declined declines declining dropped dropping shrank shrinks",
    "shrunk shrinking slipped slips slipping sank sinks sunk sinking plunged plunges plunging tumbled tumbles tumbling",
    "dipped dips dipping slid slides sliding dwindled dwindles dwindling lessened contracted",
)
FLAT_WORDS = vocabulary("unchanged stagnated stagnates stagnating flat steady stable")
BETTER_WORDS = vocabulary("improved improves improving")
WORSE_WORDS = vocabulary("worsened worsens worsening deteriorated deteriorates deteriorating")
BASE_FORMS = vocabulary(
    "rise grow increase climb gain surge soar jump expand fall decrease decline drop shrink slip sink plunge tumble dip",
    "slide dwindle contract improve worsen deteriorate change",
)
LOWER_IS_BETTER = ("abandon", "bounce", "zero", "exit", "refund", "lost", "loss", "refinement", "noise")
"""Parts of fact ids: for these `improved` means down."""

_UP_NOUNS = "increase|rise|gain|growth|jump|surge|uptick|climb"
_DOWN_NOUNS = "decrease|decline|drop|fall|reduction|dip|loss|slump"
UP_BESIDE_SLOT = re.compile(
    rf"\bup (?:by )?{SLOT}|{SLOT} (?:up|more|higher|above)\b|\b(?:{_UP_NOUNS}) of {SLOT}|{SLOT} (?:{_UP_NOUNS})\b"
)
DOWN_BESIDE_SLOT = re.compile(
    rf"\bdown (?:by )?{SLOT}|{SLOT} (?:down|less|fewer|lower|below)\b|"
    rf"\b(?:{_DOWN_NOUNS}) of {SLOT}|{SLOT} (?:{_DOWN_NOUNS})\b"
)
UP_THAN = re.compile(r"\b(?:more|higher|larger|bigger|greater|longer|stronger) (?:\w+ ){0,2}than\b")
DOWN_THAN = re.compile(r"\b(?:less|fewer|lower|smaller|shorter|weaker) (?:\w+ ){0,2}than\b")
BETTER_THAN = re.compile(r"\b(?:better|worse) (?:\w+ ){0,2}than\b")
BOUND_BEFORE_SLOT = re.compile(
    r"\b(?:(?:more|less|fewer|higher|lower|larger|smaller) than|at least|at most|up to|almost|nearly|over|under|above|below|"
    rf"beyond|exceeds?|exceeded|exceeding|just short of) {SLOT}"
)
MULTIPLIED = re.compile(rf"{SLOT} times (?:as|more|higher|larger|bigger|lower|less|fewer|the)\b|{SLOT}[- ]?(?:x|fold)\b")
DROP_OFF = re.compile(r"\bdropp?(?:ed|ing|s)?[- ](?:off|out)s?\b")
NEGATION = re.compile(r"\b(?:not|never|no longer|without|hardly|barely|nor|stopped|\w+n['’]t)\b")
FORECAST = re.compile(r"\b(?:will|shall|expected to|set to|bound to|going to|likely to|continues? to)\b")

HIGHEST_WORDS = vocabulary("largest biggest highest greatest longest strongest busiest")
LOWEST_WORDS = vocabulary("lowest smallest least fewest shortest weakest")
LEADING_WORDS = vocabulary("top best worst leading")
MAJORITY_WORDS = vocabulary("majority most mostly predominantly mainly")
MINORITY_WORDS = vocabulary("minority")


def is_number_word(word: str) -> bool:
    """Of one lower-case word: does it state a number?

    >>> is_number_word("twentyfive"), is_number_word("tenfold"), is_number_word("often")
    (True, True, False)
    """
    if _FOLD.fullmatch(word):
        return word not in _NO_FOLD
    return word in NUMBER_WORDS or bool(_COMPOUND.fullmatch(word))
