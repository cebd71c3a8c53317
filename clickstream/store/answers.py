"""Answers of models, kept so that the same question is not paid for again. Bounded in number and age."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from pymongo import ASCENDING
from pymongo.collection import Collection

from clickstream.store.door import translated

KEPT = timedelta(days=7)
MOST_ANSWERS = 500


class SavedAnswer(Struct, frozen=True):
    """`text` is the model's JSON, without a key, a name of an account or a number of the shop."""

    text: str
    model: str
    request_id: str


@translated
class Answers:
    def __init__(self, collection: Collection[dict[str, Any]], *, most: int = MOST_ANSWERS) -> None:
        self._answers, self._most = collection, most

    def find(self, key: str, now: datetime) -> SavedAnswer | None:
        """The answer to the question with this key, unless it is too old."""
        found = self._answers.find_one({"_id": key, "expires_at": {"$gt": now}})
        return SavedAnswer(found["text"], found["model"], found["request_id"]) if found else None

    def save(self, key: str, answer: SavedAnswer, now: datetime) -> None:
        fields = {"text": answer.text, "model": answer.model, "request_id": answer.request_id, "expires_at": now + KEPT}
        self._answers.replace_one({"_id": key}, fields, upsert=True)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        surplus = self._answers.count_documents({}) - self._most
        if surplus > 0:
            oldest = self._answers.find({}, {"_id": 1}).sort("expires_at", ASCENDING).limit(surplus)
            self._answers.delete_many({"_id": {"$in": [found["_id"] for found in oldest]}})
