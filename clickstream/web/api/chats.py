"""Chat about an analysis: ask, read what was asked, rename, delete, export. Its author sees a chat, and analysts do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, convert

from clickstream.analysis import Receipt, local_time
from clickstream.analysis.advice import Wish
from clickstream.chat.making import Asked
from clickstream.chat.prompt import LONGEST_QUESTION
from clickstream.chat.suggestions import suggestions
from clickstream.errors import Conflict, Forbidden, InvalidInput, NotFound
from clickstream.facts import Fact, FactSheet
from clickstream.facts.labels import clean_label
from clickstream.languages import known_language
from clickstream.reports.conversation import chat_document
from clickstream.reports.markdown import markdown
from clickstream.reports.voice import Voice
from clickstream.scope import LIVE
from clickstream.store.analyses import UNFINISHED, Analysis
from clickstream.store.chats import Chat
from clickstream.store.numbers import encode
from clickstream.web.api.analyses import may_read, readable
from clickstream.web.api.analyze import WhichLanguage, WhichModel
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import JSON, MARKDOWN, Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 512 * 1024
"""Enough for a question of 50,000 characters to be refused for its length, by its name."""
LONGEST_TITLE = 120

Id = Annotated[str, Meta(max_length=100)]


class Question(Struct, forbid_unknown_fields=True):
    """Goes on with the chat `chat_id`, or begins another."""

    question: Annotated[str, Meta(description=f"1 to {LONGEST_QUESTION:,} characters")]
    chat_id: Id | None = None
    model: WhichModel | None = None
    language: WhichLanguage | None = None


class MessageView(Struct, omit_defaults=True):
    """A question, or an answer: then `sentences` are what `text` is made of, with slots and the ids of the facts cited;
    `calls` are what was measured for it, `withheld` counts sentences of a model that did not pass the checks."""

    message_id: str
    role: Literal["question", "answer"]
    text: str
    language: str
    at: str
    status: Literal["running", "done", "stopped", "failed"] | None = None
    source: Literal["computed", "model"] | None = None
    sentences: list[dict[str, Any]] | None = None
    facts: list[dict[str, Any]] | None = None
    calls: list[dict[str, Any]] | None = None
    withheld: int | None = None
    suggestions: list[str] | None = None
    model: Receipt | None = None
    error: str | None = None


class ChatView(Struct):
    """The chat asked for, else one's latest; null where there is none yet."""

    chat_id: str | None
    title: str | None
    messages: list[MessageView]
    suggestions: list[str]


class ChatHead(Struct):
    """`messages` is how many there are."""

    chat_id: str
    analysis_id: str
    title: str
    created_by: str
    created_at: str
    updated_at: str
    messages: int


class ChatsPage(Struct):
    items: list[ChatHead]
    next: str | None


class ChatQuery(Struct):
    chat_id: Id | None = None


class ChatsQuery(Struct):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class ExportQuery(Struct):
    format: Literal["md", "json"] = "md"


class Title(Struct, forbid_unknown_fields=True):
    title: Annotated[str, Meta(description=f"1 to {LONGEST_TITLE} characters")]


def ask(request: Request, deps: Deps) -> Response:
    body = request.body_json(Question, _MAX_BODY_BYTES)
    analysis, account = _answerable(request, deps), request.signed_in
    chat = _going_on(body.chat_id, analysis, account, deps) if body.chat_id else None
    asked = Asked(
        question=_text("question", body.question, LONGEST_QUESTION),
        analysis=analysis,
        wish=Wish(account.username, body.model or ""),
        language=known_language(body.language or account.language),
        earlier=chat["messages"] if chat else (),
    )
    return Response.sse(deps.chats.begin(asked, body.chat_id))


def get_chat(request: Request, deps: Deps) -> Response:
    analysis, account = readable(request, deps), request.signed_in
    chat_id = request.query_as(ChatQuery).chat_id
    chat: Chat | None
    if chat_id:
        chat = _of_analysis(chat_id, analysis, account.limited_to, deps)
    else:
        chat = deps.store.chats.latest(analysis["dataset"], analysis["analysis_id"], deps.clock(), account.username)
    shown = {name: chat[name] for name in ("chat_id", "title", "messages")} if chat else {"chat_id": None, "title": None}
    sheet = FactSheet(convert(analysis["facts"], list[Fact]))
    following = suggestions(sheet, analysis["report"], account.language)
    return Response.json({"messages": [], **shown, "suggestions": following})


def list_chats(request: Request, deps: Deps) -> Response:
    analysis, query = readable(request, deps), request.query_as(ChatsQuery)
    found = deps.store.chats.page(
        analysis["dataset"],
        analysis["analysis_id"],
        limit=query.limit + 1,
        after=query.after,
        author=request.signed_in.limited_to,
    )
    items = found[: query.limit]
    return Response.json({"items": items, "next": items[-1]["chat_id"] if len(found) > query.limit else None})


def rename_chat(request: Request, deps: Deps) -> Response:
    chat = _changeable(request, deps)
    title = clean_label(_text("title", request.body_json(Title, _MAX_BODY_BYTES).title, LONGEST_TITLE), LONGEST_TITLE)
    deps.store.chats.rename(chat["chat_id"], title)
    return Response.json({**chat, "title": title, "messages": len(chat["messages"])})


def delete_chat(request: Request, deps: Deps) -> Response:
    deps.chats.delete(_changeable(request, deps)["chat_id"])
    return Response.empty()


def export_chat(request: Request, deps: Deps) -> Response:
    wanted, chat = request.query_as(ExportQuery).format, _visible(request, deps)
    deps.audit.record("exported", request.actor, f"chat {chat['chat_id']}", format=wanted)
    named = f"chat-{chat['chat_id']}.{wanted}"
    if wanted == "json":
        return Response.attachment(named, JSON, encode(chat))
    time_zone = local_time(deps.store, deps.settings, chat["dataset"]).time_zone
    document = chat_document(chat, Voice(request.signed_in.language, time_zone), deps.clock())
    return Response.attachment(named, MARKDOWN, markdown(document).encode())


def _answerable(request: Request, deps: Deps) -> Analysis:
    """The analysis, where it can be asked about. Raises NotFound, Conflict, Forbidden."""
    analysis, account = readable(request, deps), request.signed_in
    if analysis["status"] in UNFINISHED:
        raise Conflict("This analysis is not finished yet; ask when it is.", code="analysis_unfinished")
    if analysis["status"] == "failed":
        raise Conflict("This analysis failed, so there is nothing to ask about; run it again.", code="analysis_failed")
    about_itself = analysis["dataset"] == LIVE and analysis["user_id"] == account.username
    if account.role == "shopper" and not about_itself:
        raise Forbidden("A shopper can ask only about itself.")
    if analysis["dataset"] != LIVE:
        deps.uploads.require_readable(analysis["dataset"])
    return analysis


def _going_on(chat_id: str, analysis: Analysis, account: Account, deps: Deps) -> Chat:
    chat = _of_analysis(chat_id, analysis, account.limited_to, deps)
    if chat["created_by"] != account.username:
        raise Forbidden("Only who began this chat can go on with it; begin one of your own.")
    return chat


def _of_analysis(chat_id: str, analysis: Analysis, author: str | None, deps: Deps) -> Chat:
    chat = deps.store.chats.find(chat_id, deps.clock(), author)
    if chat is None or chat["analysis_id"] != analysis["analysis_id"]:
        raise NotFound("There is no such chat about this analysis.")
    return chat


def _visible(request: Request, deps: Deps) -> Chat:
    """The chat that the address names, for its author and for analysts, while they may read its analysis."""
    account = request.signed_in
    chat = deps.store.chats.find(request.params["id"], deps.clock(), account.limited_to)
    if chat is None or not may_read(chat["analysis_id"], account, deps):
        raise NotFound("There is no such chat.")
    return chat


def _changeable(request: Request, deps: Deps) -> Chat:
    chat = _visible(request, deps)
    if not request.may_change(chat["created_by"]):
        raise Forbidden("Only who began this chat, or an owner, can change it.")
    return chat


def _text(field: str, text: str, longest: int) -> str:
    trimmed = text.strip()
    if len(trimmed) > longest or not clean_label(trimmed):
        problem = f"must be 1 to {longest:,} characters"
        raise InvalidInput(f"The {field} {problem}.", fields={field: problem})
    return trimmed


ROUTES = (
    Route(
        "POST", "/api/analyses/{id}/chat", ask, access="signed_in", body=Question, returns="text/event-stream",
        errors=(409, 429),
        summary="Ask about a finished analysis. Server-sent events: `begun`, `measuring`, `sentence`, `withheld`, then "
        "`done` with the answer, or `failed`.",
    ),
    Route(
        "GET", "/api/analyses/{id}/chat", get_chat, access="signed_in", query=ChatQuery, returns=ChatView,
        summary="A chat about an analysis, else one's latest, with what could be asked.",
    ),
    Route(
        "GET", "/api/analyses/{id}/chats", list_chats, access="signed_in", query=ChatsQuery, returns=ChatsPage,
        summary="Chats about an analysis, latest first: all for analysts, else one's own.",
    ),
    Route(
        "PATCH", "/api/chats/{id}", rename_chat, access="signed_in", body=Title, returns=ChatHead,
        summary="Give one's chat another title.",
    ),
    Route(
        "DELETE", "/api/chats/{id}", delete_chat, access="signed_in", status=204,
        summary="Delete one's chat, for owners any; an answer under way in it ends.",
    ),
    Route(
        "GET", "/api/chats/{id}/export", export_chat, access="signed_in", query=ExportQuery, returns=Any,
        summary="A chat as a file: Markdown, or JSON with its facts and receipts.",
    ),
)  # fmt: skip
