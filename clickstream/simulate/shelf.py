"""The catalogue as the simulated shoppers meet it: what sells, what goes together, what a search finds."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Any

from clickstream.catalog import Product, query_words, searchable_text
from clickstream.errors import InvalidInput
from clickstream.money import UNITS, amount, units

LACKING = (
    "air fryer", "espresso machine", "standing desk", "phone case", "hammock", "umbrella", "gift card", "garden hose",
    "robot vacuum", "electric blanket", "pressure cooker", "rain poncho", "inflatable kayak", "record cleaner",
    "weighted vest", "dog lead", "cat tree", "mechanical keyboard", "silk pyjamas", "vegan leather belt",
)  # fmt: skip
_SMALL_WORDS = frozenset(("set", "of", "pair", "pcs", "for", "and", "with", "the", "kids"))
_PRODUCT_FALL, _CATEGORY_FALL = 0.75, 0.45


class Shelf:
    """Products by index, in the order of the catalogue; an index is what the other modules pass around."""

    def __init__(self, catalog: Sequence[Product]) -> None:
        if not any(product.in_stock for product in catalog):
            raise InvalidInput("The catalogue has no product in stock: run python seed_products.py first.", code="no_stock")
        self.products = tuple(sorted(catalog, key=lambda product: (product.category, product.product_id)))
        self.categories = tuple(dict.fromkeys(product.category for product in self.products))
        self.views = tuple(_described(product) for product in self.products)
        self.price_units = tuple(units(product.price) for product in self.products)
        self._texts = tuple(searchable_text(product) for product in self.products)
        self._category_steps = _popularity(len(self.categories), _CATEGORY_FALL)
        self._category_order = Random(self.fingerprint()).sample(range(len(self.categories)), len(self.categories))
        self._members = tuple(self._of_category(name) for name in self.categories)
        self._steps = tuple(_popularity(len(members), _PRODUCT_FALL) for members in self._members)
        self._in_stock = tuple(index for index, product in enumerate(self.products) if product.in_stock)
        self._found: dict[str, tuple[int, ...]] = {}
        self.lacking = tuple(query for query in LACKING if not self.find(query))
        self._queries = tuple(_queries_for(product) for product in self.products)

    def fingerprint(self) -> str:
        """Changes with everything a visit depends on: the same shop gives the same events."""
        digest = blake2b(digest_size=8)
        for product in self.products:
            digest.update(repr((product.product_id, product.name, product.category, product.price)).encode())
            digest.update(repr((product.currency, product.tags, product.in_stock)).encode())
        return digest.hexdigest()

    def category_of(self, index: int) -> int:
        return self.categories.index(self.products[index].category)

    def pick_category(self, rng: Random) -> int:
        """A category, the shop's favourites more often."""
        return self._category_order[bisect(self._category_steps, rng.random() * self._category_steps[-1])]

    def pick(self, rng: Random, category: int, taste: str = "any") -> int:
        """A product of the category: best sellers more often, bent by taste."""
        first = self._draw(rng, category)
        if taste == "any":
            return first
        second = self._draw(rng, category)
        return _PREFERENCE[taste](self, first, second)

    def pick_in_stock(self, rng: Random, category: int, taste: str = "any") -> int:
        """A product one can buy, of the category if it has any."""
        for _ in range(12):
            index = self.pick(rng, category, taste)
            if self.products[index].in_stock:
                return index
        return self._in_stock[int(rng.random() * len(self._in_stock))]

    def partner(self, index: int) -> int | None:
        """What is bought with this product: neighbours in a category pair up. None where the partner is sold out."""
        members = self._members[self.category_of(index)]
        place = members.index(index) ^ 1
        if place >= len(members) or not self.products[members[place]].in_stock:
            return None
        return members[place]

    def query_for(self, rng: Random, index: int) -> str:
        """What someone types who wants this product."""
        queries = self._queries[index]
        return queries[int(rng.random() * len(queries))]

    def find(self, query: str) -> tuple[int, ...]:
        """Indexes of the products a search finds, as GET /api/products?q= does."""
        found = self._found.get(query)
        if found is None:
            words = query_words(query)
            found = tuple(index for index, text in enumerate(self._texts) if all(word in text for word in words))
            self._found[query] = found
        return found

    def line(self, index: int, quantity: int) -> dict[str, Any]:
        """A product as a cart or order line."""
        view = self.views[index]
        names = ("product_id", "name", "category", "price")
        return {**{name: view[name] for name in names}, "quantity": quantity}

    def _draw(self, rng: Random, category: int) -> int:
        steps = self._steps[category]
        return self._members[category][bisect(steps, rng.random() * steps[-1])]

    def _of_category(self, name: str) -> tuple[int, ...]:
        return tuple(index for index, product in enumerate(self.products) if product.category == name)


def misspelt(query: str) -> str:
    """A slip of the finger, always the same one: two letters swapped in the longest word.

    >>> misspelt("headphones"), misspelt("yoga mat")
    ('headpohnes', 'ygoa mat')
    """
    longest = max(query.split(), key=len, default="")
    if len(longest) < 4:
        return query + "x"
    middle = len(longest) // 2 - (len(longest) < 6)
    swapped = longest[:middle] + longest[middle + 1] + longest[middle] + longest[middle + 2 :]
    return query.replace(longest, swapped if swapped != longest else longest[:middle] + longest[middle + 1 :], 1)


def slug(text: str) -> str:
    """A name as a path segment.

    >>> slug("Women's Clothing"), slug("Coffee & Tea")
    ('womens-clothing', 'coffee-tea')
    """
    kept = "".join(char if char.isalnum() else " " for char in text.lower().replace("'", ""))
    return "-".join(kept.split())


def money(in_units: int) -> float:
    """Units as the amount an event carries."""
    return amount(in_units)


def cents(in_units: float) -> int:
    """The nearest whole cent, in units."""
    return round(in_units * 100 / UNITS) * (UNITS // 100)


def _described(product: Product) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "name": product.name,
        "category": product.category,
        "brand": product.brand,
        "price": product.price,
        "currency": product.currency,
    }


def _popularity(count: int, fall: float) -> tuple[float, ...]:
    """Running sums of weights that fall with the place: few sell well, many a little."""
    return tuple(accumulate((place + 1) ** -fall for place in range(count)))


def _queries_for(product: Product) -> tuple[str, ...]:
    words = [word.strip(",.") for word in product.name.lower().split()]
    words = [word for word in words if len(word) > 2 and word not in _SMALL_WORDS and not any(map(str.isdigit, word))]
    name = " ".join(words[-2:]) or product.name.lower()
    return (name, name, words[-1] if words else name, *(tag.lower() for tag in product.tags[:2]))


def _cheaper(shelf: Shelf, first: int, second: int) -> int:
    return min(first, second, key=lambda index: shelf.price_units[index])


def _dearer(shelf: Shelf, first: int, second: int) -> int:
    return max(first, second, key=lambda index: shelf.price_units[index])


def _gift(shelf: Shelf, first: int, second: int) -> int:
    return first if "gift" in shelf.products[first].tags else second


_PREFERENCE: dict[str, Callable[[Shelf, int, int], int]] = {"cheap": _cheaper, "dear": _dearer, "gift": _gift}
