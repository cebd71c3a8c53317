"""A text that arrives in pieces, cut into sentences as soon as each is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 4_000
"""Characters without an end: beyond it they are given as they are, and refused for their length."""

_THINKING = re.compile(r"\A\s*<think>(?:.*?</think>|.*\Z)", re.DOTALL)
_END = re.compile(r"[.!?…。]+[\"'”’»)\]]*(?=\s)|\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|approx|incl|resp|z\.\s?B|d\.\s?h|bzw|ca|usw|p\.\s?ej)|\b\w)\.\Z", re.IGNORECASE
)
_DECORATION = re.compile(r"\A(?:[-*•–#>]+\s+|\(?\d{1,2}[.)]\s+)+")
_EMPHASIS = re.compile(r"\*\*|__")


class Sentences:
    """`feed` gives the sentences that a piece completes, `close` what is left. List marks and bold are taken off.

    >>> cut = Sentences()
    >>> [*cut.feed("- {{a.b}} came. It"), *cut.feed(" was, e.g. "), *cut.feed("quiet"), *cut.close()]
    ['{{a.b}} came.', 'It was, e.g. quiet']
    """

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> Iterator[str]:
        self._rest += piece
        if self._is_thinking():
            return
        while (end := self._end()) is not None:
            said, self._rest = self._rest[:end], self._rest[end:]
            yield from _plain(said)

    def close(self) -> Iterator[str]:
        said, self._rest = _THINKING.sub("", self._rest, count=1), ""
        yield from _plain(said)

    def _is_thinking(self) -> bool:
        """Some models think aloud before they answer."""
        begun = self._rest.lstrip()
        if "<think>".startswith(begun[:7]) and len(begun) < 7:
            return bool(begun)
        if begun.startswith("<think>"):
            if "</think>" not in begun:
                return True
            self._rest = _THINKING.sub("", self._rest, count=1)
        return False

    def _end(self) -> int | None:
        for match in _END.finditer(self._rest):
            if not _ABBREVIATION.search(self._rest[: match.end()]):
                return match.end()
        return LONGEST if len(self._rest) > LONGEST else None


def _plain(said: str) -> Iterator[str]:
    text = _EMPHASIS.sub("", _DECORATION.sub("", said.strip())).strip()
    if text:
        yield " ".join(text.split())
