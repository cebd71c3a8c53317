"""Comments on analyses: written by who may read them, changed by who wrote them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from clickstream.clock import iso
from clickstream.comments import MOST_COMMENTS
from clickstream.errors import Forbidden, InvalidInput, NotFound
from clickstream.store.comments import ClaimRef, Comment
from clickstream.web.api.analyses import may_read, readable
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 64 * 1024


class NewComment(Struct, forbid_unknown_fields=True):
    """On a sentence by `section` and `claim` (its place and its `hash`, as the analysis has them), else on all of it."""

    text: Annotated[str, Meta(description="1 to 2,000 characters of plain text")]
    section: Annotated[str, Meta(max_length=100)] | None = None
    claim: ClaimRef | None = None


class ChangedComment(Struct, forbid_unknown_fields=True):
    """`text` by who wrote it; `resolved` by analysts as well."""

    text: str | None = None
    resolved: bool | None = None


class CommentView(Struct):
    """`quote` is the sentence as it stood when the comment was written."""

    comment_id: str
    section: str | None
    claim: ClaimRef | None
    quote: str | None
    text: str
    created_by: str
    created_at: str
    edited_at: str | None
    resolved_by: str | None
    resolved_at: str | None


class CommentsQuery(Struct):
    limit: Annotated[int, Meta(ge=1, le=MOST_COMMENTS)] = MOST_COMMENTS
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class CommentsPage(Struct):
    items: list[CommentView]
    next: str | None


def list_comments(request: Request, deps: Deps) -> Response:
    query, analysis = request.query_as(CommentsQuery), readable(request, deps)
    found = deps.comments.page(analysis, limit=query.limit + 1, after=query.after)
    items = [comment_view(comment) for comment in found[: query.limit]]
    return Response.json(CommentsPage(items, items[-1].comment_id if len(found) > query.limit else None))


def add_comment(request: Request, deps: Deps) -> Response:
    analysis = readable(request, deps)
    body = request.body_json(NewComment, _MAX_BODY_BYTES)
    comment = deps.comments.add(analysis, request.username, body.text, body.section, body.claim)
    return Response.json(comment_view(comment), 201)


def change_comment(request: Request, deps: Deps) -> Response:
    comment = _readable(request, deps)
    body = request.body_json(ChangedComment, _MAX_BODY_BYTES)
    if body.text is None and body.resolved is None:
        raise InvalidInput("Name what to change.", fields={"text": "or resolved is required"})
    is_mine = comment.created_by == request.username
    if not is_mine and (body.text is not None or not request.signed_in.reads_all):
        raise Forbidden("Only who wrote this comment can change it.")
    if body.text is not None:
        comment = deps.comments.edit(comment.comment_id, body.text)
    if body.resolved is not None:
        comment = deps.comments.resolve(comment.comment_id, request.username if body.resolved else None)
    return Response.json(comment_view(comment))


def delete_comment(request: Request, deps: Deps) -> Response:
    comment = _readable(request, deps)
    if not request.may_change(comment.created_by):
        raise Forbidden("Only who wrote this comment, or an owner, can delete it.")
    deps.comments.delete(comment.comment_id)
    return Response.empty()


def _readable(request: Request, deps: Deps) -> Comment:
    """NotFound also where the analysis is not this account's business."""
    comment = deps.comments.find(request.params["id"])
    if not may_read(comment.analysis_id, request.signed_in, deps):
        raise NotFound("There is no such comment.")
    return comment


def comment_view(comment: Comment) -> CommentView:
    return CommentView(
        comment_id=comment.comment_id,
        section=comment.section,
        claim=comment.claim,
        quote=comment.quote,
        text=comment.text,
        created_by=comment.created_by,
        created_at=iso(comment.created_at),
        edited_at=iso(comment.edited_at) if comment.edited_at else None,
        resolved_by=comment.resolved_by,
        resolved_at=iso(comment.resolved_at) if comment.resolved_at else None,
    )


ROUTES = (
    Route(
        "GET", "/api/analyses/{id}/comments", list_comments, access="signed_in", query=CommentsQuery, returns=CommentsPage,
        summary="Comments on an analysis and its sentences, the oldest first, for everybody who may read it.",
    ),
    Route(
        "POST", "/api/analyses/{id}/comments", add_comment, access="signed_in", status=201, body=NewComment,
        returns=CommentView, errors=(409,),
        summary="Comment on an analysis, or on one of its sentences. 409 where that is not the sentence that was read.",
    ),
    Route(
        "PATCH", "/api/comments/{id}", change_comment, access="signed_in", body=ChangedComment, returns=CommentView,
        summary="Change a comment's text, for who wrote it, or mark it as resolved, for analysts too.",
    ),
    Route(
        "DELETE", "/api/comments/{id}", delete_comment, access="signed_in", status=204,
        summary="Delete a comment: one's own, for owners any.",
    ),
)  # fmt: skip
