"""Uploads on disk: streamed, capped, private, and nothing is left of one that went wrong."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from conftest import FakeClock

from clickstream.errors import ClickstreamError, NotFound, TooLarge, TooManyRequests
from clickstream.spool import CHUNK_BYTES, GIVEN_UP, KEPT, RESERVE_BYTES, DiskFull, Spool

PLENTY = 1 << 40


def spool_in(folder: Path, clock: FakeClock, max_bytes: int = 1 << 20, free: int = PLENTY, places: int = 16) -> Spool:
    return Spool(folder / "uploads", max_bytes, clock, free=lambda _: free, places=places)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "uploads").iterdir())


class Broken:
    """A body that ends in an error after its first piece."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.given = False

    def read(self, limit: int, /) -> bytes:
        if self.given:
            raise self.error
        self.given = True
        return b"x"


class Watched(BytesIO):
    """A body that remembers the largest piece asked for."""

    largest = 0

    def read(self, limit: int | None = -1, /) -> bytes:
        self.largest = max(self.largest, limit or -1)
        return super().read(limit)


def test_a_body_is_written_piece_by_piece_for_this_account_only(tmp_path: Path, clock: FakeClock) -> None:
    spool, body = spool_in(tmp_path, clock), Watched(b"ab" * CHUNK_BYTES)
    assert spool.receive("f1", body) == 2 * CHUNK_BYTES
    assert (files(tmp_path), body.largest) == (["f1"], CHUNK_BYTES)
    assert spool.path("f1").read_bytes() == b"ab" * CHUNK_BYTES
    assert spool.path("f1").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "uploads").stat().st_mode & 0o777 == 0o700
    spool.remove("f1")
    assert not spool.has("f1")
    with pytest.raises(NotFound):
        spool.path("f1")


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ClickstreamError("the client left"), ClickstreamError),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
    ids=["cut off", "disk full", "quota", "stopped"],
)
def test_a_broken_upload_leaves_nothing(error: Exception, raised: type[Exception], tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(raised):
        spool_in(tmp_path, clock).receive("f1", Broken(error))
    assert files(tmp_path) == []


def test_a_file_over_the_cap_is_refused_with_the_setting_to_raise(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(TooLarge, match="UPLOAD_MAX_MB"):
        spool_in(tmp_path, clock).receive("f1", BytesIO(b"x" * ((1 << 20) + 1)))
    assert files(tmp_path) == []


def test_the_database_is_left_room_on_the_disk(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(DiskFull):
        spool_in(tmp_path, clock, free=RESERVE_BYTES - 1).receive("f1", BytesIO(b"x"))
    assert files(tmp_path) == []


def test_files_wait_in_a_bounded_number(tmp_path: Path, clock: FakeClock) -> None:
    spool = spool_in(tmp_path, clock, places=2)
    spool.receive("f1", BytesIO(b"1"))
    spool.receive("f2", BytesIO(b"2"))
    with pytest.raises(TooManyRequests):
        spool.receive("f3", BytesIO(b"3"))


def test_what_nobody_came_back_for_is_swept(tmp_path: Path, clock: FakeClock) -> None:
    spool = spool_in(tmp_path, clock)
    for name in ("old", "fresh", "abandoned"):
        spool.receive(name, BytesIO(b"x"))
    folder = tmp_path / "uploads"
    (folder / "abandoned").rename(folder / "abandoned.part")
    ages = {"old": KEPT + timedelta(hours=1), "fresh": KEPT / 2, "abandoned.part": GIVEN_UP + timedelta(hours=1)}
    for name, age in ages.items():
        moment = (clock() - age).timestamp()
        os.utime(folder / name, (moment, moment))
    spool.sweep()
    assert files(tmp_path) == ["fresh"]
