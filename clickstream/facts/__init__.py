"""Metric results in, fact sheet out: the only numbers and names that a text about the shop may show."""

from clickstream.facts.build import Measured, build, facts_of, product_ids_of
from clickstream.facts.fact import Fact, FactSheet, bare_id, of_call

__all__ = ["Fact", "FactSheet", "Measured", "bare_id", "build", "facts_of", "of_call", "product_ids_of"]
