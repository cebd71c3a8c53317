from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from pymongo.database import Database

from clickstream.analysis import AnalysisQueue, Request, run_analysis
from clickstream.analysis.measuring import STEPS, Subject
from clickstream.analysis.run import ASKING, Cancelled, enqueue, stages_of
from clickstream.analysis.writing import rendered
from clickstream.errors import InvalidInput, Retryable, TooManyRequests
from clickstream.facts import Measured, build
from clickstream.ingest import Collector
from clickstream.insights import computed
from clickstream.insights.report import Section
from clickstream.insights.slots import claim_of
from clickstream.metrics import measure
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.simulate import sample_products
from clickstream.store import Store
from clickstream.store.users import User
from tests.conftest import FakeClock
from tests.shop_results import overview
from tests.visits import visit, visits

Run = Callable[..., dict[str, Any]]
MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
STAGES = stages_of(Subject("store", Scope(as_of=MORNING)))


@pytest.fixture
def collect(store: Store, clock: FakeClock) -> Callable[[list[dict[str, Any]]], None]:
    def send(events: list[dict[str, Any]]) -> None:
        assert Collector(store, clock).collect(events).rejected == []

    return send


@pytest.fixture
def run(store: Store, settings: Settings, clock: FakeClock) -> Run:
    def analyse(**scope: Any) -> dict[str, Any]:
        return run_analysis(store, settings, clock, Request(Scope(as_of=clock(), **scope), "ana"))

    return analyse


@pytest.fixture
def queue(store: Store, settings: Settings, clock: FakeClock) -> Iterator[AnalysisQueue]:
    with AnalysisQueue(store, settings, clock, places=3) as running:
        yield running


@pytest.fixture
def held(store: Store) -> Iterator[Callable[[], None]]:
    """No analysis gets past its first stage until the fixture's value is called: somebody else leads the rollup."""
    assert store.state.take_lease("the test") is not None

    def release() -> None:
        store.state.release_lease("the test")

    yield release
    release()


def everything(clock: FakeClock, created_by: str | None = "ana") -> Request:
    return Request(Scope(as_of=clock()), created_by)


def texts(analysis: dict[str, Any], section: str) -> list[str]:
    return [claim["text"] for claim in analysis["sections"][section]["claims"]]


def facts(analysis: dict[str, Any]) -> dict[str, Any]:
    return {fact["id"]: fact["value"] for fact in analysis["facts"]}


def test_every_number_is_the_metric_s_own(store: Store, run: Run, clock: FakeClock, collect: Any) -> None:
    collect(visits(40, MORNING, buying=3, device="mobile"))
    analysis = run()

    for step in STEPS:
        assert analysis["metrics"][step.key] == measure(store, step.metric_id, Scope(as_of=clock()), step.options).result
    overview = analysis["metrics"]["overview"]
    assert (overview["sessions"], overview["orders"]) == (40, 3)
    assert facts(analysis)["overview.sessions"] == 40
    assert facts(analysis)["overview.revenue.eur"] == 60.0
    assert texts(analysis, "executive_summary")[0] == (
        "On 1 Mar 2026, 40 sessions came from 40 visitors; 7.5% of the sessions bought, in 3 orders worth €60.00."
    )


def test_it_is_saved_with_its_receipt(store: Store, run: Run, clock: FakeClock, collect: Any) -> None:
    collect(visits(3, MORNING))
    analysis = run(filters={"device": "unknown"})

    assert store.analyses.find(analysis["analysis_id"]) == analysis
    assert analysis["status"] == "done"
    assert (analysis["stage"], analysis["done"], analysis["total"]) == ("done", len(STAGES), len(STAGES))
    assert (analysis["created_by"], analysis["dataset"], analysis["user_id"], analysis["error"]) == (
        "ana",
        "live",
        None,
        None,
    )
    assert analysis["created_at"] == analysis["finished_at"] == "2026-03-01T12:00:00.000Z"
    assert analysis["scope"] == Scope(as_of=clock(), filters={"device": "unknown"}).described()
    served = store.state.find_dataset("live")
    assert served is not None
    assert (analysis["watermark"], analysis["moved"]) == (served.watermark, False)
    assert all(identity["holds"] for identity in analysis["reconciliation"])
    cited = {
        fact_id for section in analysis["sections"].values() for claim in section["claims"] for fact_id in claim["fact_ids"]
    }
    assert cited <= facts(analysis).keys()


def test_what_has_just_been_sent_is_in_it(run: Run, collect: Any) -> None:
    collect(visits(1, MORNING))
    assert run()["metrics"]["overview"]["sessions"] == 1

    collect(visits(1, MORNING, first=2))
    assert run()["metrics"]["overview"]["sessions"] == 2


def test_an_empty_shop_is_told_so_in_every_section(run: Run) -> None:
    analysis = run()

    assert analysis["status"] == "done"
    assert all(section["claims"] for section in analysis["sections"].values())
    assert texts(analysis, "executive_summary") == [
        "There are no sessions in this selection, so there is nothing to report."
    ]


def test_an_empty_window_says_where_the_data_is(run: Run, collect: Any) -> None:
    collect(visits(2, MORNING))
    analysis = run(since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 1, 8, tzinfo=UTC))

    assert texts(analysis, "executive_summary") == [
        "There are no sessions in this selection; the data runs from 1 Mar 2026 to 1 Mar 2026."
    ]


def test_about_a_shopper_only_that_shopper_is_measured(store: Store, run: Run, collect: Any) -> None:
    store.products.upsert(sample_products("EUR")[:1])
    product = sample_products("EUR")[0]
    collect([*visits(5, MORNING), *visit(9, MORNING, shopper="alice", leaves_cart=True, product_id=product.product_id)])
    analysis = run(user_id="alice")

    assert analysis["metrics"]["overview"]["sessions"] == 1
    assert analysis["user_id"] == "alice"
    assert "Remind this shopper of what was left behind: 1 cart worth €20.00." in texts(analysis, "recommendations_for_user")
    assert any(product.name in text for text in texts(analysis, "recommendations_for_user"))


def test_stages_are_told_in_order(store: Store, settings: Settings, clock: FakeClock) -> None:
    heard: list[tuple[str, int, int]] = []
    run_analysis(store, settings, clock, everything(clock), lambda *told: heard.append(told))

    assert [stage for stage, _, _ in heard] == [*(stage for stage in STAGES if stage != ASKING), "done"]
    assert [done for _, done, _ in heard] == [done for done in range(len(STAGES) + 1) if done != STAGES.index(ASKING)]
    assert {total for _, _, total in heard} == {len(STAGES)}


def test_a_window_is_compared_with_the_same_days_of_the_week_before(run: Run, collect: Any) -> None:
    collect([*visits(60, MORNING - timedelta(days=7)), *visits(30, MORNING, first=100)])
    today = MORNING.replace(hour=0)
    analysis = run(since=today, until=today + timedelta(days=1))

    assert facts(analysis)["trend.sessions.before"] == 60
    assert facts(analysis)["trend.sessions.change"] == -0.5
    assert "Sessions fell by 50.0% against the same days before: 60 then, 30 now." in texts(analysis, "risk_alerts")


def test_a_running_day_is_compared_with_the_same_hours(run: Run, collect: Any) -> None:
    late = MORNING + timedelta(hours=6)
    collect([*visits(40, MORNING - timedelta(days=7)), *visits(40, late - timedelta(days=7), first=100)])
    collect(visits(40, MORNING, first=200))
    today = MORNING.replace(hour=0)

    assert facts(run(since=today))["trend.sessions.before"] == 40


def test_a_shop_that_opened_within_the_window_before_is_not_compared(run: Run, collect: Any) -> None:
    collect([*visits(40, MORNING - timedelta(days=6)), *visits(40, MORNING, first=100)])
    since = MORNING.replace(hour=0) - timedelta(days=6)

    assert not [fact_id for fact_id in facts(run(since=since)) if fact_id.startswith("trend.")]


def test_days_before_the_shop_opened_and_the_day_that_still_runs_are_no_anomaly(run: Run, collect: Any) -> None:
    collect([*visits(60, MORNING - timedelta(days=1)), *visits(1, MORNING - timedelta(days=2), first=90)])
    collect(visits(200, MORNING, first=100))

    assert not [fact_id for fact_id in facts(run(since=MORNING - timedelta(days=3))) if fact_id.startswith("anomaly.")]


def test_a_metric_that_does_not_reconcile_is_reported_and_not_talked_about(
    run: Run, collect: Any, database: Database[dict[str, Any]]
) -> None:
    collect(visits(40, MORNING, buying=2))
    run()
    database.daily.update_many({"part": "total"}, {"$inc": {"value.counts.carts_emptied": 1}})
    analysis = run()

    broken = [identity for identity in analysis["reconciliation"] if not identity["holds"]]
    assert [(identity["metric"], identity["left"], identity["right"]) for identity in broken] == [("cart", 3, 2)]
    assert not [fact_id for fact_id in facts(analysis) if fact_id.startswith("cart.")]
    assert any("The parts of “cart” do not add up" in text for text in texts(analysis, "risk_alerts"))


def test_what_stops_an_analysis_is_saved_in_a_sentence(store: Store, settings: Settings, clock: FakeClock) -> None:
    def refuse(stage: str, done: int, total: int) -> None:
        if stage == "cart":
            raise InvalidInput("Carts cannot be measured today.")

    with pytest.raises(InvalidInput):
        run_analysis(store, settings, clock, everything(clock), refuse)

    (saved,) = store.analyses.page(limit=10)
    assert (saved["status"], saved["stage"], saved["error"]) == ("failed", "failed", "Carts cannot be measured today.")
    assert saved["finished_at"] is not None


def test_deleting_a_running_analysis_stops_it(store: Store, settings: Settings, clock: FakeClock) -> None:
    def delete(stage: str, done: int, total: int) -> None:
        for saved in store.analyses.page(limit=10):
            store.analyses.delete(saved["analysis_id"])

    with pytest.raises(Cancelled):
        run_analysis(store, settings, clock, everything(clock), delete)

    assert store.analyses.page(limit=10) == []


def test_the_queue_brings_an_analysis_to_its_end(store: Store, queue: AnalysisQueue, clock: FakeClock) -> None:
    analysis_id = queue.submit(everything(clock))

    assert queue.wait(analysis_id, 20)
    found = store.analyses.find(analysis_id)
    assert found is not None
    assert found["status"] == "done"


def test_watching_tells_every_change_up_to_the_end(queue: AnalysisQueue, clock: FakeClock, held: Callable[[], None]) -> None:
    analysis_id = queue.submit(everything(clock))
    heard = []
    for told in queue.watch(analysis_id):
        assert told is not None
        heard.append((told["status"], told["done"]))
        held()

    assert heard[0][0] in ("queued", "running")
    assert heard[-1] == ("done", len(STAGES))
    assert [done for _, done in heard] == sorted(done for _, done in heard)


def test_watching_what_is_not_there_ends_at_once(queue: AnalysisQueue) -> None:
    assert list(queue.watch("nothing")) == []


def test_watching_ends_when_the_analysis_is_deleted(
    store: Store, queue: AnalysisQueue, clock: FakeClock, held: Callable[[], None]
) -> None:
    analysis_id = queue.submit(everything(clock))
    watched = queue.watch(analysis_id)
    assert next(watched) is not None
    store.analyses.delete(analysis_id)

    assert list(watched) == []
    held()


def test_what_an_upload_starts_is_written_in_the_uploaders_language(
    store: Store, queue: AnalysisQueue, clock: FakeClock, database: Database[dict[str, Any]]
) -> None:
    store.users.add(User("klaus", "-", "analyst", "active", clock(), "de"))
    analysis_id = queue.begin_journey("live", "klaus")
    assert analysis_id and queue.wait(analysis_id, 60)
    found = store.analyses.find(analysis_id)
    assert found and (found["language"], found["report"], found["status"]) == ("de", "journey", "done")

    database["analyses"].update_one({"_id": analysis_id}, {"$unset": {"language": 1}})
    older = store.analyses.find(analysis_id)
    assert older and older["language"] == "en"


def test_the_line_is_bounded(queue: AnalysisQueue, clock: FakeClock, held: Callable[[], None]) -> None:
    for number in range(3):
        queue.submit(everything(clock, f"account {number}"))

    with pytest.raises(TooManyRequests) as refused:
        queue.submit(everything(clock, "account 4"))
    assert refused.value.retry_after_seconds > 0
    held()


def test_an_account_has_a_bounded_part_of_the_line(
    store: Store, settings: Settings, clock: FakeClock, held: Callable[[], None]
) -> None:
    with AnalysisQueue(store, settings, clock) as queue:
        for _ in range(4):
            queue.submit(everything(clock, "ana"))
        with pytest.raises(TooManyRequests, match="4 of your analyses"):
            queue.submit(everything(clock, "ana"))
        queue.submit(everything(clock, "bob"))
        held()


def test_stopping_fails_what_is_unfinished_and_takes_nothing_new(
    store: Store, settings: Settings, clock: FakeClock, held: Callable[[], None]
) -> None:
    with AnalysisQueue(store, settings, clock) as queue:
        ids = [queue.submit(everything(clock)) for _ in range(4)]
        threading.Timer(0.2, held).start()

    for analysis_id in ids:
        found = store.analyses.find(analysis_id)
        assert found is not None
        assert (found["status"], found["error"]) == (
            "failed",
            "The server is stopping; run the analysis again when it is back.",
        )
    with pytest.raises(Retryable):
        queue.submit(everything(clock))


def test_a_fault_of_ours_fails_the_analysis_and_stays_in_the_log(
    store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with AnalysisQueue(store, cast(Settings, None), clock) as queue:
        analysis_id = queue.submit(everything(clock))
        assert queue.wait(analysis_id, 20)

    found = store.analyses.find(analysis_id)
    assert found is not None
    assert (found["status"], found["error"].split(";")[0]) == ("failed", "Something went wrong on our side")
    assert "AttributeError" in caplog.text
    assert "AttributeError" not in found["error"]


def test_what_a_dead_server_left_is_failed_at_the_next_start_and_what_lives_is_not(
    store: Store, settings: Settings, clock: FakeClock
) -> None:
    left = enqueue(store, clock, everything(clock))
    clock.advance(minutes=1)
    alive = enqueue(store, clock, everything(clock))
    with AnalysisQueue(store, settings, clock):
        pass

    interrupted, queued = store.analyses.find(left), store.analyses.find(alive)
    assert interrupted is not None
    assert queued is not None
    assert (interrupted["status"], interrupted["stage"]) == ("failed", "interrupted")
    assert "interrupted" in interrupted["error"]
    assert queued["status"] == "queued"


def test_pages_of_saved_analyses_are_the_latest_first_and_without_their_bodies(
    store: Store, clock: FakeClock, run: Run, collect: Any
) -> None:
    collect(visits(1, MORNING))
    ids = []
    for _ in range(3):
        ids.append(run()["analysis_id"])
        clock.advance(seconds=1)

    first = store.analyses.page(limit=2)
    second = store.analyses.page(limit=2, after=first[-1]["analysis_id"])
    assert [saved["analysis_id"] for saved in [*first, *second]] == ids[::-1]
    assert not {"metrics", "facts", "sections", "_id", "alive_at"} & first[0].keys()
    assert store.analyses.page(limit=5, dataset="other") == []


def test_a_claim_with_a_flaw_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    sheet = build(Measured(results={"overview": overview(1_000)}))
    sound = computed.report(sheet)
    flawed = Section("model", [claim_of("Sessions doubled."), claim_of("{{overview.sessions}} sessions came.")])

    shown = rendered({**sound, "decisions": flawed}, sheet, "en")["decisions"]
    assert [claim.text for claim in shown.claims] == ["1,000 sessions came."]
    assert "Sessions doubled." in caplog.text


def test_nothing_is_saved_of_a_dataset_that_is_deleted_meanwhile(store: Store, settings: Settings, clock: FakeClock) -> None:
    """Deleting looked for analyses before this one was there."""
    asked = Request(Scope(as_of=clock(), dataset="gone"), "ana", "journey")

    with pytest.raises(Cancelled):
        run_analysis(store, settings, clock, asked)

    assert store.analyses.page(limit=5, dataset="gone") == []
