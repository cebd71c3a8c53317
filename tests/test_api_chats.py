"""Chat over HTTP: who may ask about what, what is kept, and a reader who leaves."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from llm_servers import DONE, KEY, Connection, chunk, raw_server

from clickstream.analysis import Advisor
from clickstream.analysis import Request as AnalysisRequest
from clickstream.analysis.run import enqueue, fail
from clickstream.audit import Actor
from clickstream.chat.desk import PLACES_EACH, ChatDesk
from clickstream.keys import Wanted
from clickstream.llm import Clients, Deadlines
from clickstream.metrics import METRICS
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.chats import INTERRUPTED, MOST_MESSAGES
from clickstream.store.users import Role, User
from clickstream.web.api import analyses, analyze, chats, metrics
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.server import Server
from tests.chat_shop import open_shop, overview_analysis
from tests.conftest import FakeClock
from tests.test_api_analyses import events_of
from tests.web_client import Answer, Client, client_as, real_deps

Json = dict[str, Any]
ROUTES = (*analyze.ROUTES, *analyses.ROUTES, *chats.ROUTES, *metrics.ROUTES)
HANGS = Deadlines(connect=5, first_token=60, idle=60, total=60)


@pytest.fixture
def deps(settings: Settings, store: Store, clock: FakeClock) -> Iterator[Deps]:
    found = real_deps(settings, store, clock)
    advisor = Advisor(store, clock, found.keys, Clients(deadlines=HANGS))
    with ChatDesk(store, settings, clock, advisor, places=PLACES_EACH + 1) as desk:
        yield replace(found, chats=desk)


@pytest.fixture
def app(deps: Deps) -> App:
    return App(deps, ROUTES)


@pytest.fixture(autouse=True)
def shop(store: Store, clock: FakeClock) -> None:
    open_shop(store, clock)


@pytest.fixture
def path(store: Store, settings: Settings, clock: FakeClock) -> str:
    """Of the chat about an analysis that the analyst made."""
    made = overview_analysis(store, settings, clock, "the-analyst")
    return f"/api/analyses/{made['analysis_id']}/chat"


def asked(client: Client, path: str, question: str = "How many orders were there?", **more: Any) -> Json:
    """The answer as it was told at last, and the events on the way."""
    answer = client.post(path, {"question": question, "model": "none", **more})
    assert answer.status == 200, answer.body
    events = events_of(answer)
    assert events[-1][0] == "done"
    return {**events[-1][1]["message"], "events": events, "chat_id": events[0][1]["chat_id"]}


def named(app: App, deps: Deps, username: str, role: Role) -> Client:
    deps.store.users.add(User(username, "-", role, "active", deps.clock()))
    return Client(app, token=deps.identities.issue(username))


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def test_a_question_is_answered_and_kept(analyst: Client, path: str) -> None:
    assert analyst.get(path).json | {"suggestions": []} == {
        "chat_id": None,
        "title": None,
        "messages": [],
        "suggestions": [],
    }
    answer = asked(analyst, path, "  How many orders were there?  ")

    assert [name for name, _ in answer["events"]][:3] == ["begun", "measuring", "sentence"]
    kept = analyst.get(path).json
    question, saved = kept["messages"]
    assert (question["role"], question["text"], question["language"]) == ("question", "How many orders were there?", "en")
    assert saved == {name: value for name, value in answer.items() if name not in ("events", "chat_id")}
    assert (saved["status"], saved["source"], saved["withheld"], saved["error"]) == ("done", "computed", 0, None)
    assert saved["model"] == {"status": "none", "reason": "not_wanted"}
    assert (kept["chat_id"], kept["title"]) == (answer["chat_id"], "How many orders were there?")
    assert all({"text", "template", "fact_ids", "direction"} <= sentence.keys() for sentence in saved["sentences"])
    cited = {fact_id for sentence in saved["sentences"] for fact_id in sentence["fact_ids"]}
    assert {fact["id"] for fact in saved["facts"]} == cited


def test_the_numbers_are_those_of_the_metrics(analyst: Client, path: str) -> None:
    answer = asked(analyst, path, "How many orders were there?")

    (call,) = answer["calls"]
    measured = analyst.get(f"/api/metrics/{call['metric_id']}?as_of={call['scope']['as_of']}").json
    assert (call["watermark"], call["title"]) == (measured["watermark"], METRICS[call["metric_id"]].title)
    values = {fact["id"]: fact["value"] for fact in answer["facts"]}
    assert values["c1.overview.orders"] == measured["result"]["orders"] == 5
    assert "5 orders" in answer["text"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"question": "x" * 50_000}, "question"),
        ({"question": "\u1ebf" * 50_000}, "question"),
        ({"question": " \n "}, "question"),
        ({"question": "\u200b\u202e"}, "question"),
        ({"question": 3}, "question"),
        ({}, "question"),
        ({"question": "Why?", "language": "xx"}, "language"),
        ({"question": "Why?", "dataset": "other"}, "dataset"),
        ({"question": "Why?", "model": "x" * 201}, "model"),
    ],
    ids=["long", "foreign", "blank", "invisible", "a number", "none", "no language", "a dataset", "a long model"],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_its_name(analyst: Client, path: str, body: Json, field: str) -> None:
    answer = analyst.post(path, body)

    assert (answer.status, list(answer.json["fields"])) == (400, [field])
    assert analyst.get(path).json["chat_id"] is None, "nothing is kept of it"


def test_a_megabyte_is_not_even_read(analyst: Client, path: str) -> None:
    assert analyst.post(path, {"question": "x" * 1_000_000}).status == 413


def test_only_a_finished_analysis_can_be_asked_about(analyst: Client, store: Store, clock: FakeClock, path: str) -> None:
    queued, failed = (enqueue(store, clock, AnalysisRequest(Scope(as_of=clock()), "ana")) for _ in range(2))
    fail(store, clock, failed, "It was only a test.")

    for analysis_id, expected in {
        queued: (409, "analysis_unfinished"),
        failed: (409, "analysis_failed"),
        "never": (404, "not_found"),
    }.items():
        assert refused(analyst.post(f"/api/analyses/{analysis_id}/chat", {"question": "Why?"})) == expected


def test_chats_go_with_their_analysis(analyst: Client, store: Store, clock: FakeClock, path: str) -> None:
    chat_id = asked(analyst, path)["chat_id"]

    assert analyst.send("DELETE", path.removesuffix("/chat")).status == 204
    assert refused(analyst.post(path, {"question": "Why?"})) == (404, "not_found")
    assert analyst.get(f"/api/chats/{chat_id}/export").status == 404
    assert store.chats.find(chat_id, clock()) is None


def test_an_erased_account_takes_its_chats_along(app: App, deps: Deps, owner: Client, clock: FakeClock, path: str) -> None:
    analyst = named(app, deps, "bob", "analyst")
    chat_id = asked(analyst, path)["chat_id"]
    deps.store.users.change("bob", role="shopper", status="active")

    by = Actor("the-owner", "")
    exported = [thing for thing in deps.persons.export("bob", by) if thing["kind"] == "chat"]
    assert [chat["messages"][0]["text"] for chat in exported] == ["How many orders were there?"]
    assert deps.persons.erase("bob", by, account=True).counts["chats"] == 1
    assert deps.store.chats.find(chat_id, clock()) is None


def test_chats_are_listed_renamed_continued_and_deleted(analyst: Client, clock: FakeClock, path: str) -> None:
    first = asked(analyst, path)["chat_id"]
    clock.advance(seconds=1)
    second = asked(analyst, path, "Which channels bring the most?")["chat_id"]
    clock.advance(seconds=1)
    assert asked(analyst, path, "How many visitors came?", chat_id=first)["chat_id"] == first

    page = analyst.get(f"{path}s?limit=1").json
    assert ([item["chat_id"] for item in page["items"]], page["next"]) == ([second], second)
    rest = analyst.get(f"{path}s?after={second}").json
    assert [(item["chat_id"], item["messages"], item["created_by"]) for item in rest["items"]] == [(first, 4, "the-analyst")]
    assert analyst.get(path).json["chat_id"] == first, "the one asked in last"
    assert analyst.get(f"{path}?chat_id={second}").json["chat_id"] == second

    renamed = analyst.send("PATCH", f"/api/chats/{first}", {"title": " Orders "})
    assert (renamed.status, renamed.json["title"], analyst.get(path).json["title"]) == (200, "Orders", "Orders")
    assert list(analyst.send("PATCH", f"/api/chats/{first}", {"title": "x" * 121}).json["fields"]) == ["title"]
    assert analyst.send("DELETE", f"/api/chats/{first}").status == 204
    assert analyst.send("DELETE", f"/api/chats/{first}").status == 404
    assert analyst.get(path).json["chat_id"] == second
    assert refused(analyst.post(path, {"question": "Why?", "chat_id": first})) == (404, "not_found")


def test_a_chat_is_seen_by_its_author_and_by_analysts(
    app: App, deps: Deps, analyst: Client, owner: Client, path: str
) -> None:
    alice, viewer = named(app, deps, "alice", "shopper"), client_as(app, deps, "viewer")
    mine = overview_analysis(deps.store, deps.settings, deps.clock, "alice", user_id="alice")
    my_path = f"/api/analyses/{mine['analysis_id']}/chat"
    chat_id = asked(alice, my_path)["chat_id"]

    assert [item["chat_id"] for item in analyst.get(f"{my_path}s").json["items"]] == [chat_id]
    assert analyst.get(f"{my_path}?chat_id={chat_id}").json["chat_id"] == chat_id
    assert analyst.get(my_path).json["chat_id"] is None, "the analyst has asked nothing"
    assert refused(analyst.post(my_path, {"question": "Why?", "chat_id": chat_id})) == (403, "forbidden")
    assert refused(analyst.send("PATCH", f"/api/chats/{chat_id}", {"title": "So"})) == (403, "forbidden")
    theirs = asked(analyst, my_path)["chat_id"]
    for other, known in ((alice, theirs), (viewer, chat_id)):
        assert refused(other.get(f"/api/chats/{known}/export")) == (404, "not_found")
        assert refused(other.send("DELETE", f"/api/chats/{known}")) == (404, "not_found")
    assert [item["chat_id"] for item in alice.get(f"{my_path}s").json["items"]] == [chat_id]
    assert refused(alice.get(path)) == (404, "not_found")
    assert owner.send("DELETE", f"/api/chats/{chat_id}").status == 204


def test_a_shopper_asks_about_itself_alone(app: App, deps: Deps, store: Store, settings: Settings, clock: FakeClock) -> None:
    """Also one who made other analyses before it became a shopper."""
    alice = named(app, deps, "alice", "shopper")
    of_the_shop = overview_analysis(store, settings, clock, "alice")
    own = overview_analysis(store, settings, clock, "alice", user_id="alice")

    assert refused(alice.post(f"/api/analyses/{of_the_shop['analysis_id']}/chat", {"question": "Why?"})) == (
        403,
        "forbidden",
    )
    answer = asked(alice, f"/api/analyses/{own['analysis_id']}/chat", "How many sessions were there?")
    assert [call["scope"]["user_id"] for call in answer["calls"]] == ["alice"] * len(answer["calls"])
    assert "1 session" in answer["text"]


def test_a_chat_is_exported(analyst: Client, path: str) -> None:
    answer = asked(analyst, path, "How many <b>orders</b> [were](https://evil.test) there?")
    markdown = analyst.get(f"/api/chats/{answer['chat_id']}/export?format=md")
    exported = analyst.get(f"/api/chats/{answer['chat_id']}/export?format=json")

    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert markdown.headers["content-disposition"] == f'attachment; filename="chat-{answer["chat_id"]}.md"'
    text = markdown.body.decode()
    assert "## How many \\<b\\>orders\\</b\\> \\[were\\](https://evil.test) there?" in text
    assert all(sentence["text"] in text for sentence in answer["sentences"])
    assert [message["role"] for message in exported.json["messages"]] == ["question", "answer"]
    assert exported.json["messages"][1]["facts"] == answer["facts"]


def test_a_chat_ends_where_it_is_full_and_waits_for_its_answer(
    analyst: Client, store: Store, clock: FakeClock, path: str
) -> None:
    chat_id = asked(analyst, path)["chat_id"]
    blank = {"text": "", "language": "en"}
    store.chats.ask(chat_id, {**blank, "message_id": "q"}, {**blank, "message_id": "a", "role": "answer"}, clock())

    assert refused(analyst.post(path, {"question": "Why?", "chat_id": chat_id})) == (409, "conflict")
    clock.advance(seconds=50)
    answer = analyst.get(path).json["messages"][-1]
    assert (answer["status"], answer["error"]) == ("failed", INTERRUPTED), "its server died"
    for place in range(MOST_MESSAGES // 2 - 2):
        told = {**blank, "message_id": f"a{place}", "role": "answer"}
        store.chats.ask(chat_id, {**blank, "message_id": f"q{place}", "role": "question"}, told, clock())
        assert store.chats.finish(chat_id, f"a{place}", {"status": "done"})
    full = analyst.post(path, {"question": "Why?", "chat_id": chat_id})
    assert (full.status, "full" in full.json["error"]) == (409, True)


@contextmanager
def served(app: App) -> Iterator[Server]:
    with Server("127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve, args=(app,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)


def hangs(connection: Connection) -> None:
    connection.start_stream()
    connection.send(chunk("{{overview.sessions}} sessions came. And "))
    connection.hang(30)


def until(holds: Any, seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it never came to that"
        threading.Event().wait(0.02)


def test_a_reader_who_disconnects_leaves_nothing_behind(
    app: App, deps: Deps, analyst: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clickstream.chat.desk.SIGN_OF_LIFE_SECONDS", 0.05)
    with raw_server(hangs) as model, served(app) as server:
        monkeypatch.setattr("clickstream.llm.endpoint.OPENROUTER_URL", model.url)
        deps.keys.save("the-analyst", Wanted(key=KEY, kind="openrouter"))
        body = json.dumps({"question": "How many came?"}).encode()
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: x",
            f"Authorization: Bearer {analyst.token}",
            f"Content-Length: {len(body)}",
        ]
        with socket.create_connection(("127.0.0.1", server.port)) as reader:
            reader.settimeout(20)
            reader.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            received = b""
            while b"event: sentence" not in received:
                received += reader.recv(65_536)
            assert deps.chats.under_way == 1

        until(lambda: deps.chats.under_way == 0)
        assert model.left.wait(10), "the request to the model has ended"
        until(lambda: not any(thread.name == "llm-exchange" for thread in threading.enumerate()))
    answer = analyst.get(path).json["messages"][1]
    assert (answer["status"], answer["text"]) == ("stopped", "53 sessions came.")


def test_few_questions_are_answered_at_once(
    app: App, deps: Deps, analyst: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(hangs) as model:
        monkeypatch.setattr("clickstream.llm.endpoint.OPENROUTER_URL", model.url)
        deps.keys.save("the-analyst", Wanted(key=KEY, kind="openrouter"))
        readers = [_asking(app, analyst, path) for _ in range(PLACES_EACH)]
        until(lambda: len(model.received) == PLACES_EACH)

        answer = analyst.post(path, {"question": "And now?"})
        assert (answer.status, answer.headers["retry-after"]) == (429, "5")
        owner = client_as(app, deps, "owner")
        assert asked(owner, path)["status"] == "done", "others have places of their own"
        own = [item for item in analyst.get(f"{path}s").json["items"] if item["created_by"] == "the-analyst"]
        for chat in own:
            assert analyst.send("DELETE", f"/api/chats/{chat['chat_id']}").status == 204
        for reader in readers:
            reader.join(20)
    assert deps.chats.under_way == 0


def _asking(app: App, client: Client, path: str) -> threading.Thread:
    thread = threading.Thread(target=lambda: client.post(path, {"question": "How many came?"}))
    thread.start()
    return thread


def test_a_stream_ends_with_what_it_was_about(
    analyst: Client, path: str, deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def speaks(connection: Connection) -> None:
        connection.start_stream()
        connection.send(chunk("{{overview.sessions}} sessions came.") + chunk("", "stop") + DONE)

    with raw_server(speaks) as model:
        monkeypatch.setattr("clickstream.llm.endpoint.OPENROUTER_URL", model.url)
        deps.keys.save("the-analyst", Wanted(key=KEY, kind="openrouter"))
        answer = analyst.post(path, {"question": "How many came?"})

    assert answer.headers["content-type"] == "text/event-stream"
    names = [name for name, _ in events_of(answer)]
    assert names == ["begun", "sentence", "done"]
    assert events_of(answer)[-1][1]["message"]["model"]["status"] == "used"
