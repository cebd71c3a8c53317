"""A browser, a server of its own on an empty database of its own, and somebody who reads there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import own_mongod
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from clickstream.errors import StartupError

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).resolve().parent.parent
SECONDS = 1000
NOWHERE = "http://127.0.0.1:1"  # instead of the world outside


def missing(reason: str) -> None:
    """Skip where something is not installed; in CI that is a failure."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def launched_browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        expect.set_options(timeout=30 * SECONDS)  # a busy machine is slow, not wrong
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@contextmanager
def started_server(folder: Path) -> Iterator[str]:
    """The address of a server that keeps everything in `folder`, where its `log` is too."""
    own = {"DATA_DIR": str(folder / "data"), "PORT": "0", "MONGO_URI": "", "MONGO_CACHE_GB": "0.25", "TIME_ZONE": "UTC"}
    own |= {"HTTPS_PROXY": NOWHERE, "https_proxy": NOWHERE}
    own |= {"SECRET_KEY": "", "OPENROUTER_API_KEY": "", "OPENAI_API_KEY": "", "OPENROUTER_MODEL": ""}
    with (
        _database(folder / "data"),
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, str(ROOT / "server.py")],
            cwd=folder,
            env=os.environ | own,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        assert server.stdout is not None
        said = []
        for line in server.stdout:
            said.append(line)
            if found := re.search(r"listens on (http://\S+)", line):
                yield found[1].rstrip("/")
                break
        else:
            missing(f"the server did not start: {''.join(said)}{(folder / 'log').read_text()}")
        server.terminate()
        server.wait(60)


@contextmanager
def _database(data_dir: Path) -> Iterator[None]:
    """One that is there already: without it the server would take a MongoDB that somebody has on this machine."""
    with ExitStack() as stack:
        try:
            stack.enter_context(own_mongod(data_dir))
        except StartupError as error:
            missing(error.message)
        yield


@dataclass
class Reader:
    """Somebody at a browser, with what the browser complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.address}/{query}")
        expect(self.page.locator("h1")).to_be_visible()
        self.page.wait_for_load_state("networkidle")

    def get(self, path: str) -> Any:
        response = self.page.request.get(f"{self.address}{path}")
        assert response.ok, response.text()
        return response.json()

    def shown(self, metric: str) -> str | None:
        return self.page.locator(f'[data-metric="{metric}"]').first.get_attribute("data-value")

    def text(self, metric: str) -> str:
        return self.page.locator(f'[data-metric="{metric}"]').first.inner_text()


def reader_at(context: BrowserContext, address: str) -> Reader:
    reader = Reader(context.new_page(), address)
    reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
    reader.page.on(
        "console", lambda message: message.type in ("error", "warning") and reader.complaints.append(message.text)
    )
    return reader


@contextmanager
def another_window(story: Reader, browser: Browser, address: str) -> Iterator[Reader]:
    """The same person again, logged in, in a window of their own."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-US", storage_state=story.page.context.storage_state()
    )
    yield reader_at(context, address)
    context.close()
