"""Keys, models and recommended products in a real browser, up to a model's words with our numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import SECONDS, Reader, reader_at, started_server
from playwright.sync_api import Browser, Page, expect
from provider_server import KEY, MODEL, provider

SETTINGS = "?page=settings"
PASSWORD = "long enough to keep"
EXPECTED = ("status of 401", "status of 502", "status of 400")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with provider() as server:
        yield server.url_for("/v1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with started_server(folder) as address:
        yield address


def sign_in(page: Page, username: str, button: str = "Log in") -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=button).click()


def fill_provider(page: Page, base_url: str, key: str) -> None:
    page.get_by_label("Provider", exact=True).select_option("compatible")
    page.get_by_label("Address", exact=True).fill(base_url)
    page.get_by_label("API key").fill(key)


@pytest.fixture(scope="module")
def story(browser: Browser, address: str, base_url: str) -> Iterator[Reader]:
    """An owner with a shop saves a key, tests it, chooses a model and runs an analysis."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = reader_at(context, address)
    page = reader.page
    page.goto(address)
    sign_in(page, "alice", "Create account")
    page.get_by_role("button", name="Load sample data").click()
    expect(page.locator("h1")).to_have_text("Summary", timeout=120 * SECONDS)

    page.get_by_role("link", name="Settings").click()
    expect(page.locator(".provider-use")).to_contain_text("No AI provider is in use")
    fill_provider(page, base_url, "not-the-key")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".provider-notes [role=alert]")).to_contain_text("refused the API key", timeout=30 * SECONDS)
    page.get_by_label("API key").fill(f'"Bearer {KEY}"')
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("#check-note")).to_contain_text("The connection works.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved-key")).to_have_text("…cdef")
    expect(page.get_by_label("API key")).to_have_value("")
    expect(page.locator(".provider-use")).to_contain_text(base_url)

    page.get_by_label("Find a model").fill("large acme")
    expect(page.locator(".model-found tbody tr")).to_have_count(1)
    expect(page.locator(".model-found")).to_contain_text("$0.15 / $0.60")
    page.get_by_role("button", name=f"Choose {MODEL}").click()
    expect(page.locator("#model-in-use")).to_have_text(MODEL)

    page.get_by_role("link", name="Insights").click()
    page.locator("#analyse").click()
    expect(page.locator("#report-executive_summary")).to_be_visible(timeout=60 * SECONDS)
    yield reader
    context.close()


def analysis_of(story: Reader) -> Any:
    found = re.search(r"analysis=(\w+)", story.page.url)
    assert found
    return story.get(f"/api/analyses/{found[1]}")


def test_the_models_words_appear_with_our_numbers(story: Reader) -> None:
    overview = story.get("/api/metrics/overview")["result"]
    said = f"The shop counted {overview['sessions']:,} sessions by {overview['visitors']:,} visitors."
    expect(story.page.locator("section", has=story.page.locator("#report-executive_summary"))).to_contain_text(said)
    expect(story.page.locator(".report-section h2 .badge")).to_have_text(["model"] * 8)
    expect(story.page.locator("#authorship")).to_contain_text(MODEL)
    assert analysis_of(story)["model"]["status"] == "used"


def test_recommended_products_appear_with_reasons_and_what_was_counted(story: Reader) -> None:
    products = analysis_of(story)["recommended_products"]
    assert len(products) == 3
    catalogue = {item["product_id"]: item for item in story.get("/api/products?limit=500")["items"]}
    shown = story.page.locator("#recommended-products .product")
    expect(shown).to_have_count(3)
    for place, product in enumerate(products):
        assert product["name"] == catalogue[product["product_id"]]["name"]
        expect(shown.nth(place)).to_contain_text(product["name"])
        expect(shown.nth(place)).to_contain_text(f"${product['price']:,.2f}")
        expect(shown.nth(place)).to_contain_text("sessions in its favour")
    shown.first.locator("summary").click()
    evidence = products[0]["evidence"]
    expect(shown.first.locator("table")).to_contain_text(f"{evidence['n']:,} of {evidence['sessions']:,}")


def test_who_logs_in_again_finds_the_key_and_the_recommendations(browser: Browser, story: Reader, address: str) -> None:
    saved = [(one["product_id"], one["reason"]) for one in analysis_of(story)["recommended_products"]]
    context = browser.new_context(locale="en-US")
    again = reader_at(context, address)
    again.page.goto(address)
    sign_in(again.page, "alice")
    expect(again.page.locator("h1")).to_have_text("Summary")
    again.page.get_by_role("button", name="Log out").click()
    expect(again.page.locator("h1")).to_have_text("Log in")
    assert again.page.request.get(f"{address}/api/recommendations").status == 401
    sign_in(again.page, "alice")
    expect(again.page.locator("h1")).to_have_text("Summary")
    found = again.get("/api/recommendations")
    assert (found["source"], [(one["product_id"], one["reason"]) for one in found["items"]]) == ("llm", saved)
    again.open("?page=insights")
    expect(again.page.locator("#recommended-products .product")).to_have_count(len(saved))
    again.open(SETTINGS)
    expect(again.page.locator("#saved-key")).to_have_text("…cdef")
    expect(again.page.locator("#model-in-use")).to_have_text(MODEL)
    context.close()


def test_how_to_write_it_is_chosen_remembered_and_told(reader: Reader) -> None:
    page = reader.page
    reader.open("?page=insights")
    page.locator("#brief summary").click()
    expect(page.locator("#brief-model")).to_have_text(MODEL)
    page.get_by_label("Your wishes").fill("Mostly phones, please.")
    page.get_by_label("Temperature").click()
    page.keyboard.type("3")
    expect(page.get_by_text("The temperature goes from 0 to 2.")).to_be_visible()
    page.locator("#analyse").click()
    expect(page.get_by_label("Temperature")).to_be_focused()
    expect(page.get_by_label("Temperature")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Backspace")
    page.keyboard.type("0.7")
    expect(page.get_by_label("Temperature")).not_to_have_attribute("aria-invalid", "true")
    page.get_by_label("Written for").select_option("User experience")
    expect(page.locator("#brief-preset-hint")).to_contain_text("where people get stuck")
    expect(page.get_by_label("Temperature")).to_have_value("0.7")
    page.locator("#analyse").click()
    expect(page.locator("#written-with")).to_contain_text("User experience", timeout=60 * SECONDS)
    expect(page.locator("#written-with")).to_contain_text("at temperature 0.7, with the wishes Mostly phones, please.")

    page.reload()
    expect(page.locator("#brief summary")).to_contain_text("User experience")
    page.locator("#brief summary").click()
    expect(page.get_by_label("Your wishes")).to_have_value("Mostly phones, please.")
    page.get_by_role("button", name="As usual").click()
    expect(page.locator("#brief summary")).to_have_text("How to write it")
    expect(page.get_by_label("Temperature")).to_have_value("")


def test_a_refused_key_leaves_a_whole_computed_report_that_says_why(reader: Reader) -> None:
    reader.open(SETTINGS)
    reader.page.get_by_label("API key").fill("expired-key-0123")
    reader.page.get_by_role("button", name="Save").click()
    expect(reader.page.locator("#saved-key")).to_have_text("…0123")
    reader.open("?page=insights&device=mobile")
    reader.page.locator("#analyse").click()
    expect(reader.page.locator("#authorship")).to_contain_text("refused the API key", timeout=60 * SECONDS)
    expect(reader.page.locator(".report-section h2 .badge")).to_have_text(["computed"] * 8)
    expect(reader.page.locator("#recommended-products .product").first).to_be_visible()
    reader.open(SETTINGS)
    reader.page.get_by_label("API key").fill(KEY)
    reader.page.get_by_role("button", name="Save").click()
    expect(reader.page.locator("#saved-key")).to_have_text("…cdef")


def test_what_cannot_be_saved_is_said_beside_its_field(reader: Reader) -> None:
    reader.open(SETTINGS)
    reader.page.get_by_label("Address", exact=True).fill("ftp://models")
    reader.page.get_by_label("API key").fill("typed-key-4321")
    reader.page.get_by_role("button", name="Save").click()
    expect(reader.page.locator("#base_url-wrong")).to_contain_text("must look like https://host/v1")
    expect(reader.page.get_by_label("Address", exact=True)).to_have_value("ftp://models")
    expect(reader.page.get_by_label("API key")).to_have_value("typed-key-4321")
    reader.page.get_by_label("Provider", exact=True).select_option("openrouter")
    expect(reader.page.get_by_label("Address", exact=True)).to_have_count(0)
    expect(reader.page.get_by_label("API key")).to_have_value("typed-key-4321")


def test_a_model_that_no_list_names_can_be_chosen_and_given_up_again(reader: Reader) -> None:
    reader.open(SETTINGS)
    reader.page.get_by_label("Find a model").fill("acme/secret-preview")
    reader.page.get_by_role("button", name="Use acme/secret-preview").click()
    expect(reader.page.locator("#model-in-use")).to_have_text("acme/secret-preview")
    expect(reader.page.locator(".model-use")).to_contain_text("does not list this model")
    reader.page.get_by_role("button", name="Use the usual one").click()
    expect(reader.page.locator("#model-in-use")).to_have_text("openai/gpt-4o-mini")
    reader.page.get_by_label("Find a model").fill("large")
    reader.page.get_by_role("button", name=f"Choose {MODEL}").click()
    expect(reader.page.locator("#model-in-use")).to_have_text(MODEL)


def test_a_shopper_is_recommended_products_and_offered_no_address(
    browser: Browser, story: Reader, address: str, base_url: str
) -> None:
    context = browser.new_context(locale="en-US")
    shopper = reader_at(context, address)
    shopper.page.goto(address)
    shopper.page.get_by_role("button", name="Create an account").click()
    sign_in(shopper.page, "bob.the.shopper", "Sign up")
    expect(shopper.page.locator("h1")).to_have_text("Welcome, bob.the.shopper")
    expect(shopper.page.locator("#recommended-products .product").first).to_be_visible()
    shopper.page.get_by_role("link", name="Settings").click()
    expect(shopper.page.locator(".provider-use")).to_contain_text("The owner's AI provider is in use.")
    assert base_url not in shopper.page.locator("main").inner_text()
    assert shopper.page.get_by_label("Provider", exact=True).locator("option").all_inner_texts() == ["OpenRouter", "OpenAI"]
    expect(shopper.page.locator(".model-found tbody tr")).to_have_count(3)
    expect(shopper.page.get_by_role("button", name=re.compile("^Choose "))).to_have_count(0)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 2560])
def test_the_settings_fit_the_screen_and_the_browser_has_nothing_to_complain_about(
    reader: Reader, width: int, scheme: Any
) -> None:
    reader.page.emulate_media(color_scheme=scheme)
    reader.page.set_viewport_size({"width": width, "height": 900})
    reader.open(SETTINGS)
    expect(reader.page.locator(".model-found tbody tr")).to_have_count(3)
    assert reader.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert reader.complaints == []


def test_a_key_is_deleted_after_a_second_look_and_nothing_of_it_stays(reader: Reader, story: Reader, folder: Path) -> None:
    reader.open(SETTINGS)
    assert KEY not in reader.page.content()
    expect(reader.page.locator("#forget-really")).to_be_hidden()
    reader.page.locator("#forget").click()
    reader.page.locator("#forget-really").click()
    expect(reader.page.locator(".provider-use")).to_contain_text("No AI provider is in use")
    assert reader.get("/api/openrouter/key")["saved"] is False
    logged = (folder / "log").read_text()
    assert "/api/openrouter/check" in logged
    assert KEY not in logged and "expired-key-0123" not in logged
    assert [text for text in story.complaints if not any(expected in text for expected in EXPECTED)] == []
