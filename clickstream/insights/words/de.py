"""German words."""

from clickstream.insights.words.vocabulary import Terms, Vocabulary, one_of, terms

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_BARE = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})


def _german(words: str, *phrases: str) -> Terms:
    """Umlauts are also met spelled out (fuenf) and left out (funf)."""
    return terms(" ".join(_spellings(words)), *(form for phrase in phrases for form in _spellings(phrase)))


def _spellings(text: str) -> list[str]:
    return list(dict.fromkeys((text.translate(_BARE), text.translate(_UMLAUTS))))


def _inflected(stems: str) -> str:
    return " ".join(f"{stem}{ending}" for stem in stems.split() for ending in ("e", "en", "er", "es", "em"))


_ATOM = (
    "(?:zwei|zwo|drei|vier|f(?:u|ue)nf|sechs?|sieb(?:en)?|acht|neun|zehn|elf|zw(?:o|oe)lf|zwanzig|dreissig|vierzig|"
    "f(?:u|ue)nfzig|sechzig|siebzig|achtzig|neunzig|hundert|tausend|million(?:en)?|milliarden?)"
)
_SUFFIX = (
    r"(?:s?te[mnrs]?|s?tel[ns]?|fach(?:e[mnrs]?)?|mal(?:ig\w*)?|erlei|einhalb|"
    r"(?:stell|jahr|jaehr|tag|taeg|woch|woech|stund|stuend|minut|monat|teil|stuf)ig\w*)"
)
_ORDINAL = "(?:zweit|dritt|viert|f(?:u|ue)nft|sechst)"

_UP = _german(
    "stieg stiegen steigt gestiegen anstieg anstiegen ansteigt angestiegen wuchs wuchsen wächst gewachsen anwuchs "
    "angewachsen kletterte kletterten klettert geklettert erhöht erhöhte erhöhten zugelegt zulegte zulegten zulegt "
    "zugenommen zunahm zunahmen zunimmt gesteigert steigerte steigerten "
    "vervielfacht vervielfachte vervielfachten sprang sprangen schnellte schnellten steigend "
    + _inflected("steigend wachsend zunehmend")
)
_DOWN = _german(
    "sank sanken sinkt gesunken abgesunken fiel fielen fällt abgefallen abgenommen abnahm abnahmen abnimmt verringert "
    "verringerte verringerten vermindert verminderte verminderten schrumpfte schrumpften schrumpft geschrumpft "
    "zurückgegangen zurückging zurückgingen zurückgeht rutschte rutschten rutscht gerutscht abgerutscht einbrach "
    "einbrachen eingebrochen stürzte stürzten stürzt gestürzt abgestürzt nachgelassen nachliess nachliessen sinkend "
    "rückläufig " + _inflected("sinkend abnehmend rückläufig")
)
_FLAT = _german("unverändert stagnierte stagnierten stagniert stagnieren stabil gleichgeblieben gleichbleibend konstant")
_BETTER = terms("verbessert verbesserte verbesserten")
_WORSE = terms("verschlechtert verschlechterte verschlechterten verschlimmert verschlimmerte verschlimmerten")
_UP_BASE = _german("steigen ansteigen wachsen anwachsen klettern zulegen zunehmen erhöhen steigern")
_DOWN_BASE = _german("sinken fallen abnehmen schrumpfen zurückgehen verringern vermindern einbrechen nachlassen")
_BASE = one_of(_UP_BASE, _DOWN_BASE, _german("verbessern verschlechtern ändern"))
_MOVED = one_of(_UP, _DOWN, _BETTER, _WORSE)
_WITHIN = r"(?: [^\s,;:.]+)"
_NOT_WHY = "(?<!damit )(?<!wenn )(?<!dass )(?<!ob )(?<!falls )(?<!damit dass )"

VOCABULARY = Vocabulary(
    language="de",
    numbers=_german(
        "null eins zwei zwo drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreissig vierzig fünfzig sechzig "
        "siebzig achtzig neunzig hundert hunderte hunderten tausend tausende tausenden million millionen milliarde "
        "milliarden billion billionen halb hälfte hälften halbiert halbierte halbierten halbieren halbierung "
        "halbjahr anderthalb dutzend dutzende dutzenden doppelt doppel drittel dritteln viertel vierteln "
        "verdoppelt verdoppelte verdoppelten verdoppeln "
        "verdopplung verdoppelung verdreifacht verdreifachte verdreifachten verdreifachen vervierfacht verzehnfacht "
        "vielfache vielfaches vielfachen paar paare paaren quartal quartals quartale quartalen jahrzehnt jahrzehnte "
        "jahrhundert achter achtes " + _inflected("halb doppelt zweit dritt"),
        r"k?ein\w* einzig\w+",
    ),
    # `einfach`, `einmal`, `achten` and `Zweifel` state no number
    compound=rf"(?:ein|{_ATOM})(?:und)?(?:{_ATOM})(?:(?:und)?{_ATOM})*{_SUFFIX}?|{_ATOM}{_SUFFIX}|{_ORDINAL}\w{{3,}}st\w*|"
    r"(?:ein|zwei|drei)einhalb|(?:viertel|halb)(?:jahr|stunde)\w*",
    percent=terms(
        "prozent prozente prozenten prozentual prozentpunkt prozentpunkte prozentpunkten prozentsatz promille",
        r"\w*prozentig\w*",
        r"v\. ?h",
    ),
    currencies=terms("pfund franken rappen kronen krone rubel rupie rupien schekel"),
    time_units=_german(
        "sekunde sekunden minute minuten stunde stunden millisekunde millisekunden tag tage tagen woche wochen monat monate "
        "monaten jahr jahre jahren"
    ),
    counted_nouns=_german(
        "sitzung sitzungen besuch besuche besucher besuchern besucherinnen bestellung bestellungen suchanfrage suchanfragen "
        "warenkorb warenkörbe warenkörben einkaufskorb einkaufskörbe ereignis ereignisse ereignissen seitenaufruf "
        "seitenaufrufe seitenaufrufen käufer käufern käuferinnen kunde kunden kundinnen kauf"
    ),
    up=_UP
    | _german(
        "",
        r"(?:nahm|nahmen|nimmt|nehmen|legte?|legten|legen) (?:[^\s,;.]+ ){0,4}(?:# )?zu(?= und|[,;.]|$)",
        "(?:anstieg|zuwachs|zunahme|wachstum|steigerung|plus|erhöhung) (?:von|um) #",
        "#[- ](?:anstieg|zuwachs|plus|wachstum)",
        r"(?:um|auf) # (?:[^\s,;.]+ )?" + one_of(_UP_BASE),
        one_of(_UP_BASE) + " (?:um|auf) #",
        "(?:plus|um) # (?:mehr|höher|länger|grösser|stärker)",
        "plus #",
        "# (?:mehr|höher|oberhalb|über (?:dem|der|den|allen))",
        rf"{_NOT_WHY}die \w+ (?:steigen|wachsen|klettern)",
        r"(?:mehr|höher|grösser|länger|stärker|häufiger|öfter)\w{0,2} (?:[^\s,;.]+ ){0,2}als",
        r"immer (?:mehr|höher|häufiger|öfter|grösser)\w{0,2}",
        r"\w*trend (?:\S+ ){0,3}(?:nach oben|aufwärts)",
        "(?:aufwärtstrend|aufschwung)",
    ),
    down=_DOWN
    | _german(
        "",
        r"(?:nahm|nahmen|nimmt) (?:[^\s,;.]+ ){0,4}(?:# )?ab(?= und|[,;.]|$)",
        r"(?:ging|gingen|geht|gehen) (?:deutlich |leicht |stark |spürbar )?(?:(?:um|auf) # )?zurück",
        r"(?:brach|brachen|bricht|knickte|knickten) (?:[^\s,;.]+ ){0,4}(?:# )?ein(?= und|[,;.]|$)",
        r"(?:liess|liessen|lässt) (?:[^\s,;.]+ ){0,4}(?:# )?nach(?= und|[,;.]|$)",
        r"(?:ist|sind|war|waren) (?:[^\s,;.]+ ){0,6}gefallen",
        "(?:rückgang|abnahme|einbruch|minus|senkung|verringerung|abfall) (?:von|um) #",
        "#[- ](?:rückgang|einbruch|minus)",
        r"(?:um|auf) # (?:[^\s,;.]+ )?(?:gefallen|reduziert|gesenkt|" + one_of(_DOWN_BASE) + ")",
        one_of(_DOWN_BASE) + " (?:um|auf) #",
        "minus #",
        "# (?:weniger|niedriger|geringer|kürzer|kleiner|unterhalb|unter (?:dem|der|den|allen))",
        rf"{_NOT_WHY}die \w+ (?:sinken|fallen|schrumpfen)",
        r"(?:weniger|niedriger|geringer|kleiner|kürzer|schwächer|seltener)\w{0,2} (?:[^\s,;.]+ ){0,2}als",
        r"immer (?:weniger|niedriger|seltener|geringer|kleiner)\w{0,2}",
        r"\w*trend (?:\S+ ){0,3}(?:nach unten|abwärts)",
        "(?:abwärtstrend|abschwung)",
    ),
    flat=_FLAT,
    better=_BETTER,
    worse=_WORSE,
    compared=terms("", r"(?:besser|schlechter)\w{0,2} (?:[^\s,;.]+ ){0,2}als"),
    bounds=_german(
        "",
        "(?:(?:mehr|weniger|höher|niedriger|grösser|kleiner) als|mindestens|wenigstens|höchstens|maximal|bis zu|fast|"
        "beinahe|nahezu|annähernd|knapp|gut|kaum|über|unter|jenseits von|übersteigt|überstieg|überschreitet|unterschreitet|"
        "übertrifft) (?:de[nrm] |die |das |eine[nrm]? |ein )?#",
        "# (?:oder|und) (?:mehr|weniger)",
    ),
    multiples=_german(
        "", r"#[- ]?(?:fach\w*|x)", "# ?mal (?:so|mehr|häufiger|öfter|höher|stärker|grösser|länger|weniger|seltener)"
    ),
    denials=terms(
        "",
        rf"(?:nicht|nie|niemals|kaum|ohne|weder)(?: mehr)?{_WITHIN}{{0,2}} (?:{_MOVED}|{_BASE})",
        rf"{_MOVED}{_WITHIN}{{0,4}} (?:nicht|nie|niemals|kaum)",
    ),
    forecasts=_german(
        "voraussichtlich",
        r"(?:wir erwarten|zu erwarten|erwartet wird|prognosti\w+|wir rechnen mit)",
        rf"(?:wird|werden|dürfte|dürften)(?: [^\s;:.]+){{0,6}} {_BASE}",
        rf"(?:sollte|sollten|könnte|könnten){_WITHIN}{{0,4}} (?:steigen|ansteigen|wachsen|sinken|fallen|zunehmen|abnehmen)",
    ),
    causes=terms(
        "weil verursacht verursachte verursachten bewirkt bewirkte bewirkten deshalb deswegen daher aufgrund wegen dank",
        "(?:führt|führte|führten|fuhrt|fuhrte|fuhrten) (?:dazu|zu)",
        "auf grund",
        "(?:ist|sind) der grund",
    ),
    highest=terms(
        "",
        r"meist(?:be|ge|ver)\w+",
        r"\w*(?:grosst|langst|starkst|haufigst|hoechst|hochst|groesst|laengst|staerkst|haeufigst)e[mnrs]?",
    ),
    lowest=terms(
        "",
        r"(?:am wenigsten|wenigste[nr]?(?! \w+ens))",
        r"\w*(?:niedrigst|geringst|kleinst|kurzest|kuerzest|schwachst|schwaechst|seltenst)e[mnrs]?",
    ),
    leading=terms("spitzenreiter schlusslicht " + _inflected("best schlechtest führend fuhrend fuehrend")),
    majority=_german(
        "mehrheit mehrheitlich mehrzahl meist meistens überwiegend vorwiegend hauptsächlich grösstenteils grossteil "
        + _inflected("meist überwiegend")
    ),
    minority=terms("minderheit"),
    neutral={
        r"null[- ]?(?=treffer|ergebnis)": "erfolglos",
        r"ein paar": "einige",
        r"am besten(?= \w+en sie)": "bitte",
        r"f(?:a|ä|ae)ll(?:t|en) (?:[^\s,;.]+ ){0,3}auf(?=[,;.:])": "zeigt sich",
    },
    homographs=terms(
        "rose fell fall falls fallen fallend slip slips dips drops not will most hai tiers elf die once dos par"
    ).words,
)
