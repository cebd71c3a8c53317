"""What a report can be asked to emphasise."""

from __future__ import annotations

from msgspec import Struct

from clickstream.insights.presets import PRESETS, Preset, preset_named
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


class PresetList(Struct):
    """`emphasis` is what a model is told; the usual preset comes first."""

    items: list[Preset]


def list_presets(request: Request, deps: Deps) -> Response:
    return Response.json(PresetList([preset_named(name) for name in PRESETS]))


ROUTES = (
    Route(
        "GET", "/api/presets", list_presets, access="signed_in", returns=PresetList,
        summary="What a report can be asked to emphasise, by whom it is for.",
    ),
)  # fmt: skip
