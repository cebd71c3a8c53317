"""Cleaning in the background: each act as a job that tells how far it is and brings the numbers up to date at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Literal

import msgspec

from clickstream import cleanup, rollup
from clickstream.cleanup.reasons import window
from clickstream.clock import Clock, iso
from clickstream.errors import Conflict
from clickstream.jobs import Jobs, Result, Task, Work
from clickstream.scope import LIVE
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.jobs import RUNNING, Job

Act = Literal["count", "tag", "untag", "delete"]
ACTS: tuple[Act, ...] = ("count", "tag", "untag", "delete")


@dataclass(frozen=True)
class Cleaning:
    """What the page does about noise, one at a time."""

    store: Store
    settings: Settings
    clock: Clock
    jobs: Jobs

    def latest(self, act: Act) -> Job | None:
        return self.store.jobs.latest(_kind(act))

    def running(self) -> Job | None:
        """The act under way, if any."""
        found = [self.latest(act) for act in ACTS]
        return next((job for job in found if job and job.status == RUNNING), None)

    def count(self, by: str) -> str:
        """Count the noise by reason; the job's id. Raises Conflict while another act is under way."""
        return self._start("count", by, self._counted)

    def tag(self, by: str) -> str:
        return self._start("tag", by, self._tagged)

    def untag(self, reason: str, by: str) -> str:
        return self._start("untag", by, partial(self._untagged, reason))

    def delete(self, reason: str | None, confirm: str, by: str) -> str:
        """Delete what is tagged (for this reason). `confirm` is how many events the one who asks believes that to be.

        Raises Conflict with the true number where it is another.
        """
        there = self.tagged(reason)
        if not there:
            raise Conflict("Nothing is tagged for this reason, so nothing can be deleted.", code="nothing_tagged")
        if confirm != f"delete {there}":
            message = f"{there:,} events are tagged now; type “delete {there}” to delete them for good."
            raise Conflict(message, code="not_confirmed", fields={"confirm": f"must be “delete {there}”"})
        return self._start("delete", by, partial(self._deleted, reason, there))

    def tagged(self, reason: str | None) -> int:
        """How many events are tagged (for this reason)."""
        found = self.store.noise.tagged_by_reason(LIVE, *window(None))
        return sum(found.values()) if reason is None else found.get(reason, 0)

    def _start(self, act: Act, by: str, task: Task) -> str:
        if self.running():
            raise Conflict("The noise is being worked on already; wait until that is done.", code="already_running")
        return self.jobs.start(_kind(act), LIVE, by, task)

    def _counted(self, work: Work) -> Result:
        work.tell("counting")
        statistics: Result = msgspec.to_builtins(cleanup.statistics(self.store, LIVE))
        return {**statistics, "at": iso(self.clock())}

    def _tagged(self, work: Work) -> Result:
        done: Counter[str] = Counter()

        def told(reason: str, events: int) -> None:
            done[reason] += events
            work.tell("tagging", done.total())

        cleanup.tag(self.store, LIVE, told=told)
        return self._settled(work, {"events": done.total(), "reasons": dict(done)})

    def _untagged(self, reason: str, work: Work) -> Result:
        done = 0

        def told(_: str, events: int) -> None:
            nonlocal done
            done += events
            work.tell("taking tags off", done)

        cleanup.untag(self.store, LIVE, reason, told=told)
        return self._settled(work, {"events": done, "reasons": {reason: done}})

    def _deleted(self, reason: str | None, total: int, work: Work) -> Result:
        done = 0

        def told(_: str, events: int) -> None:
            nonlocal done
            done += events
            work.tell("deleting", done, total)

        cleanup.delete(self.store, LIVE, reason=reason, told=told)
        return self._settled(work, {"events": done})

    def _settled(self, work: Work, result: Result) -> Result:
        """The numbers follow, and the noise is counted anew."""
        work.tell("updating the numbers")
        rollup.catch_up(self.store, self.settings, self.clock)
        return {**result, "statistics": self._counted(work)}


def _kind(act: Act) -> str:
    return f"cleanup_{act}"
