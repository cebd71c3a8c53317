"""Serve the API and the dashboard.

    python server.py                          # http://localhost:8000
    python server.py --host 0.0.0.0 --port 80
    python server.py backup shop.zip          # everything in one file, while the server runs
    python server.py restore shop.zip         # into an empty database
    python server.py doctor                   # is everything in order?
    python server.py --reset-password alice   # asks for a new password, or reads it from a pipe

Settings come from the environment or from a `.env` file; `--host` and `--port` win over HOST and PORT.
Ctrl-C and SIGTERM let it finish what is under way; that is exit code 0.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from clickstream.analysis import Advisor, AnalysisQueue
from clickstream.audit import AuditLog
from clickstream.chat.desk import ChatDesk
from clickstream.cleanup.tasks import Cleaning
from clickstream.clock import Clock, system_clock
from clickstream.commandline import DONE, described, run, settings_here
from clickstream.comments import Comments
from clickstream.garbage import collect_rarely
from clickstream.imports import Imports
from clickstream.imports.tasks import Tools
from clickstream.ingest import Collector
from clickstream.ingest.arrivals import Arrivals
from clickstream.jobs import Jobs
from clickstream.keys import Keys
from clickstream.llm import Clients
from clickstream.members import Members
from clickstream.operations.commands import add_commands, run_command, serves
from clickstream.operations.persons import Persons
from clickstream.passwords import Passwords
from clickstream.reports.press import Press
from clickstream.seeding import SampleLoading
from clickstream.settings import Settings
from clickstream.sharing import Sharing
from clickstream.spool import Spool
from clickstream.store import Store
from clickstream.uploads import Uploads
from clickstream.vault import open_vault
from clickstream.vega import VegaBundle
from clickstream.web.access import Identities
from clickstream.web.deps import Deps
from clickstream.web.limits import Limits
from clickstream.web.logs import logging_to
from clickstream.web.serving import serve, worker
from clickstream.web.telemetry import Telemetry
from clickstream.web.write_keys import WriteKeyring
from clickstream.web.wsgi import Wsgi

STATIC_DIR = Path(__file__).resolve().parent / "static"


def wire(settings: Settings, store: Store, clock: Clock = system_clock) -> Deps:
    """Everything the handlers need, put together in the one place that knows it all."""
    collector, jobs = Collector(store, clock), Jobs(store, clock)
    spool = Spool(settings.data_dir / "uploads", settings.upload_max_bytes, clock)
    tools = Tools(store, settings, clock, collector, spool)
    vault = open_vault(settings.secret_key, settings.data_dir)
    keys, clients = Keys(store, vault, settings, clock), Clients()
    identities = Identities(store.users, store.tokens, clock, timedelta(days=settings.token_days))
    advisor, audit = Advisor(store, clock, keys, clients), AuditLog(store, clock)
    analyses = AnalysisQueue(store, settings, clock, advisor)
    comments = Comments(store, clock)
    return Deps(
        settings=settings,
        store=store,
        clock=clock,
        static_dir=STATIC_DIR,
        passwords=Passwords(),
        identities=identities,
        limits=Limits(clock),
        analyses=analyses,
        collector=collector,
        arrivals=Arrivals(store, clock),
        sample=SampleLoading(store, settings, clock, collector),
        jobs=jobs,
        imports=Imports(tools, jobs),
        uploads=Uploads(tools, jobs, lambda held: analyses.begin_journey(held.dataset_id, held.created_by)),
        cleaning=Cleaning(store, settings, clock, jobs),
        keys=keys,
        clients=clients,
        vega=VegaBundle(settings.data_dir),
        press=Press(settings.data_dir),
        audit=audit,
        write_keys=WriteKeyring(store.write_keys, vault, clock),
        members=Members(store, clock),
        telemetry=Telemetry(),
        persons=Persons(store, settings, clock, audit, analyses.delete, identities.revoke_all),
        comments=comments,
        chats=ChatDesk(store, settings, clock, advisor),
        sharing=Sharing(store, clock, comments),
    )


wsgi = Wsgi(lambda: worker(settings_here(), wire))  # gunicorn --workers 2 --threads 16 server:wsgi


def build_parser() -> argparse.ArgumentParser:
    parser = described("server.py", __doc__)
    parser.add_argument("--host", help="address to listen on (default: HOST, else 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (default: PORT, else 8000; 0 picks a free one)")
    add_commands(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    collect_rarely()
    arguments = build_parser().parse_args(argv)
    return run(lambda: _obey(arguments))


def _obey(arguments: argparse.Namespace) -> int:
    settings = settings_here({"HOST": arguments.host, "PORT": arguments.port})
    with logging_to(sys.stderr, settings.log_level):
        if not serves(arguments):
            return run_command(settings, arguments, print)
        serve(settings, wire, partial(print, flush=True))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
