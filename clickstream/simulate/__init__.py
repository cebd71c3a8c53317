"""A pretend shop: its assortment, its shoppers, and the events their visits leave behind."""

from clickstream.simulate.assortment import sample_products
from clickstream.simulate.shop import SOURCE, simulate_shop, simulate_shopper

__all__ = ["SOURCE", "sample_products", "simulate_shop", "simulate_shopper"]
