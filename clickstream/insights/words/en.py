"""English words."""

from clickstream.insights.words.vocabulary import Vocabulary, one_of, terms

_NUMBERS = terms(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety hundred thousand million billion "
    "trillion second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth "
    "ninetieth hundredth thousandth millionth half halves halved halving halfway quarter twice thrice double doubled "
    "doubling triple tripled tripling treble trebled quadruple quadrupled quintuple dozen couple pair trio duo single sole "
    "nil nought naught century decade fortnight"
)
_PLURALS = " ".join(f"{word}s" for word in sorted(_NUMBERS.words))

_UP = terms(
    "rose rises risen rising grew grows grown growing increased increases increasing climbed climbs climbing gained gains "
    "gaining surged surges surging soared soars soaring jumped jumps jumping expanded expands expanding rebounded"
)
_DOWN = terms(
    "fell falls fallen falling decreased decreases decreasing declined declines declining dropped dropping shrank shrinks "
    "shrunk shrinking slipped slips slipping sank sinks sunk sinking plunged plunges plunging tumbled tumbles tumbling "
    "dipped dips dipping slid slides sliding dwindled dwindles dwindling lessened contracted"
)
_FLAT = terms("unchanged stagnated stagnates stagnating flat steady stable")
_BETTER = terms("improved improves improving")
_WORSE = terms("worsened worsens worsening deteriorated deteriorates deteriorating")
_UP_BASE = terms("rise grow increase climb gain surge soar jump expand")
_DOWN_BASE = terms("fall decrease decline drop shrink slip sink plunge tumble dip slide dwindle contract")
_MOVES = one_of(_UP, _DOWN, _FLAT, _BETTER, _WORSE, _UP_BASE, _DOWN_BASE, terms("improve worsen deteriorate change"))
_UP_NOUN = "(?:increase|rise|gain|growth|jump|surge|uptick|climb)"
_DOWN_NOUN = "(?:decrease|decline|drop|fall|reduction|dip|loss|slump)"
_THERE_IS = r"(?:is|was|were|are|been|saw|sees|shows?|showed|had|has) (?:an?|some) (?:\w+ ){0,2}"

VOCABULARY = Vocabulary(
    language="en",
    numbers=_NUMBERS | terms(f"{_PLURALS} sixes twenties thirties forties fifties nineties manifold"),
    # `first`, `last`, `once` and vague words such as `several` state no number
    compound=rf"{one_of(_NUMBERS)}{{2,}}(?:s|th|ths|fold|percent)?|(?!scaf|un|blind|en|re|bill)\w+fold",
    percent=terms("percent percents percentage percentages percentile pct permille pp bps ppt", "per cent"),
    currencies=terms(
        "dollar dollars euro euros pound pounds sterling yen yuan renminbi rupee rupees franc francs krona kronor krone "
        "kroner peso pesos reais dong zloty ruble rubles rouble roubles lira shekel baht cent cents pence penny bucks usd "
        "eur gbp jpy cny inr chf sek nok dkk mxn brl krw vnd pln ils thb aud cad nzd hkd sgd zar"
    ),
    time_units=terms(
        "second seconds minute minutes hour hours millisecond milliseconds day days week weeks month months year years"
    ),
    counted_nouns=terms(
        "session sessions visitor visitors order orders search searches cart carts event events pageview pageviews buyer "
        "buyers shopper shoppers checkout checkouts purchase purchases"
    ),
    up=_UP
    | terms(
        "",
        "up (?:by )?#",
        "rose (?:by|to|from|sharply|slightly|strongly|against|#)",
        "# (?:up|more|higher|above)",
        rf"{_UP_NOUN} of #",
        rf"# {_UP_NOUN}",
        rf"{one_of(_UP_BASE)} (?:by|to) #",
        rf"{_THERE_IS}{_UP_NOUN}",
        r"(?:^|[.;:] )\w+s (?:rise|grow|climb|soar)(?! into)",
        r"(?:more and more|ever more|(?:went|gone|goes|moved) up(?! to)|trend\w* (?:\S+ ){0,3}up(?:wards?)?)",
        r"(?:more|higher|larger|bigger|greater|longer|stronger) (?:\w+ ){0,2}than",
    ),
    down=_DOWN
    | terms(
        "",
        "down (?:by )?#",
        "(?:fell|falls|fall) (?:by|to|from|sharply|slightly|strongly|against|#)",
        "# (?:down|less|fewer|lower|below)",
        rf"{_DOWN_NOUN} of #",
        rf"# {_DOWN_NOUN}",
        rf"{one_of(_DOWN_BASE)} (?:by|to) #",
        rf"{_THERE_IS}{_DOWN_NOUN}",
        r"(?:^|[.;:] )\w+s (?:fall|sink|shrink|decline|plunge)(?! into)",
        r"(?:(?:fewer and|less and) (?:fewer|less)|(?:went|gone|goes|moved) down(?! to))",
        r"(?:ever (?:fewer|less)|trend\w* (?:\S+ ){0,3}down(?:wards?)?)",
        r"(?:less|fewer|lower|smaller|shorter|weaker) (?:\w+ ){0,2}than",
    ),
    flat=_FLAT,
    better=_BETTER,
    worse=_WORSE,
    compared=terms("", r"(?:better|worse) (?:\w+ ){0,2}than"),
    bounds=terms(
        "",
        "(?:(?:more|less|fewer|higher|lower|larger|smaller) than|at least|at most|up to|almost|nearly|over|under|above|"
        "below|beyond|exceeds?|exceeded|exceeding|just short of) #",
        "# (?:or|and) (?:more|less|fewer)",
    ),
    multiples=terms("", "# times (?:as|more|higher|larger|bigger|lower|less|fewer|the)", "#[- ]?(?:x|fold)"),
    denials=terms("", rf"(?:not|never|no longer|without|hardly|barely|nor|stopped|\w+n't)(?: \S+){{0,2}} {_MOVES}"),
    forecasts=terms(
        "",
        r"(?:will|shall|about to|expected to|set to|bound to|going to|likely to|continues? to)(?: \S+){0,2} " + _MOVES,
        r"(?:expects?|forecasts?|predicts?|anticipates?)(?: \S+){0,4} " + _MOVES,
    ),
    causes=terms(
        "because caused causes causing",
        "due to",
        "thanks to",
        "owing to",
        "as a result(?: of)?",
        "led to",
        "driven by",
        "resulted (?:in|from)",
        "(?:is|are|was|were) why",
    ),
    highest=terms("largest biggest highest greatest longest strongest busiest"),
    lowest=terms("lowest smallest least fewest shortest weakest"),
    leading=terms("top best worst leading"),
    majority=terms("majority most mostly predominantly mainly"),
    minority=terms("minority"),
    neutral={r"dropp?(?:ed|ing|s)?[- ](?:off|out)s?": "departed", r"zero-result(?= (?:search|rate|term|quer))": "fruitless"},
    homographs=terms("miles dos once par tiers elf media quince hai cent cents").words,
)
