"""What killed servers left of uploads: taken back, or deleted to the end, without anybody asking."""

from __future__ import annotations

import logging
import threading
from typing import Self

from clickstream.errors import Conflict, DatabaseUnavailable, NotFound, Retryable
from clickstream.store.datasets import Dataset
from clickstream.uploads import Uploads

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0


class Recovery:
    """Looks now and then, inside a `with`. A dataset is taken when two looks find it left by the same job: one that has
    just been handed to a job looks left, too, until that is on record.
    """

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._left: set[tuple[str, str | None]] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="uploads-recovery", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Raises DatabaseUnavailable."""
        found = {(held.dataset_id, held.job_id): held for held in self._uploads.interrupted()}
        for left in self._left & found.keys():
            self._recover(found[left])
        self._left = set(found)

    def _recover(self, held: Dataset) -> None:
        try:
            self._uploads.recover(held)
        except (Conflict, NotFound, Retryable) as error:
            log.info("upload %s: %s Looking again later.", held.dataset_id, error.message)
        else:
            log.warning("upload %s was left half done; taking it back", held.dataset_id)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self.look()
            except DatabaseUnavailable:
                log.warning("uploads: the database does not answer; trying again")
