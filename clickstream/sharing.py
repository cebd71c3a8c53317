"""Links by which anybody reads one finished analysis, and nothing else of the installation, without logging in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from clickstream.clock import Clock, iso
from clickstream.comments import Comments
from clickstream.errors import Conflict, NotFound
from clickstream.scope import LIVE
from clickstream.store import Store
from clickstream.store.analyses import Analysis
from clickstream.store.shares import Share
from clickstream.tokens import LONGEST_TOKEN, digest_of, new_id, new_token

MOST_DAYS = 365

_SHOWN = (
    *("report", "status", "language", "titles", "finished_at", "watermark", "moved", "facts", "charts"),
    *("recommended_products", "no_products"),
)
_SHOWN_OF_SCOPE = ("since", "until", "filters", "view", "as_of")
_SHOWN_OF_MODEL = ("status", "name")


class Sharing:
    def __init__(self, store: Store, clock: Clock, comments: Comments) -> None:
        self._store, self._clock, self._comments = store, clock, comments

    def create(self, analysis: Analysis, by: str, *, days: int, label: str, with_comments: bool) -> tuple[Share, str]:
        """A new link and the token that opens it, which is not kept. Raises Conflict for what cannot be shared."""
        if analysis["status"] != "done":
            raise Conflict("Only a finished analysis can be shared.", code="analysis_not_done")
        if any(side["user_id"] is not None for side in _sides(analysis)):
            why = "This analysis is about one shopper: a link would show it to anybody who comes by it."
            raise Conflict(why, code="about_a_person")
        token, now = new_token(), self._clock()
        of_analysis = analysis["dataset"], analysis["analysis_id"]
        share = Share(new_id(now), *of_analysis, label, with_comments, by, now, now + timedelta(days=days))
        self._store.shares.add(digest_of(token), share)
        return share, token

    def find(self, share_id: str) -> Share:
        """Raises NotFound."""
        share = self._store.shares.find(share_id)
        if share is None:
            raise NotFound("There is no such link.")
        return share

    def revoke(self, share_id: str) -> None:
        self._store.shares.delete(share_id)

    def open(self, token: str) -> tuple[Share, Analysis]:
        """What a link shows; counted as one view. Raises NotFound, always the same."""
        share = self._store.shares.open(digest_of(token), self._clock()) if len(token) <= LONGEST_TOKEN else None
        analysis = self._store.analyses.find(share.analysis_id) if share else None
        if share is None or analysis is None:
            raise NotFound("This link is not valid (any more).", code="share_unknown")
        return share, analysis

    def public(self, share: Share, analysis: Analysis) -> dict[str, Any]:
        """The analysis as a stranger may see it: no names of accounts, hosts or ids, nothing written since."""
        return {
            **{name: analysis.get(name) for name in _SHOWN},  # not every old one has all
            "scope": self._side(analysis["scope"]),
            "against": self._side(analysis["against"]) if analysis["against"] else None,
            "sections": {name: _section(section) for name, section in analysis["sections"].items()},
            "model": {name: model.get(name) for name in _SHOWN_OF_MODEL} if (model := analysis.get("model")) else None,
            "comments": self.remarks(share, analysis),
            "expires_at": iso(share.expires_at),
        }

    def dataset_name(self, dataset: str) -> str | None:
        """Of an uploaded log, or what the command line called it; None for the shop."""
        if dataset == LIVE:
            return None
        held = self._store.datasets.find(dataset)
        return held.name if held else dataset

    def _side(self, scope: dict[str, Any]) -> dict[str, Any]:
        """A scope with the name of its dataset instead of the id."""
        return {name: scope[name] for name in _SHOWN_OF_SCOPE} | {"dataset_name": self.dataset_name(scope["dataset"])}

    def remarks(self, share: Share, analysis: Analysis) -> list[dict[str, Any]] | None:
        """The comments of the moment it was shared, without names; None where they are not shared."""
        if not share.with_comments:
            return None
        return [
            {
                "section": comment.section,
                "claim": comment.claim,
                "quote": comment.quote,
                "text": comment.text,
                "created_at": iso(comment.created_at),
            }
            for comment in self._comments.as_of(analysis, share.created_at)
        ]


def _sides(analysis: Analysis) -> list[dict[str, Any]]:
    """What it is about: one scope, two of a comparison."""
    return [analysis["scope"], *([analysis["against"]] if analysis["against"] else [])]


def _section(section: dict[str, Any]) -> dict[str, Any]:
    """Without why a part is computed: that may speak of a provider."""
    return {"source": section["source"], "claims": section["claims"]}
