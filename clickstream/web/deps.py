"""What handlers are given: built once, in server.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clickstream.analysis import AnalysisQueue
from clickstream.audit import AuditLog
from clickstream.chat.desk import ChatDesk
from clickstream.cleanup.tasks import Cleaning
from clickstream.clock import Clock
from clickstream.comments import Comments
from clickstream.imports import Imports
from clickstream.ingest import Collector
from clickstream.ingest.arrivals import Arrivals
from clickstream.jobs import Jobs
from clickstream.keys import Keys
from clickstream.llm import Clients
from clickstream.members import Members
from clickstream.operations.persons import Persons
from clickstream.passwords import Passwords
from clickstream.reports.press import Press
from clickstream.seeding import SampleLoading
from clickstream.settings import Settings
from clickstream.sharing import Sharing
from clickstream.store import Store
from clickstream.uploads import Uploads
from clickstream.vega import VegaBundle
from clickstream.web.access import Identities
from clickstream.web.limits import Limits
from clickstream.web.telemetry import Telemetry
from clickstream.web.write_keys import WriteKeyring


@dataclass(frozen=True)
class Deps:
    settings: Settings
    store: Store
    clock: Clock
    static_dir: Path
    passwords: Passwords
    identities: Identities
    limits: Limits
    analyses: AnalysisQueue
    collector: Collector
    arrivals: Arrivals
    sample: SampleLoading
    jobs: Jobs
    imports: Imports
    uploads: Uploads
    cleaning: Cleaning
    keys: Keys
    clients: Clients
    vega: VegaBundle
    press: Press
    audit: AuditLog
    write_keys: WriteKeyring
    members: Members
    telemetry: Telemetry
    persons: Persons
    comments: Comments
    chats: ChatDesk
    sharing: Sharing
