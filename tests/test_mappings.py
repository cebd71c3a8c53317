from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clickstream.errors import InvalidInput
from clickstream.ingest.limits import Refused
from clickstream.ingest.mappings import (
    PLAIN,
    Mapping,
    check_columns,
    find_mapping,
    matching_mapping,
    read_mapping,
    row_mapper,
    shipped_mappings,
)
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event

REES46_COLUMNS = [
    "event_time", "event_type", "product_id", "category_id", "category_code", "brand", "price", "user_id", "user_session",
]  # fmt: skip
REES46_ROW = {
    "event_time": "2019-10-01 00:02:14 UTC",
    "event_type": "purchase",
    "product_id": "1004856",
    "category_id": "2053013555631882655",
    "category_code": "electronics.smartphone",
    "brand": "samsung",
    "price": "130.76",
    "user_id": "543272936",
    "user_session": "8187d148",
}
ESHOP_COLUMNS = [
    "year", "month", "day", "order", "country", "session_id", "page1_main_category", "page2_clothing_model", "colour",
    "location", "model_photography", "price", "price_2", "page",
]  # fmt: skip
ESHOP_ROW = dict(
    zip(ESHOP_COLUMNS, ["2008", "4", "1", "195", "29", "77", "1", "5", "8", "6", "2", "28", "1", "3"], strict=True)
)


@pytest.fixture
def mapping(tmp_path: Path) -> Any:
    def write(text: str) -> Mapping:
        path = tmp_path / "shop.toml"
        path.write_text(text)
        return find_mapping(str(path))

    return write


def mapped(mapping: Mapping, row: dict[str, Any]) -> dict[str, Any]:
    event = row_mapper(mapping)(row)
    assert isinstance(event, dict), event
    return event


def refused(mapping: Mapping, row: dict[str, Any]) -> tuple[str, str]:
    event = row_mapper(mapping)(row)
    assert isinstance(event, Refused)
    return event.code, event.fields[""]


def milliseconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


def test_a_rees46_purchase_has_its_price_as_revenue_and_other_events_have_not() -> None:
    rees46 = find_mapping("rees46")
    assert mapped(rees46, REES46_ROW) == {
        "timestamp": "2019-10-01 00:02:14 UTC",
        "event_type": "purchase",
        "product_id": "1004856",
        "category_id": "2053013555631882655",
        "category": "electronics.smartphone",
        "brand": "samsung",
        "price": 130.76,
        "revenue": 130.76,
        "user_id": "543272936",
        "session_id": "8187d148",
    }
    view = {**REES46_ROW, "event_type": "view"}
    assert "revenue" not in mapped(rees46, view)
    del view["brand"], view["category_code"]
    assert {"brand", "category"}.isdisjoint(mapped(rees46, view))


def test_an_eshop_click_is_a_product_view_at_its_date_plus_its_order_in_seconds() -> None:
    assert mapped(find_mapping("eshop"), ESHOP_ROW) == {
        "event_type": "product_view",
        "timestamp": milliseconds(2008, 4, 1, 0, 3, 15),
        "session_id": "77",
        "product_id": "5",
        "category": "trousers",
        "country": "Poland",
        "price": 28,
        "colour": "navy blue",
        "photo_location": "bottom right",
        "photo_style": "profile",
        "above_average_price": "yes",
        "list_page": "3",
    }


@pytest.mark.parametrize(("name", "row"), [("rees46", REES46_ROW), ("eshop", ESHOP_ROW)])
def test_what_a_shipped_mapping_makes_is_a_valid_event(name: str, row: dict[str, str]) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    event = parse_event(mapped(find_mapping(name), row), received_at=now, position=0, occurrences=Occurrences())
    assert event.session_id in ("8187d148", "77")
    assert event.event_type in ("purchase", "product_view")
    assert event.timestamp in (datetime(2019, 10, 1, 0, 2, 14, tzinfo=UTC), datetime(2008, 4, 1, 0, 3, 15, tzinfo=UTC))


def test_the_eshop_country_codes_are_the_47_the_dataset_publishes() -> None:
    codes = find_mapping("eshop").values["country"]
    assert sorted(map(int, codes)) == list(range(1, 48))
    assert (codes["9"], codes["24"], codes["12"], codes["46"]) == ("Czech Republic", "Lithuania", "", ".net")
    assert mapped(find_mapping("eshop"), {**ESHOP_ROW, "country": "48"})["country"] == "48"


def test_a_shipped_mapping_is_known_by_its_columns() -> None:
    for columns, name in ((REES46_COLUMNS, "rees46"), (ESHOP_COLUMNS, "eshop"), ([*ESHOP_COLUMNS, "more"], "eshop")):
        found = matching_mapping(columns)
        assert found
        assert found[0] == name
    assert matching_mapping(REES46_COLUMNS[:-1]) is None


def test_every_shipped_mapping_says_what_it_is_for() -> None:
    assert list(shipped_mappings()) == ["eshop", "rees46"]
    assert all(mapping.title for mapping in shipped_mappings().values())


def test_columns_named_as_event_fields_need_no_mapping() -> None:
    row = {"event_type": "add_to_cart", "ts": "2026-03-01T10:00:00Z", "client_id": "007", "quantity": "2", "price": "9.90"}
    assert mapped(PLAIN, row) == {**row, "quantity": 2, "price": 9.9}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12), ("-3", -3), ("1.50", 1.5), (".5", 0.5), ("-0.5", -0.5), ("0012", 12),
        ("1e3", "1e3"), ("nan", "nan"), ("inf", "inf"), ("1_000", "1_000"), ("12,50", "12,50"), ("$5", "$5"), ("1.", "1."),
        ("9" * 19, "9" * 19), ("٣", "٣"),
    ],
)  # fmt: skip
def test_only_what_looks_like_a_number_becomes_one(text: str, number: object) -> None:
    assert mapped(PLAIN, {"price": text})["price"] == number
    assert mapped(PLAIN, {"product_id": text})["product_id"] == text


def test_json_in_a_cell_of_properties_items_or_utm_is_read() -> None:
    row = {"properties": '{"device": "mobile"}', "items": '[{"product_id": "p1"}]', "utm": "{broken", "title": "{1}"}
    expected = {"properties": {"device": "mobile"}, "items": [{"product_id": "p1"}], "utm": "{broken", "title": "{1}"}
    assert mapped(PLAIN, row) == expected


def test_a_mapping_takes_columns_constants_templates_and_values(mapping: Any) -> None:
    shop = mapping(
        """
        decimal = ","
        [fields]
        client_id = "Kunde"
        event_type = "Aktion"
        price = "Preis"
        [constants]
        currency = "EUR"
        [templates]
        event_id = "import-{Nr}"
        timestamp = "{Tag} {Uhr}"
        [time]
        format = "%d.%m.%Y %H:%M"
        zone = "Europe/Berlin"
        [values.event_type]
        Kauf = "purchase"
        [when.purchase]
        revenue = "Preis"
        """
    )
    row = {"Nr": "7", "Kunde": "k1", "Aktion": "Kauf", "Preis": "12,50", "Tag": "01.07.2026", "Uhr": "14:30"}
    assert mapped(shop, row) == {
        "currency": "EUR",
        "client_id": "k1",
        "event_type": "purchase",
        "price": 12.5,
        "event_id": "import-7",
        "timestamp": milliseconds(2026, 7, 1, 12, 30),
        "revenue": 12.5,
    }
    assert shop.columns == {"Nr", "Kunde", "Aktion", "Preis", "Tag", "Uhr"}


def test_rows_from_json_may_hold_numbers_where_a_table_holds_text(mapping: Any) -> None:
    shop = mapping('[fields]\ncountry = "c"\ntimestamp = "t"\n[time]\nadd_seconds = "n"\n[values.country]\n49 = "DE"')
    event = mapped(shop, {"c": 49, "t": "2026-03-01", "n": 1.5})
    assert event == {"country": "DE", "timestamp": milliseconds(2026, 3, 1) + 1500}


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"year": None}, "missing_value", "has nothing in the column year"),
        ({"order": None}, "missing_value", "has nothing in the column order"),
        ({"month": "13"}, "unmappable", "does not fit the mapping: month must be in 1..12"),
        ({"order": "many"}, "unmappable", "does not fit the mapping: could not convert string to float: 'many'"),
        ({"order": "inf"}, "unmappable", "does not fit the mapping: cannot convert float infinity to integer"),
    ],
)
def test_a_row_the_mapping_cannot_read_is_refused_with_the_reason(
    changed: dict[str, str | None], code: str, said: str
) -> None:
    row = {column: value for column, value in {**ESHOP_ROW, **changed}.items() if value is not None}
    assert refused(find_mapping("eshop"), row) == (code, said)


def test_a_time_the_format_does_not_fit_is_refused_and_not_guessed(mapping: Any) -> None:
    shop = mapping('[fields]\ntimestamp = "t"\n[time]\nformat = "%d/%m/%Y"')
    assert mapped(shop, {"t": "01/02/2026"}) == {"timestamp": milliseconds(2026, 2, 1)}
    assert refused(shop, {"t": "2026-02-01"})[0] == "unmappable"
    assert refused(shop, {"t": 20260201})[0] == "unmappable"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fields", "cannot be used"),
        ("[field]\na = 'b'", "unknown field `field`"),
        ("[fields]\nprice = 3", "Expected `str`"),
        ("decimal = ';'", "Invalid enum value"),
        ("[time]\nzone = 'Mars/Base'\n[fields]\ntimestamp = 't'", "'Mars/Base' is not a time zone"),
        ("[templates]\ntimestamp = '{day'", "cannot be used"),
        ("[templates]\ntimestamp = '{}'", "cannot be used"),
    ],
)
def test_a_mapping_that_cannot_be_used_names_what_is_wrong(mapping: Any, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        mapping(text)


def test_an_unknown_mapping_names_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no mapping nothing: name one of eshop, rees46, or a TOML file"):
        find_mapping("nothing")
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        read_mapping(tmp_path)


def test_a_table_without_a_column_the_mapping_reads_is_refused_before_its_first_row() -> None:
    with pytest.raises(InvalidInput, match="no column user_session, which the mapping reads; it has event_time, event_type"):
        check_columns(find_mapping("rees46"), REES46_COLUMNS[:-1])
    check_columns(find_mapping("rees46"), REES46_COLUMNS)


def test_a_table_that_does_not_say_when_things_happened_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no column timestamp"):
        check_columns(PLAIN, ["event_type", "client_id", "event_time"])
    for name in ("timestamp", "ts", "time"):
        check_columns(PLAIN, ["event_type", "client_id", name])
