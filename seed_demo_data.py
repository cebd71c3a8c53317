"""Deprecated: seed_realistic_data.py took its place; this passes everything on to it.

    python seed_demo_data.py --days 7 --user-count 25
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import seed_realistic_data


def main(argv: Sequence[str] | None = None) -> int:
    print("seed_demo_data.py is deprecated: use seed_realistic_data.py, which runs now.", file=sys.stderr)
    return seed_realistic_data.main(argv)


if __name__ == "__main__":
    sys.exit(main())
