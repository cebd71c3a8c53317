"""Reports over HTTP: every format says the numbers of the API, to those who may read the analysis."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import FakeClock
from databases import databases_of
from pypdf import PdfReader
from visits import visit, visits
from web_client import Answer, Client, client_as, real_deps

from clickstream.analysis import AnalysisQueue
from clickstream.analysis import Request as AnalysisRequest
from clickstream.analysis.run import enqueue
from clickstream.facts import Fact, FactSheet
from clickstream.ingest import Collector
from clickstream.insights import computed, slots
from clickstream.insights.formats import formatted
from clickstream.insights.report import STORE
from clickstream.languages import LANGUAGES, translated
from clickstream.languages.locales import locale_named
from clickstream.scope import Scope
from clickstream.settings import read_settings
from clickstream.store import Store
from clickstream.store.connect import Connection
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.limits import Throttle

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
FORMULA = "=cmd|' /c calc'!a0"


@dataclass(frozen=True)
class Place:
    deps: Deps
    app: App
    analyst: Client
    analysis: dict[str, Any]

    def export(self, query: str, client: Client | None = None) -> Answer:
        return (client or self.analyst).get(f"/api/analyses/{self.analysis['analysis_id']}/export?{query}")


@pytest.fixture(scope="module")
def place(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A shop with one analysis of it."""
    settings = read_settings({"DATA_DIR": str(tmp_path_factory.mktemp("exports")), "PORT": "0"})
    clock = FakeClock(NOW)
    with databases_of(connection.client).lent() as database:
        store = Store(database, describe="the tests' own database")
        with AnalysisQueue(store, settings, clock) as queue:
            deps = replace(real_deps(settings, store, clock), analyses=queue)
            events = [*visits(60, MORNING, buying=5), *visits(40, MORNING, first=100, device="mobile"), *searches()]
            assert Collector(store, clock).collect(events).rejected == []
            app = App(deps)
            analyst = client_as(app, deps, "analyst")
            answer = analyst.post("/api/analyze", {"wait": True})
            assert answer.status == 200 and answer.json["status"] == "done"
            yield Place(deps, app, analyst, answer.json)


def searches() -> Iterator[dict[str, Any]]:
    """What nobody finds, and what a spreadsheet must not run."""
    for number in range(40):
        head, *_ = visit(200 + number, MORNING)
        yield head
        details = {"query": "áo lụa" if number % 2 else FORMULA, "results": 0}
        yield {**head, "event_id": f"search-{number}", "event_type": "search", "properties": details}


def claims(analysis: dict[str, Any]) -> list[dict[str, Any]]:
    return [claim for section in analysis["sections"].values() for claim in section["claims"]]


def text_of(pdf: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def unpacked(answer: Answer) -> tuple[dict[str, bytes], dict[str, Any]]:
    with zipfile.ZipFile(BytesIO(answer.body)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return files, json.loads(files.pop("manifest.json"))


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("wanted", "media_type", "name"),
    [
        ("json", "application/json", "Clickstream store 2026-03-01.json"),
        ("md", "text/markdown; charset=utf-8", "Clickstream store 2026-03-01.md"),
        ("csv", "application/zip", "Clickstream store 2026-03-01.zip"),
    ],
)
def test_each_format_has_its_type_and_a_name_to_save_it_under(place: Place, wanted: str, media_type: str, name: str) -> None:
    answer = place.export(f"format={wanted}")
    assert answer.status == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    found = place.deps.store.audit.page(limit=100, action="exported", username="the-analyst")
    recorded = [(entry["about"], entry["details"]["format"]) for entry in found]
    assert (f"analysis {place.analysis['analysis_id']}", wanted) in recorded


def test_sums_of_money_that_were_checked_are_told_as_money(place: Place) -> None:
    line = next(one for one in place.analysis["reconciliation"] if one["name"].startswith("revenue by last touch"))
    currency = line["unit"].removeprefix("money:")
    facts = {fact["id"]: fact for fact in place.analysis["facts"]}
    revenue = facts[f"overview.revenue.{currency.lower()}"]["value"]
    assert (line["left"], line["right"], line["holds"]) == (revenue, revenue, True)
    told = formatted(Fact("", "", revenue, line["unit"], None, ""), locale_named("en"))
    text = re.sub(r"\\(.)", r"\1", place.export("format=md").body.decode())
    assert f"| {line['name']} | {told} | {told} | yes |" in text


def test_json_is_what_the_api_answers(place: Place) -> None:
    exported = place.export("format=json").json
    assert {name: exported[name] for name in place.analysis} == place.analysis


def test_markdown_says_every_claim_with_its_facts_and_where_it_comes_from(place: Place) -> None:
    text = place.export("format=md").body.decode()
    plain = re.sub(r"\\(.)", r"\1", text)
    assert claims(place.analysis)
    for claim in claims(place.analysis):
        assert claim["text"] in plain
    assert "## Definitions" in text and "## Where this comes from" in text
    assert place.analysis["analysis_id"] in text
    assert f"| {FORMULA.replace('|', chr(92) + '|')} |" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_told_in_every_language_with_the_same_facts(place: Place, language: str) -> None:
    facts = FactSheet(msgspec.convert(place.analysis["facts"], list[Fact]))
    text = re.sub(r"\\(.)", r"\1", place.export(f"format=md&language={language}").body.decode())
    assert f"# {translated(language, 'reports', 'Shop report')}" in text
    told = computed.report(facts, kind=STORE, language=language)
    for claim in (claim for section in told.values() for claim in section.claims):
        assert slots.render(claim.text, facts, language) in text
    rate = formatted(facts["overview.conversion_rate"], locale_named(language))
    assert f"**{rate}** {translated(language, 'reports', 'Conversion rate')}" in text


def test_a_comparison_is_exported_with_both_sides_beside_each_other(place: Place) -> None:
    wanted = {"report": "comparison", "wait": True, "device": "mobile", "against": {"device": "unknown"}}
    compared = place.analyst.post("/api/analyze", wanted).json
    text = place.analyst.get(f"/api/analyses/{compared['analysis_id']}/export?format=md&language=de").body.decode()
    assert "# Vergleich" in text and "| Messgröße | Seite A | Seite B | Unterschied |" in text
    assert "Gerät: mobile · gegenüber" in text and "- **Verglichen mit**" in text


@pytest.fixture(scope="module")
def pdf(place: Place) -> Answer:
    return place.export("format=pdf")


def test_the_pdf_has_the_numbers_of_every_claim_as_text(place: Place, pdf: Answer) -> None:
    assert pdf.status == 200 and pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["x-missing-characters"] == "" and pdf.headers["x-charts-not-drawn"] == "0"
    text = text_of(pdf.body)
    for claim in claims(place.analysis):
        assert claim["text"] in text, claim["text"]
    assert "áo lụa" in text


def test_the_pdf_says_what_it_is_and_has_an_outline(pdf: Answer) -> None:
    reader = PdfReader(BytesIO(pdf.body))
    assert reader.metadata is not None
    assert reader.metadata.title == "Shop report" and reader.metadata.author == "Clickstream"
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata.creation_date == NOW
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles == ["What stands out", "Detailed metrics", "Definitions", "Where this comes from"]
    pages = len(reader.pages)
    assert f"1 of {pages}" in reader.pages[0].extract_text() and f"{pages} of {pages}" in reader.pages[-1].extract_text()
    fonts = {font["/BaseFont"].partition("+")[2] for page in reader.pages for font in fonts_of(page)}
    assert {"FiraGO", "FiraGOBold"} <= fonts <= {"FiraGO", "FiraGOBold", "FiraGOItalic"}


def fonts_of(page: Any) -> list[Any]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


def test_csv_has_every_table_with_its_rows_counted_and_hashed(place: Place) -> None:
    files, manifest = unpacked(place.export("format=csv"))
    assert manifest["analysis_id"] == place.analysis["analysis_id"]
    assert manifest["watermark"] == place.analysis["watermark"]
    listed = {file["name"]: file for file in manifest["files"]}
    assert listed.keys() == files.keys()
    for name, content in files.items():
        assert listed[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert listed[name]["rows"] == len(rows_of(content))
    assert [row["text"] for row in rows_of(files["claims.csv"])] == [claim["text"] for claim in claims(place.analysis)]
    assert [row["id"] for row in rows_of(files["facts.csv"])] == [fact["id"] for fact in place.analysis["facts"]]
    pages = rows_of(files["metrics/pages/pages.csv"])
    assert [{name: json.loads(row[name]) for name in ("pageviews", "exits")} for row in pages] == [
        {name: row[name] for name in ("pageviews", "exits")} for row in place.analysis["metrics"]["pages"]["pages"]
    ]
    assert f"'{FORMULA}" in [row["query"] for row in rows_of(files["metrics/search/terms.csv"])]


@pytest.mark.parametrize("role_view", ["owner", "marketing", "product", "operations"])
def test_a_role_view_reorders_and_leaves_nothing_out(place: Place, role_view: str) -> None:
    own, viewed = [headings(place.export(f"format=md&role_view={view}").body) for view in ("", role_view)]
    assert sorted(own) == sorted(viewed) and own != viewed


def headings(markdown: bytes) -> list[str]:
    return [line for line in markdown.decode().splitlines() if line.startswith("### ")]


BAD = {
    "no format": ("", 400, "format"),
    "an unknown format": ("format=docx", 400, "format"),
    "an unknown language": ("format=md&language=xx", 400, "language"),
    "an unknown view": ("format=md&role_view=king", 400, "role_view"),
    "chats that are no truth value": ("format=md&chats=perhaps", 400, "chats"),
}


@pytest.mark.parametrize(("query", "status", "field"), BAD.values(), ids=BAD)
def test_what_cannot_be_exported_names_the_field(place: Place, query: str, status: int, field: str) -> None:
    answer = place.export(query)
    assert answer.status == status and list(answer.json["fields"]) == [field]


def test_only_a_finished_analysis_that_is_there_and_may_be_read_is_exported(place: Place) -> None:
    queued = enqueue(place.deps.store, place.deps.clock, AnalysisRequest(Scope(as_of=NOW), "the-analyst"))
    assert place.analyst.get(f"/api/analyses/{queued}/export?format=md").status == 409
    place.deps.analyses.delete(queued)
    assert place.analyst.get(f"/api/analyses/{queued}/export?format=md").status == 404
    assert place.export("format=md", client_as(place.app, place.deps, "shopper")).status == 404


def test_every_table_of_a_metric_comes_with_all_its_rows(place: Place) -> None:
    files, manifest = unpacked(place.analyst.get("/api/metrics/search/export"))
    assert manifest["id"] == "search" and manifest["definition"] and manifest["options"]["limit"] == 1000
    assert [row["query"] for row in rows_of(files["terms.csv"])] == [f"'{FORMULA}", "áo lụa"]
    one = place.analyst.get("/api/metrics/search/export?table=terms")
    assert one.headers["content-type"] == "text/csv; charset=utf-8" and one.body == files["terms.csv"]
    whole = place.analyst.get("/api/metrics/search/export?format=json").json
    assert whole["result"] == place.analyst.get("/api/metrics/search?limit=1000").json["result"]


@pytest.mark.parametrize(("query", "field"), [("format=pdf", "format"), ("table=none", "table"), ("limit=0", "limit")])
def test_a_metric_export_that_cannot_be_names_the_field(place: Place, query: str, field: str) -> None:
    answer = place.analyst.get(f"/api/metrics/search/export?{query}")
    assert answer.status == 400 and list(answer.json["fields"]) == [field]


def test_nobody_keeps_the_press_to_itself(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place.deps.limits, "pdf_by_user", Throttle(1, 6, place.deps.clock))
    place.deps.limits.pdf_by_user.take("the-analyst")
    assert place.export("format=pdf").status == 429
    assert place.export("format=md").status == 200


def test_a_pdf_that_cannot_be_made_says_so(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the font's folder should be")
    monkeypatch.setattr(place.deps.press, "_data_dir", tmp_path)
    answer = place.export("format=pdf")
    assert answer.status == 503 and answer.json["code"] == "pdf_failed"
    assert "The font cannot be kept in" in answer.json["error"]
