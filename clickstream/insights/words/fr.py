"""French words."""

from clickstream.insights.words.vocabulary import Vocabulary, one_of, terms

_UP = terms(
    "augmentent augmentee augmentees augmentes augmentait augmentaient augmenta augmenterent montent monta montaient "
    "grimpe grimpent grimpee grimpes grimpa grimpait progresse progressent progressa progressait progressaient croît "
    "croissent croissait accroit bondit bondi bondissent grandi grandit grandissent haussé "
    "croissante croissantes croissant croissants",
    r"(?:a|ont|est|sont|etait|etaient) accru\w*",
)
_DOWN = terms(
    "diminue diminuent diminuee diminuees diminues diminuait diminuaient diminua baissé baissée baissent baissait "
    "baissaient baissa recule reculent reculee reculait recula chuté chutent chutait chuta decline declinent declinait "
    "plonge plongent plongea regresse regressent regressa effondre effondrent effondree effondra flechi flechit "
    "flechissent decroit decru decroissant decroissante decroissants decroissantes"
)
_FLAT = terms(
    "inchange inchangee inchanges inchangees stagne stagnent stagnait stable stables constant constante "
    "constants constantes",
    "n'(?:a|ont) (?:pas )?(?:change|evolue)",
)
_BETTER = terms("ameliore amelioree ameliores ameliorees ameliorent amelioraient ameliorait")
_WORSE = terms(
    "degrade degradee degrades degradees degradent deteriore deterioree deteriores deteriorees deteriorent empire empirent "
    "aggrave aggravee aggravent"
)
_UP_BASE = terms("augmenter monter grimper progresser croitre accroitre bondir augmente monte")
_DOWN_BASE = terms("diminuer baisser reculer chuter tomber decliner flechir baisse chute tombe")
_MOVES = one_of(_UP, _DOWN, _BETTER, _WORSE, _UP_BASE, _DOWN_BASE, terms("ameliorer degrader deteriorer"))
_BASE = "(?:augmenter|monter|grimper|progresser|croitre|bondir|diminuer|baisser|reculer|chuter|tomber|decliner|s'ameliorer)"
_RISE = "(?:hausse|augmentation|progression|croissance|bond|gain|montee|poussee|accroissement)"
_DROP = "(?:baisse|diminution|recul|chute|repli|reduction|declin|effondrement)"
_THE = "(?:les? |la |l'|des |de |du |d'|une? )?"
_THERE_IS = "(?:il y a|on (?:constate|observe|note|voit)|montrent?) (?:une? |la |le )"
_WITHIN = r"(?:[^\s,;:.]+ )"
_COMPARED_TO = r" (?:de |d')?(?:[^\s,;:.]+ ){0,2}qu(?:e|(?='))"
_LOW = "(?:petit|faible|bas|basse|court|rare)"

VOCABULARY = Vocabulary(
    language="fr",
    numbers=terms(
        "zero zeros deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts "
        "trente quarante cinquante soixante septante huitante octante nonante cent cents mille mil million millions "
        "milliard milliards millier milliers second seconds seconde demi demie demis demies moitie moities quart quarts "
        "double doubles doublee doublees doubler doublent doublait doublement triple triples tripler triplee tripent "
        "quadruple quadrupler quintuple decuple dizaine dizaines douzaine douzaines huitaine quinzaine quinzaines vingtaine "
        "trentaine quarantaine cinquantaine soixantaine centaine centaines couple couples paire paires trimestre trimestres "
        "semestre semestres siecle siecles decennie decennies",
        r"(?:un|le|du|d'un|dernier|premier|deuxieme) tiers",
        "(?:un seul|une seule)",
    ),
    compound="(?:deux|trois|quatr|cinqu|six|sept|huit|neuv|dix|onz|douz|treiz|quatorz|quinz|seiz|vingt|trent|quarant|"
    "cinquant|soixant|septant|nonant|cent|mill|million)iemes?|quatrevingts?\\w*|soixantedix|centuple\\w*",
    percent=terms("pourcent pourcents pourcentage pourcentages", "pour (?:cent|mille)"),
    currencies=terms("couronne couronnes rouble roubles roupie roupies centime centimes", "livres? sterling", "# livres?"),
    time_units=terms(
        "seconde secondes minute minutes heure heures milliseconde millisecondes jour jours semaine semaines mois an ans "
        "annee annees"
    ),
    counted_nouns=terms(
        "visite visites visiteur visiteurs visiteuse visiteuses commande commandes recherche recherches panier paniers "
        "evenement evenements acheteur acheteurs acheteuse acheteuses client clients cliente clientes achat achats"
    ),
    up=_UP
    | terms(
        "",
        "(?:en|a la) (?:hausse|augmentation|progression|croissance)",
        r"(?:a|ont|avait|avaient|est|sont) (?:\S+ )?(?:augmente|monte|double|hausse|progresse|grimpe)",
        r"(?<!et )(?<!, )augmente(?! la confiance)",
        rf"{_RISE} (?:de|d'environ) {_THE}#",
        rf"# (?:de|en) (?:plus|{_RISE})",
        rf"{_THERE_IS}{_RISE}",
        rf"{_RISE} (?:de |des |du |d')(?:\S+ ){{1,3}}(?:est|sont|se)",
        "de plus en plus",
        r"# (?:au-dessus|plus (?:eleve|haut|grand|long|fort|important)\w*)",
        rf"(?:augmenter|grimper|monter|monte|montent|monté|progresser|croitre|bondir) (?:de|a|jusqu'a) {_THE}#",
        rf"(?:plus|davantage){_COMPARED_TO}",
        "superieure?s? (?:a|au|aux|de)",
    ),
    down=_DOWN
    | terms(
        "",
        "(?:en|a la) (?:baisse|diminution|recul|repli|declin|chute)",
        r"(?:a|ont|avait|avaient|est|sont) (?:\S+ )?(?:baisse|chute|diminue|recule)",
        r"(?<!la )(?<!une )(?<!cette )(?<!toute )(?<!sa )(?<!leur )(?<!en )(?<!de )(?<!, )baisse(?= (?:de|a|en|par|depuis))",
        r"tomb(?:e|ent|ee|es|ees|a|aient|ait)(?! sur)",
        rf"{_DROP} (?:de|d'environ) {_THE}#",
        rf"# (?:de|en) (?:moins|{_DROP})",
        rf"{_THERE_IS}{_DROP}",
        rf"{_DROP} (?:de |des |du |d')(?:\S+ ){{1,3}}(?:est|sont|se)",
        "de moins en moins",
        r"# (?:au-dessous|en[ -]dessous|moins (?:eleve|haut|grand|long|fort|important)\w*)",
        rf"(?:diminuer|baisser|reculer|chuter|tomber|reduit|reduite|reduits|reduites) (?:de|a|jusqu'a) {_THE}#",
        rf"moins{_COMPARED_TO}",
        "inferieure?s? (?:a|au|aux|de)",
    ),
    flat=_FLAT,
    better=_BETTER,
    worse=_WORSE,
    compared=terms("", rf"(?:mieux|meilleure?s?|pires?){_COMPARED_TO}"),
    bounds=terms(
        "",
        "(?:plus|moins|pres|au-dela|au-dessus|en[ -]dessous|au-dessous|davantage) (?:de |des |du |d')(?:les |la |une? )?#",
        rf"(?:au moins|au plus|jusqu'a|presque|quasi|quasiment|a peine|au minimum|au maximum|superieure?s? a|"
        rf"inferieure?s? a|(?:depass|exced)\w+) {_THE}#",
        "# (?:ou|et) (?:plus|moins)",
        "# (?:au moins|au plus|au minimum|au maximum|minimum|maximum)",
    ),
    multiples=terms("", r"# fois (?:plus|moins|superieur\w*|inferieur\w*|les?|la|autant)", "#[- ]?x"),
    denials=terms("", rf"(?:ne |n'|sans |jamais |ni ){_WITHIN}{{0,3}}{_MOVES}"),
    forecasts=terms(
        "augmentera augmenteront montera monteront grimpera grimperont progressera progresseront croitra croitront bondira "
        "baissera baisseront diminuera diminueront reculera reculeront chutera chuteront tombera tomberont ameliorera "
        "amelioreront degradera degraderont",
        "(?:nous (?:prevoyons|attendons)|on (?:prevoit|attend) que|attendue?s? en)",
        rf"(?:va|vont|devrait|devraient|continu\w+ (?:a|de)) {_WITHIN}{{0,2}}{_BASE}",
    ),
    causes=terms(
        "cause causee causes causees provoque provoquee provoques provoquees entraine entrainee",
        "(?:grace|due?s?) (?:a|au|aux)",
        "en raison d[eu']",
        "parce qu[e']",
        "(?:a|ont) conduit a",
        "c'est pourquoi",
    ),
    highest=terms(
        "",
        rf"(?:les?|la|l'|du|des|aux?|leurs?|sa|son) plus (?!{_LOW}|tot|vite|rapidement|tard|souvent|brefs?)\w{{4,}}",
    ),
    lowest=terms("", rf"(?:les?|la|du|des|aux) plus {_LOW}\w*", r"(?:les?|la|des) moins \w{4,}"),
    leading=terms(
        "",
        r"(?:les?|la|l'|du|des|aux?|nos|vos|leurs?|sa|son|ses) (?:meilleure?s?|pires?)",
        "en tete",
        "le (?:mieux|moins bien)",
    ),
    majority=terms(
        "majorite majoritaire majoritaires majoritairement plupart principalement",
        "(?:le|les) plus souvent",
        "l'essentiel (?:de|des|du)",
        "le plus(?= (?:les?|la|l'|des?|du|d')| ?[.,;:?!]|$)",
    ),
    minority=terms("minorite minoritaire minoritaires"),
    neutral={
        r"(?:tou(?:s|tes) )?les deux(?! (?:tiers|cents?|mille|millions?|fois|premi|derni))": "chacun",
        r"meilleures ventes": "ventes",
        r"(?:quoi de|comme|flambant|(?:produits?|articles?|modèles?|état)) neuf": "nouveau",
        r"rem(?:is|ise|ises|ettre|ettez) à neuf": "nettoyer",
    },
    homographs=terms(
        "rose roses gains surge surges slip slips fall tres dos par once on sole soles franc livre elf die hai dips empire "
        "drops ils media six second double triple quadruple quintuple couple couples million millions cent cents peso"
    ).words,
    letters="aàâyltdnsjcmôqu",
)
