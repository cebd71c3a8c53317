"""Comments on an analysis or on one of its sentences: plain text, seen by everybody who may read the analysis."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from typing import Any

from clickstream.clock import Clock
from clickstream.errors import Conflict, InvalidInput, NotFound
from clickstream.store import Store
from clickstream.store.analyses import Analysis
from clickstream.store.comments import ClaimRef, Comment
from clickstream.tokens import new_id

LONGEST_TEXT = 2_000
MOST_COMMENTS = 500
"""On one analysis."""

_HASH_DIGITS = 16
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""All but line feeds; also the marks by which text could be made to read backwards."""
_EMPTY_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_UNSEEN = ("C", "Z")


def claim_hash(template: str) -> str:
    """By what a sentence is known again, whatever stands before it."""
    return hashlib.sha256(template.encode()).hexdigest()[:_HASH_DIGITS]


def accept_text(raw: str) -> str:
    """A comment without what cannot be seen, trimmed. Raises InvalidInput.

    >>> accept_text(" Why?\\r\\n\\u202eodd ")
    'Why?\\nodd'
    """
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = _EMPTY_LINES.sub("\n\n", _CONTROL.sub("", unicodedata.normalize("NFC", lines))).strip()
    if all(unicodedata.category(character)[0] in _UNSEEN for character in text):
        raise InvalidInput("The comment is empty.", fields={"text": "is empty"})
    if len(text) > LONGEST_TEXT:
        reason = f"must be at most {LONGEST_TEXT:,} characters"
        raise InvalidInput(f"The comment {reason}.", fields={"text": reason})
    return text


class Comments:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._comments, self._clock = store, store.comments, clock

    def add(self, analysis: Analysis, by: str, text: str, section: str | None, claim: ClaimRef | None) -> Comment:
        """Raises InvalidInput, NotFound, and Conflict where the sentence is another one or there are too many comments."""
        quote = _quoted(analysis, section, claim)
        of_analysis = analysis["dataset"], analysis["analysis_id"]
        if self._comments.count(*of_analysis) >= MOST_COMMENTS:
            raise Conflict(f"This analysis has {MOST_COMMENTS} comments; delete some first.", code="too_many_comments")
        now = self._clock()
        comment = Comment(new_id(now), *of_analysis, section, claim, quote, accept_text(text), by, now)
        self._comments.add(comment)
        if self._store.analyses.progress(comment.analysis_id) is None:  # deleted while this was written
            self._comments.delete(comment.comment_id)
            raise NotFound("There is no such analysis.")
        return comment

    def page(self, analysis: Analysis, *, limit: int, after: str | None = None) -> list[Comment]:
        return self._comments.page(analysis["dataset"], analysis["analysis_id"], limit=limit, after=after)

    def as_of(self, analysis: Analysis, moment: datetime) -> list[Comment]:
        """Those that stood then and stand so still."""
        found = self.page(analysis, limit=MOST_COMMENTS)
        return [comment for comment in found if (comment.edited_at or comment.created_at) <= moment]

    def find(self, comment_id: str) -> Comment:
        """Raises NotFound."""
        return _there(self._comments.find(comment_id))

    def edit(self, comment_id: str, text: str) -> Comment:
        """Raises InvalidInput, NotFound."""
        return _there(self._comments.change(comment_id, text=accept_text(text), edited_at=self._clock()))

    def resolve(self, comment_id: str, by: str | None) -> Comment:
        """Note who resolved it; None opens it again. Raises NotFound."""
        return _there(self._comments.change(comment_id, resolved_by=by, resolved_at=self._clock() if by else None))

    def delete(self, comment_id: str) -> None:
        self._comments.delete(comment_id)


def _there(comment: Comment | None) -> Comment:
    if comment is None:
        raise NotFound("There is no such comment.")
    return comment


def _quoted(analysis: Analysis, section: str | None, claim: ClaimRef | None) -> str | None:
    """The sentence a comment is about. Raises InvalidInput, and Conflict where it is not the one that was meant."""
    if section is None and claim is None:
        return None
    if section is None or claim is None:
        missing = "claim" if claim is None else "section"
        raise InvalidInput("Name both section and claim, or neither.", fields={missing: "is required"})
    claims: list[dict[str, Any]] = analysis["sections"].get(section, {}).get("claims", [])
    if not 0 <= claim.index < len(claims):
        raise InvalidInput("This analysis has no such sentence.", fields={"claim": "names no sentence of this section"})
    named = claims[claim.index]
    if claim_hash(named["template"]) != claim.hash:
        raise Conflict("The sentence there is another one: reload the analysis.", code="another_claim")
    text: str = named["text"]
    return text
