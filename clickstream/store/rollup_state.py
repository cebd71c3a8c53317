"""What the rollup knows about itself: who leads, which generation of a dataset is served, what is left to do."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ReturnDocument
from pymongo.collection import Collection

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
    """`watermark` rises with every change of what can be read. `next_generation` is being filled, up to `filled_to`.

    `flipped_at`: since when the generation before this one is served no more; None once it is gone. `changed_at`: when the
    watermark was last raised. `kept_since`: older events are refused since `kept_since_at`; None where all are kept.
    Sessions that ended up to `sealed_to` are sealed: their events are deleted.
    """

    name: str
    generation: int
    watermark: int
    calculation: Calculation
    next_generation: int | None = None
    next_calculation: Calculation | None = None
    filled_to: str = ""
    flipped_at: datetime | None = None
    changed_at: datetime | None = None
    kept_since: datetime | None = None
    kept_since_at: datetime | None = None
    sealed_to: datetime | None = None


class Pending(msgspec.Struct):
    """Left to do by an unfinished or deferred pass over one generation: visitors to relink, days to sum.

    `writing`: ids of the session documents a pass was about to write. Whoever takes over fences them off first.
    """

    visitors: set[str] = set()
    days: set[str] = set()
    writing: set[str] = set()

    @property
    def interrupted(self) -> bool:
        """A pass ended in the middle; deferred days are no interruption."""
        return bool(self.visitors or self.writing)


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

    def claim_dataset(self, name: str, default: Calculation, term: int) -> Dataset:
        """The state of a dataset, begun with generation 1 under `default` where there is none.

        From now on no earlier term can write it. Raises Deposed.
        """
        begun = {"generation": 1, "watermark": 0, "calculation": msgspec.to_builtins(default)}
        return _dataset(name, self._claim(f"dataset:{name}", begun, term))

    def find_dataset(self, name: str) -> Dataset | None:
        found = self._state.find_one({"_id": f"dataset:{name}"})
        return _dataset(name, found) if found else None

    def dataset_names(self) -> list[str]:
        return [document["_id"].partition(":")[2] for document in self._state.find({"_id": {"$regex": "^dataset:"}})]

    def raise_watermark(self, name: str, term: int) -> None:
        self._update(f"dataset:{name}", term, {"$inc": {"watermark": 1}, "$currentDate": {"changed_at": True}})

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
                "$currentDate": {"flipped_at": True, "changed_at": True},
            },
        )

    def keep_since(self, name: str, term: int, since: datetime, now: datetime) -> None:
        """Older events are refused from now on."""
        self._update(f"dataset:{name}", term, {"$set": {"kept_since": since, "kept_since_at": now}})

    def sealed(self, name: str, term: int, until: datetime) -> None:
        """Every session that ended until then is sealed and its events are deleted."""
        self._update(f"dataset:{name}", term, {"$set": {"sealed_to": until}})

    def dropped(self, name: str, term: int) -> None:
        """Nothing is left of the generations before the one that is served."""
        self._update(f"dataset:{name}", term, {"$unset": {"flipped_at": ""}})

    def forget(self, name: str) -> None:
        """What is pending first: a dataset is known until all of it is gone."""
        self._state.delete_many({"_id": {"$regex": f"^pending:{re.escape(name)}:"}})
        self._state.delete_one({"_id": f"dataset:{name}"})

    def pending(self, name: str, generation: int) -> Pending:
        found = self._state.find_one({"_id": f"pending:{name}:{generation}"})
        return _pending(found) if found else Pending()

    def claim_pending(self, name: str, generation: int, term: int) -> Pending:
        """What is pending; from now on no earlier term can add to it. Raises Deposed."""
        begun: dict[str, Any] = {"visitors": [], "days": [], "writing": []}
        return _pending(self._claim(f"pending:{name}:{generation}", begun, term))

    def save_pending(self, name: str, generation: int, term: int, pending: Pending) -> None:
        fields = {field: sorted(values) for field, values in msgspec.structs.asdict(pending).items()}
        self._update(f"pending:{name}:{generation}", term, {"$set": fields})

    def _claim(self, document_id: str, begun: dict[str, Any], term: int) -> dict[str, Any]:
        found = self._state.find_one_and_update(
            {"_id": document_id},
            {"$max": {"term": term}, "$setOnInsert": begun},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        assert found is not None
        if found["term"] > term:
            raise Deposed("Another rollup worker has taken over.")
        return found

    def _update(self, document_id: str, term: int, update: dict[str, Any]) -> None:
        """Write under a term what was claimed: a document that has seen a later one refuses. Raises Deposed."""
        changes = {**update, "$max": {"term": term}}
        if not self._state.update_one({"_id": document_id, "term": {"$lte": term}}, changes).matched_count:
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
        flipped_at=document.get("flipped_at"),
        kept_since=document.get("kept_since"),
        kept_since_at=document.get("kept_since_at"),
        sealed_to=document.get("sealed_to"),
        changed_at=document.get("changed_at"),
    )


def _pending(document: dict[str, Any]) -> Pending:
    return Pending(set(document["visitors"]), set(document["days"]), set(document["writing"]))
