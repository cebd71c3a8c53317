"""The tracker in a real browser, on the pages of a shop that is another site."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from browsing import SECONDS, started_server
from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Page, expect

PAGE = """<!doctype html><title>{title}</title><link rel="icon" href="data:,">
<script>
  window.clickstream = window.clickstream || function () {{
    (window.clickstream.q = window.clickstream.q || []).push(arguments);
  }};
</script>
<script async src="{address}/tracker.js" data-key="{key}"></script>
<h1>{title}</h1><a href="/other.html">On</a>"""
WAIT_SECONDS = 30
Json = dict[str, Any]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A shop that does not talk."""


@dataclass
class Shop:
    """A site with two pages, and the owner's view of what arrives from it."""

    address: str
    clickstream: str
    owner: APIRequestContext
    key_id: str
    folder: Path

    def events(self) -> list[Json]:
        """What has arrived from this shop's pages, as it happened."""
        found = self.owner.get(f"{self.clickstream}/api/events?limit=500").json()["items"]
        visitors = {event["client_id"] for event in found if event["properties"].get("url", "").startswith(self.address)}
        own = [event for event in found if event["client_id"] in visitors]
        return sorted(own, key=lambda event: (event["timestamp"], event["received_at"]))

    def of(self, marker: str) -> list[Json]:
        """Those of the visitor whose custom event is called `marker`."""
        events = self.events()
        clients = {event["client_id"] for event in events if event["event_type"] == marker}
        return [event for event in events if event["client_id"] in clients]


def until(found: Callable[[], Any]) -> Any:
    """What `found` gives once it gives something."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (result := found()):
        assert time.monotonic() < deadline, "it did not arrive"
        time.sleep(0.1)
    return result


@pytest.fixture(scope="module")
def clickstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started_server(tmp_path_factory.mktemp("tracker")) as address:
        yield address


@pytest.fixture(scope="module")
def owner(browser: Browser, clickstream: str) -> Iterator[APIRequestContext]:
    context = browser.new_context()
    credentials = {"username": "alice", "password": "long enough to keep"}
    token = context.request.post(f"{clickstream}/api/signup", data=credentials).json()["token"]
    context.close()
    context = browser.new_context(extra_http_headers={"Authorization": f"Bearer {token}"})
    yield context.request
    context.close()


@pytest.fixture
def shop(tmp_path: Path, clickstream: str, owner: APIRequestContext) -> Iterator[Shop]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        address = f"http://localhost:{server.server_port}"
        made = owner.post(f"{clickstream}/api/write-keys", data={"label": "shop", "origins": [address]}).json()
        for name, title in (("index", "Home"), ("other", "Other")):
            text = PAGE.format(title=title, address=clickstream, key=made["key"])
            (tmp_path / f"{name}.html").write_text(text)
        Thread(target=server.serve_forever, daemon=True).start()
        yield Shop(address, clickstream, owner, made["write_key"]["key_id"], tmp_path)
        server.shutdown()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-US")
    yield context
    context.close()


def call(page: Page, event_type: str) -> None:
    page.evaluate("name => clickstream(name)", event_type)


def tracked(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_function("() => window.clickstream.status")
    return page


def test_another_sites_pages_are_tracked_without_a_preflight_or_a_cookie(shop: Shop, visitor: BrowserContext) -> None:
    requests = []
    page = visitor.new_page()
    page.on("request", lambda request: requests.append(request) if "/api/" in request.url else None)
    tracked(page, f"{shop.address}/?utm_source=news&utm_medium=email&secret=x")
    call(page, "looked_around")
    page.evaluate("() => history.pushState({}, '', '/virtual')")
    events = until(lambda: len(found := shop.of("looked_around")) == 3 and found)
    assert [event["page"] for event in events] == ["/", "/", "/virtual"]
    assert [event["event_type"] for event in events] == ["pageview", "looked_around", "pageview"]
    first = events[0]["properties"]
    assert first["utm"] == {"source": "news", "medium": "email"}
    assert (first["url"], first["device"], first["title"]) == (f"{shop.address}/", "desktop", "Home")
    assert {request.method for request in requests} == {"POST"}
    assert not any("cookie" in request.all_headers() for request in requests)
    assert page.evaluate("() => clickstream.status()") == "sending"


def test_what_happens_without_a_network_arrives_once_it_is_back(shop: Shop, visitor: BrowserContext) -> None:
    page = tracked(visitor.new_page(), shop.address)
    until(shop.events)
    visitor.set_offline(True)
    call(page, "went_offline")
    page.wait_for_function("() => clickstream.status().startsWith('will try again')", timeout=WAIT_SECONDS * SECONDS)
    assert shop.of("went_offline") == []
    visitor.set_offline(False)
    events = until(lambda: shop.of("went_offline"))
    page.wait_for_function("() => clickstream.status() === 'sending'", timeout=WAIT_SECONDS * SECONDS)
    assert [event["event_type"] for event in events] == ["pageview", "went_offline"]


def test_an_event_just_before_the_tab_is_closed_arrives(shop: Shop, visitor: BrowserContext) -> None:
    page = tracked(visitor.new_page(), shop.address)
    call(page, "said_goodbye")
    page.close(run_before_unload=True)
    assert [event["event_type"] for event in until(lambda: shop.of("said_goodbye"))] == ["pageview", "said_goodbye"]


def test_going_from_page_to_page_counts_everything_once(shop: Shop, visitor: BrowserContext) -> None:
    page = tracked(visitor.new_page(), shop.address)
    call(page, "moved_on")
    page.get_by_role("link", name="On").click()
    expect(page.locator("h1")).to_have_text("Other")
    call(page, "arrived")
    events = until(lambda: len(found := shop.of("arrived")) >= 4 and found)
    page.wait_for_function("() => JSON.parse(localStorage.clickstream).events.length === 0", timeout=WAIT_SECONDS * SECONDS)
    assert [event["event_type"] for event in shop.of("arrived")] == ["pageview", "moved_on", "pageview", "arrived"]
    assert events[2]["properties"]["referrer"] == f"{shop.address}/"


def test_a_revoked_key_is_told_to_the_page_in_the_servers_words(shop: Shop, visitor: BrowserContext) -> None:
    told: list[str] = []
    page = visitor.new_page()
    page.on("console", lambda message: told.append(message.text))
    tracked(page, shop.address)
    call(page, "before_it")
    until(lambda: shop.of("before_it"))
    assert shop.owner.delete(f"{shop.clickstream}/api/write-keys/{shop.key_id}").ok
    call(page, "after_it")
    page.wait_for_function("() => clickstream.status().startsWith('not sending')", timeout=WAIT_SECONDS * SECONDS)
    assert "was revoked" in page.evaluate("() => clickstream.status()")
    assert any("clickstream: not sending: The write key" in text for text in told)
    assert shop.of("after_it") == []


def test_a_site_that_is_not_on_the_list_sends_nothing(shop: Shop, visitor: BrowserContext) -> None:
    elsewhere = shop.address.replace("localhost", "127.0.0.1")
    page = tracked(visitor.new_page(), elsewhere)
    page.wait_for_function("() => clickstream.status().startsWith('will try again')", timeout=WAIT_SECONDS * SECONDS)
    page.close(run_before_unload=True)
    found = shop.owner.get(f"{shop.clickstream}/api/events?limit=500").json()["items"]
    assert not [event for event in found if event["properties"].get("url", "").startswith(elsewhere)]


@pytest.mark.parametrize("asks", ["doNotTrack", "globalPrivacyControl"])
def test_who_asks_not_to_be_tracked_is_not(asks: str, shop: Shop, visitor: BrowserContext) -> None:
    visitor.add_init_script(f"Object.defineProperty(navigator, '{asks}', {{ value: '1' }})")
    page = visitor.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    tracked(page, shop.address)
    call(page, "not_to_be_seen")
    assert page.evaluate("() => clickstream.status()") == "not sending: this browser asks not to be tracked"
    page.close(run_before_unload=True)
    other = tracked(visitor.new_page(), shop.address)
    assert other.evaluate("() => Object.keys(localStorage)") == []
    assert asked == []
    assert shop.events() == []
