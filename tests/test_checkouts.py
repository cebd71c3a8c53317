"""The steps of a session's checkout, and what went wrong in it."""

from __future__ import annotations

from typing import Any

import pytest
from event_made import made, session

from clickstream.events import MAX_LABEL


@pytest.mark.parametrize(
    ("properties", "step"),
    [
        ({"step": 2, "step_name": "payment"}, ("payment", 2, 0)),
        ({"step": 2}, ("2", 2, 0)),
        ({"step": 2.0}, ("2", 2, 0)),
        ({"step": 2.5, "step_name": ""}, ("2.5", 2.5, 0)),
        ({"step": " 3 ", "step_name": "  "}, ("3", 3, 0)),
        ({"step": "payment"}, ("payment", None, 0)),
        ({"step_name": " payment "}, ("payment", None, 0)),
        ({"step_name": 7}, ("7", None, 0)),
        ({"step_name": "x" * 200}, ("x" * MAX_LABEL, None, 0)),
        ({"step_name": ["payment"], "step": True}, None),
        ({"step_name": None}, None),
        ({}, None),
    ],
)
def test_a_step_has_the_name_it_was_given_else_its_number(
    properties: dict[str, Any], step: tuple[str, Any, int] | None
) -> None:
    assert session(made("checkout_step", **properties)).checkout_steps == ([step] if step else [])


def test_a_step_s_number_is_its_smallest_and_is_kept_where_a_later_event_has_none() -> None:
    steps = [
        made("checkout_step", n, step_name="pay", **({"step": step} if step else {})) for n, step in enumerate((0, 4, 3, 0))
    ]
    assert session(*steps).checkout_steps == [("pay", 3, 0)]


@pytest.mark.parametrize(
    ("bought_at", "completed"), [(9, (0, 0)), (10, (1, 0)), (19.999, (1, 0)), (20, (1, 1)), (50, (1, 1))]
)
def test_a_step_is_completed_by_a_purchase_at_or_after_its_first_occurrence(
    bought_at: float, completed: tuple[int, int]
) -> None:
    found = session(
        made("purchase", bought_at),
        made("checkout_step", 10, step_name="address"),
        made("checkout_step", 20, step_name="pay"),
        made("checkout_step", 60, step_name="address"),
    )
    assert tuple(done for _, _, done in found.checkout_steps) == completed


@pytest.mark.parametrize(
    ("event_type", "properties", "error"),
    [
        ("payment_error", {"code": "declined", "reason": "no funds"}, ("payment_error", "declined", 1, 0)),
        ("payment_error", {"code": "", "reason": "no funds"}, ("payment_error", "no funds", 1, 0)),
        ("payment_error", {"code": 51}, ("payment_error", "51", 1, 0)),
        ("payment_error", {}, ("payment_error", "unknown", 1, 0)),
        ("coupon", {"action": "denied", "reason": "expired"}, ("coupon_denied", "expired", 1, 0)),
        ("coupon", {"action": "denied", "code": "X"}, ("coupon_denied", "unknown", 1, 0)),
        ("coupon", {"action": "Denied"}, None),
        ("coupon", {"action": "applied", "reason": "expired"}, None),
        ("coupon", {}, None),
    ],
)
def test_what_is_an_error_and_what_it_is_called(
    event_type: str, properties: dict[str, Any], error: tuple[str, str, int, int] | None
) -> None:
    assert session(made(event_type, **properties)).checkout_errors == ([error] if error else [])


@pytest.mark.parametrize(("bought_at", "completed"), [(5, 0), (19, 0), (20, 1), (30, 1)])
def test_an_error_is_overcome_by_a_purchase_at_or_after_the_last_of_its_name(bought_at: float, completed: int) -> None:
    errors = [made("payment_error", seconds, code="declined") for seconds in (0, 10, 20)]
    assert session(*errors, made("purchase", bought_at)).checkout_errors == [("payment_error", "declined", 3, completed)]
