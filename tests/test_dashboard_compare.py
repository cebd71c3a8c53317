"""The Compare page in a real browser: two sides from the address, the API's numbers, an explanation, and its replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import SECONDS, Reader, reader_at
from tests.test_dashboard_data import send, sign_in
from tests.visits import visits

COMPARE = "?page=compare"
DEVICES = f"{COMPARE}&device=desktop&b_device=mobile"


@pytest.fixture(scope="module")
def owner(browser: Browser, address: str) -> Iterator[Reader]:
    """Of a shop with 40 visits on a desktop, 4 of which bought, and 60 on a mobile, 30 of which did."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = reader_at(context, address)
    reader.page.goto(address)
    sign_in(reader.page, "alice", "Create account")
    expect(reader.page.locator("h1")).to_have_text("No data yet")
    start = datetime.now(UTC) - timedelta(days=2)
    send(reader, *visits(40, start, buying=4, device="desktop"), *visits(60, start, first=100, buying=30, device="mobile"))
    for _ in range(60):
        if reader.get("/api/metrics/overview")["result"]["sessions"] == 100:
            break
        reader.page.wait_for_timeout(0.5 * SECONDS)
    yield reader
    context.close()


@pytest.fixture
def reader(owner: Reader) -> Iterator[Reader]:
    owner.complaints.clear()
    owner.open(COMPARE)
    yield owner
    assert owner.complaints == []


def test_two_devices_are_compared_explained_and_the_explanation_replayed(reader: Reader) -> None:
    page = reader.page
    expect(page.get_by_text("Both sides are the same selection")).to_be_visible()
    page.get_by_role("link", name="Mobile against desktop").click()
    expect(page).to_have_url(f"{reader.address}/{DEVICES}")
    answer = reader.get("/api/compare?device=desktop&b_device=mobile")
    rows = {(topic["topic"], row["name"]): row for topic in answer["topics"] for row in topic["rows"]}
    conversion = rows["overview", "conversion_rate"]
    assert (conversion["a"]["value"], conversion["b"]["value"]) == (0.1, 0.5)
    shown = page.get_by_role("row", name="Conversion rate").first
    expect(shown).to_contain_text("10.0%")
    expect(shown).to_contain_text("+40.0 pp")
    expect(shown).to_contain_text("beyond chance")
    expect(page.locator(".compare-charts svg").first).to_be_visible()

    page.get_by_role("link", name="Swap A and B").click()
    expect(page.get_by_role("row", name="Conversion rate").first).to_contain_text("−40.0 pp")
    page.go_back()

    page.get_by_role("button", name="Explain what changed").click()
    report = page.get_by_role("article", name="Analysis")
    expect(report).to_contain_text("10.0% on side A and 50.0% on side B, up by 40.0 percentage points", timeout=60 * SECONDS)
    expect(report).to_contain_text("A difference is no proof of a reason")

    page.get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Measure again").click()
    expect(page.get_by_text("Nothing that could change the numbers has happened since.")).to_be_visible()
    page.locator("#tool-compare").click()
    expect(page).to_have_url(f"{reader.address}/{DEVICES}")


def test_a_side_without_sessions_is_named_and_the_page_fits_a_phone(reader: Reader) -> None:
    page = reader.page
    page.set_viewport_size({"width": 390, "height": 844})
    reader.open(DEVICES)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{reader.address}/{COMPARE}&b_from=2020-01-01&b_to=2020-01-02")
    expect(page.get_by_text("Side B has no sessions")).to_be_visible()
    expect(page.get_by_text("its data runs from")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    reader.complaints[:] = [said for said in reader.complaints if "400 (Bad Request)" not in said]
