from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from clickstream.store import Store
from clickstream.store.answers import KEPT, Answers, SavedAnswer
from tests.conftest import FakeClock

ANSWER = SavedAnswer('{"decisions": []}', "acme/large", "gen-1")


def test_an_answer_is_found_by_its_question_until_it_is_too_old(store: Store, clock: FakeClock) -> None:
    store.answers.save("question", ANSWER, clock())

    assert store.answers.find("question", clock()) == ANSWER
    assert store.answers.find("another question", clock()) is None
    assert store.answers.find("question", clock() + KEPT) is None


def test_a_newer_answer_takes_the_place_of_an_older_one(store: Store, clock: FakeClock) -> None:
    newer = SavedAnswer("{}", "acme/small", "gen-2")
    store.answers.save("question", ANSWER, clock())
    store.answers.save("question", newer, clock())

    assert store.answers.find("question", clock()) == newer


def test_the_oldest_give_way_when_there_are_too_many(database: Database[dict[str, Any]], clock: FakeClock) -> None:
    answers = Answers(database.answers, most=3)
    for number in range(5):
        answers.save(str(number), ANSWER, clock())
        clock.advance(seconds=1)

    found = {number for number in range(5) if answers.find(str(number), clock())}
    assert found == {2, 3, 4}


@pytest.mark.usefixtures("store")
def test_the_database_itself_lets_old_answers_go(database: Database[dict[str, Any]]) -> None:
    assert database.answers.index_information()["expiry"]["expireAfterSeconds"] == 0
