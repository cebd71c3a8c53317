"""What the rollup knows about itself: who leads, which generation of a dataset is served, what is left to do."""

from __future__ import annotations

from typing import Any

import msgspec
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from clickstream.errors import Deposed
from clickstream.store.door import translated

LEASE_SECONDS = 6
_LEASE = "lease"


class Calculation(msgspec.Struct, frozen=True):
    """The rules sessions and days were computed by; another set of rules means another generation."""

    version: int
    time_zone: str
    currency: str
    gap_minutes: int


class Dataset(msgspec.Struct, frozen=True):
    """`watermark` rises with every change of what can be read. `next_generation` is being filled, up to `filled_to`."""

    name: str
    generation: int
    watermark: int
    calculation: Calculation
    next_generation: int | None = None
    next_calculation: Calculation | None = None
    filled_to: str = ""


class Pending(msgspec.Struct):
    """Left to do by an unfinished or deferred pass over one generation: visitors to relink, days to sum."""

    visitors: set[str]
    days: set[str]


@translated
class RollupState:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._state = collection

    def take_lease(self, holder: str) -> int | None:
        """The term under which `holder` leads from now on (renewed or new), or None while another one leads."""
        mine = {"$eq": ["$holder", holder]}
        free = {"$lt": [{"$ifNull": ["$expires", 0]}, "$$NOW"]}
        taken = {
            "term": {"$cond": [mine, "$term", {"$add": [{"$ifNull": ["$term", 0]}, 1]}]},
            "holder": holder,
            "expires": {"$add": ["$$NOW", LEASE_SECONDS * 1000]},
        }
        conditional = {name: {"$cond": [{"$or": [mine, free]}, value, f"${name}"]} for name, value in taken.items()}
        lease = self._state.find_one_and_update(
            {"_id": _LEASE}, [{"$set": conditional}], upsert=True, return_document=ReturnDocument.AFTER
        )
        assert lease is not None
        return int(lease["term"]) if lease["holder"] == holder else None

    def release_lease(self, holder: str) -> None:
        self._state.update_one(
            {"_id": _LEASE, "holder": holder}, [{"$set": {"expires": {"$subtract": ["$$NOW", 1]}, "holder": ""}}]
        )

    def dataset(self, name: str, default: Calculation) -> Dataset:
        """The state of a dataset, begun with generation 1 under `default` where there is none."""
        found = self._state.find_one_and_update(
            {"_id": f"dataset:{name}"},
            {"$setOnInsert": {"generation": 1, "watermark": 0, "term": 0, "calculation": msgspec.to_builtins(default)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        assert found is not None
        return _dataset(name, found)

    def find_dataset(self, name: str) -> Dataset | None:
        found = self._state.find_one({"_id": f"dataset:{name}"})
        return _dataset(name, found) if found else None

    def dataset_names(self) -> list[str]:
        return [document["_id"].partition(":")[2] for document in self._state.find({"_id": {"$regex": "^dataset:"}})]

    def raise_watermark(self, name: str, term: int) -> None:
        self._update(f"dataset:{name}", term, {"$inc": {"watermark": 1}})

    def begin_generation(self, name: str, term: int, generation: int, calculation: Calculation) -> None:
        fields = {"next_generation": generation, "next_calculation": msgspec.to_builtins(calculation), "filled_to": ""}
        self._update(f"dataset:{name}", term, {"$set": fields})

    def filled_to(self, name: str, term: int, key: str) -> None:
        self._update(f"dataset:{name}", term, {"$set": {"filled_to": key}})

    def flip(self, name: str, term: int, generation: int, calculation: Calculation) -> None:
        """Serve `generation` from now on."""
        self._update(
            f"dataset:{name}",
            term,
            {
                "$set": {"generation": generation, "calculation": msgspec.to_builtins(calculation)},
                "$unset": {"next_generation": "", "next_calculation": "", "filled_to": ""},
                "$inc": {"watermark": 1},
            },
        )

    def pending(self, name: str, generation: int) -> Pending:
        found = self._state.find_one({"_id": f"pending:{name}:{generation}"})
        return Pending(set(found["visitors"]), set(found["days"])) if found else Pending(set(), set())

    def save_pending(self, name: str, generation: int, term: int, pending: Pending) -> None:
        fields = {"visitors": sorted(pending.visitors), "days": sorted(pending.days)}
        self._update(f"pending:{name}:{generation}", term, {"$set": fields}, upsert=True)

    def _update(self, document_id: str, term: int, update: dict[str, Any], *, upsert: bool = False) -> None:
        """Write under a term: a document that has seen a later one refuses. Raises Deposed."""
        changes = {**update, "$set": {**update.get("$set", {}), "term": term}}
        wanted = {"_id": document_id, "$or": [{"term": {"$lte": term}}, {"term": None}]}
        try:
            result = self._state.update_one(wanted, changes, upsert=upsert)
        except DuplicateKeyError as error:
            raise Deposed("Another rollup worker has taken over.") from error
        if not result.matched_count and result.upserted_id is None:
            raise Deposed("Another rollup worker has taken over.")


def _dataset(name: str, document: dict[str, Any]) -> Dataset:
    following = document.get("next_calculation")
    return Dataset(
        name=name,
        generation=document["generation"],
        watermark=document["watermark"],
        calculation=msgspec.convert(document["calculation"], Calculation),
        next_generation=document.get("next_generation"),
        next_calculation=msgspec.convert(following, Calculation) if following else None,
        filled_to=document.get("filled_to", ""),
    )
