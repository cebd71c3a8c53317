"""Every message in every catalog, whole; the right plural for every number."""

from __future__ import annotations

import re

import pytest

from clickstream.insights.reading import SLOT
from clickstream.languages import LANGUAGES
from tests.messages import AREAS, catalog_of, messages_of

FOREIGN = [code for code in LANGUAGES if code != "en"]
PARTS = re.compile(r"%\(\w+\)s")
ONE_FORM = {"vi"}


def marks(text: str) -> list[str]:
    return sorted(set(SLOT.findall(text)) | set(PARTS.findall(text)))


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", FOREIGN)
def test_a_catalog_has_exactly_the_messages_of_its_area(language: str, area: str) -> None:
    said, found = messages_of(area), catalog_of(language, area)
    translations = {(one.id if isinstance(one.id, str) else one.id[0], one.context or "") for one in found if one.id}
    assert sorted(said.keys() - translations) == [], "not translated"
    assert sorted(translations - said.keys()) == [], "said nowhere"
    assert not found.obsolete


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", FOREIGN)
def test_a_translation_keeps_the_slots_and_parts_of_its_message(language: str, area: str) -> None:
    said = messages_of(area)
    for one in catalog_of(language, area):
        if one.id:
            text = one.id if isinstance(one.id, str) else one.id[0]
            forms = [one.string] if isinstance(one.string, str) else list(one.string or ())
            assert not one.fuzzy and forms and all(forms), text
            assert [marks(form) for form in forms] == [marks(text)] * len(forms), text
            assert isinstance(one.id, str) or said[text, one.context or ""].varies, f"{text} counts nothing"
            assert not said[text, one.context or ""].noun or language in ONE_FORM or len(forms) > 1, f"{text} has one form"
