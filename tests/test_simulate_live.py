"""Shoppers without end, their pace, the delivery of their events, and the count of what became of them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, cast

import pytest
import requests

from clickstream.simulate import sample_products, sending
from clickstream.simulate.live import Pace, live_shoppers
from clickstream.simulate.remote import NotLetIn
from clickstream.simulate.sending import Sender
from clickstream.simulate.tally import Latencies, Tally

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
CATALOG = sample_products("EUR")


def told(count: int, *, seed: int = 1, began: datetime = BEGAN, users: int = 5) -> list[dict[str, Any]]:
    return list(islice(live_shoppers(Random(seed), CATALOG, began, users=users, avg_events=7), count))


def test_the_same_seed_does_the_same_under_other_ids() -> None:
    first, again, later = told(500), told(500), told(500, began=BEGAN + timedelta(seconds=1))
    assert first == again
    assert {event["event_id"] for event in first} & {event["event_id"] for event in later} == set()


@pytest.mark.parametrize("users", [1, 5, 300])
def test_it_goes_on_without_an_end_and_without_a_repeated_id(users: int) -> None:
    events = told(20_000, users=users)
    assert len({event["event_id"] for event in events}) == 20_000
    assert {event["properties"]["source"] for event in events} == {"simulation"}
    assert {"purchase", "search", "add_to_cart", "checkout"} < {event["event_type"] for event in events}


def test_events_have_no_time_of_their_own_and_nothing_is_refunded_before_it_is_over() -> None:
    events = told(20_000)
    assert not any("timestamp" in event for event in events)
    assert not {"refund", "order_cancel"} & {event["event_type"] for event in events}


def test_about_as_many_shoppers_as_asked_for_are_there_at_a_time() -> None:
    events = told(2_000, users=40)[1_000:1_400]
    assert 25 <= len({event["client_id"] for event in events}) <= 200


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("rate", "tick"), [(5, 0.05), (0.1, 0.05), (333, 0.05), (1000, 0.2)])
def test_the_pace_is_steady(rate: float, tick: float) -> None:
    seconds = Seconds()
    pace, made = Pace(rate, seconds), 0
    for _ in range(round(60 / tick)):
        seconds.now += tick
        made += pace.due()
    assert abs(made - 60 * rate) <= 1


def test_a_long_halt_is_not_made_up_for() -> None:
    seconds = Seconds()
    pace = Pace(10, seconds)
    seconds.now += 600
    assert pace.due() == 10


def test_quantiles_are_those_of_the_sorted_list_within_two_per_cent() -> None:
    rng, latencies = Random(5), Latencies()
    seconds = sorted(rng.lognormvariate(-5, 1) for _ in range(2_000))
    for one in seconds:
        latencies.add(one)
    for share, rank in ((0.5, 1_000), (0.95, 1_900), (0.99, 1_980)):
        exact = seconds[rank - 1] * 1000
        assert latencies.quantile(share) == pytest.approx(exact, rel=0.021)
    assert latencies.largest == seconds[-1] * 1000
    assert latencies.quantile(1) == pytest.approx(latencies.largest, rel=0.021)


def test_of_no_answers_there_are_no_quantiles() -> None:
    assert Latencies().quantile(0.5) is None


# Delivery


def answer(status: int, body: object) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return response


def receipt(accepted: int, duplicates: int = 0, *codes: str) -> requests.Response:
    rejected = [{"index": 0, "code": code, "fields": {}} for code in codes]
    return answer(202, {"accepted": accepted, "duplicates": duplicates, "rejected": rejected})


class Remote:
    """A server that answers each request with the next of these."""

    def __init__(self, *answers: requests.Response | Exception) -> None:
        self.answers = list(answers)
        self.got: list[list[str]] = []

    def post(self, events: Sequence[dict[str, Any]]) -> requests.Response:
        self.got.append([event["event_id"] for event in events])
        following = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(following, Exception):
            raise following
        return following


EVENTS = [{"event_id": "e1"}, {"event_id": "e2"}, {"event_id": "e3"}]


def send(remote: Any, monkeypatch: pytest.MonkeyPatch, told: Callable[[int], object] = lambda events: None) -> Tally:
    for name, seconds in (("SENDERS", 1), ("_FIRST_PAUSE_SECONDS", 0.001), ("GRACE_SECONDS", 0.3)):
        monkeypatch.setattr(sending, name, seconds)
    tally = Tally()
    with Sender(remote, tally, told, until=time.monotonic()) as sender:
        sender.send(EVENTS)
    return tally


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (requests.ConnectionError("refused"), "no connection"),
        (requests.ReadTimeout("slow"), "no answer in time"),
        (answer(503, {}), "HTTP 503"),
        (answer(429, {}), "HTTP 429"),
        (answer(202, b"<html>"), "an answer that is no receipt"),
    ],
    ids=str,
)
def test_what_may_pass_is_sent_again_under_the_same_ids(failure: Any, cause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    remote, settled = Remote(failure, failure, receipt(1, 2)), []
    tally = send(remote, monkeypatch, settled.append)
    assert remote.got == [["e1", "e2", "e3"]] * 3
    assert (tally.accepted, tally.duplicates, tally.undelivered) == (1, 2, 0)
    assert (tally.requests, tally.failed) == (3, {cause: 2})
    assert settled == [3]


@pytest.mark.parametrize(
    ("response", "refused"),
    [
        (receipt(1, 0, "invalid_event", "not_trusted"), {"invalid_event": 1, "not_trusted": 1}),
        (answer(400, {"error": "No.", "code": "missing_identity"}), {"missing_identity": 3}),
        (answer(413, b"too large"), {"HTTP 413": 3}),
    ],
    ids=["some", "all", "by another program"],
)
def test_what_is_refused_is_counted_by_its_reason_and_not_sent_again(
    response: requests.Response, refused: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = Remote(response)
    tally = send(remote, monkeypatch)
    assert len(remote.got) == 1
    assert tally.refused == refused
    assert (tally.undelivered, tally.failed) == (0, {})


def test_what_cannot_be_delivered_to_the_end_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = send(Remote(requests.ConnectionError()), monkeypatch)
    assert (tally.made, tally.delivered, tally.undelivered) == (3, 0, 3)
    assert tally.failed["no connection"] == tally.requests > 1


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_stops_and_is_told_why(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotLetIn, match="The write key was revoked"):
        send(Remote(answer(status, {"error": "The write key was revoked.", "code": "revoked"})), monkeypatch)


def test_a_sender_that_is_interrupted_waits_for_no_second_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_FIRST_PAUSE_SECONDS", 60)
    tally, remote = Tally(), cast(Any, Remote(requests.ConnectionError()))
    with pytest.raises(KeyboardInterrupt), Sender(remote, tally, lambda events: None, until=math.inf) as sender:
        for _ in range(20):
            sender.send(EVENTS)
        raise KeyboardInterrupt
    assert (tally.made, tally.undelivered) == (60, 60)


def test_where_the_server_stays_away_sending_ends_at_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "GRACE_SECONDS", 0.2)
    tally, remote = Tally(), cast(Any, Remote(requests.ConnectionError()))
    with Sender(remote, tally, lambda events: None, until=time.monotonic()) as sender:
        for _ in range(3 * sending.WAITING_BATCHES):
            sender.send(EVENTS)
    assert tally.undelivered == tally.made == 9 * sending.WAITING_BATCHES
