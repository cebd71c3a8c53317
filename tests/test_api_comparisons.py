"""Comparisons over HTTP: both sides with their receipts, honest edges, and a name for what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import FakeClock
from databases import databases_of
from log_uploads import LOG, Uploader
from visits import visit, visits
from web_client import Answer, Client, client_as, real_deps

from clickstream import rollup
from clickstream.analysis import run_analysis
from clickstream.analysis.run import Cancelled, Request
from clickstream.scope import Scope
from clickstream.settings import Settings, read_settings
from clickstream.store import Store
from clickstream.store.connect import Connection
from clickstream.store.datasets import LoadedFile
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = datetime(2026, 2, 17, 10, tzinfo=UTC)
AFTER = datetime(2026, 2, 24, 10, tzinfo=UTC)
WEEKS = {"since": "2026-02-16", "until": "2026-02-23", "b_since": "2026-02-23", "b_until": "2026-03-02"}
WHOLE_WEEKS = {**WEEKS, "as_of": "2026-03-02T00:00:00Z", "b_as_of": "2026-03-02T00:00:00Z"}


def fill(deps: Deps) -> None:
    """60 visits of the week before, 6 of which bought; 80 of this one, 40 of which did; half of either on a mobile."""
    for first, start, count, buying in ((1, BEFORE, 30, 3), (1001, AFTER, 40, 20)):
        for place, device in enumerate(("mobile", "desktop")):
            begun, numbered = start + timedelta(hours=place), first + 100 * place
            deps.collector.collect(visits(count, begun, first=numbered, buying=buying, device=device))
    rollup.catch_up(deps.store, deps.settings, deps.clock)


@pytest.fixture
def deps(settings: Settings, store: Store, clock: FakeClock) -> Iterator[Deps]:
    """A shop of the test's own, for what it adds."""
    deps = real_deps(settings, store, clock)
    fill(deps)
    with deps.jobs:
        yield deps


@pytest.fixture(scope="module")
def shop(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deps]:
    """The same for all who only read."""
    settings = read_settings({"DATA_DIR": str(tmp_path_factory.mktemp("data"))})
    with databases_of(connection.client).lent() as database:
        deps = real_deps(settings, Store(database, describe="a shop to read"), FakeClock(NOON))
        fill(deps)
        with deps.analyses:
            yield deps


@pytest.fixture(scope="module")
def reader(shop: Deps) -> Client:
    return client_as(App(shop), shop, "viewer")


@pytest.fixture(scope="module")
def explainer(shop: Deps) -> Client:
    return client_as(App(shop), shop, "analyst")


@pytest.fixture
def viewer(deps: Deps) -> Client:
    return client_as(App(deps), deps, "viewer")


def compared(client: Client, **query: Any) -> Answer:
    return client.get(f"/api/compare?{urlencode(query)}")


def rows_of(answer: Answer) -> dict[tuple[str, str, str | None], Json]:
    assert answer.status == 200, answer.body
    return {(row["topic"], row["name"], row["value"]): row for topic in answer.json["topics"] for row in topic["rows"]}


def refused(answer: Answer) -> tuple[int, str, set[str]]:
    return answer.status, answer.json["code"], set(answer.json["fields"])


def notes_of(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [note["code"] for note in answer.json["notes"]]


def test_two_weeks_side_by_side(reader: Client) -> None:
    answer = compared(reader, **WHOLE_WEEKS)
    rows = rows_of(answer)
    conversion = rows["overview", "conversion_rate", None]
    assert [conversion[side]["value"] for side in "ab"] == [0.1, 0.5]
    assert conversion["difference"] == pytest.approx(0.4)
    assert conversion["change"] == pytest.approx(4)
    assert conversion["low"] < 0.4 < conversion["high"]
    assert conversion["p_value"] <= conversion["p_adjusted"] < 0.001
    sessions = rows["overview", "sessions", None]
    assert (sessions["a"]["value"], sessions["b"]["value"], sessions["difference"]) == (60, 80, 20)
    assert (sessions["untested"], sessions["per_day"]) == ("counted", False)
    assert rows["by_device", "conversion_rate", "mobile"]["untested"] is None
    assert rows["overview", "buyer_rate", None]["untested"] == "shared_visitors"
    assert notes_of(answer) == []


def test_either_side_has_its_receipt_and_the_charts_draw_both(reader: Client) -> None:
    body = compared(reader, **WHOLE_WEEKS, device="mobile").json
    assert body["a"]["scope"]["filters"] == {"device": "mobile"}
    assert (body["a"]["sessions"], body["b"]["sessions"]) == (30, 80)
    assert [body[side]["watermark"] > 0 for side in "ab"] == [True, True]
    assert body["a"]["window"] == {"since": "2026-02-16T00:00:00.000Z", "until": "2026-02-23T00:00:00.000Z"}
    assert set(body["charts"]) == {"comparison", "comparison_series", "comparison_funnel"}
    for drawn in body["charts"].values():
        assert {row["side"] for row in drawn["data"]["values"]} == {"A", "B"}


def test_what_was_counted_in_windows_of_other_lengths_is_compared_per_day(reader: Client) -> None:
    answer = compared(reader, **WEEKS)  # this week is not over: it is noon of its seventh day
    assert answer.json["b"]["days"] == 6.5
    sessions = rows_of(answer)["overview", "sessions", None]
    assert (sessions["per_day"], sessions["b"]["total"]) == (True, 80)
    assert sessions["difference"] == pytest.approx(80 / 6.5 - 60 / 7)
    assert notes_of(answer) == ["lengths"]


@pytest.mark.parametrize(
    ("label", "query"),
    [
        ("a segment against everything", {"b_device": "mobile"}),
        ("nested windows", {"b_since": "2026-02-23", "b_until": "2026-03-02"}),
        ("crossing filters", {"device": "mobile", "b_visitor": "new"}),
    ],
)
def test_of_scopes_that_overlap_the_difference_is_shown_and_not_judged(reader: Client, label: str, query: Json) -> None:
    answer = compared(reader, **query)
    rows = rows_of(answer)
    conversion = rows["overview", "conversion_rate", None]
    assert conversion["difference"] is not None
    assert (conversion["p_value"], conversion["low"], conversion["untested"]) == (None, None, "overlap")
    assert answer.json["tested"] == 0
    assert "overlap" in notes_of(answer)
    assert "overlap" in answer.json["reasons"]


def test_a_side_of_fewer_than_thirty_has_no_verdict(viewer: Client, deps: Deps) -> None:
    deps.collector.collect(visits(29, AFTER, first=5000, buying=20, device="tv"))
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    answer = compared(viewer, device="mobile", b_device="tv")
    conversion = rows_of(answer)["overview", "conversion_rate", None]
    assert (conversion["untested"], conversion["p_value"]) == ("too_few", None)
    assert "30" in answer.json["reasons"]["too_few"]


def test_money_of_other_currencies_is_shown_and_never_subtracted(viewer: Client, deps: Deps) -> None:
    dollars = [event for n in range(40) for event in in_dollars(visit(7000 + n, AFTER, buys=True, device="tv"))]
    deps.collector.collect(dollars)
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    answer = compared(viewer, device="mobile", b_device="tv")
    money = [row for topic in answer.json["topics"] if topic["topic"] == "money" for row in topic["rows"] if row["currency"]]
    assert {row["currency"] for row in money} == {"EUR", "USD"}
    assert {(row["difference"], row["p_value"], row["untested"]) for row in money} == {(None, None, "currency")}
    assert {(row["a"]["value"], row["b"]["value"]) for row in money if row["name"] == "revenue"} == {
        (460, None),
        (None, 800),
    }
    assert "currencies" in notes_of(answer)
    assert rows_of(answer)["overview", "conversion_rate", None]["untested"] is None


def in_dollars(events: list[Json]) -> list[Json]:
    return [{**event, "properties": {**event["properties"], "currency": "USD"}} for event in events]


def test_open_carts_and_other_moments_are_noted(viewer: Client, deps: Deps, clock: FakeClock) -> None:
    deps.collector.collect(visit(8000, clock() - timedelta(minutes=5), leaves_cart=True, device="mobile"))
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    answer = compared(viewer, device="mobile", b_device="desktop", b_as_of="2026-03-02")
    assert answer.json["a"]["open_carts"] == 1
    assert set(notes_of(answer)) >= {"open_carts", "as_of"}


# Datasets


def test_any_two_datasets_are_compared_the_shop_among_them(viewer: Client, deps: Deps) -> None:
    uploader = Uploader(deps)
    log = uploader.upload(LOG)["dataset_id"]
    again = uploader.upload(LOG, "&again=true")["dataset_id"]
    other = compared_datasets(viewer, "live", log)
    assert (other.json["a"]["sessions"], other.json["b"]["sessions"]) == (140, 3)
    assert other.json["b"]["scope"]["dataset"] == log
    assert rows_of(other)["overview", "conversion_rate", None]["untested"] == "too_few"
    versions = compared_datasets(viewer, log, again)
    rows = rows_of(versions)
    assert rows["overview", "sessions", None]["difference"] == 0
    assert rows["overview", "conversion_rate", None]["untested"] == "versions"
    assert "versions" in notes_of(versions)


def compared_datasets(client: Client, a: str, b: str) -> Answer:
    return client.get(f"/api/datasets/compare?{urlencode({'a': a, 'b': b})}")


def test_a_dataset_that_is_not_there_or_not_ready_cannot_be_compared(viewer: Client, deps: Deps) -> None:
    file = LoadedFile("f1", "log.json", 2, "-")
    deps.store.datasets.add("half", deps.clock(), file, name="log.json", created_by="the-analyst")
    assert refused(compared_datasets(viewer, "live", "half"))[:2] == (409, "dataset_not_ready")
    assert refused(compared(viewer, b_dataset="half"))[:2] == (409, "dataset_not_ready")
    assert refused(compared_datasets(viewer, "nothing", "live"))[:2] == (404, "unknown_dataset")
    assert refused(compared(viewer, dataset="live", b_dataset="$ne"))[:2] == (404, "unknown_dataset")


# What cannot be compared


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ("same_scope", {"b"})),
        ({"device": "tv", "b_device": "tv"}, ("same_scope", {"b"})),
        ({"b_device": "toaster"}, ("empty_side", {"b"})),
        ({"since": "2027-01-01"}, ("empty_side", {"a"})),
        ({"since": "2027-01-01", "b_since": "2027-02-01"}, ("empty_side", {"a", "b"})),
        ({"b_since": "yesterday", "b_visitor": "old"}, ("invalid_scope", {"b_since", "b_visitor"})),
        ({"since": "2026-03-02", "until": "2026-03-01"}, ("invalid_scope", {"until"})),
        ({"b_since": "2026-03-02", "b_until": "2026-03-01"}, ("invalid_scope", {"b_until"})),
        ({"c_since": "2026-03-01"}, ("unknown_parameter", {"c_since"})),
        ({"b_device[$ne]": "x"}, ("unknown_parameter", {"b_device[$ne]"})),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(reader: Client, query: Json, expected: tuple[str, set[str]]) -> None:
    assert refused(compared(reader, **query)) == (400, *expected)


def test_an_empty_side_says_where_its_data_is(reader: Client) -> None:
    answer = compared(reader, b_since="2027-01-01")
    assert "Side B" in answer.json["error"]
    assert "2026-02-17" in answer.json["fields"]["b"]


@pytest.mark.parametrize("query", ["", "?a=live", "?a=live&b=", f"?a=live&b={'x' * 300}"])
def test_two_datasets_have_to_be_named(reader: Client, query: str) -> None:
    assert reader.get(f"/api/datasets/compare{query}").status == 400


def test_the_same_dataset_twice_is_refused(reader: Client) -> None:
    assert refused(compared_datasets(reader, "live", "live"))[:2] == (400, "same_scope")


# As an analysis


def analysed(client: Client, **body: Any) -> Answer:
    return client.post("/api/analyze", {"report": "comparison", "wait": True, **body})


@pytest.fixture
def analyst(deps: Deps) -> Iterator[Client]:
    with deps.analyses:
        yield client_as(App(deps), deps, "analyst")


AGAINST = {"since": "2026-02-23", "until": "2026-03-02"}
SIDES = {"since": "2026-02-16", "until": "2026-02-23", "against": AGAINST}


def texts(analysis: Json, section: str) -> list[str]:
    return [claim["text"] for claim in analysis["sections"][section]["claims"]]


def test_a_comparison_is_an_analysis_that_keeps_both_scopes(explainer: Client) -> None:
    answer = analysed(explainer, **SIDES)
    assert answer.status == 200, answer.body
    analysis = answer.json
    assert (analysis["status"], analysis["error"]) == ("done", None)
    assert analysis["scope"]["until"] == analysis["against"]["since"] == "2026-02-23T00:00:00.000Z"
    assert list(analysis["sections"]) == ["what_changed", "what_held", "why_it_may_be", "what_to_do", "read_with_care"]
    assert set(analysis["metrics"]) == {"comparison", "comparison_series", "comparison_funnel"}
    assert set(analysis["charts"]) == set(analysis["metrics"])
    changed = texts(analysis, "what_changed")
    assert changed[0] == (
        "Side A has 60 sessions from 16 Feb 2026 to 22 Feb 2026, side B has 80 sessions from 23 Feb 2026 to 1 Mar 2026."
    )
    assert "Conversion rate: 10.0% on side A and 50.0% on side B, up by 40.0 percentage points." in changed
    assert any("Walk the way to “add to cart”" in text for text in texts(analysis, "what_to_do"))
    care = texts(analysis, "read_with_care")
    assert "A difference is no proof of a reason" in care[0]
    assert any("not equally long" in text for text in care)


def test_every_sentence_of_a_comparison_passed_the_checks(explainer: Client, caplog: pytest.LogCaptureFixture) -> None:
    analysed(explainer, **SIDES)
    analysed(explainer, device="mobile", against={"device": "desktop"})
    analysed(explainer, against={"device": "desktop"})
    assert "refused" not in caplog.text


def test_of_overlapping_sides_no_rate_is_said_to_have_changed(explainer: Client) -> None:
    analysis = analysed(explainer, against={"device": "desktop"}).json
    assert not [fact["id"] for fact in analysis["facts"] if fact["unit"] == "points"]
    assert any("may hold the same sessions" in text for text in texts(analysis, "read_with_care"))


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({}, "invalid_input", {"against"}),
        ({"report": "store", "against": {}}, "invalid_input", {"against"}),
        ({"against": {}}, "same_scope", {"b"}),
        ({"against": {"since": "never"}}, "invalid_scope", {"against.since"}),
    ],
)
def test_a_comparison_names_what_it_lacks(explainer: Client, body: Json, code: str, fields: set[str]) -> None:
    assert refused(analysed(explainer, **body)) == (400, code, fields)


def test_a_comparison_with_an_empty_side_fails_and_says_which(explainer: Client) -> None:
    analysis = analysed(explainer, against={"device": "toaster"}).json
    assert analysis["status"] == "failed"
    assert "Side B has no sessions" in analysis["error"]


def test_a_shopper_compares_only_itself(deps: Deps, analyst: Client) -> None:
    shopper = client_as(App(deps), deps, "shopper")
    assert analysed(shopper, against={"user_id": "somebody"}).status == 403
    assert analysed(shopper, against={"dataset": "other"}).status == 403


def test_a_comparison_with_somebody_else_is_not_shown_to_whom_it_is_about(deps: Deps, analyst: Client) -> None:
    for number, shopper in enumerate(("the-shopper", "another")):
        deps.collector.collect(visit(9000 + number, AFTER, shopper=shopper))
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    analysis = analysed(analyst, user_id="the-shopper", against={"user_id": "another"}).json
    assert analysis["status"] == "done"
    shopper = client_as(App(deps), deps, "shopper")
    assert shopper.get(f"/api/analyses/{analysis['analysis_id']}").status == 404


def test_deleting_either_dataset_deletes_the_comparison(deps: Deps, analyst: Client) -> None:
    uploader = Uploader(deps)
    log = uploader.upload(LOG)["dataset_id"]
    analysis = analysed(analyst, against={"dataset": log}).json
    assert analysis["status"] == "done"
    uploader.ended(uploader.delete(log))
    assert analyst.get(f"/api/analyses/{analysis['analysis_id']}").status == 404


def test_nothing_is_saved_of_a_comparison_whose_other_dataset_is_deleted_meanwhile(deps: Deps) -> None:
    """Deleting looked for analyses before this one was there."""
    log = Uploader(deps).upload(LOG)["dataset_id"]

    def forget(stage: str, done: int, total: int) -> None:
        if stage == "writing":
            deps.store.datasets.delete(log)
            rollup.forget(deps.store, log)

    now = deps.clock()
    asked = Request(Scope(as_of=now), "ana", "comparison", against=Scope(as_of=now, dataset=log))
    with pytest.raises(Cancelled):
        run_analysis(deps.store, deps.settings, deps.clock, asked, forget)
    assert deps.store.analyses.against(log) == []


def test_what_is_done_with_analyses_is_done_with_a_comparison(deps: Deps, analyst: Client) -> None:
    analysis = analysed(analyst, **SIDES).json
    at = f"/api/analyses/{analysis['analysis_id']}"
    for format_ in ("json", "csv"):
        exported = analyst.get(f"{at}/export?format={format_}&role_view=owner&language=de")
        assert exported.status == 200, exported.body
        assert len(exported.body) > 1_000
    assert "Seite A" in analyst.get(f"{at}/export?format=md&language=de").body.decode()
    assert analyst.post(f"{at}/comments", {"text": "Why?"}).status == 201
    assert analyst.post(f"{at}/shares", {"days": 1, "label": "for the team"}).status == 201
    answered = analyst.post(f"{at}/chat", {"question": "What is the conversion rate?"}).body.decode()
    assert "event: done" in answered and "event: failed" not in answered
