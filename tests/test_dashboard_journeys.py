"""The Journeys page in a real browser: logs that are dropped, told of, opened, mapped, and deleted again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from browsing import SECONDS, Reader, reader_at
from playwright.sync_api import Browser, expect
from test_dashboard_data import FIELDS, ODD, mapped, sign_in
from test_journey_numbers import made_journeys

JOURNEYS = "?page=journeys"
DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const { name, content } of files) transfer.items.add(new File([content], name));
  const zone = document.querySelector("[data-drop=upload-logs]");
  for (const type of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


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
def reader(owner: Reader) -> Iterator[Reader]:
    owner.complaints.clear()
    owner.open(JOURNEYS)
    yield owner
    assert owner.complaints == []


def dropped(reader: Reader, **contents: Any) -> None:
    files = [{"name": name.replace("_", "."), "content": content} for name, content in contents.items()]
    reader.page.evaluate(DROP, files)


def test_a_dropped_log_is_loaded_opened_measured_and_deleted(reader: Reader) -> None:
    page = reader.page
    expect(page.get_by_text("No log has been uploaded yet.")).to_be_visible()
    lying = [{**one, "conversion": True} for one in made_journeys(Random(7))]
    broken = {"session_id": "x", "activities": [{"activity_type": "purchase", "timestamp": "<b>yesterday</b>"}]}
    page.get_by_label("Only check it").check()
    dropped(reader, may_json=json.dumps([*lying, broken]))
    expect(page.get_by_text("checked; nothing was stored.")).to_be_visible(timeout=60 * SECONDS)
    expect(page.locator(".journeys-sent details", has_text="Refused: invalid_event 1")).to_be_visible()
    assert reader.get("/api/datasets")["items"] == []
    page.get_by_label("Only check it").uncheck()
    dropped(reader, april_json=json.dumps([*lying, broken]))
    expect(page.get_by_text("loaded.")).to_be_visible(timeout=60 * SECONDS)

    page.get_by_role("link", name="april.json", exact=True).click()
    refused = page.locator(".journeys-log details", has_text="Refused: invalid_event 1")
    expect(refused).to_contain_text("$[200].activities[0].timestamp")
    expect(refused).to_contain_text('"<b>yesterday</b>"')
    expect(page.locator("details", has_text="What the log says about itself")).to_be_visible()

    page.get_by_role("link", name="Open it").click()
    expect(page.locator("h1")).to_have_text("Summary")
    dataset = reader.get("/api/datasets")["items"][0]["dataset_id"]
    result = reader.get(f"/api/metrics/overview?dataset={dataset}")["result"]
    expect(page.locator('[data-metric="overview.sessions"]').first).to_have_attribute("data-value", str(result["sessions"]))
    assert float(reader.shown("overview.conversion_rate") or "nan") == pytest.approx(result["conversion_rate"]["value"])
    assert result["sessions"] == 200

    funnel = reader.get(f"/api/metrics/funnel?dataset={dataset}")["result"]
    assert funnel["outside"] == funnel["conversions"] - funnel["steps"][-1]["reached"] > 0
    reader.open(f"?page=metrics&topic=funnel&dataset={dataset}")
    why = f"{funnel['outside']} of them skipped a step or took the steps in another order."
    expect(page.get_by_text(why)).to_be_visible()

    page.get_by_role("link", name="Back to the live shop").click()
    expect(page.get_by_role("link", name="Back to the live shop")).to_have_count(0)

    reader.open(f"{JOURNEYS}&log={dataset}")
    page.locator("#delete-log").click()
    page.locator("#confirm-yes").click()
    expect(page.get_by_text("No log has been uploaded yet.")).to_be_visible(timeout=60 * SECONDS)


def test_several_files_are_told_of_one_by_one(reader: Reader) -> None:
    dropped(reader, good_json=json.dumps(made_journeys(Random(8))), bad_json="[1, 2]")
    expect(reader.page.locator(".journeys-sent .notice-good")).to_contain_text("good.json", timeout=60 * SECONDS)
    expect(reader.page.locator(".journeys-sent .notice-bad")).to_contain_text(
        "bad.json: Nothing in this file", timeout=60 * SECONDS
    )


def test_a_table_of_odd_columns_is_mapped_where_it_was_dropped(reader: Reader) -> None:
    page = reader.page
    dropped(reader, odd_csv=ODD)
    expect(page.locator("#mapping-lacks")).to_be_visible(timeout=30 * SECONDS)
    expect(page.locator("#load-file")).to_be_disabled()
    for place, field in enumerate(FIELDS):
        mapped(page, f"#column-{place}", field)
    mapped(page, "#word-0", "product_view")
    mapped(page, "#word-1", "purchase")
    mapped(page, "#time_format", "%d.%m.%Y %H:%M")
    mapped(page, "#decimal", ",")
    page.locator("#load-file").click()
    expect(page.locator(".journeys-sent .notice-good")).to_contain_text("odd.csv", timeout=60 * SECONDS)
    held = reader.get("/api/datasets")["items"][0]
    assert (held["name"], held["files"][0]["report"]["events"]) == ("odd.csv", 2)


def test_the_page_fits_a_phone(reader: Reader) -> None:
    page = reader.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".journeys-list a").first.click()
    expect(page.locator("#heading-log")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
