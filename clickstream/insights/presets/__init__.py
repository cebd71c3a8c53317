"""What a report is to emphasise, by who reads it: one readable file each, for a model; a weight for each topic, for us."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec import Struct

from clickstream.errors import InvalidInput

GENERAL = "general"
PRESETS = (GENERAL, "marketing", "ux", "churn", "merchandising")
"""A preset is the file of that name: its title on the first line, then what to emphasise."""

WEIGHTS: dict[str, dict[str, float]] = {
    GENERAL: {},
    "marketing": {
        **{"segments": 8, "trend": 4, "anomaly": 4, "overview": 2, "funnel": 0.5, "errors": 0.25, "unknown": 0.5},
        **{"by_channel": 8, "by_country": 8, "by_device": 4, "by_visitor": 4, "by_variant": 4, "money": 4},
    },
    "ux": {
        **{"funnel": 3, "checkout": 4, "errors": 6, "ends": 4, "search": 2, "cart": 0.5, "trend": 0.25, "segments": 0.5},
        **{"by_device": 4, "by_channel": 0.5, "by_country": 0.5, "money": 0.5},
    },
    "churn": {
        **{"cart": 6, "checkout": 4, "visits": 4, "sides": 2, "trend": 2, "segments": 0.5, "search": 0.25},
        **{"by_visitor": 8, "money": 0.5},
    },
    "merchandising": {
        **{"search": 8, "purchases": 4, "cart": 4, "overview": 2, "segments": 0.25, "trend": 0.5, "funnel": 0.5},
        **{"terms": 8, "products": 8, "money": 4, "by_channel": 0.5, "by_country": 0.5},
    },
}
"""By how much a preset multiplies what is at stake in a topic of the computed reports; 1 where it says nothing.
The second line of each is about comparisons."""


class Preset(Struct, frozen=True):
    id: str
    title: str
    emphasis: str


@cache
def preset_named(name: str) -> Preset:
    """Raises InvalidInput naming the presets there are."""
    if name not in PRESETS:
        known = ", ".join(PRESETS)
        raise InvalidInput(f"There is no preset {name[:40]!r}, only {known}.", fields={"preset": f"one of {known}"})
    title, _, emphasis = (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    return Preset(name, title.removeprefix("# "), " ".join(emphasis.split()))


def weight(preset: str, topic: str) -> float:
    return WEIGHTS[preset].get(topic, 1)
