"""Fill the catalogue with the sample shop's products.

    python seed_products.py             143 products in 13 categories
    python seed_products.py --dry-run   only say what would change

Safe to repeat: products are added or brought back to the sample's state by their id; all others stay as they are.
Prices are in the setting CURRENCY.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from clickstream.commandline import DONE, described, run, settings_here
from clickstream.settings import Settings
from clickstream.simulate import sample_products
from clickstream.store import Store, open_store
from clickstream.store.products import Upserted


def seed_products(store: Store, settings: Settings, *, dry_run: bool = False) -> Upserted:
    """Put the sample products into the catalogue."""
    return store.products.upsert(sample_products(settings.currency), dry_run=dry_run)


def build_parser() -> argparse.ArgumentParser:
    parser = described("seed_products.py", __doc__)
    parser.add_argument("--dry-run", action="store_true", help="say what would change, store nothing")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(argv)
    return run(lambda: _seed(options))


def _seed(options: argparse.Namespace) -> int:
    settings = settings_here()
    with open_store(settings) as store:
        print(store.describe, file=sys.stderr)
        seeded = seed_products(store, settings, dry_run=options.dry_run)
        print(f"Catalogue: {seeded}{' (dry run: nothing was stored)' if options.dry_run else ''}.")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
