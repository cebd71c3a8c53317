"""Fill the catalogue with the sample shop's products.

    python seed_products.py             143 products in 13 categories
    python seed_products.py --dry-run   only say what would change

Safe to repeat: products are added or brought back to the sample's state by their id; all others stay as they are.
Prices are in the setting CURRENCY. Exit codes: 0 done, 1 not possible (the reason is printed), 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from dotenv import dotenv_values

from clickstream.errors import ClickstreamError
from clickstream.settings import Settings, read_settings
from clickstream.simulate import sample_products
from clickstream.store import Store, open_store
from clickstream.store.products import Upserted


def seed_products(store: Store, settings: Settings, *, dry_run: bool = False) -> Upserted:
    """Put the sample products into the catalogue."""
    return store.products.upsert(sample_products(settings.currency), dry_run=dry_run)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seed_products.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would change, store nothing")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(argv)
    try:
        settings = read_settings(os.environ, dotenv_values(".env"))
        with open_store(settings) as store:
            print(store.describe, file=sys.stderr)
            seeded = seed_products(store, settings, dry_run=options.dry_run)
            print(f"Catalogue: {seeded}{' (dry run: nothing was stored)' if options.dry_run else ''}.")
    except ClickstreamError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
