"""Tables with columns of their own, mapped as on the Data page, become datasets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from log_uploads import Uploader
from test_api_imports import MAPPING, ODD
from web_client import real_deps

from clickstream.clock import Clock
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.web.deps import Deps


@pytest.fixture
def deps(store: Store, settings: Settings, clock: Clock) -> Iterator[Deps]:
    deps = real_deps(settings, store, clock)
    with deps.jobs:
        yield deps


@pytest.fixture
def analyst(deps: Deps) -> Uploader:
    return Uploader(deps)


def waiting(analyst: Uploader) -> str:
    answer = analyst.client.post("/api/imports?name=odd.csv", ODD.encode())
    import_id: str = answer.json["import_id"]
    return import_id


def mapped(analyst: Uploader, import_id: str, mapping: Any = MAPPING, query: str = "") -> Any:
    return analyst.client.post(f"/api/imports/{import_id}/dataset{query}", {"mapping": mapping})


def test_a_mapped_table_becomes_a_dataset_and_the_shop_stays_as_it_was(analyst: Uploader, deps: Deps) -> None:
    import_id = waiting(analyst)
    answer = mapped(analyst, import_id)
    assert analyst.ended(answer)["status"] == "done"
    found = analyst.dataset(answer.json["dataset_id"])
    report = found["files"][0]["report"]
    assert (found["name"], report["events"], report["refused"]) == ("odd.csv", 2, {"invalid_event": 1, "unmappable": 1})
    assert {(one["path"], one["value"]) for one in report["rejected"]} == {("line 4.price", '"teuer"'), ("line 5", None)}
    assert analyst.overview(found["dataset_id"])["orders"] == 1
    assert analyst.overview("live")["events"] == 0
    assert analyst.client.get(f"/api/imports/{import_id}").status == 404
    assert list(deps.settings.data_dir.glob("uploads/*")) == []


def test_a_mapped_table_joins_a_dataset(analyst: Uploader) -> None:
    first = mapped(analyst, waiting(analyst))
    analyst.ended(first)
    dataset = first.json["dataset_id"]
    other = {**MAPPING, "types": {"Ansicht": "search", "Kauf": "purchase"}}
    analyst.ended(mapped(analyst, waiting(analyst), other, f"?dataset_id={dataset}"))
    assert len(analyst.dataset(dataset)["files"]) == 2


def test_the_same_table_by_the_same_mapping_is_there_already(analyst: Uploader) -> None:
    first = mapped(analyst, waiting(analyst))
    analyst.ended(first)
    again = mapped(analyst, waiting(analyst))
    assert (again.status, again.json["known"], again.json["dataset_id"]) == (200, True, first.json["dataset_id"])


REES46 = """event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2019-10-01 00:00:00 UTC,view,1,2,a.b,c,1.0,7,s1
2019-10-01 00:00:09 UTC,purchase,1,2,a.b,c,1.0,7,s1
"""
ODD_JSON = '[{"Wann": "01.02.2026 10:00", "Wer": "v1", "Was": "Kauf", "Artikel": "A", "Preis": "1,50"}]'


@pytest.mark.parametrize(
    ("content", "mapping"),
    [
        pytest.param(REES46, {"shipped": "rees46"}, id="by a mapping that comes along"),
        pytest.param(ODD_JSON, MAPPING, id="rows of JSON by other names"),
    ],
)
def test_other_rows_are_mapped_too(content: str, mapping: Any, analyst: Uploader) -> None:
    import_id = analyst.client.post("/api/imports?name=x", content.encode()).json["import_id"]
    answer = mapped(analyst, import_id, mapping)
    assert analyst.ended(answer)["status"] == "done"
    assert analyst.overview(answer.json["dataset_id"])["orders"] == 1


def test_an_incomplete_mapping_names_what_is_missing_and_keeps_the_file(analyst: Uploader) -> None:
    import_id = waiting(analyst)
    refused = mapped(analyst, import_id, {"columns": {"Was": "event_type"}})
    assert (refused.status, set(refused.json["fields"])) == (400, {"timestamp", "client_id"})
    assert analyst.client.get(f"/api/imports/{import_id}").json["waiting"] is True


def test_a_file_that_was_loaded_into_the_shop_is_not_loaded_again(analyst: Uploader) -> None:
    import_id = waiting(analyst)
    analyst.ended(analyst.client.post(f"/api/imports/{import_id}/load", {"mapping": MAPPING}))
    assert mapped(analyst, import_id).status in (404, 409)
