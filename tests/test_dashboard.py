"""The dashboard in a real browser, on a real server with a real database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from browsing import SECONDS, Reader, reader_at
from playwright.sync_api import Browser, Route, expect

TOPICS = {
    "funnel": ("funnel",),
    "paths": ("paths",),
    "carts": ("cart", "checkout", "friction"),
    "search": ("search",),
    "products": ("products",),
    "retention": ("retention", "rfm"),
    "segments": ("segments", "devices"),
    "experiments": ("variants",),
    "channels": ("channels",),
    "trends": ("trends",),
    "content": ("pages", "event_types"),
    "sessions": (),
}
"""The metrics each topic shows."""
PAGES = ("", *(f"?page=metrics&topic={topic}" for topic in TOPICS), "?page=insights")
EXPECTED_REFUSAL = "the server responded with a status of 401"


@pytest.fixture(scope="module")
def story(browser: Browser, address: str) -> Iterator[Reader]:
    """From an empty installation to an analysis, as its owner does it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = reader_at(context, address)
    page = reader.page
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Create the owner account")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("#password-wrong")).to_contain_text("at least 8 characters")
    page.get_by_label("Password").fill("long enough to keep")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No data yet")
    page.get_by_role("button", name="Load sample data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Summary", timeout=120 * SECONDS)
    page.get_by_role("button", name="Run Analysis").click()
    expect(page.locator("#report-executive_summary")).to_be_visible(timeout=60 * SECONDS)
    yield reader
    context.close()


def test_the_owner_sees_the_analysis_just_made(story: Reader) -> None:
    assert re.search(r"page=insights&analysis=\w+", story.page.url)
    headings = story.page.locator(".report-section h2").all_inner_texts()
    assert [text.partition("\n")[0].removesuffix(" computed").strip() for text in headings][:3] == [
        "Executive summary",
        "Key insights",
        "Recommendations",
    ]
    analysis = story.get(f"/api/analyses/{story.page.url.rpartition('=')[2]}")
    first = analysis["sections"]["executive_summary"]["claims"][0]
    expect(story.page.locator(".claim").first).to_contain_text(first["text"])
    expect(story.page.locator(".insights-saved tbody tr")).to_have_count(len(story.get("/api/analyses")["items"]))


def test_the_facts_of_a_claim_are_one_click_away(story: Reader) -> None:
    receipts = story.page.locator(".receipts").first
    expect(receipts.locator("table")).to_be_hidden()
    receipts.locator("summary").click()
    expect(receipts.locator("table")).to_be_visible()
    assert receipts.locator("tbody tr").count() > 0


def test_the_summary_shows_the_numbers_of_the_api(reader: Reader) -> None:
    reader.open()
    result = reader.get("/api/metrics/overview")["result"]
    assert result["sessions"] > 0
    for name in ("sessions", "visitors", "pageviews", "events", "orders"):
        assert reader.shown(f"overview.{name}") == str(result[name])
        assert reader.text(f"overview.{name}") == f"{result[name]:,}"
    for name in ("conversion_rate", "bounce_rate", "engagement_rate", "buyer_rate"):
        assert float(reader.shown(f"overview.{name}") or "nan") == result[name]["value"]
        pair = f"{result[name]['numerator']:,} of {result[name]['denominator']:,}"
        if name != "buyer_rate":
            expect(
                reader.page.locator(".headline-item", has=reader.page.locator(f'[data-metric="overview.{name}"]'))
            ).to_contain_text(pair)
    for name in ("revenue", "aov"):
        figures = reader.page.locator(f'[data-metric="overview.{name}"]')
        found = {figures.nth(i).get_attribute("data-currency"): figures.nth(i).inner_text() for i in range(figures.count())}
        assert found == {money["currency"]: f"${money['amount']:,.2f}" for money in result[name]}
    cart = reader.get("/api/metrics/cart")["result"]
    assert float(reader.shown("cart.abandonment_rate") or "nan") == cart["abandonment_rate"]["value"]


def test_detailed_metrics_show_the_numbers_of_the_api(reader: Reader) -> None:
    reader.open("?page=metrics")
    for step in reader.get("/api/metrics/funnel")["result"]["steps"]:
        assert reader.shown(f"funnel.{step['name']}.reached") == str(step["reached"])
        assert reader.shown(f"funnel.{step['name']}.overall_rate") == str(step["overall_rate"]["value"]).removesuffix(".0")
    reader.open("?page=metrics&topic=carts")
    cart = reader.get("/api/metrics/cart")["result"]
    for state in ("created", "transacted", "open", "emptied", "abandoned"):
        assert reader.shown(f"cart.{state}") == str(cart[state])
    checkout = reader.get("/api/metrics/checkout")["result"]
    assert reader.shown("checkout.abandoned") == str(checkout["abandoned"])
    reader.open("?page=metrics&topic=search")
    search = reader.get("/api/metrics/search?limit=50")["result"]
    assert reader.shown("search.searches") == str(search["searches"])
    assert float(reader.shown("search.zero_result_rate") or "nan") == search["zero_result_rate"]["value"]
    terms = reader.page.locator("#search tbody tr")
    assert terms.count() == len(search["terms"])
    expect(terms.first).to_contain_text(search["terms"][0]["query"])
    reader.open("?page=metrics&topic=segments")
    rows = reader.get("/api/metrics/segments?dimension=device")["result"]["rows"]
    assert [reader.shown(f"segments.device.{row['value']}.sessions") for row in rows] == [
        str(row["sessions"]) for row in rows
    ]


def test_every_chart_is_drawn_and_has_its_numbers_in_a_table(reader: Reader) -> None:
    for topic, metrics in TOPICS.items():
        reader.open(f"?page=metrics&topic={topic}")
        for metric in metrics:
            section = reader.page.locator(f"#{metric}")
            expect(section.locator("table tbody tr").first).to_be_attached()
            if (
                section.locator(".chart").count()
                and reader.get(f"/api/metrics/{metric.replace('devices', 'segments')}")["chart"]
            ):
                expect(section.locator(".chart svg").first).to_be_attached()
    reader.open()
    expect(reader.page.locator("#series .chart svg")).to_have_count(3)
    reader.page.get_by_text("Show as table").click()
    points = reader.get("/api/metrics/series")["result"]
    expect(reader.page.locator("#series tbody tr")).to_have_count(len(points))


@pytest.mark.parametrize("query", PAGES)
def test_a_page_fits_every_screen_in_both_schemes_and_the_browser_has_nothing_to_complain_about(
    reader: Reader, query: str
) -> None:
    reader.page.set_viewport_size({"width": 390, "height": 900})
    reader.open(query)
    for scheme in ("light", "dark"):
        reader.page.emulate_media(color_scheme=scheme)
        for width in (390, 768, 2560):
            reader.page.set_viewport_size({"width": width, "height": 900})
            reader.page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert reader.complaints == []


def test_a_filter_lives_in_the_address_and_survives_reload_and_back(reader: Reader) -> None:
    reader.open()
    everything = reader.shown("overview.sessions")
    reader.page.get_by_label("Device").select_option("mobile")
    expect(reader.page).to_have_url(re.compile(r"\?device=mobile$"))
    mobile = str(reader.get("/api/metrics/overview?device=mobile")["result"]["sessions"])
    expect(reader.page.locator('[data-metric="overview.sessions"]')).to_have_attribute("data-value", mobile)
    reader.page.reload()
    expect(reader.page.locator('[data-metric="overview.sessions"]')).to_have_attribute("data-value", mobile)
    reader.page.go_back()
    expect(reader.page.locator('[data-metric="overview.sessions"]')).to_have_attribute("data-value", str(everything))


def test_a_selection_of_three_filters_is_saved_and_everything_is_measured_for_it(reader: Reader) -> None:
    """Numbers of the page equal the API's, and so does the analysis, after the segment is chosen by its name."""
    page, wanted = reader.page, {"device": "mobile", "visitor": "new", "variant": "A"}
    reader.open("?page=metrics&topic=experiments")
    for name, value in wanted.items():
        page.locator(f"#{name}").select_option(value)
        expect(page.locator(f"#{name}.is-set")).to_have_count(1)
    page.get_by_role("button", name="Save this selection").click()
    page.locator("#name-asked").fill("New on phones, page A")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#segment option:checked")).to_have_text("New on phones, page A")
    reader.open()
    page.locator("#segment").select_option("New on phones, page A")
    expect(page.locator("#variant option:checked")).to_have_text("A")
    page.reload()
    page.wait_for_load_state("networkidle")
    result = reader.get(f"/api/metrics/overview?{urlencode(wanted)}")["result"]
    assert result["sessions"] > 0
    for name in ("sessions", "visitors", "pageviews", "orders"):
        assert reader.shown(f"overview.{name}") == str(result[name])
    page.get_by_role("button", name="Run Analysis").click()
    expect(page.locator("#report-executive_summary")).to_be_visible(timeout=60 * SECONDS)
    named = "“New on phones, page A” (device mobile, visitor New, variant A)"
    expect(page.locator(".report-source").first).to_contain_text(named)
    analysis = reader.get(f"/api/analyses/{parse_qs(urlsplit(page.url).query)['analysis'][0]}")
    assert analysis["scope"]["filters"] == wanted
    assert analysis["metrics"]["overview"]["sessions"] == result["sessions"]
    page.locator("#segment-rename").click()
    page.locator("#name-asked").fill("Phones")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.locator("#segment option:checked")).to_have_text("Phones")
    page.locator("#segment-delete").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#segment")).to_have_count(0)
    expect(page.locator("#variant option:checked")).to_have_text("A")


def test_a_definition_opens_and_closes_from_the_keyboard(reader: Reader) -> None:
    reader.open()
    expect(reader.page.locator(".definition:visible")).to_have_count(0)
    fields = {item["id"]: item["fields"] for item in reader.get("/api/metrics")["items"]}
    reader.page.locator("#term-overview-bounce_rate").focus()
    reader.page.keyboard.press("Enter")
    definition = reader.page.locator("#definition-overview-bounce_rate")
    expect(definition).to_be_visible()
    expect(definition).to_contain_text(fields["overview"]["bounce_rate"])
    reader.page.keyboard.press("Escape")
    expect(definition).to_be_hidden()


def test_a_session_opens_as_its_events_in_order(reader: Reader) -> None:
    reader.open("?page=metrics&topic=sessions")
    first = reader.get("/api/sessions?limit=20")["items"][0]
    reader.page.locator("#sessions tbody button").first.click()
    expect(reader.page.get_by_role("dialog")).to_contain_text(first["session_id"])
    expect(reader.page.locator("#session-dialog tbody tr")).to_have_count(first["events"])
    times = reader.page.locator("#session-dialog time").evaluate_all("(all) => all.map((time) => time.dateTime)")
    assert times == sorted(times)
    reader.page.keyboard.press("Escape")
    expect(reader.page).to_have_url(re.compile(r"\?page=metrics&topic=sessions$"))


def test_a_number_opens_exactly_the_sessions_it_counts(reader: Reader) -> None:
    reader.open("?page=metrics&topic=carts")
    abandoned = reader.get("/api/metrics/cart")["result"]["abandoned"]
    reader.page.locator("#cart").get_by_text("Show as table").click()
    reader.page.locator("#behind-cart-abandoned-").click()
    expect(reader.page.locator("#behind-dialog caption")).to_contain_text(f"{abandoned:,} sessions")
    reader.page.locator("#behind-dialog tbody button").first.click()
    expect(reader.page.locator("#session-dialog")).to_contain_text("Events in order")
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator("#session-dialog")).to_be_hidden()
    expect(reader.page.locator("#behind-dialog")).to_be_visible()


def test_a_funnel_of_ones_own_lives_in_the_address_and_equals_the_api(reader: Reader) -> None:
    reader.open("?page=metrics")
    reader.page.get_by_text("Change the funnel").click()
    reader.page.get_by_label("Remove Step 3").click()
    reader.page.get_by_label("taken").select_option("visitor")
    expect(reader.page).to_have_url(re.compile(r"funnel\.steps=.*funnel\.unit=visitor"))
    steps = '["session","product_view","checkout","purchase"]'
    answer = reader.get(f"/api/metrics/funnel?unit=visitor&steps={quote(steps)}")["result"]
    expect(reader.page.locator("#funnel .standfirst")).to_contain_text(f"{answer['steps'][-1]['reached']} of")
    expect(reader.page.locator("#funnel table").first.locator("tbody tr")).to_have_count(4)


def test_an_empty_window_says_where_the_data_is_and_goes_there(reader: Reader) -> None:
    reader.open("?from=2001-01-01&to=2001-01-31")
    expect(reader.page.locator("h1")).to_have_text("Nothing in this window")
    reader.page.get_by_role("button", name="Show that range").click()
    sessions = str(reader.get("/api/metrics/overview")["result"]["sessions"])
    expect(reader.page.locator('[data-metric="overview.sessions"]')).to_have_attribute("data-value", sessions)


def test_filters_without_a_match_offer_to_be_cleared(reader: Reader) -> None:
    reader.open("?device=toaster")
    expect(reader.page.locator("h1")).to_have_text("Nothing in this window")
    reader.page.get_by_role("button", name="Clear all filters").click()
    expect(reader.page.locator("h1")).to_have_text("Summary")


def test_a_section_that_fails_says_so_and_can_be_tried_again(reader: Reader) -> None:
    body = '{"error": "The database does not answer.", "code": "database_unavailable", "status": 503, "fields": {}}'

    def refuse(route: Route) -> None:
        route.fulfill(status=503, content_type="application/json", body=body)

    reader.page.route("**/api/metrics/cart*", refuse)
    reader.open("?page=metrics&topic=carts")
    expect(reader.page.locator("#cart [role=alert]")).to_contain_text("The database does not answer.")
    expect(reader.page.locator("#checkout table").first).to_be_attached()
    reader.page.unroute("**/api/metrics/cart*")
    reader.page.locator("#cart").get_by_role("button", name="Try again").click()
    expect(reader.page.locator("#cart .standfirst")).to_be_visible()


def test_a_server_that_is_away_is_one_notice_not_twelve(reader: Reader) -> None:
    reader.page.route("**/api/metrics/**", lambda route: route.abort())
    reader.open("?page=metrics")
    expect(reader.page.locator("h1")).to_have_text("No numbers right now")
    expect(reader.page.get_by_role("alert")).to_have_count(1)
    reader.page.unroute("**/api/metrics/**")
    reader.page.get_by_role("button", name="Try again").click()
    expect(reader.page.locator("#funnel table").first).to_be_visible()


def test_numbers_that_disagree_are_reported(reader: Reader) -> None:
    answer = reader.get("/api/metrics/overview")
    answer["reconciliation"] = [{"name": "sessions of all devices = sessions", "left": 9, "right": 8, "holds": False}]
    reader.page.route("**/api/metrics/overview*", lambda route: route.fulfill(json=answer))
    reader.open()
    expect(reader.page.get_by_role("alert")).to_contain_text("sessions of all devices = sessions: 9 against 8")


def test_an_unknown_rate_is_a_dash_and_not_a_zero(reader: Reader) -> None:
    answer = reader.get("/api/metrics/overview")
    answer["result"]["conversion_rate"] = {"numerator": 0, "denominator": 0, "value": None}
    reader.page.route("**/api/metrics/overview*", lambda route: route.fulfill(json=answer))
    reader.open()
    assert (reader.text("overview.conversion_rate"), reader.shown("overview.conversion_rate")) == ("—", "null")


def test_a_hostile_query_is_text(reader: Reader) -> None:
    answer = reader.get("/api/metrics/search")
    answer["result"]["terms"][0]["query"] = '<img src=x onerror="document.title=1">'
    reader.page.route("**/api/metrics/search*", lambda route: route.fulfill(json=answer))
    reader.open("?page=metrics&topic=search")
    expect(reader.page.locator("#search tbody th").first).to_contain_text('<img src=x onerror="document.title=1">')
    assert reader.page.locator("#search img").count() == 0


def test_the_chosen_colours_are_remembered_and_the_charts_follow(reader: Reader) -> None:
    reader.open()
    bar = "() => getComputedStyle(document.querySelector('#series .mark-rect path')).fill"
    light = reader.page.evaluate(bar)
    reader.page.get_by_label("Colours").select_option("dark")
    reader.page.wait_for_function(f"(before) => ({bar})() !== before", arg=light)
    reader.page.reload()
    expect(reader.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_who_chooses_german_reads_german_texts_and_numbers_written_so(reader: Reader) -> None:
    reader.open("?page=settings")
    reader.page.get_by_label("Language of texts and numbers").select_option("Deutsch")
    expect(reader.page.locator("#language")).to_be_enabled()
    reader.page.get_by_role("link", name="Insights").click()
    reader.page.locator("#analyse").click()
    expect(reader.page.locator("#report-executive_summary")).to_contain_text("Zusammenfassung", timeout=60 * SECONDS)
    expect(reader.page.locator("article.report")).to_have_attribute("lang", "de")
    expect(reader.page.locator(".claim").first).to_contain_text(re.compile(r"Sitzungen von [\d.]+ Besuchern; \d+,\d\u00a0%"))
    reader.page.get_by_role("link", name="Summary").click()
    assert re.fullmatch(r"\d+,\d\s%", reader.text("overview.conversion_rate"))

    reader.open("?page=settings")
    reader.page.get_by_label("Language of texts and numbers").select_option("English")
    expect(reader.page.locator("#language")).to_be_enabled()
    reader.open()
    assert re.fullmatch(r"\d+\.\d%", reader.text("overview.conversion_rate"))


def test_who_logs_out_sees_no_number_and_can_log_in_again(browser: Browser, story: Reader, address: str) -> None:
    context = browser.new_context(locale="en-US")
    reader = reader_at(context, address)
    reader.open()
    expect(reader.page.locator("h1")).to_have_text("Log in")
    reader.page.get_by_label("Username").fill("alice")
    reader.page.get_by_label("Password").fill("not the password")
    reader.page.get_by_role("button", name="Log in").click()
    expect(reader.page.get_by_role("alert")).to_contain_text("wrong")
    reader.page.get_by_label("Password").fill("long enough to keep")
    reader.page.get_by_role("button", name="Log in").click()
    expect(reader.page.locator("h1")).to_have_text("Summary")
    reader.page.get_by_role("button", name="Log out").click()
    expect(reader.page.locator("h1")).to_have_text("Log in")
    assert reader.page.locator("[data-metric]").count() == 0
    assert [complaint for complaint in reader.complaints if EXPECTED_REFUSAL not in complaint] == []
    context.close()
