"""Money is whole units of 1/10,000, so that no sum depends on its order."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickstream.money import MAX_AMOUNT, UNITS, amount, amounts, is_amount, units


@pytest.mark.parametrize(
    "value", [0, 1, -1, 0.1, -0.0, "12.50", "-3", "+3", "1e3", " 5 ", "1e-400", MAX_AMOUNT, -MAX_AMOUNT, "100000000000.0"]
)
def test_a_finite_number_or_its_text_is_an_amount(value: object) -> None:
    assert is_amount(value)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, [], {}, b"1", 1j, Decimal(1)),
        *(
            "",
            " ",
            "x",
            "1,5",
            "1 000",
            "1_000",
            "1__0",
            "$5",
            "5 EUR",
            "0x10",
            "NaN",
            "sNaN",
            "Infinity",
            "-inf",
            "1e9999999",
        ),
        *(float("nan"), float("inf"), MAX_AMOUNT + 1, -MAX_AMOUNT - 1, "100000000000.01", 10**400, 1e300),
    ],
)
def test_everything_else_is_none(value: object) -> None:
    assert not is_amount(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (35.79, 357_900),
        (7, 70_000),
        ("7.00", 70_000),
        (0.1 + 0.2, 3_000),
        ("0.00005", 0),
        ("0.00015", 2),
        (0.00005, 0),
        (0.00015, 2),
        (0.00025, 2),
        (1.00005, 10_000),
        (-0.00015, -2),
        ("1e-400", 0),
        (99_999_999_999.9999, 999_999_999_999_999),
        (MAX_AMOUNT, MAX_AMOUNT * UNITS),
    ],
)
def test_an_amount_is_rounded_half_even_to_a_ten_thousandth(value: float | str, expected: int) -> None:
    assert units(value) == expected
    assert isinstance(units(value), int)


def exactly(value: float | str) -> int:
    return int((Decimal(str(value)) * UNITS).to_integral_value(ROUND_HALF_EVEN))


@given(st.floats(-1e11, 1e11) | st.integers(-(10**15), 10**15).map(lambda n: n / 100_000))
def test_the_quick_way_of_rounding_equals_the_exact_one(value: float) -> None:
    assert units(value) == exactly(value)
    assert units(value) == units(str(value))


@given(st.lists(st.floats(0, 1e6), max_size=20), st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_their_order(values: list[float], rng: Random) -> None:
    shuffled = list(values)
    rng.shuffle(shuffled)
    assert sum(map(units, values)) == sum(map(units, shuffled))


def test_units_are_shown_as_people_write_them() -> None:
    assert amount(357_900) == 35.79
    assert amounts({"USD": 5, "EUR": 10_000}) == [{"currency": "EUR", "amount": 1.0}, {"currency": "USD", "amount": 0.0005}]
    assert amounts({}) == []


@given(st.integers(-(10**15), 10**15))
def test_what_is_shown_is_what_is_meant(n: int) -> None:
    assert units(amount(n)) == n
