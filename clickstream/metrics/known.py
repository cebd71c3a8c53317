"""The names that a dataset knows: what filters and steps can be asked for."""

from __future__ import annotations

from dataclasses import replace

from clickstream.metrics import sums
from clickstream.metrics.reader import Reader, source_of
from clickstream.metrics.source import Source
from clickstream.scope import Scope

MOST_NAMES = 200


def known_values(reader: Reader, scope: Scope, dimension: str) -> tuple[str, ...]:
    """Values of a dimension in the scope's dataset and person, whatever its window and filters; most sessions first."""
    groups = sums.by_dimension(_source(reader, scope), _whole(scope), dimension, (), amounts=False)
    return _ranked({value: one.counts["sessions"] for value, one in groups.items()})


def known_event_types(reader: Reader, scope: Scope) -> tuple[str, ...]:
    rows = sums.names(_source(reader, scope), _whole(scope), "event_types", width=2)
    return _ranked({name: row[0] for name, row in rows.items()})


def _source(reader: Reader, scope: Scope) -> Source:
    return source_of(reader, scope.dataset, reader.state.find_dataset(scope.dataset))


def _whole(scope: Scope) -> Scope:
    return replace(scope, since=None, until=None, filters={})


def _ranked(counts: dict[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda name: (-counts[name], name))[:MOST_NAMES])
