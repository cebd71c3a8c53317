"""Which channel brought a session: every rule of the printed table, and none that is not printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickstream.channels import CHANNELS, MEDIUM_CHANNEL, SITE_CHANNEL, channel_of

DEFINITIONS = (Path(__file__).parents[1] / "docs" / "definitions.md").read_text()


def by(medium: object = None, source: object = None, referrer: object = None, url: object = None) -> str:
    utm = {name: value for name, value in (("medium", medium), ("source", source)) if value is not None}
    given = {"utm": utm or None, "referrer": referrer, "url": url}
    return channel_of({name: value for name, value in given.items() if value is not None})


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (1, "paid"),
        (3, "affiliate"),
        (4, "social"),
    ],
)
def test_every_printed_medium_has_its_channel(number: int, names: str) -> None:
    line = re.search(rf"^  {number}\. medium in (.*) -> (\w+)$", DEFINITIONS, re.MULTILINE)
    assert line
    assert line[2] == names
    for medium in line[1].split(", "):
        assert by(medium) == by(f" {medium.upper()} ") == by(medium, source="google") == names


def test_every_printed_site_has_its_channel() -> None:
    line = re.search(r"^  7\. .*site name: (.*) -> organic; (.*) -> social$", DEFINITIONS, re.MULTILINE)
    assert line
    printed = {site: channel for n, channel in ((1, "organic"), (2, "social")) for site in line[n].split(", ")}
    assert printed == SITE_CHANNEL
    for site, channel in printed.items():
        assert by(source=site) == by(source=f"{site}.com") == by(referrer=f"https://www.{site}.com/x") == channel


@pytest.mark.parametrize(
    ("medium", "source", "expected"),
    [
        ("cpc", "newsletter", "paid"),
        ("organic", "newsletter", "email"),
        ("print", "email", "email"),
        ("email", None, "email"),
        ("e-mail", "google", "email"),
        ("organic", None, "organic"),
        ("referral", "google", "referral"),
        (None, "google", "organic"),
        (None, " Google ", "organic"),
        ("print", "google", "organic"),
        ("print", None, "referral"),
        (None, "my-blog", "referral"),
        (None, "googleads", "referral"),
        (None, "notgoogle.com", "referral"),
        (None, "google.com.evil.example", "organic"),  # a site name is a first label
        ("", "", "direct"),
        ("  ", None, "direct"),
    ],
)
def test_medium_and_source_decide_in_the_printed_order(medium: str | None, source: str | None, expected: str) -> None:
    assert by(medium, source) == expected


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("https://www.google.co.uk/search?q=x", "organic"),
        ("https://search.yahoo.com/", "organic"),
        ("android-app://com.google.android.gm/", "referral"),
        ("//duckduckgo.com/", "organic"),
        ("https://DuckDuckGo.com/", "organic"),
        ("https://t.co/abc", "social"),
        ("https://l.instagram.com/", "social"),
        ("https://lm.facebook.com/l.php", "social"),
        ("https://out.reddit.com/", "social"),
        ("https://mail.google.com/mail", "organic"),
        ("https://x.com/", "social"),
        ("https://m.example/", "referral"),
        ("https://blog.example/post", "referral"),
        ("https://user:password@google.com:8080/", "organic"),
        ("google.com", "direct"),
        ("https://", "direct"),
        ("https://[", "direct"),
        ("about:blank", "direct"),
        ("", "direct"),
    ],
)
def test_without_a_campaign_the_referrers_host_decides(referrer: str, expected: str) -> None:
    assert by(referrer=referrer) == expected
    assert by("", "", referrer=referrer) == expected


def test_the_shop_itself_is_no_referrer() -> None:
    page = "https://shop.example/p/2"
    assert by(referrer="https://shop.example/p/1", url=page) == "direct"
    assert by(referrer="http://SHOP.example:8080/p/1", url=page) == "direct"
    assert by(referrer="https://blog.shop.example/", url=page) == "referral"
    assert by(referrer="https://google.com/", url="https://google.com/") == "direct"


def test_a_campaign_wins_over_a_referrer() -> None:
    assert by("email", referrer="https://google.com/") == "email"
    assert by(source="partner-x", referrer="https://google.com/") == "referral"


@pytest.mark.parametrize("odd", [None, 5, True, [], {}, ["cpc"], {"a": 1}])
def test_values_of_another_kind_say_nothing(odd: Any) -> None:
    assert channel_of({"utm": odd}) == "direct"
    assert channel_of({"utm": {"medium": odd, "source": odd}, "referrer": odd, "url": odd}) == "direct"


def test_every_medium_leads_to_a_printed_channel() -> None:
    assert {*MEDIUM_CHANNEL.values(), *SITE_CHANNEL.values(), "direct"} == set(CHANNELS)


@given(st.text(), st.text(), st.text(), st.text())
def test_any_text_has_a_channel(medium: str, source: str, referrer: str, url: str) -> None:
    assert by(medium, source, referrer, url) in CHANNELS
    assert by(referrer="https://" + referrer, url="//" + url) in CHANNELS
