from __future__ import annotations

from typing import Any

import pytest
from shared_analysis import analysed, finished
from web_client import Client, client_as, hold_dataset, real_deps

from clickstream import comments
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.web.app import App
from clickstream.web.deps import Deps
from tests.conftest import FakeClock

JsonDict = dict[str, Any]
HOSTILE = '<script>alert(1)</script> <img src=x onerror="alert(2)"> & {{overview.sessions}}'


@pytest.fixture
def deps(settings: Settings, store: Store, clock: FakeClock) -> Deps:
    return real_deps(settings, store, clock)


@pytest.fixture
def of(deps: Deps) -> str:
    """Where the comments of an analysis without content are."""
    return f"/api/analyses/{finished(deps)}/comments"


def written(client: Client, path: str, text: str = "Why?", **more: Any) -> JsonDict:
    answer = client.post(path, {"text": text, **more})
    assert answer.status == 201, answer.body
    return dict(answer.json)


def test_a_comment_stands_under_its_sentence_with_who_and_when(analyst: Client, deps: Deps) -> None:
    analysis_id = analysed(deps)["analysis_id"]
    shown = analyst.get(f"/api/analyses/{analysis_id}").json
    claim = shown["sections"]["executive_summary"]["claims"][0]
    where = {"section": "executive_summary", "claim": {"index": 0, "hash": claim["hash"]}}

    made = written(analyst, f"/api/analyses/{analysis_id}/comments", **where)

    assert made == {
        **where, "comment_id": made["comment_id"], "quote": claim["text"], "text": "Why?", "created_by": "the-analyst",
        "created_at": "2026-03-01T12:00:00.000Z", "edited_at": None, "resolved_by": None, "resolved_at": None,
    }  # fmt: skip
    assert analyst.get(f"/api/analyses/{analysis_id}/comments").json == {"items": [made], "next": None}


def test_a_comment_never_slides_to_another_sentence(analyst: Client, deps: Deps) -> None:
    analysis = analysed(deps)
    path = f"/api/analyses/{analysis['analysis_id']}/comments"
    wanted = comments.claim_hash(analysis["sections"]["key_insights"]["claims"][0]["template"])

    answer = analyst.post(path, {"text": "Why?", "section": "executive_summary", "claim": {"index": 0, "hash": wanted}})

    assert (answer.status, answer.json["code"]) == (409, "another_claim")
    assert analyst.get(path).json["items"] == []


REFUSED = [
    pytest.param({"text": ""}, "text", id="empty"),
    pytest.param({"text": " \n\u200b\u202e "}, "text", id="nothing that can be seen"),
    pytest.param({"text": "x" * 2001}, "text", id="2,001 characters"),
    pytest.param({"text": 7}, "text", id="a number"),
    pytest.param({}, "text", id="none"),
    pytest.param({"text": "Why?", "section": "executive_summary"}, "claim", id="a section without a sentence"),
    pytest.param({"text": "Why?", "claim": {"index": 0, "hash": "-"}}, "section", id="a sentence without a section"),
    pytest.param({"text": "Why?", "section": "no", "claim": {"index": 0, "hash": "-"}}, "claim", id="an unknown section"),
    pytest.param({"text": "Why?", "section": "no", "claim": {"index": -1, "hash": "-"}}, "claim", id="before the first"),
    pytest.param({"text": "Why?", "author": "the-owner"}, "author", id="somebody else's name"),
]


@pytest.mark.parametrize(("payload", "field"), REFUSED)
def test_what_is_no_comment_is_refused_by_its_field(analyst: Client, of: str, payload: JsonDict, field: str) -> None:
    answer = analyst.post(of, payload)
    assert (answer.status, list(answer.json["fields"])) == (400, [field])
    assert analyst.get(of).json["items"] == []


KEPT = [
    pytest.param("x" * 2000, "x" * 2000, id="2,000 characters"),
    pytest.param(HOSTILE, HOSTILE, id="markup is text"),
    pytest.param("abc\u202egnp.exe", "abcgnp.exe", id="text is not turned around"),
    pytest.param("one\r\ntwo\n\n\n \n\nthree\x00\x1b[31m", "one\ntwo\n\nthree[31m", id="lines stay, control characters go"),
    pytest.param("  Größe 👩‍👧 Việt  ", "Größe 👩‍👧 Việt", id="every script stays"),
]


@pytest.mark.parametrize(("text", "kept"), KEPT)
def test_a_comment_is_kept_as_plain_text(analyst: Client, of: str, text: str, kept: str) -> None:
    assert written(analyst, of, text)["text"] == kept


def test_who_wrote_it_changes_it_and_an_analyst_resolves_it(deps: Deps, app: App, analyst: Client, clock: FakeClock) -> None:
    viewer = client_as(app, deps, "viewer")
    path = f"/api/analyses/{finished(deps, 'the-viewer')}/comments"
    comment = f"/api/comments/{written(viewer, path)['comment_id']}"
    clock.advance(hours=1)

    edited = viewer.send("PATCH", comment, {"text": "Why, really?"}).json
    resolved = analyst.send("PATCH", comment, {"resolved": True}).json
    refused = analyst.send("PATCH", comment, {"text": "I know."})
    opened = viewer.send("PATCH", comment, {"resolved": False}).json

    assert (edited["text"], edited["edited_at"]) == ("Why, really?", "2026-03-01T13:00:00.000Z")
    assert (resolved["resolved_by"], resolved["resolved_at"]) == ("the-analyst", "2026-03-01T13:00:00.000Z")
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert (opened["resolved_by"], opened["resolved_at"], opened["text"]) == (None, None, "Why, really?")
    assert viewer.send("PATCH", comment, {}).status == 400


def test_an_owner_deletes_any_comment_an_analyst_only_its_own(analyst: Client, owner: Client, of: str) -> None:
    own, owners = (written(client, of)["comment_id"] for client in (analyst, owner))

    assert analyst.send("DELETE", f"/api/comments/{owners}").status == 403
    assert owner.send("DELETE", f"/api/comments/{own}").status == 204
    assert [item["comment_id"] for item in analyst.get(of).json["items"]] == [owners]
    assert owner.send("DELETE", f"/api/comments/{own}").status == 404


def test_comments_come_in_pages_the_oldest_first(analyst: Client, of: str, clock: FakeClock) -> None:
    ids = []
    for text in ("first", "second", "third"):
        ids.append(written(analyst, of, text)["comment_id"])
        clock.advance(seconds=1)
    page = analyst.get(f"{of}?limit=2").json
    rest = analyst.get(f"{of}?limit=2&after={page['next']}").json
    assert [item["comment_id"] for item in [*page["items"], *rest["items"]]] == ids
    assert rest["next"] is None


def test_an_analysis_takes_only_so_many_comments(analyst: Client, of: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "MOST_COMMENTS", 1)
    written(analyst, of)
    assert analyst.post(of, {"text": "Why?"}).json["code"] == "too_many_comments"


def test_comments_go_with_their_analysis(analyst: Client, deps: Deps, of: str) -> None:
    comment = written(analyst, of)["comment_id"]
    assert analyst.send("DELETE", of.removesuffix("/comments")).status == 204
    assert deps.store.comments.find(comment) is None
    assert analyst.send("PATCH", f"/api/comments/{comment}", {"text": "Still?"}).status == 404


def test_comments_and_links_go_with_their_dataset(analyst: Client, deps: Deps) -> None:
    hold_dataset(deps, "d1")
    analysis = f"/api/analyses/{finished(deps, dataset='d1')}"
    comment = written(analyst, f"{analysis}/comments")["comment_id"]
    token = analyst.post(f"{analysis}/shares", {}).json["token"]
    assert deps.jobs.wait(analyst.send("DELETE", "/api/datasets/d1").json["job_id"], 60)
    assert deps.store.comments.find(comment) is None
    assert analyst.get(f"/api/shared/{token}").status == 404
    assert list(deps.store._database.shares.find()) == []


def test_a_comment_on_an_analysis_that_is_deleted_meanwhile_leaves_nothing(deps: Deps) -> None:
    analysis = deps.store.analyses.find(finished(deps))
    assert analysis
    deps.store.analyses.delete(analysis["analysis_id"])
    with pytest.raises(comments.NotFound):
        deps.comments.add(analysis, "the-analyst", "Why?", None, None)
    assert deps.comments.page(analysis, limit=9) == []


def test_what_somebody_wrote_is_given_out_and_erased_with_the_account(owner: Client, app: App, deps: Deps) -> None:
    anna = client_as(app, deps, "shopper")
    comment = written(anna, f"/api/analyses/{finished(deps, 'the-shopper')}/comments", "My words")["comment_id"]

    assert owner.get("/api/persons/the-shopper").json["comments"] == 1
    assert b'"text":"My words"' in owner.get("/api/persons/the-shopper/export").body
    erased = owner.post("/api/persons/the-shopper/erase", {"confirm": "the-shopper", "account": True})
    assert erased.json["counts"]["comments"] == 1
    assert deps.store.comments.find(comment) is None


@pytest.mark.parametrize(("as_it_is", "shown"), [(True, "Odd!"), (False, "“Sales fell.”")])
def test_an_export_has_every_comment_once_with_the_sentence_it_is_about(
    analyst: Client, deps: Deps, as_it_is: bool, shown: str
) -> None:
    """One that the report does not have as it was is quoted."""
    path = f"/api/analyses/{analysed(deps)['analysis_id']}"
    claim = analyst.get(path).json["sections"]["executive_summary"]["claims"][0]
    about = {"section": "executive_summary", "claim": {"index": 0, "hash": claim["hash"]}}
    comment = written(analyst, f"{path}/comments", "Odd!", **about)["comment_id"]
    if not as_it_is:
        deps.store.comments.change(comment, claim={"index": 0, "hash": "another"}, quote="Sales fell.")

    text = analyst.get(f"{path}/export?format=md&comments=true").body.decode()

    assert text.count("Odd!") == 1
    assert text.count(shown) == 1
