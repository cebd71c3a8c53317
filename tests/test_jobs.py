"""Background jobs: progress anybody can read, an end whatever happens, nothing left running by the dead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from conftest import FakeClock

from clickstream.errors import InvalidInput, Retryable, TooManyRequests
from clickstream.jobs import BROKEN, CANCELLED, DIED, SILENCE, Jobs, Result, Work, foreground, interrupt_silent
from clickstream.store import Store
from clickstream.store.jobs import Job
from clickstream.tokens import new_id

SECONDS = 30


class Gate:
    """A task that says it has begun, waits to be let go, and looks whether it is to stop."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, work: Work) -> Result:
        work.tell("reading", 1, 2)
        self.begun.set()
        assert self.go.wait(SECONDS)
        work.check()
        return {"rows": 2}


@pytest.fixture
def jobs(store: Store, clock: FakeClock) -> Iterator[Jobs]:
    with Jobs(store, clock, places=2) as jobs:
        yield jobs


def found(store: Store, job_id: str) -> Job:
    job = store.jobs.find(job_id)
    assert job is not None
    return job


def test_a_job_tells_how_far_it_is_and_keeps_its_result(jobs: Jobs, store: Store) -> None:
    gate = Gate()
    job_id = jobs.start("import", "i1", "alice", gate)
    assert gate.begun.wait(SECONDS)
    running = found(store, job_id)
    assert (running.status, running.stage, running.done, running.total) == ("running", "reading", 1, 2)
    gate.go.set()
    assert jobs.wait(job_id, SECONDS)
    ended = found(store, job_id)
    assert (ended.status, ended.result, ended.created_by) == ("done", {"rows": 2}, "alice")
    assert [job.status for job in jobs.watch(job_id) if job] == ["done"]
    assert list(jobs.watch("no such job")) == []


def refuse(work: Work) -> Result:
    raise InvalidInput("The file is empty.")


def break_down(work: Work) -> Result:
    raise ZeroDivisionError


@pytest.mark.parametrize(("task", "said"), [(refuse, "The file is empty."), (break_down, BROKEN)], ids=["refused", "broken"])
def test_a_job_that_fails_says_why(jobs: Jobs, store: Store, task: Gate, said: str) -> None:
    job_id = jobs.start("import", "i1", None, task)
    assert jobs.wait(job_id, SECONDS)
    assert (found(store, job_id).status, found(store, job_id).error) == ("failed", said)


def test_a_cancelled_job_ends_at_its_next_step(jobs: Jobs, store: Store) -> None:
    gate = Gate()
    job_id = jobs.start("import", "i1", None, gate)
    assert gate.begun.wait(SECONDS)
    assert jobs.cancel(job_id)
    gate.go.set()
    assert jobs.wait(job_id, SECONDS)
    assert (found(store, job_id).status, found(store, job_id).error) == ("interrupted", CANCELLED)
    assert not jobs.cancel(job_id)


def test_a_job_cancelled_by_another_process_ends_when_it_next_tells(store: Store, clock: FakeClock) -> None:
    store.jobs.add("j1", "import", "i1", None, clock())
    store.jobs.end("j1", "interrupted", clock(), error=CANCELLED)
    with pytest.raises(Exception, match=CANCELLED):
        Work(store, clock, "j1").tell("reading")


def test_only_so_many_run_at_once(jobs: Jobs) -> None:
    gates = [Gate(), Gate()]
    for gate in gates:
        jobs.start("import", "i1", None, gate)
    with pytest.raises(TooManyRequests):
        jobs.start("import", "i3", None, Gate())
    for gate in gates:
        gate.go.set()


def test_a_server_that_stops_interrupts_its_jobs(store: Store, clock: FakeClock) -> None:
    gate = Gate()
    with Jobs(store, clock) as jobs:
        job_id = jobs.start("import", "i1", None, gate)
        assert gate.begun.wait(SECONDS)
        letting_go = threading.Timer(0.05, gate.go.set)
        letting_go.start()
    assert (found(store, job_id).status, found(store, job_id).error) == ("interrupted", DIED)
    with pytest.raises(Retryable):
        jobs.start("import", "i1", None, gate)


def test_a_job_whose_program_died_is_interrupted_after_a_while(store: Store, clock: FakeClock) -> None:
    store.jobs.add("j1", "import", "i1", None, clock())
    clock.now += SILENCE / 2
    interrupt_silent(store, clock)
    assert found(store, "j1").status == "running"
    clock.now += SILENCE / 2 + timedelta(seconds=1)
    interrupt_silent(store, clock)
    assert (found(store, "j1").status, found(store, "j1").error) == ("interrupted", DIED)


def test_a_scripts_job_ends_as_its_block_does(store: Store, clock: FakeClock) -> None:
    with foreground(store, clock, "import", "i1", "j1") as work:
        work.tell("reading", 5)
    assert (found(store, "j1").status, found(store, "j1").done) == ("done", 5)
    with pytest.raises(KeyboardInterrupt), foreground(store, clock, "import", "i1", "j2"):
        raise KeyboardInterrupt
    assert found(store, "j2").status == "interrupted"


def test_ids_sort_by_time(clock: FakeClock) -> None:
    first = new_id(clock())
    clock.advance(seconds=1)
    assert first < new_id(clock())
