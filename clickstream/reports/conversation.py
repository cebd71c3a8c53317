"""The chats of an analysis: every question, every answer, and the facts its sentences stand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from clickstream.facts import Fact
from clickstream.reports.document import Block, Document, Heading, Paragraph, Statement
from clickstream.reports.labels import rows_of
from clickstream.reports.voice import Voice

Json = Mapping[str, Any]


def chat_document(chat: Json, voice: Voice, made_at: datetime) -> Document:
    """One chat as a report of its own."""
    blocks = tuple(conversation([{**chat, "title": None}], voice))
    return Document(chat["title"], voice.moment(chat["created_at"]), voice.language, made_at, blocks)


def conversation(chats: Sequence[Json], voice: Voice) -> Iterator[Block]:
    """Nothing where nobody has asked."""
    asked = [chat for chat in chats if chat["messages"]]
    if asked:
        yield Heading(voice.text("Questions and answers"), 1)
    for chat in asked:
        if chat["title"] and not chat["messages"][0]["text"].startswith(chat["title"].rstrip("…")):
            yield Heading(chat["title"], 2)
        for said in chat["messages"]:
            yield from _question(said, voice) if said["role"] == "question" else _answer(said, voice)


def _question(said: Json, voice: Voice) -> Iterator[Block]:
    yield Heading(said["text"], 3)


def _answer(said: Json, voice: Voice) -> Iterator[Block]:
    facts = {fact.id: fact for fact in msgspec.convert(said.get("facts", []), list[Fact])}
    sentences = said.get("sentences", [])
    for sentence in sentences:
        cited = [facts[fact_id] for fact_id in dict.fromkeys(sentence["fact_ids"]) if fact_id in facts]
        yield Statement(sentence["text"], sentence["direction"], rows_of(voice, cited))
    if said.get("error") or not sentences:
        yield Paragraph(said.get("error") or voice.text("There is no answer to this question."))
    if said.get("withheld"):
        yield Paragraph(voice.text("Sentences withheld by the checks: %(count)s", count=said["withheld"]), soft=True)
    yield Paragraph(_receipt(said, voice), soft=True)


def _receipt(said: Json, voice: Voice) -> str:
    measured = ", ".join(call["title"] for call in said.get("calls", []))
    asked = voice.moment(said["at"])
    return voice.text("Answered %(moment)s from: %(metrics)s", moment=asked, metrics=measured) if measured else asked
