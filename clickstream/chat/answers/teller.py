"""Who tells an answer: in the sentences of the insights where they say the same, else in the chat's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from clickstream.facts import FactSheet
from clickstream.insights.report import Chart, Direction
from clickstream.insights.slots import slots_of
from clickstream.insights.speech import RECOMMEND, Line, Speaker

Topic = Callable[[Speaker], Iterable[Line]]
ANSWER = "answer"


@dataclass(frozen=True)
class Teller:
    """`sheet` are the facts of the answer's own measurements; `asks` as in a plan."""

    sheet: FactSheet
    language: str
    asks: frozenset[str] = frozenset()

    @property
    def own(self) -> Speaker:
        return Speaker(self.sheet, ANSWER, self.language, "chat")

    @property
    def insights(self) -> Speaker:
        return Speaker(self.sheet, ANSWER, self.language, "insights")

    def say(
        self, text: str, direction: Direction = "none", chart: Chart | None = None, *, counting: str = "", **parts: Any
    ) -> Iterator[Line]:
        """A sentence of the chat's own, where all its facts are known."""
        yield from self.own.say(ANSWER, 0.0, text, direction, chart, counting=counting, **parts)

    def told(self, topic: Topic, *sections: str, citing: str = "", most: int = 3) -> Iterator[Line]:
        """Lines of the insights about these facts, what is most at stake first; each sentence once."""
        lines = [line for line in topic(self.insights) if line.section in sections and _cites(line, citing)]
        lines.sort(key=lambda line: (-line.stake, line.text))
        yield from list({line.text: line for line in lines}.values())[:most]

    def advised(self, topic: Topic, citing: str = "", section: str = RECOMMEND) -> Iterator[Line]:
        """What to do: more of it where that was asked."""
        yield from self.told(topic, section, citing=citing, most=2 if "improve" in self.asks else 1)

    def leads(self, fact_id: str) -> bool:
        return fact_id in self.sheet and self.sheet[fact_id].extreme == "highest"

    def counted(self, fact_id: str, singular: str, several: str | None = None) -> str:
        return self.own.counted(fact_id, singular, several)


def _cites(line: Line, prefix: str) -> bool:
    return any(fact_id.startswith(prefix) for fact_id in slots_of(line.text))
