from __future__ import annotations

import json
from typing import Any

import pytest
from shared_analysis import analysed, finished
from web_client import Answer, Client, client_as, hold_dataset, real_deps

from clickstream.scope import LIVE, Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.tokens import digest_of
from clickstream.web.app import App
from clickstream.web.deps import Deps
from tests.conftest import FakeClock

JsonDict = dict[str, Any]


@pytest.fixture
def deps(settings: Settings, store: Store, clock: FakeClock) -> Deps:
    return real_deps(settings, store, clock)


@pytest.fixture
def stranger(app: App) -> Client:
    return Client(app)


def shared(client: Client, analysis_id: str, **wanted: Any) -> JsonDict:
    answer = client.post(f"/api/analyses/{analysis_id}/shares", wanted)
    assert answer.status == 201, answer.body
    return dict(answer.json)


def told(answer: Answer) -> JsonDict:
    return {**answer.json, "request_id": ""}


def test_a_stranger_reads_the_analysis_with_its_facts_and_charts(analyst: Client, stranger: Client, deps: Deps) -> None:
    saved = analysed(deps)
    made = shared(analyst, saved["analysis_id"], label="for the agency")

    answer = stranger.get(f"/api/shared/{made['token']}")

    assert answer.status == 200
    found = answer.json
    assert {name: found[name] for name in ("report", "facts", "finished_at", "recommended_products")} == {
        name: saved[name] for name in ("report", "facts", "finished_at", "recommended_products")
    }
    texts = {name: [claim["text"] for claim in section["claims"]] for name, section in found["sections"].items()}
    assert texts == {name: [claim["text"] for claim in part["claims"]] for name, part in saved["sections"].items()}
    assert (found["scope"]["dataset_name"], found["against"], found["time_zone"]) == (None, None, "UTC")
    assert found["comments"] is None
    assert found["scope"]["as_of"] == "2026-03-01T12:00:00.000Z"
    assert found["charts"]["funnel"]["$schema"]


def test_a_stranger_learns_nothing_of_accounts_providers_or_other_analyses(
    analyst: Client, stranger: Client, deps: Deps
) -> None:
    analysis_id, other = analysed(deps)["analysis_id"], finished(deps)
    receipt = {
        "status": "failed",
        "name": "m1",
        "host": "llm.internal",
        "error": "llm.internal said no",
        "request_id": "r-1",
    }
    deps.store._database.analyses.update_one({"_id": analysis_id}, {"$set": {"model": receipt, "prompt": "secret wish"}})
    deps.store._database.analyses.update_one(
        {"_id": analysis_id}, {"$set": {"sections.key_insights.reason": "llm.internal wrote a number"}}
    )
    analyst.post(f"/api/analyses/{analysis_id}/comments", {"text": "Why?"})
    token = shared(analyst, analysis_id, label="secret label", with_comments=True)["token"]

    body = stranger.get(f"/api/shared/{token}").body.decode()

    for hidden in (
        "the-analyst",
        "llm.internal",
        "r-1",
        analysis_id,
        other,
        "secret label",
        "secret wish",
        '"metrics"',
        "user_id",
    ):
        assert hidden not in body, hidden
    assert json.loads(body)["model"] == {"status": "failed", "name": "m1"}


def test_a_stranger_takes_away_what_the_link_shows_and_nothing_else(analyst: Client, stranger: Client, deps: Deps) -> None:
    saved = analysed(deps)
    analyst.post(f"/api/analyses/{saved['analysis_id']}/comments", {"text": "A remark on all of it."})
    token = shared(analyst, saved["analysis_id"], with_comments=True)["token"]

    answer = stranger.get(f"/api/shared/{token}/export?format=md")

    text = answer.body.decode()
    assert (answer.status, answer.headers["x-robots-tag"]) == (200, "noindex")
    assert "40 sessions" in text
    assert "A remark on all of it." in text
    for hidden in ("the-analyst", saved["analysis_id"], "Detailed metrics", "Where this comes from"):
        assert hidden not in text, hidden


def test_a_link_that_is_not_valid_gives_nothing_to_take_away(stranger: Client) -> None:
    answer = stranger.get("/api/shared/wrong/export?format=pdf")
    assert (answer.status, answer.json["code"]) == (404, "share_unknown")
    assert answer.headers["referrer-policy"] == "no-referrer"
    statuses = [stranger.get("/api/shared/wrong/export?format=pdf").status for _ in range(10)]
    assert statuses == [404] * 9 + [429]


def test_an_uploaded_log_is_known_by_its_name_only(analyst: Client, stranger: Client, deps: Deps) -> None:
    hold_dataset(deps, "dataset-77")
    token = shared(analyst, finished(deps, dataset="dataset-77"))["token"]
    answer = stranger.get(f"/api/shared/{token}")
    assert answer.json["scope"]["dataset_name"] == "log.json"
    assert b"dataset-77" not in answer.body


def test_what_the_command_line_loaded_is_not_called_the_shop(analyst: Client, stranger: Client, deps: Deps) -> None:
    token = shared(analyst, finished(deps, dataset="spring-copy"))["token"]
    assert stranger.get(f"/api/shared/{token}").json["scope"]["dataset_name"] == "spring-copy"


def test_nothing_keeps_lists_or_passes_on_what_a_link_shows(analyst: Client, stranger: Client, deps: Deps) -> None:
    token = shared(analyst, finished(deps))["token"]
    for answer in (stranger.get(f"/api/shared/{token}"), stranger.get("/api/shared/wrong")):
        headers = {name: answer.headers[name] for name in ("cache-control", "referrer-policy", "x-robots-tag")}
        assert headers == {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


def test_no_live_query_runs_for_a_stranger(
    analyst: Client, stranger: Client, deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shared(analyst, analysed(deps)["analysis_id"])["token"]
    for name in ("sessions", "daily", "events", "products"):
        monkeypatch.setattr(deps.store, name, None)
    assert stranger.get(f"/api/shared/{token}").status == 200


def test_wrong_expired_revoked_and_deleted_links_look_the_same(
    analyst: Client, stranger: Client, deps: Deps, clock: FakeClock
) -> None:
    expired, revoked, deleted = (shared(analyst, finished(deps), days=1) for _ in range(3))
    clock.advance(hours=23)
    tokens = [link["token"] for link in (expired, revoked, deleted)]
    assert [stranger.get(f"/api/shared/{token}").status for token in tokens] == [200, 200, 200]

    assert analyst.send("DELETE", f"/api/shares/{revoked['share']['share_id']}").status == 204
    assert analyst.send("DELETE", f"/api/analyses/{deleted['share']['analysis_id']}").status == 204
    clock.advance(hours=1)
    answers = [stranger.get(f"/api/shared/{token}") for token in (*tokens, "wrong", "x" * 300, "a.b")]

    assert {answer.status for answer in answers} == {404}
    assert [told(answer) for answer in answers] == [told(answers[0])] * len(answers)
    assert answers[0].json["error"] == "This link is not valid (any more)."


def test_only_the_digest_of_a_token_is_kept_and_views_without_addresses(
    analyst: Client, stranger: Client, deps: Deps, clock: FakeClock
) -> None:
    made = shared(analyst, finished(deps), days=365, label=" for Anna ")
    clock.advance(days=3)
    stranger.get(f"/api/shared/{made['token']}")
    stranger.get(f"/api/shared/{made['token']}")

    assert made["link"] == f"/#share={made['token']}"
    assert len(made["token"]) >= 22  # 128 bits at 6 a character
    (kept,) = deps.store._database.shares.find()
    assert kept["digest"] == digest_of(made["token"])
    assert made["token"] not in repr(kept) and stranger.address not in repr(kept)
    (listed,) = analyst.get(f"/api/analyses/{made['share']['analysis_id']}/shares").json["items"]
    assert listed == made["share"] | {"views": 2, "last_opened": "2026-03-04T12:00:00.000Z"}
    assert listed["label"] == "for Anna"


REFUSED = [
    pytest.param({"days": 0}, "days", id="no day"),
    pytest.param({"days": 366}, "days", id="more than a year"),
    pytest.param({"days": "soon"}, "days", id="no number"),
    pytest.param({"label": "x" * 201}, "label", id="a long label"),
    pytest.param({"with_comments": "yes"}, "with_comments", id="no truth value"),
    pytest.param({"token": "mine"}, "token", id="a token of one's own"),
]


@pytest.mark.parametrize(("payload", "field"), REFUSED)
def test_what_makes_no_link_is_refused_by_its_field(analyst: Client, deps: Deps, payload: JsonDict, field: str) -> None:
    answer = analyst.post(f"/api/analyses/{finished(deps)}/shares", payload)
    assert (answer.status, list(answer.json["fields"])) == (400, [field])


def test_an_analysis_about_one_shopper_is_not_shared_and_the_reason_is_said(analyst: Client, deps: Deps) -> None:
    answer = analyst.post(f"/api/analyses/{finished(deps, dataset=LIVE, user_id='anna')}/shares", {})
    assert (answer.status, answer.json["code"]) == (409, "about_a_person")
    assert "about one shopper" in answer.json["error"]


def test_neither_is_a_comparison_with_one_shopper(analyst: Client, stranger: Client, deps: Deps) -> None:
    hold_dataset(deps, "dataset-77")
    analysis_id = finished(deps)
    for side, status in (({"user_id": "anna"}, 409), ({"dataset": "dataset-77"}, 201)):
        against = Scope(as_of=deps.clock(), **side).described()
        deps.store._database.analyses.update_one(
            {"_id": analysis_id}, {"$set": {"report": "comparison", "against": against}}
        )
        answer = analyst.post(f"/api/analyses/{analysis_id}/shares", {})
        assert answer.status == status

    shown = stranger.get(f"/api/shared/{answer.json['token']}")
    assert shown.json["against"]["dataset_name"] == "log.json"
    assert b"dataset-77" not in shown.body


def test_an_unfinished_analysis_is_not_shared(analyst: Client, deps: Deps) -> None:
    analysis_id = finished(deps)
    deps.store._database.analyses.update_one({"_id": analysis_id}, {"$set": {"status": "failed"}})
    assert analyst.post(f"/api/analyses/{analysis_id}/shares", {}).json["code"] == "analysis_not_done"


@pytest.mark.parametrize("role", ["viewer", "shopper"])
def test_only_analysts_and_owners_share(app: App, deps: Deps, role: Any) -> None:
    client = client_as(app, deps, role)
    path = f"/api/analyses/{finished(deps, f'the-{role}')}/shares"
    assert (client.post(path, {}).status, client.get(path).status, client.get("/api/shares").status) == (403, 403, 403)


def test_an_owner_sees_and_revokes_all_links_an_analyst_its_own(
    analyst: Client, owner: Client, deps: Deps, clock: FakeClock
) -> None:
    by_analyst = shared(analyst, finished(deps))
    clock.advance(seconds=1)
    by_owner = shared(owner, finished(deps))

    assert [item["created_by"] for item in owner.get("/api/shares").json["items"]] == ["the-owner", "the-analyst"]
    assert [item["created_by"] for item in analyst.get("/api/shares").json["items"]] == ["the-analyst"]
    assert analyst.send("DELETE", f"/api/shares/{by_owner['share']['share_id']}").status == 403
    assert owner.send("DELETE", f"/api/shares/{by_analyst['share']['share_id']}").status == 204
    assert owner.get(f"/api/shared/{by_analyst['token']}").status == 404


def test_making_and_revoking_a_link_is_on_record_without_the_token(
    analyst: Client, owner: Client, deps: Deps, clock: FakeClock
) -> None:
    made = shared(analyst, finished(deps), label="agency")
    share = made["share"]
    clock.advance(seconds=1)
    analyst.send("DELETE", f"/api/shares/{share['share_id']}")

    entries = owner.get("/api/audit?username=the-analyst").json["items"]

    assert [(entry["action"], entry["about"]) for entry in entries] == [
        ("share_revoked", share["share_id"]),
        ("share_created", share["share_id"]),
    ]
    assert entries[1]["details"] == {"days": 30, "analysis": share["analysis_id"], "label": "agency", "with_comments": False}
    assert made["token"] not in json.dumps(entries)


def test_guessing_tokens_is_slowed_down(analyst: Client, stranger: Client, deps: Deps) -> None:
    answers = [stranger.get(f"/api/shared/guess-{number}") for number in range(61)]
    assert [answer.status for answer in answers] == [404] * 60 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].headers["x-robots-tag"] == "noindex"


def test_a_link_with_comments_shows_those_there_were_without_names(
    analyst: Client, stranger: Client, deps: Deps, clock: FakeClock
) -> None:
    analysis_id = finished(deps)
    of = f"/api/analyses/{analysis_id}/comments"
    stays, changed = (analyst.post(of, {"text": text}).json for text in ("It stays.", "It changes."))
    token = shared(analyst, analysis_id, with_comments=True)["token"]
    clock.advance(minutes=1)
    analyst.post(of, {"text": "Only for us."})
    analyst.send("PATCH", f"/api/comments/{changed['comment_id']}", {"text": "Changed for us."})

    (shown,) = stranger.get(f"/api/shared/{token}").json["comments"]

    assert shown == {name: stays[name] for name in ("section", "claim", "quote", "text", "created_at")}
