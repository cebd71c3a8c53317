"""The views of a report for different readers."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from clickstream.insights.role_views import ROLE_VIEWS, Arrangement, Placed, RoleView
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


class ArrangementView(Struct):
    """Sections that are not named follow as the report has them; `headline` are ids of facts, of every currency."""

    sections: list[Placed]
    headline: list[str]
    charts: list[str]


class RoleViewShown(Struct):
    """`asks` is the question this reader comes with; `reports` by kind of report."""

    role_view: str
    title: str
    asks: str
    reports: dict[str, ArrangementView]


class RoleViewList(Struct):
    items: list[RoleViewShown]


def list_role_views(request: Request, deps: Deps) -> Response:
    return Response.json(_page())


@cache
def _page() -> RoleViewList:
    return RoleViewList([_shown(view) for view in ROLE_VIEWS.values()])


def _shown(view: RoleView) -> RoleViewShown:
    reports = {kind: _arrangement(arrangement) for kind, arrangement in view.of_report.items()}
    return RoleViewShown(view.id, view.title, view.asks, reports)


def _arrangement(arrangement: Arrangement) -> ArrangementView:
    return ArrangementView(list(arrangement.sections), list(arrangement.headline), list(arrangement.charts))


ROUTES = (
    Route(
        "GET", "/api/role-views", list_role_views, access="anyone", returns=RoleViewList,
        summary="Views of a report for owner, marketing, product and operations: order of sections, headline facts, charts.",
    ),
)  # fmt: skip
