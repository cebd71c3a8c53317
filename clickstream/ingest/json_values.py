"""JSON that need not fit in memory: a list, {"events": [...]}, or values one after the other.

Values are decoded one at a time from a sliding text. A value that does not decode (NaN, a number of a million digits,
100,000 brackets) is skipped to where its own brackets close, and the next one is read.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, NoReturn

from clickstream.ingest.limits import Refused
from clickstream.ingest.rows import MAX_ROW_BYTES, Row, cut_off, too_long, unreadable

CHUNK = 1 << 18
NO_NAME = "is not JSON: a name and a colon must stand before every value of an object"
_WHITE = re.compile(r"[ \t\r\n]*")
_IN_STRING = re.compile(r'["\\]')
_IN_BRACKETS = re.compile(r'"|[{\[]+|[}\]]+')
_OUTSIDE = re.compile(r'["{}\[\],\n]')


def read_json(stream: BufferedReader) -> Iterator[Row]:
    """Every event of a JSON document, by its place from 1."""
    text = SlidingText(stream)
    yield from enumerate(_events(text), 1)


def _events(text: SlidingText) -> Iterator[object]:
    while (first := text.peek()) != "":
        if first == "[":
            yield from items(text)
        elif first == "{":
            yield from _object(text)
        else:
            yield text.value()


def items(text: SlidingText) -> Iterator[object]:
    """The values of the list that comes next."""
    text.skip("[")
    while (first := text.peek()) != "]":
        if first == "":
            yield unreadable("cut_off", "is missing: the file ends inside the list")
            return
        if first == ",":
            text.skip(",")
            continue
        value = text.value()
        yield value
        if isinstance(value, Refused) and value.code == "cut_off":
            return
    text.skip("]")


def _object(text: SlidingText) -> Iterator[object]:
    """The events of an object that has "events", else the object as one event."""
    text.skip("{")
    whole: dict[str, Any] = {}
    found, began = False, text.used
    while (first := text.peek()) not in ("}", ""):
        if first == ",":
            text.skip(",")
            continue
        name = text.value()
        if not isinstance(name, str) or text.peek() != ":":
            yield malformed(NO_NAME)
            continue
        text.skip(":")
        if name == "events" and text.peek() == "[":
            found = True
            yield from items(text)
        else:
            whole[name] = text.value()
            if text.used - began > MAX_ROW_BYTES:
                whole = {"": too_long()}
    if first == "":
        yield cut_off()
    elif not found:
        yield next((value for value in whole.values() if isinstance(value, Refused)), whole)
    text.skip("}")


def malformed(reason: str) -> Refused:
    return unreadable("malformed_json", reason)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


class SlidingText:
    """The part of a text that is being read; what was used is dropped when more is fetched.

    A value of more than `max_bytes` characters is refused.

    Bytes that are not UTF-8 become lone surrogates, which no event may hold: that event is refused, not the file.
    """

    def __init__(self, stream: BufferedReader, max_bytes: int = MAX_ROW_BYTES) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._characters = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._json = json.JSONDecoder(parse_constant=_refuse_constant)
        self._text = ""
        self._at = self._dropped = 0

    def _more(self) -> bool:
        chunk = self._stream.read(CHUNK)
        self._text = self._text[self._at :] + self._characters.decode(chunk, final=not chunk)
        self._dropped += self._at
        self._at = 0
        return bool(chunk)

    @property
    def used(self) -> int:
        """How many characters have been read."""
        return self._dropped + self._at

    def peek(self) -> str:
        """The next character that is not white space, "" at the end."""
        while True:
            self._at = _end(_WHITE, self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def peek_inside(self) -> str:
        """The first character inside the brackets that come next, which are not entered; "" at the end."""
        while True:
            inside = _end(_WHITE, self._text, self._at + 1)
            if inside < len(self._text):
                return self._text[inside]
            if not self._more():
                return ""

    def buffered_object(self) -> dict[str, Any] | None:
        """The object that comes next, where it was fetched as a whole and can be read; else nothing is used up."""
        try:
            value, end = self._json.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):
            return None
        self._at = end
        return value if isinstance(value, dict) else None

    def skip(self, character: str) -> None:
        """Step over the character where it is the next one."""
        if self.peek() == character:
            self._at += len(character)

    def value(self) -> object:
        """The next value, or why there is none."""
        if self.peek() not in ("{", "[", '"'):
            return self._fetched()
        try:
            value, self._at = self._json.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):
            return self._fetched()
        return value

    def _fetched(self) -> object:
        """The next value where it was not all there yet, or is no JSON."""
        text = self._to_its_end()
        if isinstance(text, Refused):
            return text
        try:
            return self._json.decode(text)
        except RecursionError:
            return malformed("is nested too deeply")
        except ValueError as error:
            return malformed(f"is not JSON: {error}")

    def _to_its_end(self) -> str | Refused:
        closing, pieces, size = _Closing(), list[str](), 0
        while True:
            end = closing.find(self._text, self._at)
            piece = self._text[self._at : end]
            self._at += len(piece)
            size += len(piece)
            if size <= self._max_bytes:
                pieces.append(piece)
            if end is not None or not self._more():
                break
        if end is None and not closing.outside:
            return cut_off()
        return "".join(pieces) if size <= self._max_bytes else too_long(self._max_bytes)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


class _Closing:
    """Finds where a value closes, piece by piece: at its last bracket or quote, else before the next comma."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._skip = 0
        self._begun = False

    @property
    def outside(self) -> bool:
        return self._depth == 0 and not self._in_string

    def find(self, text: str, start: int) -> int | None:
        at = start + self._skip
        while found := self._pattern().search(text, at):
            at, mark = found.end(), found.group()
            if mark == "\\":
                at += 1
            elif mark == '"':
                self._in_string = not self._in_string
            elif mark[0] in "{[":
                self._depth += len(mark)
            elif mark[0] in "}]" and self._depth > 0:
                at = found.start() + min(len(mark), self._depth)
                self._depth -= at - found.start()
            elif self._depth == 0:
                return max(found.start(), start + (0 if self._begun else 1))
            if self.outside:
                return at
        self._skip = max(0, at - len(text))
        self._begun = self._begun or start < len(text)
        return None

    def _pattern(self) -> re.Pattern[str]:
        if self._in_string:
            return _IN_STRING
        return _IN_BRACKETS if self._depth else _OUTSIDE
