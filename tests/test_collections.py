"""Indexes: made once, replaced when they are defined otherwise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from clickstream.errors import StartupError
from clickstream.store.collections import INDEXES, SCHEMA_VERSION, check_schema, ensure_indexes


def names(database: Database[dict[str, Any]], collection: str) -> set[str]:
    return set(database[collection].index_information()) - {"_id_"}


def test_every_index_is_there_after_the_first_and_the_second_time(database: Database[dict[str, Any]]) -> None:
    for _ in range(2):
        ensure_indexes(database)
        for collection, indexes in INDEXES.items():
            assert names(database, collection) == {index.document["name"] for index in indexes}


def test_an_index_of_the_same_name_and_another_key_is_replaced(database: Database[dict[str, Any]]) -> None:
    database.sessions.create_index([("dataset", 1), ("views", 1)], name="start")
    ensure_indexes(database)
    assert database.sessions.index_information()["start"]["key"] == [("dataset", 1), ("generation", 1), ("start", 1)]


def test_two_programs_may_start_at_once(database: Database[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for started in [pool.submit(ensure_indexes, database) for _ in range(8)]:
            started.result()
    assert names(database, "events") == {index.document["name"] for index in INDEXES["events"]}


def test_a_database_of_a_newer_program_is_left_alone(database: Database[dict[str, Any]]) -> None:
    check_schema(database)
    check_schema(database)
    database.rollup_state.update_one({"_id": "schema"}, {"$set": {"version": SCHEMA_VERSION + 1}})
    with pytest.raises(StartupError, match="newer Clickstream"):
        check_schema(database)
