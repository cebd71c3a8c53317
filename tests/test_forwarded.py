"""What proxies tell about a request is believed of those that are configured, and of nobody else."""

from __future__ import annotations

import logging

import pytest
from web_client import Client, bare_deps

from clickstream.errors import SettingError
from clickstream.settings import read_settings
from clickstream.web.app import App
from clickstream.web.forwarded import Proxies
from clickstream.web.request import Request

TRUSTED = "10.0.0.0/8, 127.0.0.1,fd00::/8"


def revealed(client: str, networks: str = TRUSTED, **headers: str) -> Request:
    named = {f"x-forwarded-{name}": value for name, value in headers.items() if name != "host"}
    request = Request("GET", "/", {"host": "inner", **named}, client=client)
    if "host" in headers:
        request.headers = {**request.headers, "x-forwarded-host": headers["host"]}
    Proxies(networks).reveal(request)
    return request


def revealed_for(client: str, told: str) -> str:
    return revealed(client, **{"for": told}).client


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        pytest.param("10.0.0.1", "198.51.100.7", "198.51.100.7", id="one proxy"),
        pytest.param("10.0.0.1", "198.51.100.7, 10.9.9.9", "198.51.100.7", id="two proxies of ours"),
        pytest.param("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7", id="an invented first hop"),
        pytest.param("10.0.0.1", "127.0.0.1, 198.51.100.7", "198.51.100.7", id="an invented trusted hop"),
        pytest.param("198.51.100.7", "127.0.0.1", "198.51.100.7", id="no proxy of ours"),
        pytest.param("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3", id="a client within"),
        pytest.param("10.0.0.1", "198.51.100.7:4711", "198.51.100.7", id="with a port"),
        pytest.param("fd00::1", "[2001:db8::7]:4711", "2001:db8::7", id="IPv6 with a port"),
        pytest.param("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7", id="IPv4 in IPv6"),
        pytest.param("10.0.0.1", "unknown", "10.0.0.1", id="no address"),
        pytest.param("10.0.0.1", "evil, 10.0.0.2", "10.0.0.2", id="nothing beyond the last good hop"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="empty"),
    ],
)
def test_the_client_is_the_last_whom_no_proxy_of_ours_vouches_for(peer: str, told: str, client: str) -> None:
    assert revealed_for(peer, told) == client


@pytest.mark.parametrize(
    ("peer", "told", "secure"),
    [
        ("10.0.0.1", "https", True),
        ("10.0.0.1", "HTTPS", True),
        ("10.0.0.1", "http", False),
        ("10.0.0.1", "https, http", False),
        ("198.51.100.7", "https", False),
    ],
)
def test_tls_is_believed_of_our_proxies_only(peer: str, told: str, secure: bool) -> None:
    assert revealed(peer, proto=told).secure is secure


@pytest.mark.parametrize(("peer", "host"), [("10.0.0.1", "shop.test"), ("198.51.100.7", "inner")])
def test_the_host_is_believed_of_our_proxies_only(peer: str, host: str) -> None:
    request = revealed(peer, host="shop.test")
    assert request.headers == {"host": host}


def test_what_strangers_claim_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    proxies = Proxies("")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            proxies.reveal(Request("GET", "/", {"x-forwarded-for": "127.0.0.1"}, client="198.51.100.7"))
    assert [record.getMessage() for record in caplog.records] == [
        "198.51.100.7 sends X-Forwarded headers and is not among TRUSTED_PROXIES: ignored"
    ]


def client_behind(proxies: str) -> Client:
    return Client(App(bare_deps(settings=read_settings({"TRUSTED_PROXIES": proxies}))), address="10.0.0.1")


def test_behind_tls_browsers_are_told_to_stay_with_it() -> None:
    told = client_behind("10.0.0.1").get("/health", x_forwarded_proto="https").headers
    assert told["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(("proxies", "proto"), [("10.0.0.1", "http"), ("", "https")])
def test_without_tls_they_are_not(proxies: str, proto: str) -> None:
    assert "strict-transport-security" not in client_behind(proxies).get("/health", x_forwarded_proto=proto).headers


def test_sign_ups_are_braked_by_the_real_client_address() -> None:
    client = client_behind("10.0.0.1")
    statuses = [
        client.post("/api/signup", {"username": "x", "password": "y"}, x_forwarded_for=f"198.51.100.{n}").status
        for n in range(40)
    ]
    assert set(statuses) == {400}


@pytest.mark.parametrize("wrong", ["proxy", "10.0.0.0/33", "10.0.0.1/8"])
def test_a_range_that_is_none_stops_the_start(wrong: str) -> None:
    with pytest.raises(SettingError, match="TRUSTED_PROXIES"):
        read_settings({"TRUSTED_PROXIES": wrong})
