"""What recommendations read of the sessions: one shopper's own, and bounded counts over the latest of everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from clickstream.recommend.history import History
from clickstream.recommend.performance import Performances
from clickstream.recommend.together import Uses
from clickstream.store import Store

WINDOW = timedelta(days=90)
MOST_SESSIONS = 10_000
MOST_OWN_SESSIONS = 1_000

Act = Literal["viewed", "bought"]
Document = dict[str, Any]

_ID, _VIEWS, _ADDED, _BOUGHT = range(4)


class Visits:
    """The sessions of one dataset in the clean view, as of `now`; none where the dataset has not been measured yet."""

    def __init__(self, store: Store, dataset: str, now: datetime, *, most_sessions: int = MOST_SESSIONS) -> None:
        served = store.state.find_dataset(dataset)
        self._store, self._dataset, self._now, self._most_sessions = store, dataset, now, most_sessions
        self._generation = served.generation if served else None

    def of_shopper(self, user_id: str) -> History:
        """The latest MOST_OWN_SESSIONS of this shopper."""
        left = {"$map": {"input": "$products_left", "as": "line", "in": _of("$$line", 0)}}
        ordered = {"$gt": ["$counts.orders", 0]}
        pipeline = [
            {"$match": {"views": "clean", "visitor": f"u:{user_id}"}},
            *_latest(MOST_OWN_SESSIONS),
            {"$project": {"_id": 0, "start": 1, "products": 1, "left": left, "ordered": ordered}},
        ]
        return History.from_rows(self._rows(pipeline))

    def uses(self, act: Act, anchors: Sequence[str] = ()) -> Uses:
        """How many of the latest sessions viewed (or bought) each product, alone and together with each of `anchors`."""
        buying = {"counts.conversions": {"$exists": True}} if act == "bought" else {}
        column = _BOUGHT if act == "bought" else _VIEWS
        shared = {"$setIntersection": [{"$map": {"input": "$uses", "in": _of("$$this", _ID)}}, {"$literal": list(anchors)}]}
        pipeline = [
            *self._recent(buying, {"$gt": [_of("$$this", column), 0]}),
            {"$set": {"anchors": shared}},
            *_per_product({"anchors": "$anchors"}, {"n": {"$sum": 1}}),
        ]
        return Uses.from_rows(self._rows(pipeline))

    def performances(self) -> Performances:
        """How the products that the latest sessions looked at went on into carts and orders."""
        looked = {"$or": [{"$gt": [_of("$$this", _VIEWS), 0]}, {"$gt": [_of("$$this", _ADDED), 0]}]}
        added, bought = ({"$gt": [_of("$uses", column), 0]} for column in (_ADDED, _BOUGHT))
        sums = {"looked": {"$sum": 1}, "added": _sessions(added), "bought": _sessions({"$and": [added, bought]})}
        return Performances.from_rows(self._rows([*self._recent({}, looked), *_per_product({}, sums)]))

    def _recent(self, wanted: Document, used: Document) -> list[Document]:
        """The latest sessions of the window, `most_sessions` of them, with those of their products that are `used`."""
        window = {"$gte": self._now - WINDOW, "$lte": self._now}
        uses = {"$filter": {"input": "$products", "as": "this", "cond": used}}
        match = {"$match": {"views": "clean", "start": window, **wanted}}
        return [match, *_latest(self._most_sessions), {"$project": {"_id": 0, "start": 1, "uses": uses}}]

    def _rows(self, pipeline: list[Document]) -> list[Document]:
        if self._generation is None:
            return []
        return self._store.sessions.aggregate(self._dataset, self._generation, pipeline)


def _latest(limit: int) -> list[Document]:
    return [{"$sort": {"start": -1}}, {"$limit": limit}]


def _of(use: str, column: int) -> Document:
    return {"$arrayElemAt": [use, column]}


def _sessions(condition: Document) -> Document:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def _per_product(key: Document, sums: Document) -> list[Document]:
    """Rows of `product`, the fields of `key` and `sums`; `first` says how many sessions have it as their first use."""
    first, since = _sessions({"$eq": ["$place", 0]}), {"$min": "$start"}
    shown = {"_id": 0, "product": "$_id.product", **{name: f"$_id.{name}" for name in key}}
    return [
        {"$unwind": {"path": "$uses", "includeArrayIndex": "place"}},
        {"$group": {"_id": {"product": _of("$uses", _ID), **key}, "first": first, "since": since, **sums}},
        {"$project": {**shown, "first": 1, "since": 1, **dict.fromkeys(sums, 1)}},
    ]
