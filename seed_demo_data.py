"""Deprecated: seed_realistic_data.py took its place; this runs it with the same arguments.

    python seed_demo_data.py --days 7 --user-count 25

Exit codes are those of seed_realistic_data.py.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

SUCCESSOR = Path(__file__).resolve().with_name("seed_realistic_data.py")


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Leaves as the successor does, with its exit code."""
    print(f"seed_demo_data.py is deprecated: use {SUCCESSOR.name}, which runs now.", file=sys.stderr)
    sys.argv = [str(SUCCESSOR), *(sys.argv[1:] if argv is None else argv)]
    runpy.run_path(str(SUCCESSOR), run_name="__main__")
    raise AssertionError(f"{SUCCESSOR.name} ends with sys.exit")


if __name__ == "__main__":
    main()
