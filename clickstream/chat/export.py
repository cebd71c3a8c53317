"""A chat as Markdown, for reading and keeping: what was asked, what was answered, and what was measured for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from clickstream.store.chats import Chat, ChatMessage

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def markdown(chat: Chat) -> str:
    lines = [f"# {_escaped(chat['title'])}", "", f"About analysis {chat['analysis_id']}.", ""]
    for message in chat["messages"]:
        lines += _question(message) if message["role"] == "question" else _answer(message)
    return "\n".join(lines)


def _question(message: ChatMessage) -> list[str]:
    return [f"## {_escaped(message['text'])}", "", f"Asked {message['at']}.", ""]


def _answer(message: ChatMessage) -> list[str]:
    sentences = [f"{_escaped(sentence['text'])}\n" for sentence in message.get("sentences", ())]
    return [*sentences, *_notes(message), ""]


def _notes(message: ChatMessage) -> Iterator[str]:
    if message.get("error"):
        yield f"{_escaped(message['error'])}\n"
    model = message.get("model") or {}
    by_model = message.get("source") == "model"
    yield f"*Written by {_escaped(model.get('name') or 'a model')} and checked.*\n" if by_model else "*Computed.*\n"
    if message.get("withheld"):
        yield f"*Sentences withheld: {message['withheld']}.*\n"
    for number, call in enumerate(message.get("calls", ()), 1):
        yield f"- c{number}: {_escaped(call['title'])}, {_selection(call)}"


def _selection(call: Mapping[str, Any]) -> str:
    scope = call["scope"]
    window = f"{scope['since'] or 'the first session'} to {scope['until'] or 'now'}"
    filters = {**scope["filters"], **call["options"], **({"view": "all"} if scope["view"] == "all" else {})}
    named = [f"{name} {value if isinstance(value, str) else _json(value)}" for name, value in filters.items()]
    return _escaped(", ".join([window, *named, f"as of {scope['as_of']}"]))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _escaped(text: str) -> str:
    """Names and questions are anybody's: none of it becomes a link, an image or a heading."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
