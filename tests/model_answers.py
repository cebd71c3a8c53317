"""What a model might answer about a shop, well or badly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from clickstream.catalog import Product
from clickstream.insights.answer import PRODUCTS
from clickstream.insights.report import STORE
from clickstream.recommend import Candidate, Evidence

Json = dict[str, Any]
SESSIONS = "overview.sessions"


def says(text: str = "{{overview.sessions}} sessions came.", *fact_ids: str, direction: str = "none") -> Json:
    return {"fact_ids": list(fact_ids or (SESSIONS,)), "direction": direction, "text": text}


def picks(
    *aliases: str, reason: str = "{{product.p1.name}} is often looked at.", fact_id: str = "product.p1.name"
) -> list[Json]:
    return [{"product": alias, "fact_ids": [fact_id], "reason": reason} for alias in aliases]


def answer(**changed: Any) -> Json:
    """A whole answer without a flaw, for a shop with a candidate, apart from `changed`."""
    return {**{section: [says()] for section in STORE.sections}, PRODUCTS: picks("P1"), **changed}


def text_of(written: Json) -> str:
    return json.dumps(written, ensure_ascii=False)


def candidates(*names: str) -> list[Candidate]:
    return [candidate(f"id-{place}", name) for place, name in enumerate(names, 1)]


def candidate(
    product_id: str, name: str, *, category: str = "Kitchen", because: str | None = None, n: int = 12
) -> Candidate:
    product = Product(product_id=product_id, name=name, category=category, price=10.0, currency="EUR", stock=3)
    if because:
        evidence = Evidence(kind="bought_together", because="other", because_name=because, n=n, sessions=90, lift=3.1)
    else:
        evidence = Evidence(kind="popular", n=n, sessions=90, counts={"bought": n})
    return Candidate(product=product, score=1.0, evidence=evidence)


def flatten(messages: Sequence[Any]) -> str:
    return "\n".join(message["content"] for message in messages)
