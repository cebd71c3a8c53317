"""Recommendations grounded in the catalogue and in counted behaviour. How they are made: docs/recommendations.md."""

from clickstream.recommend.answer import Item, Recommendations, Source, computed, item, latest, source_of, why_none
from clickstream.recommend.candidate import Candidate, Evidence, aliases
from clickstream.recommend.engine import candidates
from clickstream.recommend.wording import reason

__all__ = [
    "Candidate",
    "Evidence",
    "Item",
    "Recommendations",
    "Source",
    "aliases",
    "candidates",
    "computed",
    "item",
    "latest",
    "reason",
    "source_of",
    "why_none",
]
