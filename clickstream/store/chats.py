"""Chats about analyses, each with its questions and answers. Ids sort by age; times leave here as ISO text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from clickstream.clock import iso
from clickstream.errors import Conflict
from clickstream.store.door import translated

Chat = dict[str, Any]
"""As the API writes it: chat_id, analysis_id, dataset, title, created_by, created_at, updated_at, messages."""
ChatMessage = dict[str, Any]
"""message_id, role (question|answer), text, language, at; of answers also status (running|done|stopped|failed), source,
sentences, facts, calls, withheld, suggestions, model, error."""

RUNNING = "running"
SILENCE = timedelta(seconds=45)
INTERRUPTED = "The server stopped before this answer was finished (interrupted); ask again."
MOST_MESSAGES = 200


@translated
class Chats:
    """Every write is in the journal before the method returns. `author` limits what is found to this account's; None to
    nobody's."""

    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._chats = collection.with_options(write_concern=WriteConcern(w="majority", j=True))

    def add(self, chat: Chat, now: datetime) -> None:
        fields = {name: value for name, value in chat.items() if name != "chat_id"}
        self._chats.insert_one({**fields, "_id": chat["chat_id"], "created_at": now, "updated_at": now, "messages": []})

    def find(self, chat_id: str, now: datetime, author: str | None = None) -> Chat | None:
        """With its messages; an answer that nobody is making any more has failed."""
        found = self._chats.find_one({"_id": chat_id, **_of(author)})
        return _chat(found, now) if found else None

    def latest(self, dataset: str, analysis_id: str, now: datetime, author: str) -> Chat | None:
        """The one this account asked in last."""
        wanted = {"dataset": dataset, "analysis_id": analysis_id, **_of(author)}
        found = self._chats.find_one(wanted, sort=[("updated_at", DESCENDING)])
        return _chat(found, now) if found else None

    def page(
        self, dataset: str, analysis_id: str, *, limit: int, after: str | None = None, author: str | None = None
    ) -> list[Chat]:
        """The latest first, `messages` being how many there are; `after` is the id of the last one seen."""
        wanted: dict[str, Any] = {"dataset": dataset, "analysis_id": analysis_id, **_of(author)}
        if after:
            wanted["_id"] = {"$lt": after}
        counted = {"$set": {"messages": {"$size": "$messages"}}}
        stages: list[dict[str, Any]] = [{"$match": wanted}, {"$sort": {"_id": DESCENDING}}, {"$limit": limit}, counted]
        return [_head(found) for found in self._chats.aggregate(stages)]

    def ask(self, chat_id: str, question: ChatMessage, answer: ChatMessage, now: datetime) -> None:
        """Append a question with the answer to be made. Raises Conflict where the last one still is, or the chat is full."""
        busy = {"$elemMatch": {"status": RUNNING, "alive_at": {"$gte": now - SILENCE}}}
        wanted = {"_id": chat_id, "messages": {"$not": busy}, f"messages.{MOST_MESSAGES - 2}": {"$exists": False}}
        both = {"$each": [{**question, "at": now}, {**answer, "at": now, "alive_at": now, "status": RUNNING}]}
        if not self._chats.update_one(wanted, {"$push": {"messages": both}, "$set": {"updated_at": now}}).matched_count:
            raise Conflict(self._why_not(chat_id))

    def keep_alive(self, chat_id: str, message_id: str, now: datetime) -> bool:
        """False where the chat is there no more."""
        beat = {"$set": {"messages.$.alive_at": now}}
        return self._chats.update_one(_running(chat_id, message_id), beat).matched_count == 1

    def finish(self, chat_id: str, message_id: str, fields: ChatMessage) -> bool:
        """Write how an answer ended; False where the chat is there no more."""
        told = {f"messages.$.{name}": value for name, value in fields.items()}
        return self._chats.update_one(_running(chat_id, message_id), {"$set": told}).matched_count == 1

    def rename(self, chat_id: str, title: str) -> bool:
        return self._chats.update_one({"_id": chat_id}, {"$set": {"title": title}}).matched_count == 1

    def delete(self, chat_id: str) -> bool:
        return self._chats.delete_one({"_id": chat_id}).deleted_count == 1

    def _why_not(self, chat_id: str) -> str:
        found = self._chats.find_one({"_id": chat_id}, {"messages.status": 1})
        if found is None:
            return "This chat was deleted."
        if len(found["messages"]) >= MOST_MESSAGES - 1:
            return f"This chat is full ({MOST_MESSAGES} messages): begin a new one."
        return "The last answer is still being written: wait for it, or stop it."


def _of(author: str | None) -> dict[str, Any]:
    return {} if author is None else {"created_by": author}


def _running(chat_id: str, message_id: str) -> dict[str, Any]:
    return {"_id": chat_id, "messages": {"$elemMatch": {"message_id": message_id, "status": RUNNING}}}


def _chat(document: dict[str, Any], now: datetime) -> Chat:
    return {**_head(document), "messages": [_message(message, now) for message in document["messages"]]}


def _head(document: dict[str, Any]) -> Chat:
    times = {name: iso(document[name]) for name in ("created_at", "updated_at")}
    return {"chat_id": document.pop("_id"), **document, **times}


def _message(message: ChatMessage, now: datetime) -> ChatMessage:
    alive_at = message.pop("alive_at", now)
    if message.get("status") == RUNNING and alive_at < now - SILENCE:
        message |= {"status": "failed", "error": INTERRUPTED}
    return {**message, "at": iso(message["at"])}
