"""The mutants of `make mutants` still mean something in the code; running them is another matter."""

from __future__ import annotations

import pytest
from mutant_list import MUTANTS, Mutant
from mutants import occurrences


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_corrupts_is_in_the_code_once(mutant: Mutant) -> None:
    assert occurrences(mutant) == 1
    assert mutant.new != mutant.old


def test_there_are_twenty_mutants_of_all_families() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
    assert len({metric for mutant in MUTANTS for metric in mutant.metrics}) >= 15
