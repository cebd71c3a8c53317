"""Spanish words."""

from clickstream.insights.words.vocabulary import Vocabulary, one_of, terms

_UP = terms(
    "aumentó aumenta aumentan aumentaron aumentado aumentaba aumentaban sube suben subio subieron crece crecen crecio "
    "crecieron crecido crecia creciente crecientes incrementó incrementa incrementan incrementaron incrementado escaló "
    "escalaron trepan treparon trepó "
    "disparó dispara disparan dispararon disparado ascendio ascendieron repuntó repunta repuntan repuntaron"
)
_DOWN = terms(
    "bajó bajan bajaron bajado bajaba cae caen cayo cayeron disminuye disminuyen disminuyo disminuyeron disminuido "
    "desciende descienden descendio descendieron descendido decrece decrecen decrecio decreciente decrecientes redujo "
    "redujeron retrocede retroceden retrocedio retrocedieron desplomó desploma desploman desplomaron hundio hunde "
    "hunden hundieron mermó merman decae decaen"
)
_FLAT = terms(
    "estable estables constante constantes invariable invariables estancó estancado estancada estancados estancadas",
    "sin cambios",
)
_BETTER = terms("mejoró mejoraron mejoran mejorado", r"(?<!la )(?<!una )(?<!de )(?<!esta )mejora (?:un |en |el )+#")
_WORSE = terms("empeoró empeora empeoran empeoraron empeorado deterioró deteriora deterioran deterioraron deteriorado")
_UP_BASE = terms("aumentar subir crecer incrementar incrementarse ascender repuntar")
_DOWN_BASE = terms("bajar caer disminuir descender reducirse retroceder decrecer")
_MOVES = one_of(_UP, _DOWN, _BETTER, _WORSE, _UP_BASE, _DOWN_BASE, terms("mejorar empeorar deteriorar cambiar variar"))
_BASE = one_of(_UP_BASE, _DOWN_BASE, terms("mejorar empeorar"))
_RISE = "(?:aumento|incremento|subida|crecimiento|alza|repunte|ascenso)"
_DROP = "(?:descenso|caida|disminucion|reduccion|baja|bajada|retroceso|merma)"
_BY = "(?:en |un |una |hasta |a |al |el |la |de |del |los |las )*"
_ITS = "(?:el|la|los|las|del|al|sus?|nuestr[oa]s?)"
_LOW = r"(?:baj|pequen|cort|debil|lent|reducid)\w*"
_THERE_IS = "(?:hay|hubo|se (?:observa|aprecia|ve)|muestran?) (?:una? |el |la )"
_WITHIN = r"(?: [^\s,;:.]+)"
_KNOWN_FOR = (
    r"mas (?:alt|grande|larg|fuerte|frecuente|visitad|vendid|buscad|vist|abandonad|activ|concurrid|importante|comun|usad)\w*"
)

VOCABULARY = Vocabulary(
    language="es",
    numbers=terms(
        "cero ceros dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte treinta cuarenta "
        "cincuenta sesenta setenta ochenta noventa cien ciento cientos mil miles millon millones millar millares billon "
        "billones segundo segunda segundos segundas tercer tercero tercera cuarto cuarta cuartos quinto quinta sexto sexta "
        "septimo septima octavo octava noveno novena decimo decima vigesimo mitad mitades tercio tercios doble dobles "
        "duplica duplican duplicó duplicaron duplicar duplicarse duplicaba triple triples triplica triplican triplicó "
        "triplicaron triplicar triplicado cuadruple cuadruplicar cuadruplicó quintuple docena docenas decena decenas "
        "quincena quincenas centenar centenares centena par pares trimestre trimestres semestre semestres decada decadas "
        "siglo siglos",
        "medi[oa] (?:docena|millon|centenar|millar)",
        "y medi[oa]",
        "(?:un solo|una sola)",
        "(?:ha|han|habia|habian) duplicado",
    ),
    compound="dieci(?:seis|siete|ocho|nueve)|veinti(?:un[oa]?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)|"
    "(?:dos|tres|cuatro|quin|seis|sete|ocho|nove)(?:c?ient[oa]s)|(?:treinta|cuarenta|cincuenta)i\\w+|"
    "(?:once|doce|trece|quince|veinte|treinta|cincuenta)av[oa]s?|(?:centesim|milesim|millonesim)[oa]s?",
    percent=terms("porciento porcentaje porcentajes porcentual porcentuales", "por (?:ciento|cien|mil)"),
    currencies=terms(
        "dolar dolares libra libras rublo rublos rupia rupias corona coronas centavo centavos centimo centimos", "# pesos?"
    ),
    time_units=terms(
        "segundo segundos minuto minutos hora horas milisegundo milisegundos dia dias semana semanas mes meses ano anos"
    ),
    counted_nouns=terms(
        "sesion sesiones visitas visitante visitantes pedido pedidos busquedas carrito carritos evento eventos comprador "
        "compradores compradora compradoras cliente clientes compras"
    ),
    up=_UP
    | terms(
        "",
        "(?:al alza|en aumento)",
        r"(?:ha|han|habia|habian) (?:\S+ )?subido",
        rf"{_RISE} {_BY}#",
        rf"# (?:mas(?! {_LOW})|superior(?:es)?|por encima)",
        rf"{_THERE_IS}{_RISE}",
        r"cada vez (?:\w+ )?mas",
        rf"{one_of(_UP_BASE)} {_BY}#",
        r"mas (?:[^\s,;:.]+ ){0,2}que",
        r"mayor(?:es)? (?:[^\s,;:.]+ ){0,2}que",
        r"superior(?:es)? (?:a|al)",
    ),
    down=_DOWN
    | terms(
        "",
        "(?:a la baja|en descenso|en caida)",
        r"(?:ha|han|habia|habian) (?:\S+ )?(?:bajado|caido|reducido)",
        rf"{_DROP} {_BY}#",
        rf"# (?:menos|mas {_LOW}|inferior(?:es)?|por debajo)",
        rf"{_THERE_IS}{_DROP}",
        r"cada vez (?:\w+ )?menos",
        rf"(?:{one_of(_DOWN_BASE)}|baja|bajan) {_BY}#",
        r"menos (?:[^\s,;:.]+ ){0,2}que",
        r"menor(?:es)? (?:[^\s,;:.]+ ){0,2}que",
        r"inferior(?:es)? (?:a|al)",
    ),
    flat=_FLAT,
    better=_BETTER,
    worse=_WORSE,
    compared=terms("", r"(?:mejor|mejores|peor|peores) (?:[^\s,;:.]+ ){0,2}que"),
    bounds=terms(
        "",
        "(?:mas|menos|cerca|por encima|por debajo) (?:de |del )(?:las? |los |una? )?#",
        "(?:al menos|por lo menos|como minimo|como maximo|como mucho|hasta|casi|apenas|superior(?:es)? a|superior(?:es)? al|"
        "inferior(?:es)? a|inferior(?:es)? al|supera|superan|superó|superaron|superaba|excede|exceden|mayor que|menor que) "
        "(?:el |las? |los |una? )?#",
        "# (?:o|y) (?:mas|menos)",
        "# (?:como minimo|como maximo|por lo menos)",
    ),
    multiples=terms("", r"# veces (?:mas|menos|mayor\w*|menor\w*|superior\w*|el|la|lo|los|las|tant\w*)", "#[- ]?x"),
    denials=terms("", rf"(?:no|nunca|jamas|sin|ni|apenas){_WITHIN}{{0,2}} {_MOVES}"),
    forecasts=terms(
        "aumentará aumentarán subirá subirán crecerá crecerán bajará bajarán caerá caerán disminuirá disminuirán descenderá "
        "descenderán mejorará mejorarán empeorará empeorarán incrementará incrementarán reducirá reducirán duplicará",
        rf"(?:va a|van a|seguira|seguiran){_WITHIN}{{0,1}} (?:{_BASE}|\w+ndo)",
        r"(?:se (?:espera|preve)|esperamos|prevemos) que",
        "(?:deberia|deberian) (?:crecer|caer)",
    ),
    causes=terms(
        "porque causo causado causada causaron provoco provocado provocada provocaron",
        "(?:debido|gracias) a",
        "a causa de",
        "por culpa de",
        "(?:llevo|llevaron|condujo) a",
        "por eso",
    ),
    highest=terms("", rf"{_ITS} (?:\S+ )?{_KNOWN_FOR}", rf"{_ITS} mayor(?:es)?(?! parte)"),
    lowest=terms("", rf"{_ITS} (?:\S+ )?mas {_LOW}", rf"{_ITS} menor(?:es)?", r"(?:el|la|los|las) menos \w{5,}"),
    leading=terms(
        "lider lideres",
        rf"(?:{_ITS}|lo) (?:mejor|mejores|peor|peores)",
        "en cabeza",
        "(?:convierte|vende|funciona|rinde)n? mejor",
    ),
    majority=terms(
        "mayoria mayoritario mayoritaria mayoritariamente principalmente mayormente",
        "la mayor parte",
        "(?:lo que|que) mas(?! se acerc)",
    ),
    minority=terms("minoria minoritario minoritaria"),
    neutral={"(?:a la par|cuartos? de baño)": "junto"},
    homographs=terms(
        "surge surges peso pesos franc sole soles slip slips fall par once dos hai elf die on drops media real most miles "
        "dips"
    ).words,
    letters="aeoyuàáó",
)
