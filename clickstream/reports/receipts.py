"""Where a report comes from: scope, window, data version, model, and the identities its numbers were held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clickstream.languages import message
from clickstream.reports.document import Block, Column, Definitions, Heading, Paragraph, Table
from clickstream.reports.voice import UNKNOWN, Voice
from clickstream.rollup import CALCULATION_VERSION

Json = Mapping[str, Any]

FILTERS = {
    "device": message("Device"),
    "country": message("Country"),
    "channel": message("Channel"),
    "variant": message("Variant"),
    "visitor": message("Visitors"),
}
SIDES = ("left", "right")
VIEWS = {"clean": message("without noisy events"), "all": message("with noisy events")}
NOBODY_ASKED = {
    "no_key": message("none: no key was there"),
    "no_data": message("none: there was nothing to write about"),
    "not_wanted": message("none: not wanted"),
}


def receipts(analysis: Json, dataset_name: str, voice: Voice) -> Iterator[Block]:
    yield Heading(voice.text("Where this comes from"), 1)
    yield Definitions(tuple((voice.text(term), meaning) for term, meaning in _lines(analysis, dataset_name, voice)))
    yield Heading(voice.text("Sums that were checked"), 2)
    yield _reconciliation(analysis["reconciliation"], voice)


def scope_sentence(analysis: Json, voice: Voice) -> str:
    """The days and the filters, for under a title."""
    own = _selection(analysis["scope"], analysis["facts"], voice)
    against = analysis.get("against")
    return f"{own} · {voice.text('against %(scope)s', scope=_selection(against, (), voice))}" if against else own


def _selection(scope: Json, facts: Sequence[Json], voice: Voice) -> str:
    return ", ".join([_window(scope, facts, voice), *_filters(scope, voice)])


def _lines(analysis: Json, dataset_name: str, voice: Voice) -> Iterator[tuple[str, str]]:
    scope, model = analysis["scope"], analysis["model"] or {}
    yield message("Data"), dataset_name
    yield message("Window"), _window(scope, analysis["facts"], voice)
    yield message("Filters"), ", ".join(_filters(scope, voice)) or voice.text("none")
    if analysis.get("against"):
        yield message("Compared with"), _selection(analysis["against"], (), voice)
    yield message("View"), voice.text(VIEWS[scope["view"]])
    yield message("Open carts decided at"), _moment(scope["as_of"], voice)
    yield message("Time zone"), voice.time_zone
    yield message("Data version"), voice.count(analysis["watermark"])
    yield message("Measured at"), _moment(analysis["finished_at"], voice)
    yield message("Made by"), analysis["created_by"] or voice.text("the command line")
    yield message("Model"), _model(model, voice)
    for term, value in (
        (message("Preset"), analysis.get("preset")),
        (message("Wishes"), analysis.get("prompt")),
        (message("Prompt version"), model.get("prompt_version")),
        (message("Prompt hash"), model.get("prompt_hash")),
    ):
        if value:
            yield term, value
    yield message("Calculation version"), str(analysis.get("calculation_version") or CALCULATION_VERSION)
    yield message("Analysis"), analysis["analysis_id"]


def _model(model: Json, voice: Voice) -> str:
    match model.get("status"):
        case "used":
            return voice.text("%(name)s at %(host)s", name=model["name"], host=model["host"])
        case "failed":
            return voice.text("%(name)s failed: %(error)s", name=model.get("name") or UNKNOWN, error=model["error"])
        case _:
            return voice.text(NOBODY_ASKED[model.get("reason") or "not_wanted"])


def _window(scope: Json, facts: Sequence[Json], voice: Voice) -> str:
    """The window that was asked for; where it has no bound, the days there are."""
    days = {fact["id"]: fact["value"] for fact in facts if fact["id"] in ("range.since", "range.until")}
    since = scope["since"] and voice.edge(scope["since"])
    until = scope["until"] and voice.edge(scope["until"], ends=True)
    first, last = (days.get(name) and voice.day(days[name]) for name in ("range.since", "range.until"))
    if since or until:
        return voice.text("%(since)s to %(until)s", since=since or first or UNKNOWN, until=until or last or UNKNOWN)
    if first and last:
        return voice.text("All data: %(since)s to %(until)s", since=first, until=last)
    return voice.text("All data")


def _filters(scope: Json, voice: Voice) -> list[str]:
    shopper = [voice.text("Shopper: %(name)s", name=scope["user_id"])] if scope["user_id"] else []
    return [*shopper, *(f"{voice.text(FILTERS.get(name, name))}: {value}" for name, value in scope["filters"].items())]


def _moment(instant: str | None, voice: Voice) -> str:
    return voice.moment(instant) if instant else UNKNOWN


def _reconciliation(identities: list[Json], voice: Voice) -> Block:
    if not identities:
        return Paragraph(voice.text("none"))
    titles = (message("Metric"), message("What must be equal"), message("Left"), message("Right"), message("Holds"))
    columns = tuple(Column(voice.text(title), title in ("Left", "Right")) for title in titles)
    holds = {True: voice.text("yes"), False: voice.text("no")}
    rows = tuple(
        (one["metric"].replace("_", " "), one["name"], *(_side(one, side, voice) for side in SIDES), holds[one["holds"]])
        for one in identities
    )
    return Table(voice.text("Sums that were checked"), columns, rows)


def _side(identity: Json, side: str, voice: Voice) -> str:
    value = identity[side]
    return voice.value(value, identity.get("unit", "count")) if isinstance(value, (int, float)) else str(value)
