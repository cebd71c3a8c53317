from __future__ import annotations

from threading import Event, Thread

import pytest

from clickstream.errors import InvalidInput, TooManyRequests
from clickstream.passwords import Cost, Passwords, accept_password

CHEAP = Cost(n=2, r=1, p=1)


def test_a_password_matches_its_own_hash_only() -> None:
    passwords = Passwords(CHEAP)
    stored = passwords.hash("correct horse")
    assert passwords.matches("correct horse", stored)
    assert not passwords.matches("correct horsf", stored)


def test_two_hashes_of_one_password_differ() -> None:
    passwords = Passwords(CHEAP)
    assert passwords.hash("correct horse") != passwords.hash("correct horse")


def test_a_hash_carries_its_parameters_so_that_a_higher_cost_still_reads_it() -> None:
    stored = Passwords(CHEAP).hash("correct horse")
    assert stored.startswith("scrypt$2$1$1$")
    assert Passwords(Cost(n=4, r=2, p=1)).matches("correct horse", stored)


def test_the_password_is_not_in_its_hash() -> None:
    assert "horse" not in Passwords(CHEAP).hash("correct horse")


def test_nobody_has_no_password_whatever_is_tried() -> None:
    assert not Passwords(CHEAP).matches("correct horse", None)


def test_an_unknown_user_costs_one_computation_like_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    costs: list[Cost] = []
    passwords = Passwords(CHEAP)
    digest = passwords._digest

    def counted(password: str, salt: bytes, cost: Cost) -> bytes:
        costs.append(cost)
        return digest(password, salt, cost)

    monkeypatch.setattr(passwords, "_digest", counted)
    passwords.matches("correct horse", None)
    assert costs == [CHEAP]


def test_one_password_typed_on_two_keyboards_is_the_same() -> None:
    passwords = Passwords(CHEAP)
    assert passwords.matches("re\u0301sume\u0301-2026", passwords.hash("r\u00e9sum\u00e9-2026"))


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "must have at least 8 characters"),
        ("seven77", "must have at least 8 characters"),
        ("é" * 513, "must have at most 1024 bytes"),
    ],
)
def test_it_refuses_a_password_naming_the_field(password: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        accept_password(password)
    assert refused.value.fields == {"password": reason}


@pytest.mark.parametrize("password", ["eight888", "é" * 512])
def test_it_takes_a_password_at_the_bounds(password: str) -> None:
    assert accept_password(password) == password


def test_more_computations_than_allowed_wait_and_then_are_asked_to_come_back() -> None:
    passwords = Passwords(CHEAP, simultaneous=1, patience_seconds=0.01)
    inside, leave = Event(), Event()

    def occupy() -> None:
        with passwords._slot():
            inside.set()
            leave.wait(5)

    thread = Thread(target=occupy)
    thread.start()
    inside.wait(5)
    with pytest.raises(TooManyRequests) as refused:
        passwords.hash("correct horse")
    assert refused.value.retry_after_seconds > 0
    leave.set()
    thread.join()
    assert passwords.hash("correct horse")
