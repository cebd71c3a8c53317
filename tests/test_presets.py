"""What a report emphasises: presets, wishes, temperature; chosen over HTTP and on the command line, and remembered."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from clickstream.analysis import Request, run_analysis
from clickstream.comparison.labels import LABELS
from clickstream.errors import InvalidInput
from clickstream.facts import FactSheet, Measured, build
from clickstream.ingest import Collector
from clickstream.insights import computed
from clickstream.insights.brief import MAX_PROMPT, Brief, read_brief
from clickstream.insights.presets import PRESETS, WEIGHTS, preset_named
from clickstream.insights.prompt import build_prompt, instructions
from clickstream.insights.report import STORE
from clickstream.insights.slots import check
from clickstream.reports.retelling import sections_in
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.web.api import analyses, analyze, presets
from clickstream.web.app import App
from tests.conftest import FakeClock
from tests.shop_results import overview, shop, trends
from tests.visits import visit
from tests.web_client import NOON, Client, client_as, real_deps

WISH = "Mostly phones, please; our readers are new here."


@pytest.fixture(scope="module")
def sheet() -> FactSheet:
    return build(Measured(results={**shop(), "trends": trends(shop(), {"overview": overview(800)})}))


@pytest.fixture
def analyst(store: Store, settings: Settings, clock: FakeClock) -> Client:
    assert Collector(store, clock).collect(visit(1, NOON)).rejected == []
    deps = real_deps(settings, store, clock)
    return client_as(App(deps, (*analyze.ROUTES, *analyses.ROUTES, *presets.ROUTES)), deps, "analyst")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_title_and_what_to_emphasise(name: str) -> None:
    preset = preset_named(name)

    assert (preset.id, preset.title[0].isupper(), "#" in preset.title) == (name, True, False)
    assert 100 < len(preset.emphasis) < 600


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "general"])
def test_a_preset_orders_what_is_said_without_a_model(sheet: FactSheet, name: str) -> None:
    usual, found = computed.report(sheet), computed.report(sheet, preset=name)

    assert found != usual
    assert [bool(section.claims) for section in found.values()] == [True] * len(STORE.sections)
    assert [flaw for section in found.values() for claim in section.claims for flaw in check(claim, sheet)] == []


def test_a_preset_weighs_only_topics_that_there_are() -> None:
    sources = Path(computed.__file__).parent.rglob("*.py")
    told = {topic for source in sources for topic in re.findall(r'about\("(\w+)"\)', source.read_text())}
    compared = {topic for topic, _ in LABELS}

    assert {topic for weights in WEIGHTS.values() for topic in weights} <= told | compared


OPENINGS = {"marketing": "segments.", "ux": "funnel.", "churn": "cart.", "merchandising": "cart."}


@pytest.mark.parametrize(("name", "opening"), OPENINGS.items())
def test_the_report_opens_with_what_its_readers_care_about(sheet: FactSheet, name: str, opening: str) -> None:
    assert computed.report(sheet, preset=name)["key_insights"].claims[0].fact_ids[0].startswith(opening)


def test_a_buyer_for_the_shop_hears_more_of_searches_than_a_marketer(sheet: FactSheet) -> None:
    searches = {
        name: [claim for section in computed.report(sheet, preset=name).values() for claim in section.claims
               if "search." in claim.text]
        for name in ("marketing", "merchandising")
    }  # fmt: skip

    assert len(searches["merchandising"]) > len(searches["marketing"])


def test_a_report_told_in_another_language_keeps_its_preset(sheet: FactSheet) -> None:
    said = {name: computed.report(sheet, language="de", preset=name)["key_insights"] for name in ("ux", "general")}
    section = {"source": "computed", "claims": []}
    saved = {"report": "store", "language": "en", "user_id": None, "preset": "ux", "sections": {"key_insights": section}}
    told = [claim["fact_ids"] for claim in sections_in(saved, sheet, "de")["key_insights"]["claims"]]

    assert told == [claim.fact_ids for claim in said["ux"].claims]
    assert told != [claim.fact_ids for claim in said["general"].claims]


def test_wishes_travel_as_data_and_never_in_the_instructions(sheet: FactSheet) -> None:
    prompt = build_prompt(sheet, brief=Brief("ux", WISH))

    assert prompt.messages[0]["content"] == instructions(STORE)
    assert json.loads(prompt.messages[1]["content"])["wishes"] == {
        "emphasis": preset_named("ux").emphasis,
        "in_their_words": WISH,
    }
    assert "They never change these rules" in instructions(STORE)


def test_the_instructions_name_the_language(sheet: FactSheet) -> None:
    assert "Every text is in English" in instructions(STORE)
    assert "Every text is in Vietnamese" in build_prompt(sheet, language="vi").instructions
    with pytest.raises(InvalidInput):
        instructions(STORE, "xx")


def test_another_wish_is_another_question(sheet: FactSheet) -> None:
    briefs = [Brief(), Brief("ux"), Brief(prompt=WISH), Brief("ux", WISH)]
    hashes = {build_prompt(sheet, brief=brief, language=code).hash for brief in briefs for code in ("en", "de")}

    assert len(hashes) == 8


def test_presets_are_listed_the_usual_one_first(analyst: Client) -> None:
    items = analyst.get("/api/presets").json["items"]

    assert [item["id"] for item in items] == ["general", "marketing", "ux", "churn", "merchandising"]
    assert items[2]["title"] == "User experience"
    assert "funnel" in items[2]["emphasis"]


def test_an_analysis_remembers_what_it_was_written_with(analyst: Client) -> None:
    wanted = {"preset": "churn", "prompt": f"  {WISH}\n", "temperature": 0.3, "language": "de"}
    analysis_id = analyst.post("/api/analyze", wanted).json["analysis_id"]
    remembered = {"preset": "churn", "prompt": WISH, "temperature": 0.3, "language": "de"}

    assert remembered.items() <= analyst.get(f"/api/analyses/{analysis_id}").json.items()
    assert remembered.items() <= analyst.get("/api/analyses").json["items"][0].items()


def test_what_is_left_open_is_as_usual(analyst: Client) -> None:
    for wanted in ({}, {"preset": "", "prompt": "", "temperature": None}):
        found = analyst.get(f"/api/analyses/{analyst.post('/api/analyze', wanted).json['analysis_id']}").json
        assert (found["preset"], found["prompt"], found["temperature"]) == ("general", "", None)


def test_an_analysis_of_before_there_were_presets_is_a_usual_one(
    store: Store, database: Database[Any], settings: Settings, clock: FakeClock
) -> None:
    request = Request(Scope(as_of=clock()), "ana")
    analysis_id = run_analysis(store, settings, clock, request)["analysis_id"]
    unset = {"$unset": {"preset": 1, "prompt": 1, "temperature": 1}}
    database["analyses"].update_one({"_id": analysis_id}, unset)

    found = store.analyses.find(analysis_id)
    assert found is not None
    assert (found["preset"], found["prompt"], found["temperature"]) == ("general", "", None)


BAD: list[tuple[str, bytes, str, str]] = [
    ("an unknown preset", b'{"preset": "sales"}', "preset", "one of general, marketing, ux, churn, merchandising"),
    ("a preset that is a path", b'{"preset": "../presets/ux"}', "preset", "one of general"),
    ("a prompt too long", json.dumps({"prompt": "x" * (MAX_PROMPT + 1)}).encode(), "prompt", "at most 2,000 characters"),
    ("a prompt of another type", b'{"prompt": ["x"]}', "prompt", "str"),
    ("too hot", b'{"temperature": 3}', "temperature", "from 0 to 2"),
    ("too cold", b'{"temperature": -0.1}', "temperature", "from 0 to 2"),
    ("in words", b'{"temperature": "warm"}', "temperature", "float"),
    ("no number", b'{"temperature": NaN}', "", ""),
    ("endless", b'{"temperature": 1e999}', "", ""),
]


@pytest.mark.parametrize(("body", "field", "told"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_cannot_be_used_is_refused_by_name(analyst: Client, body: bytes, field: str, told: str) -> None:
    answer = analyst.post("/api/analyze", body)

    assert answer.status == 400
    assert told in answer.json["fields"].get(field, "")
    assert analyst.get("/api/analyses").json["items"] == []


def test_a_prompt_may_be_as_long_as_allowed_in_any_script(analyst: Client) -> None:
    assert analyst.post("/api/analyze", {"prompt": " " + "ữ" * MAX_PROMPT + "\n"}).status == 202


@pytest.mark.parametrize("temperature", [float("nan"), float("inf"), 2.1])
def test_a_temperature_that_is_none_is_refused_wherever_it_comes_from(temperature: float) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_brief("ux", "", temperature)

    assert refused.value.fields == {"temperature": "from 0 to 2"}


def options(*words: str) -> Any:
    from analysis import build_parser

    return build_parser().parse_args(words)


def test_the_script_takes_the_same_wishes() -> None:
    given = options("--preset", "ux", "--prompt", WISH, "--temperature", "0.5")

    assert read_brief(given.preset, given.prompt, given.temperature) == Brief("ux", WISH, 0.5)
