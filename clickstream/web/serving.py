"""Answering, from the first request to the last: as a server of our own, and as one worker of a WSGI server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clickstream.rollup.process import RollupProcess
from clickstream.settings import Settings
from clickstream.store import Store, open_store
from clickstream.uploads.recovery import Recovery
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.logs import logging_to
from clickstream.web.server import Server

Wire = Callable[[Settings, Store], Deps]
Say = Callable[[str], None]


def serve(settings: Settings, wire: Wire, say: Say) -> None:
    """Answer until told to stop, then finish what is under way. Raises StartupError."""
    with Server(settings.host, settings.port) as server, open_store(settings) as store:
        server.stop_on_signals()
        say(f"Database: {store.describe}")
        say(f"Clickstream listens on {server.url} (Ctrl-C stops it)")
        with _app(settings, store, wire) as app:
            server.serve(app)
        server.finish()


@contextmanager
def worker(settings: Settings, wire: Wire) -> Iterator[App]:
    """What one process of a WSGI server answers with. Raises StartupError."""
    with logging_to(sys.stderr, settings.log_level), open_store(settings) as store, _app(settings, store, wire) as app:
        yield app


@contextmanager
def _app(settings: Settings, store: Store, wire: Wire) -> Iterator[App]:
    deps = wire(settings, store)
    deps.vega.prepare()
    with deps.analyses, deps.chats, deps.jobs, Recovery(deps.uploads), RollupProcess(settings):
        yield App(deps)
