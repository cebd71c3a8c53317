"""The Data page in a real browser: arriving events, and a file that is dropped, mapped, checked, loaded and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import SECONDS, Reader, another_window, reader_at
from playwright.sync_api import Browser, Page, expect

DATA = "?page=data"
PASSWORD = "long enough to keep"
ODD = """Wann;Wer;Was;Artikel;Preis;Anmerkung
01.02.2026 10:00;v1;Ansicht;A-1;12,50;=SUM(A1:A9)
01.02.2026 10:01;v1;Kauf;A-1;12,50;<img src=x onerror=alert(1)>
01.02.2026 10:02;v2;Ansicht;A-2;teuer;
gestern;v2;Ansicht;A-2;1,00;
"""
FIELDS = ("timestamp", "client_id", "event_type", "product_id", "price")
DROP = """(file) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([file.content], file.name));
  const box = document.querySelector("[data-drop=file-input]");
  box.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def sign_in(page: Page, username: str, button: str) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=button).click()


def send(reader: Reader, *events: dict[str, Any]) -> None:
    headers = {"content-type": "application/json", "origin": reader.address}
    reader.page.request.post(f"{reader.address}/api/events", data=json.dumps(events), headers=headers)


def open_data(reader: Reader) -> None:
    """The page listens, so the network never rests."""
    reader.page.goto(f"{reader.address}/{DATA}")
    expect(reader.page.locator("#data-events")).to_be_visible(timeout=30 * SECONDS)


def mapped(page: Page, selector: str, value: str) -> None:
    """Choose, and wait for the rows as they would now be read."""
    with page.expect_response(lambda answer: answer.url.endswith("/preview")) as answered:
        page.locator(selector).select_option(value)
    answered.value.finished()
    expect(page.locator(selector)).to_have_value(value)


def overview(reader: Reader) -> dict[str, Any]:
    result: dict[str, Any] = reader.get("/api/metrics/overview")["result"]
    return {name: result[name] for name in ("events", "sessions", "orders", "revenue")}


@pytest.fixture(scope="module")
def owner(browser: Browser, address: str) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = reader_at(context, address)
    reader.page.goto(address)
    sign_in(reader.page, "alice", "Create account")
    expect(reader.page.locator("h1")).to_have_text("No data yet")
    yield reader
    context.close()


@pytest.fixture
def reader(owner: Reader, browser: Browser, address: str) -> Iterator[Reader]:
    with another_window(owner, browser, address) as reader:
        yield reader


def test_an_empty_shop_says_so_in_every_section(reader: Reader) -> None:
    open_data(reader)
    expect(reader.page.locator("#data-events")).to_have_text("0")
    expect(reader.page.locator("#sources")).to_contain_text("No event has arrived yet.")
    expect(reader.page.locator("#imports-list")).to_contain_text("No file has been loaded yet")
    expect(reader.page.locator("#live-list")).to_contain_text("Nothing has arrived since this page listens")
    expect(reader.page.locator("#noise")).to_contain_text("not counted yet")


def test_an_accepted_and_a_refused_event_appear_as_they_arrive(reader: Reader) -> None:
    open_data(reader)
    expect(reader.page.locator("#live-list [role=status]")).to_have_text("Listening", timeout=30 * SECONDS)
    send(reader, {"event_type": "pageview", "client_id": "c1", "page": "/hello", "note": "<b>bold</b>"})
    send(reader, {"event_type": "purchase", "client_id": "c1", "revenue": "12,5"})
    stored = reader.page.locator(".live-stored", has_text="/hello")
    expect(stored).to_contain_text("<b>bold</b>", timeout=30 * SECONDS)
    refused = reader.page.locator(".live-refused", has_text="Purchase")
    expect(refused).to_contain_text('properties.revenue must be an amount such as 12.50: "12,5"', timeout=30 * SECONDS)
    expect(reader.page.locator("#data-refused")).to_contain_text("1", timeout=30 * SECONDS)

    reader.page.get_by_role("button", name="Pause").click()
    send(reader, {"event_type": "pageview", "client_id": "c1", "page": "/meanwhile"})
    expect(reader.page.get_by_role("button", name="Go on (1 new)")).to_be_visible(timeout=30 * SECONDS)
    expect(reader.page.locator(".live-stored", has_text="/meanwhile")).to_have_count(0)
    reader.page.get_by_role("button", name="Go on").click()
    expect(reader.page.locator(".live-stored", has_text="/meanwhile")).to_have_count(1)


def test_a_dropped_table_of_odd_columns_is_mapped_checked_loaded_and_taken_back(reader: Reader) -> None:
    page = reader.page
    open_data(reader)
    expect(page.locator("#data-standing")).to_have_text("are up to date", timeout=60 * SECONDS)
    before = overview(reader)
    page.evaluate(DROP, {"name": "März <b>.csv", "content": ODD})

    expect(page.locator("#mapping-lacks")).to_contain_text("no column says what happened", timeout=30 * SECONDS)
    expect(page.locator("#load-file")).to_be_disabled()
    for column, field in enumerate(FIELDS):
        mapped(page, f"#column-{column}", field)
    mapped(page, "#time_format", "%d.%m.%Y %H:%M")
    mapped(page, "#decimal", ",")
    mapped(page, "#word-0", "product_view")
    mapped(page, "#word-1", "purchase")
    expect(page.locator("#first-rows")).to_contain_text("=SUM(A1:A9)")
    expect(page.locator("#first-rows img")).to_have_count(0)

    page.get_by_role("button", name="Check the whole file").click()
    expect(page.locator("#check-done [data-accepted]")).to_have_text("2", timeout=60 * SECONDS)
    expect(page.locator("#check-done")).to_contain_text('line 4: properties.price must be an amount such as 12.50 ("teuer")')
    assert overview(reader) == before

    page.get_by_role("button", name="Load it").click()
    expect(page.locator("#load-done")).to_contain_text("The file is loaded", timeout=60 * SECONDS)
    row = page.locator("#imports-list tbody tr").first
    expect(row).to_contain_text("März <b>.csv")
    expect(row).to_contain_text("loaded")
    after = overview(reader)
    assert (after["events"], after["orders"]) == (before["events"] + 2, before["orders"] + 1)

    row.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#undo-done")).to_contain_text("2 events deleted", timeout=60 * SECONDS)
    expect(row).to_contain_text("taken back")
    assert overview(reader) == before
    assert reader.complaints == []


def test_a_file_that_holds_no_events_is_refused_in_words(reader: Reader) -> None:
    open_data(reader)
    reader.page.set_input_files("#file-input", files=[{"name": "empty.csv", "mimeType": "text/csv", "buffer": b""}])
    expect(reader.page.locator("#upload-failed")).to_contain_text("The file is empty.", timeout=30 * SECONDS)


def test_noise_is_counted_tagged_and_deleted_once_its_number_is_typed(reader: Reader) -> None:
    page = reader.page
    send(reader, *[{"event_type": "pageview", "client_id": f"s{n}", "source": "simulation"} for n in range(3)])
    open_data(reader)
    page.get_by_role("button", name="Count now").click()
    expect(page.get_by_role("button", name="Tag all 3")).to_be_enabled(timeout=60 * SECONDS)
    page.get_by_role("button", name="Tag all 3").click()
    expect(page.get_by_role("button", name="Take tags off")).to_be_visible(timeout=60 * SECONDS)
    page.get_by_text("Delete tagged events for good").click()
    page.get_by_label("Type “delete” and how many").fill("delete 99")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#noise-failed")).to_contain_text("type “delete 3”", timeout=30 * SECONDS)
    page.get_by_label("Type “delete” and how many").fill("delete 3")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#noise-done")).to_contain_text("3 events changed", timeout=60 * SECONDS)


def test_a_viewer_reads_and_changes_nothing(browser: Browser, owner: Reader, address: str) -> None:
    context = browser.new_context(locale="en-US")
    own_page = {"origin": address}
    context.request.post(f"{address}/api/signup", data={"username": "vera", "password": PASSWORD}, headers=own_page)
    made = owner.page.request.patch(f"{address}/api/members/vera", data={"role": "viewer"}, headers=own_page)
    assert made.ok, made.text()
    context.clear_cookies()
    viewer = reader_at(context, address)
    viewer.page.goto(address)
    sign_in(viewer.page, "vera", "Log in")
    expect(viewer.page.locator("h1")).to_have_text("Summary", timeout=30 * SECONDS)
    open_data(viewer)
    expect(viewer.page.locator("#file-input")).to_have_count(0)
    expect(viewer.page.locator("#live-list")).to_contain_text("Analysts and owners see single events here.")
    expect(viewer.page.locator("#imports-list tbody tr")).not_to_have_count(0)
    expect(viewer.page.get_by_role("button", name="Undo")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 2560])
def test_the_page_fits_the_screen(reader: Reader, width: int, scheme: Any) -> None:
    reader.page.emulate_media(color_scheme=scheme)
    reader.page.set_viewport_size({"width": width, "height": 900})
    open_data(reader)
    expect(reader.page.locator("#noise table")).to_be_visible()
    assert reader.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert reader.complaints == []
