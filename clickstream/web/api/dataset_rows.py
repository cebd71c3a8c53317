"""Everything stored of a dataset: its events, its sessions, all of them and exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from clickstream.clock import iso
from clickstream.reports.rows import Rows
from clickstream.scope import Scope
from clickstream.store.rollup_state import Dataset
from clickstream.web.api.events import EventOut, shown
from clickstream.web.api.scoped import SCOPE_ERRORS, SCOPE_QUERY, scope_in
from clickstream.web.api.sessions import SessionView, session_view
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import NDJSON, ZIP, Response
from clickstream.web.routing import Route

_FORMAT = (
    'ndjson (default): a line a row, the last one {"end": {rows, sha256, as_of}}; csv: a zip with a manifest that says so'
)


class RowsQuery(Struct):
    format: Annotated[Literal["ndjson", "csv"], Meta(description=_FORMAT)] = "ndjson"
    since: Annotated[str, Meta(max_length=40, description=SCOPE_QUERY["since"])] = ""
    until: Annotated[str, Meta(max_length=40, description=SCOPE_QUERY["until"])] = ""


_SESSIONS_QUERY = {name: said for name, said in SCOPE_QUERY.items() if name not in ("dataset", "as_of")} | {
    "format": _FORMAT
}


def export_events(request: Request, deps: Deps) -> Response:
    """Noisy ones too, with their flag: whatever had arrived when the export began."""
    query, scope = request.query_as(RowsQuery), _scope(request, deps)
    found = deps.store.events.received(scope.dataset, by=scope.as_of, since=scope.since, until=scope.until)
    rows = (msgspec.structs.asdict(shown(event)) for event in found)
    about = {"dataset": scope.dataset, "as_of": iso(scope.as_of)}
    return _sent(Rows("events", EventOut.__struct_fields__, rows, about, scope.as_of), query.format, request, deps)


def export_sessions(request: Request, deps: Deps) -> Response:
    """As the sessions are computed now; `moved` says that they changed while they were read."""
    query, scope = request.query_as(RowsQuery), _scope(request, deps)
    state = deps.store.state.find_dataset(scope.dataset)
    about = {"dataset": scope.dataset, "as_of": iso(scope.as_of), "scope": scope.described(), "watermark": _watermark(state)}
    rows = _sessions(scope, state, deps)

    def ending() -> dict[str, Any]:
        return {"moved": _watermark(deps.store.state.find_dataset(scope.dataset)) != about["watermark"]}

    exported = Rows("sessions", SessionView.__struct_fields__, rows, about, scope.as_of, ending)
    return _sent(exported, query.format, request, deps)


def _scope(request: Request, deps: Deps) -> Scope:
    return scope_in({**request.query, "dataset": request.params["id"]}, deps)


def _sessions(scope: Scope, state: Dataset | None, deps: Deps) -> Iterator[dict[str, Any]]:
    if state is not None:
        for found in deps.store.sessions.matching(scope.dataset, state.generation, scope.match()):
            yield msgspec.structs.asdict(session_view(found, scope.view))


def _watermark(state: Dataset | None) -> int:
    return state.watermark if state else 0


def _sent(rows: Rows, wanted: str, request: Request, deps: Deps) -> Response:
    deps.audit.record("exported", request.actor, f"{rows.name} of {rows.about['dataset']}", format=wanted)
    stem, told = f"{rows.about['dataset']}-{rows.name}", {"x-as-of": rows.about["as_of"]}
    if wanted == "csv":
        return Response.attachment(f"{stem}.zip", ZIP, rows.csv(), told)
    return Response.attachment(f"{stem}.ndjson", NDJSON, rows.ndjson(), told)


ROUTES = (
    Route(
        "GET", "/api/datasets/{id}/events", export_events, access="analyst", query=RowsQuery, returns=NDJSON,
        errors=SCOPE_ERRORS,
        summary="Every stored event of a dataset (`live` is the shop), in the order of arrival, as NDJSON or CSV.",
    ),
    Route(
        "GET", "/api/datasets/{id}/sessions", export_sessions, access="analyst", query=_SESSIONS_QUERY, returns=NDJSON,
        errors=SCOPE_ERRORS,
        summary="Every session of a scope in a dataset (`live` is the shop), the earliest first, as NDJSON or CSV.",
    ),
)  # fmt: skip
