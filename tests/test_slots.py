from __future__ import annotations

import unicodedata
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickstream.errors import InvalidInput
from clickstream.facts import Fact, FactSheet
from clickstream.insights.report import Claim, Direction
from clickstream.insights.slots import RefusedClaim, accept, check, claim_of, render, slots_of

FACTS = FactSheet(
    [
        Fact("sessions", "Sessions", 12_345, "count", 12_345, ""),
        Fact("conversion", "Conversion rate", 0.0345, "rate", 12_345, ""),
        Fact("abandonment", "Cart abandonment rate", 0.72, "rate", 400, ""),
        Fact("revenue", "Revenue", 1234.5, "money:EUR", 30, ""),
        Fact("wait", "Time to buy", 130, "seconds", 30, ""),
        Fact("day", "Busiest day", "2026-03-01", "day", None, ""),
        Fact("query", "Term", "gore-tex 2000", "name", 40, ""),
        Fact("orders.change", "Change of orders", 0.125, "change", 60, ""),
        Fact("sessions.change", "Change of sessions", -0.2, "change", 60, ""),
        Fact("bounce.change", "Change of the bounce rate", -0.1, "change", 60, ""),
        Fact("same.change", "Change of searches", 0.0001, "change", 60, ""),
        Fact("gap", "Conversion of mobile", -0.0365, "points", 60, ""),
        Fact("aov.gap", "Order value of mobile", -4.5, "difference:EUR", 60, ""),
        Fact("lost", "Lost", 510, "count", 640, "", "highest"),
        Fact("step", "Step rate", 0.2, "rate", 640, "", "lowest"),
    ]
)


class Bad(NamedTuple):
    label: str
    text: str
    code: str
    direction: Direction = "none"


BAD = (
    Bad("nothing", " ", "length"),
    Bad("too long", "word " * 200, "length"),
    Bad("an unknown slot", "{{visits}} came.", "slot"),
    Bad("a slot with one brace", "{sessions} came.", "slot"),
    Bad("a slot left open", "{{sessions came.", "slot"),
    Bad("a slot in a slot", "{{ses{{sessions}}sions}} came.", "slot"),
    Bad("a slot of another spelling", "{{Sessions}} came.", "slot"),
    Bad("a digit", "{{sessions}} came in 2026.", "digit"),
    Bad("a digit right beside a slot", "{{sessions}}0 came.", "digit"),
    Bad("a superscript", "Buy²: {{sessions}}", "digit"),
    Bad("a fullwidth digit", "{{sessions}} and ７ more", "digit"),
    Bad("an Arabic digit", "{{sessions}} and ٣ others", "digit"),
    Bad("a Devanagari digit", "{{sessions}} and ५ others", "digit"),
    Bad("a vulgar fraction", "About ½ of {{sessions}} left.", "digit"),
    Bad("a Roman numeral character", "Phase Ⅳ begins.", "digit"),
    Bad("a Roman numeral in capitals", "Phase IV begins.", "digit"),
    Bad("a circled number", "Step ③ leaks.", "digit"),
    Bad("a Chinese numeral", "Step 三 leaks.", "digit"),
    Bad("a mathematical digit", "Step 𝟑 leaks.", "digit"),
    Bad("an HTML entity of a digit", "About &#53; sessions.", "digit"),
    Bad("a number word", "Seven sessions came.", "number_word"),
    Bad("a hyphenated number word", "Twenty-five sessions came.", "number_word"),
    Bad("a number word in capitals", "HUNDREDS came.", "number_word"),
    Bad("a joined number word", "Fiftythousand came.", "number_word"),
    Bad("a fullwidth number word", "ｓｅｖｅｎ sessions came.", "number_word"),
    Bad("an accented number word", "Sévén sessions came.", "number_word"),
    Bad("half", "Half of the carts stay.", "number_word"),
    Bad("a third", "A third of them left.", "number_word"),
    Bad("a quarter", "Last quarter was quiet.", "number_word"),
    Bad("twice", "Mobile leaves twice as often.", "number_word"),
    Bad("double", "Revenue could double.", "number_word"),
    Bad("a multiple", "A tenfold effect.", "number_word"),
    Bad("a dozen", "A dozen shoppers left.", "number_word"),
    Bad("a single", "Not a single order came.", "number_word"),
    Bad("a couple", "A couple of shoppers left.", "number_word"),
    Bad("zero", "Zero orders came.", "number_word"),
    Bad("an ordinal", "Revenue fell for the fifth day.", "number_word"),
    Bad("a value as a multiple", "{{sessions}} times as many came.", "number_word"),
    Bad("a percent sign", "{{conversion}}% buy.", "sign"),
    Bad("a fullwidth percent sign", "Many ％ buy.", "sign"),
    Bad("percent in words", "{{conversion}} percent buy.", "sign"),
    Bad("percentage points", "A few percentage points less.", "sign"),
    Bad("a currency sign", "Revenue was €{{revenue}}.", "sign"),
    Bad("a currency word", "{{revenue}} dollars came in.", "sign"),
    Bad("a currency code", "{{revenue}} USD came in.", "sign"),
    Bad("a word of two alphabets", "Оnly {{sessions}} came, sеvеn left.", "disguise"),
    Bad("a word spelled out", "s e v e n came.", "disguise"),
    Bad("a zero-width character", "Se\u200bven sessions came.", "unseen"),
    Bad("a bidi override", "\u202eseven came.", "unseen"),
    Bad("a tag character", "Sessions\U000e0037 came.", "unseen"),
    Bad("a line break", "Sessions came.\nMany.", "unseen"),
    Bad("our own slot mark", "\ufffc sessions came.", "unseen"),
    Bad("a Markdown link", "Look [here](shop).", "markup"),
    Bad("an address", "Look at https://shop.example.", "markup"),
    Bad("a tag", "<b>{{sessions}}</b> came.", "markup"),
    Bad("an entity", "{{sessions}} &frac; came.", "markup"),
    Bad("a rate of sessions", "{{conversion}} sessions bought.", "unit"),
    Bad("money as a count", "{{revenue}} orders came.", "unit"),
    Bad("a count of seconds", "It took {{sessions}} seconds.", "unit"),
    Bad("a duration with another unit", "It took {{wait}} minutes.", "unit"),
    Bad("more than", "More than {{sessions}} came.", "bound"),
    Bad("at least", "At least {{revenue}} came in.", "bound"),
    Bad("nearly", "Nearly {{sessions}} came.", "bound"),
    Bad("over", "Over {{sessions}} came.", "bound"),
    Bad("a direction without a change", "Sessions are {{sessions}}.", "direction", "up"),
    Bad("a direction against the fact", "Orders: {{orders.change}}.", "direction", "down"),
    Bad("a change without its direction", "Orders: {{orders.change}}.", "direction"),
    Bad("flat against the fact", "Orders: {{orders.change}}.", "direction", "flat"),
    Bad("up where it is too small to show", "Searches: {{same.change}}.", "direction", "up"),
    Bad("two directions", "Orders {{orders.change}}, sessions {{sessions.change}}.", "direction", "up"),
    Bad("a word against the fact", "Sessions rose by {{sessions.change}}.", "direction_word", "down"),
    Bad("a noun against the fact", "An increase of {{sessions.change}} in sessions.", "direction_word", "down"),
    Bad("a noun behind the slot", "A {{sessions.change}} rise in sessions.", "direction_word", "down"),
    Bad("up before the slot", "Sessions are up {{sessions.change}}.", "direction_word", "down"),
    Bad("higher behind the slot", "Mobile is {{gap}} higher.", "direction_word", "down"),
    Bad("more behind the slot", "An order brings {{aov.gap}} more.", "direction_word", "down"),
    Bad("a comparison against the fact", "Mobile converts higher than the rest: {{gap}}.", "direction_word", "down"),
    Bad("a word without a change", "Sessions rose to {{sessions}}.", "direction_word"),
    Bad("a comparison without a difference", "Mobile converts lower than desktop: {{conversion}}.", "direction_word"),
    Bad("better than without a difference", "Mobile does better than desktop.", "direction_word"),
    Bad("steady against the fact", "Orders stayed steady at {{orders.change}}.", "direction_word", "up"),
    Bad("rising where it lies flat", "Searches grew by {{same.change}}.", "direction_word", "flat"),
    Bad("improved without a change", "The checkout improved.", "judgement"),
    Bad("worsened where it got better", "Bounces worsened by {{bounce.change}}.", "judgement", "down"),
    Bad("improved where it got worse", "Sessions improved by {{sessions.change}}.", "judgement", "down"),
    Bad("a denied change", "Orders were not growing: {{orders.change}}.", "hedge", "up"),
    Bad("a denied change in short", "Orders didn’t decline.", "hedge"),
    Bad("a forecast", "Orders will grow soon.", "hedge"),
    Bad("an expectation", "Revenue is expected to fall.", "hedge"),
    Bad("a rank without one", "The largest group are {{sessions}} sessions.", "rank"),
    Bad("the wrong end", "The lowest loss: {{lost}} sessions.", "rank"),
    Bad("most without a majority", "Most buy: {{conversion}}.", "rank"),
    Bad("a majority without one", "The majority buys ({{conversion}}).", "rank"),
    Bad("a minority without one", "A minority leaves a cart ({{abandonment}}).", "rank"),
    Bad("best without a rank", "The best page has {{sessions}} sessions.", "rank"),
)  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=[bad.label for bad in BAD])
def test_a_text_that_could_mislead_is_refused(bad: Bad) -> None:
    codes = {flaw.code for flaw in check(claim_of(bad.text, bad.direction), FACTS)}

    assert bad.code in codes


class Good(NamedTuple):
    text: str
    shown: str
    direction: Direction = "none"


GOOD = (
    Good("{{sessions}} sessions, {{conversion}} of them bought.", "12,345 sessions, 3.5% of them bought."),
    Good("It took {{ wait }} and brought {{revenue}}.", "It took 2 min 10 s and brought €1,234.50."),
    Good("On {{day}} people looked for {{query}}.", "On 1 Mar 2026 people looked for “gore-tex 2000”."),
    Good('People looked for "{{query}}".', 'People looked for "gore-tex 2000".'),
    Good("Orders rose by {{orders.change}}.", "Orders rose by 12.5%.", "up"),
    Good("Orders moved by {{orders.change}}.", "Orders moved by +12.5%.", "up"),
    Good("Sessions moved by {{sessions.change}}.", "Sessions moved by −20.0%.", "down"),
    Good("Sessions are down {{sessions.change}}.", "Sessions are down 20.0%.", "down"),
    Good("Mobile lies {{gap}} below the rest.", "Mobile lies 3.7 percentage points below the rest.", "down"),
    Good("An order of mobile brings {{aov.gap}} less.", "An order of mobile brings €4.50 less.", "down"),
    Good("Bounces improved by {{bounce.change}}.", "Bounces improved by 10.0%.", "down"),
    Good("Searches stayed unchanged ({{same.change}}).", "Searches stayed unchanged (0.01%).", "flat"),
    Good("The largest loss: {{lost}} sessions.", "The largest loss: 510 sessions."),
    Good("The weakest step lets {{step}} pass.", "The weakest step lets 20.0% pass."),
    Good("Most decided carts stay behind: {{abandonment}}.", "Most decided carts stay behind: 72.0%."),
    Good("Lower the price, reduce fields, increase trust.", "Lower the price, reduce fields, increase trust."),
    Good("Sessions that dropped off: {{lost}}.", "Sessions that dropped off: 510."),
    Good("The zero-result rate is {{conversion}}.", "The zero-result rate is 3.5%."),
    Good("Fix the checkout first, then someone else’s page.", "Fix the checkout first, then someone else’s page."),
)


@pytest.mark.parametrize("good", GOOD, ids=[good.text for good in GOOD])
def test_a_sound_text_is_accepted_with_its_values_in_place(good: Good) -> None:
    claim = claim_of(good.text, good.direction)

    assert check(claim, FACTS) == []
    assert accept(claim, FACTS).text == good.shown


def test_fact_ids_must_name_every_slot_and_nothing_unknown() -> None:
    lacking = Claim("{{sessions}} came for {{revenue}}.", ["sessions"])
    unknown = Claim("{{sessions}} came.", ["sessions", "visits"])
    beside = Claim("Orders rose.", ["orders.change"], "up")

    assert [flaw.message for flaw in check(lacking, FACTS)] == ["fact_ids lacks revenue"]
    assert [flaw.message for flaw in check(unknown, FACTS)] == ["no fact is called visits"]
    assert check(beside, FACTS) == []


def test_a_refused_claim_says_everything_that_is_wrong_with_it() -> None:
    with pytest.raises(RefusedClaim) as refused:
        accept(claim_of("{{visits}} rose by 7 percent."), FACTS)

    assert {flaw.code for flaw in refused.value.flaws} == {"slot", "digit", "sign", "direction_word"}
    assert "no fact is called visits" in refused.value.message


def test_a_name_cannot_bring_slots_or_flaws_of_its_own() -> None:
    facts = FactSheet([Fact("q", "", "{{sessions}} fell 50%", "name", 1, ""), Fact("sessions", "", 7, "count", 7, "")])

    assert accept(claim_of("People ask for {{q}}."), facts).text == "People ask for “{{sessions}} fell 50%”."


def test_slots_are_listed_once_in_order() -> None:
    assert slots_of("{{b}} and {{a}} and {{b}}") == ["b", "a"]


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="not in 'xx'"):
        render("{{sessions}}", FACTS, language="xx")


FORMATS = [
    ("count", 0, "0"),
    ("count", 1_234_567, "1,234,567"),
    ("number", 3.96, "4.0"),
    ("rate", 0, "0.0%"),
    ("rate", 1, "100.0%"),
    ("rate", 0.00004, "<0.01%"),
    ("rate", 0.0025, "0.25%"),
    ("rate", 0.9999, ">99.9%"),
    ("rate", 0.03449, "3.4%"),
    ("seconds", 0.4, "0.4 s"),
    ("seconds", 59.6, "1 min"),
    ("seconds", 130, "2 min 10 s"),
    ("seconds", 3_900, "1 h 5 min"),
    ("money:EUR", 0.005, "€0.01"),
    ("money:USD", 1_000_000, "$1,000,000.00"),
    ("money:CHF", -3.5, "−3.50 CHF"),
    ("money:JPY", 1_200, "1,200 JPY"),
    ("difference:GBP", 2, "+£2.00"),
    ("difference:GBP", -2, "−£2.00"),
    ("change", 0, "0.0%"),
    ("change", 1.5, "+150.0%"),
    ("points", -0.02, "−2.0 percentage points"),
    ("day", "2026-12-31", "31 Dec 2026"),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "value", "shown"), FORMATS)
def test_values_are_written_for_people(unit: str, value: float | str, shown: str) -> None:
    assert render("{{x}}", {"x": Fact("x", "", value, unit, 1, "")}) == shown


@given(st.text(alphabet=st.characters(categories=["N"]), min_size=1, max_size=3), st.integers(0, 10))
def test_no_numeral_of_any_script_passes(numeral: str, place: int) -> None:
    words = ["People", "who", "came", "bought", "what", "they", "had", "looked", "for", "before"]
    text = " ".join([*words[:place], numeral, *words[place:]])

    assert "digit" in {flaw.code for flaw in check(claim_of(text), FACTS)}


@given(st.text(max_size=60))
def test_whatever_is_accepted_shows_no_numeral_outside_slots(text: str) -> None:
    refused = check(claim_of(text), FACTS)

    assert refused or not any(unicodedata.numeric(char, None) is not None for char in text)
    assert refused or not any(unicodedata.category(char) in ("Sc", "Cc", "Cf", "Cs", "Co", "Cn") for char in text)
