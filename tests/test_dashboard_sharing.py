"""An analysis in a real browser: commented on, looked at as somebody else, shared with a stranger, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from browsing import SECONDS, Reader, reader_at
from playwright.sync_api import Browser, expect
from test_dashboard_data import sign_in
from visits import visits

HOSTILE = "Is <b>this</b> so?\nI doubt it. <img src=x onerror=alert(1)>"
REFUSED = "the server responded with a status of 404"


@pytest.fixture(scope="module")
def owner(browser: Browser, address: str) -> Iterator[Reader]:
    """Reads an analysis of a small shop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = reader_at(context, address)
    reader.page.goto(address)
    sign_in(reader.page, "alice", "Create account")
    expect(reader.page.locator("h1")).to_have_text("No data yet")
    events = visits(60, datetime.now(UTC) - timedelta(days=1), buying=9)
    api = reader.page.request
    headers = {"origin": address}
    assert api.post(f"{address}/api/events", data=events, headers=headers).ok
    made = api.post(f"{address}/api/analyze", data={"wait": True}, headers=headers, timeout=60 * SECONDS)
    reader.open(f"?page=insights&analysis={made.json()['analysis_id']}")
    reader.complaints.clear()
    yield reader
    assert reader.complaints == []
    context.close()


@pytest.fixture
def stranger(browser: Browser, address: str) -> Iterator[Reader]:
    """Somebody else, without cookies, on a phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    yield reader_at(context, address)
    context.close()


def claims_of(reader: Reader) -> list[str]:
    """Every sentence on the page, folded ones too."""
    return sorted(text.strip() for text in reader.page.locator(".claim > p:first-child").all_text_contents())


def test_a_comment_stands_under_its_sentence_as_plain_text(owner: Reader) -> None:
    page = owner.page
    remarks = page.locator("#remarks-executive_summary-0")
    remarks.locator("> summary").click()
    box = remarks.get_by_label("Your comment")
    box.fill(HOSTILE)
    page.locator("#remark-send-executive_summary-0").click()

    expect(remarks.locator("> summary")).to_have_text("1 comment")
    expect(remarks.locator(".remark-text")).to_have_text(HOSTILE)
    expect(remarks.locator(".remark-text *")).to_have_count(0)
    expect(remarks.get_by_label("Your comment").last).to_have_value("")
    remarks.get_by_role("button", name="Resolve").click()
    expect(remarks.locator("> summary")).to_have_text("1 comment, 1 resolved")


def test_another_view_leaves_nothing_out_and_is_in_the_address(owner: Reader) -> None:
    page, before = owner.page, claims_of(owner)
    assert len(before) > 3

    page.get_by_label("View as").select_option("operations")

    expect(page.locator(".report-figures dt").first).to_have_text("Orders")
    assert "role_view=operations" in page.url
    assert claims_of(owner) == before
    folded = page.locator("#folded-recommendations")
    expect(folded.locator(".claim").first).to_be_hidden()
    folded.locator("> summary").click()
    expect(folded.locator(".claim").first).to_be_visible()
    page.get_by_label("View as").select_option("")
    expect(page.locator(".report-folded")).to_have_count(0)


def test_a_stranger_reads_what_is_shared_until_it_is_revoked(owner: Reader, stranger: Reader) -> None:
    page = owner.page
    page.get_by_role("button", name="Share").click()
    page.get_by_label("For whom").fill("agency")
    page.locator("#share-comments").check()
    page.get_by_role("button", name="Create link").click()
    link = page.locator("#share-link").inner_text()

    stranger.page.goto(link)
    expect(stranger.page.locator("h1")).to_have_text("Shop analysis")
    assert claims_of(stranger) == claims_of(owner)
    expect(stranger.page.locator(".remark-text")).to_have_text(HOSTILE)
    assert "alice" not in stranger.page.locator("body").inner_text()
    assert stranger.page.locator("form, #sign-out").count() == 0
    assert stranger.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert stranger.complaints == []

    owner.open("?page=members")
    expect(page.locator("#members-share-links tbody")).to_contain_text("1 time")
    page.get_by_role("button", name="Revoke the link agency").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#members-share-links")).to_contain_text("No analysis is shared by a link.")
    stranger.page.reload()
    expect(stranger.page.get_by_role("alert")).to_contain_text("This link is not valid (any more).")
    assert all(REFUSED in complaint for complaint in stranger.complaints)
