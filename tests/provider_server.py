"""A stand-in AI provider for whole stories: it lists its models, checks its key, writes reports of slots, and chats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llm_servers import DONE, MODEL, chunk, event
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

KEY = "local-key-0123456789abcdef"
PRODUCTS = "recommendations_for_user_products"
TEXTS = {
    "executive_summary": "The shop counted {{overview.sessions}} sessions by {{overview.visitors}} visitors.",
    "key_insights": "Visitors looked at {{overview.pageviews}} pages.",
    "recommendations": "Look at the {{overview.orders}} orders first.",
    "decisions": "Decide how to serve the {{overview.visitors}} visitors.",
    "next_best_actions": "Go through the {{overview.sessions}} sessions this week.",
    "risk_alerts": "Keep the {{overview.orders}} orders in mind.",
    "recommendations_for_user": "Show visitors what {{overview.visitors}} visitors looked at.",
}
REASON = "{{product.%s.name}} has {{product.%s.sessions}} sessions in its favour."
MODELS = [
    {"id": MODEL, "name": "Acme Large", "context_length": 128000,
     "pricing": {"prompt": "0.00000015", "completion": "0.0000006"},
     "supported_parameters": ["structured_outputs", "response_format", "temperature"]},
    {"id": "acme/poet", "name": "Acme Poet", "context_length": 8192, "pricing": {"prompt": "0", "completion": "0"},
     "supported_parameters": ["temperature"]},
    {"id": "local-3b"},
]  # fmt: skip


def report(document: dict[str, Any]) -> dict[str, Any]:
    """An answer that follows the rules: every number and every name is a slot."""
    sections = {name: [_text(text)] for name, text in TEXTS.items()}
    aliases = [product["alias"] for product in document["products"][:3]]
    return sections | {PRODUCTS: [_choice(alias) for alias in aliases]}


def _text(text: str) -> dict[str, Any]:
    return {"text": text, "fact_ids": _slots(text), "direction": "none"}


def _choice(alias: str) -> dict[str, Any]:
    reason = REASON % (alias.lower(), alias.lower())
    return {"product": alias, "reason": reason, "fact_ids": _slots(reason)}


def _slots(text: str) -> list[str]:
    return [part.partition("}}")[0] for part in text.split("{{")[1:]]


@contextmanager
def provider(port: int = 0) -> Iterator[HTTPServer]:
    """Serves /v1 to whoever carries the key."""
    with HTTPServer(port=port) as server:
        server.expect_request("/v1/models").respond_with_handler(_listing)
        server.expect_request("/v1/chat/completions").respond_with_handler(_writing)
        yield server


def _listing(request: Request) -> Response:
    return _refused(request) or Response(json.dumps({"data": MODELS}), content_type="application/json")


def _writing(request: Request) -> Response:
    asked = json.loads(request.data)
    document = json.loads(asked["messages"][-1]["content"])
    said = chat(document) if "tools" in asked else chunk(json.dumps(report(document))) + chunk("", "stop")
    usage = {"prompt_tokens": 12_000, "completion_tokens": 800, "cost": 0.0023}
    stream = said + event({"id": "gen-1", "choices": [], "usage": usage}) + DONE
    return _refused(request) or Response(stream, content_type="text/event-stream")


def chat(document: dict[str, Any]) -> bytes:
    """Measures sessions where a device is named in the question, then says how many came."""
    if "question" not in document:  # what a tool has answered
        return chunk("On {{c1.scope.device}}, {{c1.overview.sessions}} sessions ") + chunk("came.") + chunk("", "stop")
    question = document["question"].casefold()
    device = next((name for name in document["names"].get("device", []) if name.casefold() in question), None)
    if "guess" in question:
        return chunk("{{overview.sessions}} sessions came. ") + chunk("I guess 4,200 of them will buy.") + chunk("", "stop")
    if device is None:
        return (
            chunk("{{overview.sessions}} sessions came ") + chunk("by {{overview.visitors}} visitors.") + chunk("", "stop")
        )
    called = {"name": "overview", "arguments": json.dumps({"device": device})}
    return chunk(None, tool_calls=[{"index": 0, "id": "call-1", "function": called}]) + chunk(None, "tool_calls")


def _refused(request: Request) -> Response | None:
    if request.headers.get("authorization") == f"Bearer {KEY}":
        return None
    body = {"error": {"code": 401, "message": "Incorrect API key provided."}}
    return Response(json.dumps(body), status=401, content_type="application/json")
