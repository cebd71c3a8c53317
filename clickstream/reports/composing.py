"""A saved analysis as a document: what stands out, what was measured, what the terms mean, and where it all comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from clickstream.charts import chart
from clickstream.comments import claim_hash
from clickstream.facts import Fact, FactSheet
from clickstream.insights.report import CHARTS, KINDS
from clickstream.insights.role_views import PRODUCTS, arranged, headline
from clickstream.languages import LANGUAGES, known_language, message
from clickstream.metrics import METRICS
from clickstream.reports.conversation import conversation
from clickstream.reports.document import (
    Block,
    Column,
    Definitions,
    Document,
    Figure,
    Heading,
    Headline,
    Paragraph,
    Remark,
    Statement,
    Table,
)
from clickstream.reports.labels import label_in, rows_of
from clickstream.reports.receipts import receipts, scope_sentence
from clickstream.reports.retelling import sections_in
from clickstream.reports.shown import tables_of
from clickstream.reports.voice import Voice

Json = Mapping[str, Any]

TITLES = {"store": message("Shop report"), "journey": message("Journey report"), "comparison": message("Comparison")}
USUAL_VIEW = {"store": "owner", "journey": "owner"}
"""Whose figures stand on top where no view is asked for."""
CAPTIONS: dict[str, str] = {
    "series": message("Sessions by day"),
    "funnel": message("The way to a purchase"),
    "paths": message("Ways that sessions take"),
    "cart": message("What became of carts"),
    "checkout": message("What became of checkouts"),
    "search": message("What was searched for"),
    "segments": message("Sessions and conversion by device"),
    "variants": message("Conversion of each arm against the control, in percentage points"),
    "differences": message("Buyers against abandoners, by effect"),
    "friction": message("What stood in the way"),
    "pages": message("Pages by views"),
    "event_types": message("Event types by events"),
    "comparison": message("Rates of side A and side B with their intervals"),
    "comparison_series": message("Sessions of side A and side B by day"),
    "comparison_funnel": message("The way to a purchase on side A and side B"),
}
WORDS = {
    "page": message("%(page)s of %(pages)s"),
    "no_chart": message("The chart could not be drawn; the tables hold the same numbers."),
    "missing_title": message("Characters that could not be printed"),
    "missing": message("The font of this report does not have these characters; a box stands for each of them:"),
}
"""What the writers themselves say."""
BY_MODEL = message(
    "These are the words of a model, in %(language)s; every number in them was measured, put in and checked by code."
)


@dataclass(frozen=True)
class Saved:
    """All that a report is made of: the analysis, chats and comments about it, names of products by their ids.

    `outside`: for somebody who is shown texts, facts and charts only, and neither who made it nor by which provider.
    """

    analysis: Json
    dataset_name: str
    time_zone: str
    names: Mapping[str, str] = field(default_factory=dict)
    chats: Sequence[Json] = ()
    comments: Sequence[Json] = ()
    role_view: str = ""
    outside: bool = False

    @property
    def kind(self) -> str:
        return str(self.analysis["report"])


def compose(saved: Saved, language: str, made_at: datetime) -> Document:
    """The document of a finished analysis. Raises InvalidInput for a language that we do not have."""
    voice = Voice(known_language(language), saved.time_zone)
    sheet = FactSheet(msgspec.convert(saved.analysis["facts"], list[Fact]))
    composing = _Composing(saved, voice, sheet, sections_in(saved.analysis, sheet, language))
    return Document(
        title=": ".join(filter(None, [voice.text(TITLES.get(saved.kind, "Report")), saved.dataset_name])),
        subtitle=scope_sentence(saved.analysis, voice),
        language=language,
        made_at=made_at,
        blocks=tuple(composing.blocks()),
        words={name: voice.text(text) for name, text in WORDS.items()},
    )


@dataclass(frozen=True)
class _Composing:
    saved: Saved
    voice: Voice
    sheet: FactSheet
    sections: Mapping[str, Json]
    drawn: set[str] = field(default_factory=set)

    def blocks(self) -> Iterator[Block]:
        yield from self._top()
        yield from self._told()
        yield from self._remarks_on_all()
        yield from conversation(self.saved.chats, self.voice)
        if not self.saved.outside:
            yield from self._measured()
        yield from self._definitions()
        if not self.saved.outside:
            yield from receipts(self.saved.analysis, self.saved.dataset_name or self.voice.text("The shop"), self.voice)

    def _top(self) -> Iterator[Block]:
        figures = headline(self.saved.kind, self.sheet.values(), self.saved.role_view or USUAL_VIEW.get(self.saved.kind, ""))
        if figures:
            yield Headline(tuple((self.voice.fact(fact), label_in(self.voice, fact.label)) for fact in figures))
        if self.saved.analysis["moved"]:
            yield Paragraph(self.voice.text("Data arrived while this was measured: its numbers are not of one moment."))

    def _told(self) -> Iterator[Block]:
        titles = KINDS[self.saved.kind].titles_in(self.voice.language)
        names = [*self.sections, *([PRODUCTS] if self.saved.analysis["recommended_products"] else [])]
        yield Heading(self.voice.text("What stands out"), 1)
        for placed in arranged(self.saved.kind, names, self.saved.role_view):
            if placed.section == PRODUCTS:
                yield from self._products()
            else:
                yield Heading(titles[placed.section], 2)
                yield from self._section(placed.section, self.sections[placed.section])

    def _section(self, name: str, section: Json) -> Iterator[Block]:
        if not section["claims"]:
            yield Paragraph(self.voice.text("Nothing to report here."), soft=True)
        elif section["source"] == "model":
            yield Paragraph(self.voice.text(BY_MODEL, language=LANGUAGES[self.saved.analysis["language"]]), soft=True)
        for index, claim in enumerate(section["claims"]):
            yield self._statement(claim, self._remarks(name, index, claim))
        for name_of_chart in dict.fromkeys(claim.get("chart") for claim in section["claims"]):
            yield from self._figure(name_of_chart)

    def _statement(self, claim: Json, remarks: tuple[Remark, ...] = ()) -> Statement:
        cited = [self.sheet[fact_id] for fact_id in dict.fromkeys(claim["fact_ids"]) if fact_id in self.sheet]
        return Statement(claim["text"], claim["direction"], rows_of(self.voice, cited), remarks)

    def _remarks(self, section: str, index: int, claim: Json) -> tuple[Remark, ...]:
        """Of this very sentence."""
        named = _named(section, index, claim)
        return tuple(self._remark(one) for one in self.saved.comments if (one["section"], one["claim"]) == named)

    def _remark(self, comment: Json, quote: str = "") -> Remark:
        known = (comment.get("created_by"), self.voice.moment(comment["created_at"]), quote and f"“{quote}”")
        return Remark(", ".join(filter(None, known)), comment["text"])

    def _remarks_on_all(self) -> Iterator[Block]:
        """Comments on the analysis as a whole, and on sentences that this report does not have as they were."""
        there = [
            _named(name, index, claim)
            for name, section in self.sections.items()
            for index, claim in enumerate(section["claims"])
        ]
        comments = [one for one in self.saved.comments if (one["section"], one["claim"]) not in there]
        about = [self._remark(one, one["quote"] or "") for one in comments]
        if about:
            yield Heading(self.voice.text("Comments"), 1)
            yield Definitions(tuple((remark.about, remark.text) for remark in about))

    def _figure(self, name: str | None, below: str = "") -> Iterator[Block]:
        """A chart stands with the first section that speaks of it; a heading that says the same is caption enough."""
        metrics = self.saved.analysis["metrics"]
        if name is None or name in self.drawn or name not in metrics:
            return
        self.drawn.add(name)
        spec = chart(name, metrics[name], {"time_zone": self.voice.time_zone})
        if spec:
            caption = self.voice.text(CAPTIONS.get(name, name))
            yield Figure("" if caption == below else caption, spec)

    def _products(self) -> Iterator[Block]:
        items = self.saved.analysis["recommended_products"]
        titles = (message("Product"), message("Price"), message("Why"))
        title = self.voice.text("Recommended products")
        yield Heading(title, 2)
        yield Table(
            title,
            tuple(Column(self.voice.text(title), title == "Price") for title in titles),
            tuple((item["name"], self._price(item), item["reason"]) for item in items),
        )

    def _price(self, item: Json) -> str:
        return self.voice.value(item["price"], f"money:{item['currency']}")

    def _measured(self) -> Iterator[Block]:
        yield Heading(self.voice.text("Detailed metrics"), 1)
        for key, table in tables_of(self.saved.analysis["metrics"], self.voice, self.saved.names):
            yield Heading(table.caption, 2)
            if key in CHARTS:
                yield from self._figure(key, below=table.caption)
            yield table

    def _definitions(self) -> Iterator[Block]:
        """Of the facts that claims cite, and of the metrics behind the tables."""
        sections = self.sections.values()
        cited = {fact_id for section in sections for claim in section["claims"] for fact_id in claim["fact_ids"]}
        facts = {
            label_in(self.voice, fact.label): fact.definition
            for fact in self.sheet.values()
            if fact.id in cited and fact.definition
        }
        measured = self.saved.analysis["metrics"]
        metrics = {metric.title: metric.definition for metric in METRICS.values() if metric.id in measured}
        items = sorted({**facts, **metrics}.items(), key=lambda item: item[0].casefold())
        yield Heading(self.voice.text("Definitions"), 1)
        yield Definitions(tuple(items))


def _named(section: str, index: int, claim: Json) -> tuple[str, Json]:
    """A sentence as comments name it."""
    return section, {"index": index, "hash": claim_hash(claim["template"])}
