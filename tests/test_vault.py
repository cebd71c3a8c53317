"""Saved keys are unreadable without the installation's secret, and say so when it is lost."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from clickstream.errors import StartupError
from clickstream.vault import SecretUnreadable, masked, open_vault

KEY = "sk-or-v1-0123456789abcdef"


def test_what_was_encrypted_is_read_again_after_a_restart(tmp_path: Path) -> None:
    for secret_key in ("", "correct horse", "ключ \u2028", "x" * 5000):
        token = open_vault(secret_key, tmp_path).encrypt(KEY)
        assert KEY not in token
        assert open_vault(secret_key, tmp_path).decrypt(token) == KEY


def test_the_same_key_is_never_encrypted_alike(tmp_path: Path) -> None:
    vault = open_vault("correct horse", tmp_path)
    assert vault.encrypt(KEY) != vault.encrypt(KEY)


def test_a_secret_of_the_settings_leaves_no_file(tmp_path: Path) -> None:
    open_vault("correct horse", tmp_path / "data")
    assert not list(tmp_path.iterdir())


def test_the_file_is_made_once_for_this_user_only(tmp_path: Path) -> None:
    open_vault("", tmp_path / "new" / "data")
    (file,) = (tmp_path / "new" / "data").iterdir()
    assert file.name == "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    open_vault("", tmp_path / "new" / "data")
    assert file.read_bytes() == before


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    token = open_vault("", tmp_path).encrypt(KEY)
    (tmp_path / "secret.key").chmod(0o644)
    assert open_vault("", tmp_path).decrypt(token) == KEY
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    barrier, tokens = threading.Barrier(8), []

    def start() -> None:
        barrier.wait()
        tokens.append(open_vault("", tmp_path).encrypt(KEY))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {open_vault("", tmp_path).decrypt(token) for token in tokens} == {KEY}
    assert len(tokens) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_crash_while_the_file_is_written_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(StartupError, match="No space left"):
        patch.setattr(os, "fsync", crash)
        open_vault("", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("other", ["rotated", ""])
def test_a_changed_secret_says_that_the_key_must_be_saved_again(tmp_path: Path, other: str) -> None:
    token = open_vault("original", tmp_path).encrypt(KEY)
    with pytest.raises(SecretUnreadable, match="Paste it again"):
        open_vault(other, tmp_path).decrypt(token)


def test_a_lost_file_says_so_too(tmp_path: Path) -> None:
    token = open_vault("", tmp_path).encrypt(KEY)
    (tmp_path / "secret.key").unlink()
    with pytest.raises(SecretUnreadable):
        open_vault("", tmp_path).decrypt(token)


@pytest.mark.parametrize("token", ["", "plain text", "gAAAAA", "\u2713", KEY])
def test_a_damaged_entry_says_so_too(tmp_path: Path, token: str) -> None:
    with pytest.raises(SecretUnreadable):
        open_vault("correct horse", tmp_path).decrypt(token)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44, b"A" * 43])
def test_a_damaged_file_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(StartupError, match="damaged"):
        open_vault("", tmp_path)


def test_a_folder_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StartupError, match=r"secret\.key cannot be used"):
        open_vault("", tmp_path / "data")


@pytest.mark.parametrize(
    ("secret", "shown"),
    [(KEY, "…cdef"), ("0123456789ab", "…89ab"), ("0123456789a", "…"), ("", "…")],
    ids=["key", "12", "11", "none"],
)
def test_a_key_is_shown_by_its_last_four_characters_only(secret: str, shown: str) -> None:
    assert masked(secret) == shown
