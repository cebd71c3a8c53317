"""Answers under way in this process: few at a time, each saved however it ends, none outliving its reader."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from clickstream.analysis.advice import Advisor
from clickstream.analysis.allowance import Allowance
from clickstream.analysis.queue import MEASURED_AT_ONCE
from clickstream.analysis.run import Means
from clickstream.chat.making import Asked, Making
from clickstream.clock import Clock
from clickstream.errors import ClickstreamError, DatabaseUnavailable, NotFound, Retryable, TooManyRequests
from clickstream.facts.labels import clean_label
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.chats import ChatMessage
from clickstream.tokens import new_id

log = logging.getLogger(__name__)

PLACES = 8
PLACES_EACH = 2
RETRY_SECONDS = 5
SIGN_OF_LIFE_SECONDS = 2.0
"""Only writing tells that a reader has left."""
BEAT_EVERY = 5
"""Events and signs of life from one note in the database that the answer is still being made to the next."""

STOPPED = "The answer was stopped before it was finished."
BROKEN = "Something went wrong on our side; the server's log has the details under this answer's id."

Event = tuple[str, dict[str, Any]]


@dataclass
class Answer:
    """One answer on its way: what has happened, for whoever reads it."""

    chat_id: str
    message_id: str
    author: str
    cancel: threading.Event = field(default_factory=threading.Event)
    events: SimpleQueue[Event] = field(default_factory=SimpleQueue)

    def tell(self, name: str, data: dict[str, Any]) -> None:
        self.events.put((name, data))

    def next(self, seconds: float) -> Event | None:
        """What has happened; None where nothing has for so long."""
        try:
            return self.events.get(timeout=seconds)
        except Empty:
            return None


class ChatDesk:
    """A context manager: leaving it ends the answers under way and waits until they are saved."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, advisor: Advisor | None = None, *, places: int = PLACES
    ) -> None:
        self._store, self._clock, self._places = store, clock, places
        self._advisor = advisor or Advisor(store, clock)
        self._means = Means(store, settings, clock, self._advisor, threading.Semaphore(MEASURED_AT_ONCE))
        self._allowance = Allowance(store, settings, clock, self._advisor)
        self._pool = ThreadPoolExecutor(places, thread_name_prefix="chat")
        self._under_way: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._stopping = True
            for answer in self._under_way.values():
                answer.cancel.set()
        self._pool.shutdown(wait=True)

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def begin(self, asked: Asked, chat_id: str | None = None) -> Iterator[Event | None]:
        """Save the question, in a new chat where none is named, begin its answer, and tell what happens to it.

        None is a sign of life. Closing what this returns ends the answer. Raises TooManyRequests where this account, or
        everybody, asks too much at once, Conflict where the chat cannot go on, NotFound where the analysis is gone, and
        Forbidden or InvalidInput for a model that this account cannot have.
        """
        self._advisor.check(asked.wish)
        now = self._clock()
        answer = Answer(chat_id or new_id(now), new_id(now), asked.wish.username or "")
        self._take_place(answer)
        try:
            self._save(asked, answer, now, is_new=chat_id is None)
        except ClickstreamError:
            self._leave(answer)
            raise
        making = Making(self._means, self._allowance, asked, answer.tell, answer.cancel)
        future = self._pool.submit(making.answer)
        future.add_done_callback(lambda ended: self._ended(answer, ended))
        return self._told(answer)

    def _save(self, asked: Asked, answer: Answer, now: datetime, *, is_new: bool) -> None:
        chat_id, analysis = answer.chat_id, asked.analysis
        if is_new:
            about = {name: analysis[name] for name in ("analysis_id", "dataset")}
            title = clean_label(asked.question)
            self._store.chats.add({"chat_id": chat_id, **about, "title": title, "created_by": answer.author}, now)
            if self._store.analyses.progress(analysis["analysis_id"]) is None:  # deleted while this was written
                self._store.chats.delete(chat_id)
                raise NotFound("There is no such analysis.")
        both = {"text": "", "language": asked.language}
        question = {**both, "message_id": new_id(now), "role": "question", "text": asked.question}
        self._store.chats.ask(chat_id, question, {**both, "message_id": answer.message_id, "role": "answer"}, now)

    def delete(self, chat_id: str) -> None:
        """Forget a chat; an answer under way in it ends."""
        self._store.chats.delete(chat_id)
        with self._lock:
            for answer in self._under_way.values():
                if answer.chat_id == chat_id:
                    answer.cancel.set()

    def _take_place(self, answer: Answer) -> None:
        with self._lock:
            if self._stopping:
                raise Retryable("The server is stopping; ask again when it is back.", retry_after_seconds=RETRY_SECONDS)
            taken = Counter(other.author for other in self._under_way.values())
            if len(self._under_way) >= self._places:
                raise TooManyRequests("Too many questions are being answered; try again soon.", retry_after_seconds=5)
            if taken[answer.author] >= PLACES_EACH:
                message = f"{PLACES_EACH} of your questions are still being answered; wait for one of them."
                raise TooManyRequests(message, retry_after_seconds=RETRY_SECONDS)
            self._under_way[answer.message_id] = answer

    def _leave(self, answer: Answer) -> None:
        with self._lock:
            del self._under_way[answer.message_id]

    def _told(self, answer: Answer) -> Iterator[Event | None]:
        try:
            yield "begun", {"chat_id": answer.chat_id, "message_id": answer.message_id}
            for quiet in count(1):
                event = answer.next(SIGN_OF_LIFE_SECONDS)
                yield event
                if event and event[0] in ("done", "failed"):
                    return
                if quiet % BEAT_EVERY == 0:
                    self._keep_alive(answer)
        finally:
            answer.cancel.set()

    def _keep_alive(self, answer: Answer) -> None:
        """Note that the answer is still being made; it ends where its chat was deleted, perhaps by another process."""
        try:
            if not self._store.chats.keep_alive(answer.chat_id, answer.message_id, self._clock()):
                answer.cancel.set()
        except DatabaseUnavailable:
            log.warning("chat: the database does not answer; trying again")

    def _ended(self, answer: Answer, future: Future[ChatMessage]) -> None:
        """Runs in the worker, whatever became of the answer: it is saved, and its place is free, before it is told."""
        error = future.exception()
        last: Event = "failed", {"error": BROKEN, "code": "not_saved"}
        try:
            last = self._saved(answer, self._failure(answer, error) if error else future.result())
        except ClickstreamError as problem:
            log.warning("chat: answer %s could not be saved: %s", answer.message_id, problem.message)
            last = "failed", {"error": problem.message, "code": problem.code}
        finally:
            self._leave(answer)
            answer.tell(*last)

    def _saved(self, answer: Answer, fields: ChatMessage) -> Event:
        """Save how the answer ended; how its reader is told."""
        if fields["status"] == "stopped":
            fields = {**fields, "error": STOPPED}
        self._store.chats.finish(answer.chat_id, answer.message_id, fields)
        chat = self._store.chats.find(answer.chat_id, self._clock())
        messages = {message["message_id"]: message for message in chat["messages"]} if chat else {}
        message = messages.get(answer.message_id)
        if message is None:
            return "failed", {"error": "The answer could not be saved: its chat is gone.", "code": "not_saved"}
        if message["status"] == "done":
            return "done", {"message": message}
        code = (message["model"] or {}).get("code") or message["status"]
        return "failed", {"error": message["error"], "code": code, "message": message}

    def _failure(self, answer: Answer, error: BaseException) -> ChatMessage:
        if isinstance(error, ClickstreamError):
            log.warning("chat: answer %s failed: %s", answer.message_id, error.message)
            said = error.message
        else:
            log.error("chat: answer %s failed", answer.message_id, exc_info=error)
            said = BROKEN
        nothing: ChatMessage = {"source": "computed", "sentences": [], "facts": [], "calls": [], "suggestions": []}
        return {**nothing, "status": "failed", "text": "", "withheld": 0, "model": None, "error": said}
