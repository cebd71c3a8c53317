"""The owner looks up one shopper, downloads everything, and erases it by typing the name once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Reader, reader_at
from playwright.sync_api import Browser, expect

PASSWORD = "long enough to keep"


@pytest.fixture(scope="module")
def owner(browser: Browser, address: str) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", accept_downloads=True)
    reader = reader_at(context, address)
    reader.page.goto(address)
    reader.page.get_by_label("Username").fill("alice")
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("button", name="Create account", exact=True).click()
    expect(reader.page.locator("h1")).to_have_text("No data yet")
    headers = {"Content-Type": "application/json", "Origin": address}
    events = [
        {"event_type": "pageview", "user_id": name, "client_id": f"c-{name}", "page": f"/{n}"}
        for name in ("carol", "dave")
        for n in range(3)
    ]
    assert reader.page.request.post(f"{address}/api/events", data=json.dumps(events), headers=headers).ok
    yield reader
    context.close()


def look_up(owner: Reader, name: str) -> None:
    owner.open("?page=members")
    owner.page.get_by_label("User id, as the shop sends it").fill(name)
    owner.page.get_by_role("button", name="Look up").click()


def test_somebody_unknown_is_said_to_be(owner: Reader) -> None:
    look_up(owner, "nobody")
    expect(owner.page.locator(".person-found")).to_have_text("Nothing is stored about nobody.")


def test_everything_is_downloaded(owner: Reader) -> None:
    look_up(owner, "carol")
    expect(owner.page.locator(".person-found")).to_contain_text("Stored about carol: 3 events")
    with owner.page.expect_download() as download:
        owner.page.get_by_role("link", name="Download everything").click()
    lines = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert [line["kind"] for line in lines].count("event") == 3
    assert lines[-1]["kind"] == "end"


def test_a_wrong_name_erases_nothing_and_the_right_one_everything(owner: Reader) -> None:
    look_up(owner, "carol")
    owner.page.get_by_text("Erase this person for good").click()
    typed = owner.page.get_by_label("Confirmation")
    typed.fill("karol")
    owner.page.get_by_role("button", name="Erase", exact=True).click()
    expect(owner.page.locator("#confirm-wrong")).to_have_text("Confirmation must be the user id.")
    expect(typed).to_be_visible()
    typed.fill("carol")
    owner.page.get_by_role("button", name="Erase", exact=True).click()
    expect(owner.page.locator("#person-erased")).to_contain_text("3 events")
    expect(owner.page.locator("#members-log tbody")).to_contain_text("erased-")
    look_up(owner, "carol")
    expect(owner.page.locator(".person-found")).to_have_text("Nothing is stored about carol.")
    left = owner.get("/api/events?limit=50")["items"]
    assert {event["user_id"] for event in left} == {"dave"}
