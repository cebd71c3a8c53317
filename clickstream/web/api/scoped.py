"""Reading a scope from a request: the same parameters on every address that measures something."""

from __future__ import annotations

from collections.abc import Mapping

from clickstream.analysis import local_time
from clickstream.scope import LIVE, Scope, read_scope
from clickstream.web.deps import Deps
from clickstream.web.request import Request

SCOPE_QUERY = {
    "dataset": "live, or the id of an upload (default live)",
    "since": "first moment, ISO 8601 or a local day such as 2026-03-01 (default: no bound)",
    "until": "end of the window, itself not included (default: no bound)",
    "user_id": "only this shopper",
    "device": "only sessions on this device",
    "country": "only sessions from this country",
    "channel": "only sessions that came by this channel",
    "visitor": "new or returning",
    "variant": "only sessions whose first variant is this",
    "view": "clean (default) or all: with noisy events",
    "as_of": "moment at which it is decided what is still open (default: now)",
}
SCOPE_ERRORS = (404, 409)  # a dataset that is not there, or not yet loaded


def scope_of(request: Request, deps: Deps) -> Scope:
    """Raises InvalidInput naming each parameter that cannot be used; NotFound or Conflict for a dataset nobody can read."""
    return scope_in(request.query, deps)


def scope_in(values: Mapping[str, str], deps: Deps) -> Scope:
    """The same of any values."""
    dataset = values.get("dataset") or LIVE
    if dataset != LIVE:
        deps.uploads.require_readable(dataset)
    return read_scope(values, now=deps.clock(), local=local_time(deps.store, deps.settings, dataset))
