"""Pages and event types: counts by name."""

from __future__ import annotations

from clickstream.metrics import sums
from clickstream.metrics.behind import Matching, Part, holding
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Source
from clickstream.metrics.values import identity
from clickstream.scope import Scope

_LARGEST = 1_000


def measure_pages(source: Source, scope: Scope, options: Options) -> Measured:
    """Pages by views, most first; `total` counts all pages."""
    rows = sums.names(source, scope, "pages", width=4)
    ranked = sorted(rows.items(), key=lambda item: (-item[1][0], item[0]))
    fields = ("pageviews", "sessions", "entries", "exits")
    pages = [{"page": page, **dict(zip(fields, row, strict=True))} for page, row in ranked[: options["limit"]]]
    entries, exits = (sum(row[n] for row in rows.values()) for n in (2, 3))
    return Measured({"pages": pages, "total": len(rows)}, [identity("entries = exits", entries, exits)])


def measure_event_types(source: Source, scope: Scope, options: Options) -> Measured:
    """Event types by events, most first; `total` counts all types."""
    rows = sums.names(source, scope, "event_types", width=2)
    ranked = sorted(rows.items(), key=lambda item: (-item[1][0], item[0]))
    types = [{"type": name, "events": row[0], "sessions": row[1]} for name, row in ranked[: options["limit"]]]
    events = sum(row[0] for row in rows.values())
    known = sums.total(source, scope, ("events",), amounts=False).counts["events"]
    return Measured({"types": types, "total": len(rows)}, [identity("events of all types = events", events, known)])


PAGES = Metric(
    id="pages",
    title="Pages",
    definition="Pages by page and product views; a page is its path, without host, query or fragment.",
    fields={
        "pageviews": "Page views and product views of this page.",
        "sessions": "Sessions that saw it.",
        "entries": "Sessions whose first viewed page it was.",
        "exits": "Sessions whose last viewed page it was.",
    },
    options=(Option("limit", 50, "how many pages to list", largest=_LARGEST),),
    measure=measure_pages,
    parts=(
        Part("page", "sessions that saw this page", lambda asked: Matching(holding("pages", asked.value)), value=True),
        Part(
            "entry",
            "sessions whose first page it was",
            lambda asked: Matching(holding("pages", asked.value, at_2=1)),
            value=True,
        ),
        Part(
            "exit",
            "sessions whose last page it was",
            lambda asked: Matching(holding("pages", asked.value, at_3=1)),
            value=True,
        ),
    ),
)
EVENT_TYPES = Metric(
    id="event_types",
    title="Event types",
    definition="Events by type, in the sessions of the window.",
    fields={"events": "Events of this type.", "sessions": "Sessions with at least one of them."},
    options=(Option("limit", 50, "how many types to list", largest=_LARGEST),),
    measure=measure_event_types,
    parts=(
        Part("type", "sessions with such an event", lambda asked: Matching(holding("event_types", asked.value)), value=True),
    ),
)
