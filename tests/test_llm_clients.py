"""Clients of one process share what was learned, and remember lists of models for an hour, a bounded number of them."""

from __future__ import annotations

import time

from llm_servers import ANSWER, KEY, MESSAGES, MODEL, Answer, raw_server, replies, says, streamed

from clickstream.llm import Clients, endpoint_at
from clickstream.llm.clients import _MOST_REMEMBERED

LISTED = {"data": [{"id": MODEL, "supported_parameters": ["max_tokens"]}]}


def test_what_a_list_says_about_a_model_is_known_to_every_client() -> None:
    with raw_server(replies(LISTED), says(streamed(ANSWER))) as server:
        clients, endpoint = Clients(), endpoint_at(server.url, KEY)
        clients.models(endpoint)
        completion = clients.at(endpoint).complete(MESSAGES, Answer, model=MODEL, max_tokens=100)
        assert completion.mode == "prompt"
        assert "response_format" not in server.bodies()[0]


def test_a_list_is_asked_for_again_after_an_hour() -> None:
    now = 0.0
    with raw_server(replies(LISTED)) as server:
        clients, endpoint = Clients(lambda: now, time.sleep), endpoint_at(server.url, KEY)
        assert clients.known_models(endpoint) is None
        assert clients.models(endpoint) == clients.models(endpoint) == clients.known_models(endpoint)
        assert server.accepted == 1
        now = 3600.0
        assert clients.known_models(endpoint) is None
        clients.models(endpoint)
        assert server.accepted == 2


def test_of_many_lists_the_oldest_is_forgotten() -> None:
    with raw_server(replies({"data": []})) as server:
        clients = Clients()
        endpoints = [endpoint_at(server.url, f"key-{number}") for number in range(_MOST_REMEMBERED + 1)]
        for endpoint in endpoints:
            clients.models(endpoint)
        assert clients.known_models(endpoints[0]) is None
        assert clients.known_models(endpoints[1]) == ()


def test_no_key_is_kept_with_a_list() -> None:
    with raw_server(replies(LISTED)) as server:
        clients = Clients()
        clients.models(endpoint_at(server.url, KEY))
        assert KEY not in repr(vars(clients))
