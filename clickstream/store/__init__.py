"""The store: MongoDB behind small classes that speak the domain's types. Nothing else imports pymongo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pymongo.database import Database
from pymongo.errors import PyMongoError

from clickstream.errors import DatabaseUnavailable
from clickstream.settings import Settings
from clickstream.store.analyses import Analyses
from clickstream.store.answers import Answers
from clickstream.store.api_keys import ApiKeys
from clickstream.store.archive import Archive
from clickstream.store.attached import Attached
from clickstream.store.audit import Audit
from clickstream.store.changes import Changes
from clickstream.store.chats import Chats
from clickstream.store.collections import check_schema, ensure_indexes
from clickstream.store.comments import Comments
from clickstream.store.connect import connect
from clickstream.store.daily import Daily
from clickstream.store.datasets import Datasets
from clickstream.store.events import Events
from clickstream.store.imports import Imports
from clickstream.store.invites import Invites
from clickstream.store.jobs import Jobs
from clickstream.store.noise import Noise
from clickstream.store.persons import Persons
from clickstream.store.products import Products
from clickstream.store.profiles import Profiles
from clickstream.store.quotas import Quotas
from clickstream.store.resets import Resets
from clickstream.store.rollup_state import RollupState
from clickstream.store.saved_segments import SavedSegments
from clickstream.store.sessions import Sessions
from clickstream.store.shares import Shares
from clickstream.store.tokens import Tokens
from clickstream.store.users import Users
from clickstream.store.write_keys import WriteKeys


def _nothing() -> None:
    """A database that is not ours to revive."""


class Store:
    """Every aggregate of one database. `describe` says in one line which one; `revive` restarts it if it is our own."""

    def __init__(self, database: Database[dict[str, Any]], *, describe: str, revive: Callable[[], None] = _nothing) -> None:
        self._database = database
        self.describe = describe
        self.revive = revive
        self.events = Events(database.events)
        self.noise = Noise(database.events)
        self.changes = Changes(database.changes)
        self.sessions = Sessions(database.sessions)
        self.daily = Daily(database.daily)
        self.state = RollupState(database.rollup_state)
        self.users = Users(database.users)
        self.tokens = Tokens(database.tokens)
        self.api_keys = ApiKeys(database.api_keys)
        self.invites = Invites(database.invites)
        self.resets = Resets(database.resets)
        self.quotas = Quotas(database.quotas)
        self.audit = Audit(database.audit)
        self.write_keys = WriteKeys(database.write_keys)
        self.products = Products(database.products)
        self.analyses = Analyses(database.analyses)
        self.attached = Attached(database)
        self.comments = Comments(database.comments)
        self.shares = Shares(database.shares)
        self.answers = Answers(database.answers)
        self.chats = Chats(database.chats)
        self.profiles = Profiles(database.profiles)
        self.archive = Archive(database)
        self.persons = Persons(database)
        self.jobs = Jobs(database.jobs)
        self.imports = Imports(database.imports)
        self.datasets = Datasets(database.datasets)
        self.saved_segments = SavedSegments(database.saved_segments)

    def now(self) -> datetime:
        """What the database's clock says. Raises DatabaseUnavailable."""
        try:
            told: datetime = self._database.command("hello", codec_options=self._database.codec_options)["localTime"]
        except PyMongoError as error:
            raise DatabaseUnavailable from error
        return told

    def bytes_on_disk(self) -> int:
        """What this database's data and indexes take. Raises DatabaseUnavailable."""
        try:
            stats = self._database.command("dbStats")
        except PyMongoError as error:
            raise DatabaseUnavailable from error
        return int(stats["storageSize"] + stats["indexSize"])

    def ping(self) -> None:
        """Raises DatabaseUnavailable."""
        try:
            self._database.command("ping")
        except PyMongoError as error:
            raise DatabaseUnavailable from error


@contextmanager
def open_store(settings: Settings, *, restoring: bool = False) -> Iterator[Store]:
    """The store the settings name, with its indexes; closed (and our own database let go) at the end.

    Raises StartupError, also where a restore was interrupted, unless this is to be the next one.
    """
    with connect(settings) as connection:
        check_schema(connection.database, restoring=restoring)
        ensure_indexes(connection.database)
        yield Store(connection.database, describe=connection.describe, revive=connection.revive)
