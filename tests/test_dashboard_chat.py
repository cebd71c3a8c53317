"""The chat of an open analysis in a real browser: asked without a key, its reports and history, and a model at work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from browsing import SECONDS, Reader, reader_at
from playwright.sync_api import Browser, expect
from provider_server import KEY, MODEL, provider
from test_dashboard_data import sign_in
from test_dashboard_journeys import JOURNEYS, dropped
from test_journey_numbers import made_journeys

WHY = "Why do users abandon carts?"
ON_MOBILE = "What's the conversion rate on phones?"


@pytest.fixture(scope="module")
def owner(browser: Browser, address: str) -> Iterator[Reader]:
    """Somebody who has uploaded a log and opened its analysis."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = reader_at(context, address)
    page = reader.page
    page.goto(address)
    sign_in(page, "alice", "Create account")
    expect(page.locator("h1")).to_have_text("No data yet")
    reader.open(JOURNEYS)
    dropped(reader, april_json=json.dumps(made_journeys(Random(7))))
    page.get_by_role("link", name="Insights").nth(1).click(timeout=120 * SECONDS)
    expect(page.locator("#heading-chat")).to_be_visible(timeout=60 * SECONDS)
    reader.complaints.clear()
    yield reader
    assert reader.complaints == []
    context.close()


def ask(reader: Reader, question: str) -> None:
    answers = reader.page.locator(".chat-answer")
    before = answers.count()
    reader.page.locator("#chat-question").fill(question)
    reader.page.locator("#chat-question").press("Enter")
    expect(answers).to_have_count(before + 1)


def numbers(reader: Reader, metric: str, **query: str) -> Any:
    dataset = reader.get("/api/datasets")["items"][0]["dataset_id"]
    asked = "&".join(f"{name}={value}" for name, value in {"dataset": dataset, **query}.items())
    return reader.get(f"/api/metrics/{metric}?{asked}")["result"]


def test_a_suggested_question_is_answered_without_a_key_from_reports_that_it_opens(owner: Reader) -> None:
    page = owner.page
    expect(page.locator("#chat-question")).to_be_in_viewport()
    page.locator(".analysis-tools").get_by_role("link", name="Ask").click()
    assert page.evaluate("document.activeElement.id") == "chat-question"
    page.locator(".chip", has_text=WHY).click()
    answer = page.locator(".chat-answer").last
    rate = numbers(owner, "cart")["abandonment_rate"]["value"]
    expect(answer).to_contain_text(f"{rate:.1%} of the carts")
    expect(answer.locator(".badge")).to_have_text("computed")
    answer.locator("summary", has_text="facts").click()
    expect(answer.locator("td", has_text=f"{rate:.1%}").first).to_be_visible()

    ask(owner, ON_MOBILE)
    mobile = numbers(owner, "overview", device="mobile")
    answer = page.locator(".chat-answer").last
    expect(answer).to_contain_text(f"{mobile['conversions']} of {mobile['sessions']} sessions")
    expect(page.locator(".chat-question").last).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.activeElement.id") == "chat-question"

    ask(owner, "Where do people drop out of the funnel?")
    answer = page.locator(".chat-answer").last
    answer.locator("summary", has_text="report").click()
    answer.get_by_role("link", name="Funnel").click()
    expect(page.locator("h1")).to_have_text("Detailed Metrics")
    expect(page.locator('[data-section="funnel"]')).to_contain_text("checkout")
    assert "dataset=" in page.url
    page.go_back()
    expect(page.locator(".chat-answer")).to_have_count(3)


def test_a_chat_is_renamed_exported_and_deleted(owner: Reader) -> None:
    page = owner.page
    page.get_by_text("Chats about this analysis").click()
    page.locator(".chat-list summary", has_text="Rename").click()
    page.get_by_label("Title").fill("Carts <b>in April</b>")
    page.locator(".chat-list").get_by_role("button", name="Save").click()
    expect(page.locator(".chat-title")).to_have_text("Carts <b>in April</b>")
    with page.expect_download() as download:
        page.locator(".chat-list").get_by_role("link", name="Markdown").click()
    assert WHY in download.value.path().read_text()

    page.get_by_role("button", name="New chat").click()
    expect(page.locator(".chat-answer")).to_have_count(0)
    ask(owner, "write me a poem")
    expect(page.locator(".chat-answer")).to_contain_text("No metric matches this question.")
    expect(page.locator(".chat-list > li")).to_have_count(2)
    page.locator(".chat-list > li").first.get_by_role("button", name="Delete").click()
    page.locator("#confirm-yes").click()
    expect(page.locator(".chat-list > li")).to_have_count(1)
    expect(page.locator(".chat-answer")).to_have_count(3)


def test_a_models_sentences_come_one_by_one_and_what_does_not_hold_is_withheld(owner: Reader) -> None:
    page = owner.page
    headers = {"content-type": "application/json", "origin": owner.address}
    with provider() as server:
        wanted = {"key": KEY, "kind": "compatible", "base_url": server.url_for("/v1"), "model": MODEL}
        saved = page.request.put(f"{owner.address}/api/openrouter/key", data=json.dumps(wanted), headers=headers)
        assert saved.ok, saved.text()
        ask(owner, "Take a guess: how was April?")
        answer = page.locator(".chat-answer").last
        expect(answer).to_contain_text(f"{numbers(owner, 'overview')['sessions']} sessions came")
        expect(answer.locator(".badge-model")).to_be_visible()
        expect(answer).to_contain_text("1 sentence withheld")
        expect(answer).not_to_contain_text("4,200")
    ask(owner, WHY)
    expect(page.locator(".chat-answer").last).to_contain_text("The model did not answer, so this is computed")


def test_the_chat_fits_a_phone(owner: Reader) -> None:
    page = owner.page
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
