"""Values in five languages: as CLDR has them, with our own rules, and as the browser shows them beside the texts."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date

import pytest

from clickstream.analysis.measuring import STEPS_OF
from clickstream.channels import CHANNELS
from clickstream.facts import Fact
from clickstream.insights.formats import formatted
from clickstream.insights.names import NAMES
from clickstream.languages import LANGUAGES
from clickstream.languages.locales import locale_named
from clickstream.metrics.differences import DAY_PARTS
from clickstream.sessions import FUNNEL_STEPS
from tests.browsing import missing

NB, NNB = "\u00a0", "\u202f"

SHOWN = [
    ("count", 1_234, ["1,234", "1.234", f"1{NNB}234", "1234", "1.234"]),
    ("count", 1_234_567, ["1,234,567", "1.234.567", f"1{NNB}234{NNB}567", "1.234.567", "1.234.567"]),
    ("number", 3.96, ["4.0", "4,0", "4,0", "4,0", "4,0"]),
    ("rate", 0.0345, ["3.5%", f"3,5{NB}%", f"3,5{NB}%", f"3,5{NB}%", "3,5%"]),
    ("rate", 0.00004, ["<0.01%", f"<0,01{NB}%", f"<0,01{NB}%", f"<0,01{NB}%", "<0,01%"]),
    ("rate", 0.9999, [">99.9%", f">99,9{NB}%", f">99,9{NB}%", f">99,9{NB}%", ">99,9%"]),
    ("change", -0.0025, ["−0.25%", f"−0,25{NB}%", f"−0,25{NB}%", f"−0,25{NB}%", "−0,25%"]),
    ("money:EUR", 1_500, ["€1,500.00", f"1.500,00{NB}€", f"1{NNB}500,00{NB}€", f"1500,00{NB}€", f"1.500,00{NB}€"]),
    ("money:USD", -3.5, ["−$3.50", f"−3,50{NB}$", f"−3,50{NB}$US", f"−3,50{NB}US$", f"−3,50{NB}US$"]),
    ("money:JPY", 1_200, ["1,200 JPY", f"1.200{NB}¥", f"1{NNB}200{NB}JPY", f"1200{NB}JPY", f"1.200{NB}¥"]),
    ("difference:EUR", 2, ["+€2.00", f"+2,00{NB}€", f"+2,00{NB}€", f"+2,00{NB}€", f"+2,00{NB}€"]),
    ("points", 0.0365, [
        "+3.7 percentage points", "+3,7 Prozentpunkte", "+3,7 points de pourcentage", "+3,7 puntos porcentuales",
        "+3,7 điểm phần trăm",
    ]),
    ("seconds", 130, ["2 min 10 s", *3 * [f"2{NB}min 10{NB}s"], f"2{NB}phút 10{NB}giây"]),
    ("seconds", 93_600, ["1 d 2 h", f"1{NB}d 2{NB}h", f"1{NB}j 2{NB}h", f"1{NB}d 2{NB}h", f"1{NB}ngày 2{NB}giờ"]),
    ("seconds", 4.25, ["4.3 s", *3 * [f"4,3{NB}s"], f"4,3{NB}giây"]),
    ("day", "2026-03-01", ["1 Mar 2026", "1. März 2026", "1 mars 2026", "1 mar 2026", "1 thg 3, 2026"]),
    ("name", "red tent", ["“red tent”", "„red tent“", f"«{NB}red tent{NB}»", "«red tent»", "“red tent”"]),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "value", "shown"), SHOWN, ids=[f"{unit} {value}" for unit, value, _ in SHOWN])
def test_a_value_is_written_as_its_reader_writes_it(unit: str, value: float | str, shown: list[str]) -> None:
    fact = Fact("x", "", value, unit, 1, "")
    assert [formatted(fact, locale_named(language)) for language in LANGUAGES] == shown


NAMED = [
    ("funnel.checkout.name", "checkout", "Bestellvorgang"),
    ("path.all.1.sequence", "product view → add to cart", "Produktansicht → In den Warenkorb"),
    ("segments.device.mobile.name", "mobile", "Mobilgerät"),
    ("segments.variant.new.name", "new", "new"),
    ("search.term.1.query", "mobile", "mobile"),
    ("funnel.quiz.name", "our quiz", "our quiz"),
    ("c2.funnel.checkout.name", "checkout", "Bestellvorgang"),
]


@pytest.mark.parametrize(("fact_id", "value", "shown"), NAMED)
def test_names_of_our_own_are_translated_and_those_of_others_are_not(fact_id: str, value: str, shown: str) -> None:
    assert formatted(Fact(fact_id, "", value, "name", 1, ""), locale_named("de"), quoted=False) == shown


def test_every_name_that_this_program_gives_is_known() -> None:
    given = {*FUNNEL_STEPS, *DAY_PARTS, *CHANNELS, "new", "returning", "unknown", "(other)"}
    given |= {step.key for steps in STEPS_OF.values() for step in steps}
    assert {name.replace("_", " ") for name in given} - set(NAMES) == set()


NUMBERS = [0, 1, 12.25, 999, 1_000, 9_999.5, 12_345, 1_234_567.875]
SHARES = [0.0, 0.0125, 0.345, 0.99, 1.0]
CURRENCIES = ["EUR", "JPY", "CHF", "VND"]
DAYS = ["2026-01-01", "2026-03-31", "2026-09-09", "2026-12-24"]

INTL = """
const { language, numbers, shares, currencies, days } = JSON.parse(process.argv[1]);
const digits = (count) => ({ minimumFractionDigits: count, maximumFractionDigits: count });
const named = { day: "numeric", month: "short", year: "numeric" };
const number = (value) => new Intl.NumberFormat(language, digits(1)).format(value);
const share = (value) => new Intl.NumberFormat(language, { style: "percent", ...digits(1) }).format(value);
const money = (currency) => (value) => new Intl.NumberFormat(language, { style: "currency", currency }).format(value);
const day = (value) => new Intl.DateTimeFormat(language, { ...named, timeZone: "UTC" }).format(new Date(value));
console.log(JSON.stringify([
  ...numbers.map(number), ...shares.map(share), ...currencies.flatMap((name) => numbers.map(money(name))), ...days.map(day),
]));
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_write_as_the_browser_does(language: str) -> None:
    """English keeps days before months, and codes for currencies without a sign of their own."""
    node = shutil.which("node") or missing("no node")
    told = {"language": language, "numbers": NUMBERS, "shares": SHARES, "days": DAYS}
    told["currencies"] = ["EUR"] if language == "en" else CURRENCIES
    told["days"] = [] if language == "en" else DAYS
    asked = subprocess.run([str(node), "-e", INTL, json.dumps(told)], capture_output=True, text=True, check=True, timeout=60)
    ours = locale_named(language)
    written = [ours.number(value, 1) for value in NUMBERS] + [ours.share(value, 1) for value in SHARES]
    written += [ours.money(value, currency) for currency in told["currencies"] for value in NUMBERS]
    written += [ours.day(date.fromisoformat(day)) for day in told["days"]]
    assert written == json.loads(asked.stdout)
